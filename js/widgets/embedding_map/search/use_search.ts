// Points by text: the words and tokens at once, the ground with the kernel's answer.
import { useEffect, useMemo, useRef } from "preact/hooks";
import { decode } from "../../../lib/arrays";
import { useLookup } from "../../../lib/lookup";
import type { WidgetModel } from "../../../session/model";
import type { ErrorPayload, FoundPayload, MapPayload, NamePayload } from "../../../session/payloads";
import { question } from "../read";

const PATIENCE_MS = 180;
const NOBODY: readonly number[] = [];

export interface Search {
  readonly query: string;
  /** Points of the map. */
  readonly points: readonly number[];
  /** Points of the ground: all that were found (5,000 at most), of how many, and the names of the first. */
  readonly ground: readonly number[];
  readonly names: readonly NamePayload[];
  readonly total: number;
  readonly waiting: boolean;
  readonly refused: ErrorPayload | null;
}

/** `ground`: the number of the ground to search, null for none. */
export function useSearch(
  model: WidgetModel,
  map: MapPayload,
  query: string,
  ground: number | null,
  reachable: boolean,
): Search {
  const lookup = useLookup<{ readonly text: string }, FoundPayload>(model, question("search"));
  const asks = query !== "" && ground !== null && reachable;
  const askedFor = useRef("");
  const key = JSON.stringify([query, ground]);
  useEffect(() => {
    if (!asks || askedFor.current === key) return;
    const timer = setTimeout(() => {
      askedFor.current = key;
      lookup.ask({ text: query });
    }, PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [asks, key]);
  const points = useMemo(() => {
    const plain = query.toLowerCase();
    return plain === ""
      ? NOBODY
      : map.labels.flatMap((label, at) => (label.toLowerCase().includes(plain) ? [at] : []));
  }, [map, query]);
  const { result, refused } = lookup;
  const current = asks && askedFor.current === key && !lookup.waiting ? result : null;
  const indices = useMemo(() => (current ? [...decode(current.indices)] : NOBODY), [current]);
  return {
    query,
    points,
    ground: indices,
    names: current?.names ?? [],
    total: current?.total ?? 0,
    waiting: asks && current === null && refused === null,
    refused: asks ? refused : null,
  };
}
