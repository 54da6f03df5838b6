// Tokens by text: among the head at once, in the whole vocabulary with the kernel's answer.
import { useMemo, useRef } from "preact/hooks";
import { useLookup, useQuestion } from "../../../lib/lookup";
import { get } from "../../../lib/sampling/list";
import type { WidgetModel } from "../../../session/model";
import type { DistributionPayload, ErrorPayload, FindPayload } from "../../../session/payloads";
import { type Row, rowAt, rowOf } from "../rows/rows";
import type { Source } from "../rows/source";
import { asked, folded, holds, holdsAsked } from "./match";

const MOST_ROWS = 200;

export interface Found {
  readonly rows: readonly Row[];
  readonly total: number;
  /** Where it was searched: in all of the vocabulary, or in so many of its most probable tokens. */
  readonly among: number;
  readonly whole: boolean;
  readonly waiting: boolean;
  readonly refused: ErrorPayload | null;
}

/** What `query` finds; null where nothing is asked for. `reachable`: the kernel can be asked about this distribution. */
export function useFind(
  model: WidgetModel,
  source: Source | null,
  query: string,
  reachable: boolean,
): Found | null {
  const lookup = useLookup<{ readonly text: string }, FindPayload>(model, {
    ...{ kind: "find", k: null, measure: null, scale: null, token: null },
  });
  const distribution = source?.distribution ?? null;
  // of what was not returned the kernel knows nothing either
  const asks = reachable && query !== "" && distribution !== null && !distribution.partial;
  const key = JSON.stringify([query, distribution?.revision, distribution?.position]);
  const askedFor = useRef("");
  useQuestion(asks, key, () => {
    askedFor.current = key;
    lookup.ask({ text: asked(query) });
  });
  const { result, waiting, refused } = lookup;
  const answers = !waiting && askedFor.current === key && result?.revision === distribution?.revision;
  const matches = useMemo(
    () => (distribution === null || query === "" ? [] : headMatches(distribution, query)),
    [distribution, query],
  );
  return useMemo(() => {
    if (source === null || query === "") return null;
    if (result !== null && answers) {
      const own = headAlone(source, matches, query, result);
      return {
        rows: merged(
          result.candidates.map((candidate) => rowOf(source, candidate)),
          own.map((at) => rowAt(source, at)),
        ),
        total: result.total + own.length,
        among: source.distribution.vocabulary,
        ...{ whole: true, waiting: false, refused: null },
      };
    }
    return {
      rows: matches.slice(0, MOST_ROWS).map((at) => rowAt(source, at)),
      total: matches.length,
      among: source.list.head,
      whole: source.list.head === source.distribution.vocabulary,
      waiting: asks && refused === null,
      refused,
    };
  }, [source, query, matches, result, answers, asks, refused]);
}

function headMatches({ pieces, bytes }: DistributionPayload, query: string): readonly number[] {
  const plain = folded(query);
  return [...pieces.keys()].filter((at) => holds(pieces[at] ?? "", bytes[at] ?? "", plain));
}

/** Those of the head's matches that the kernel, which is less forgiving, does not find. */
function headAlone(
  { distribution, list }: Source,
  matches: readonly number[],
  query: string,
  { candidates }: FindPayload,
): readonly number[] {
  const found = new Set(candidates.map(({ id }) => id));
  return matches.filter(
    (at) => !holdsAsked(distribution.pieces[at] ?? "", query) && !found.has(get(list.ids, at)),
  );
}

function merged(found: readonly Row[], own: readonly Row[]): readonly Row[] {
  if (own.length === 0) return found;
  return [...found, ...own].sort((one, other) => one.rank - other.rank).slice(0, MOST_ROWS);
}
