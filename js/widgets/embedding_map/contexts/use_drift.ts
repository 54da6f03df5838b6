import { useMemo } from "preact/hooks";
import { decode } from "../../../lib/arrays";
import { useLookup, useQuestion } from "../../../lib/lookup";
import type { WidgetModel } from "../../../session/model";
import type { DriftPayload, ErrorPayload } from "../../../session/payloads";
import { question } from "../read";

interface Drifting {
  /** One similarity a layer; null until they are known. */
  readonly values: ArrayLike<number> | null;
  readonly refused: ErrorPayload | null;
}

/** Of two tokens of the text of `revision`. */
export function useDrift(
  model: WidgetModel,
  pair: readonly [number, number] | null,
  revision: number,
  reachable: boolean,
): Drifting {
  const lookup = useLookup<{ readonly index: number; readonly other: number }, DriftPayload>(
    model,
    question("drift"),
  );
  const [index, other] = pair ?? [-1, -1];
  useQuestion(reachable && pair !== null, `${index} ${other} ${revision}`, () =>
    lookup.ask({ index, other }),
  );
  const { result } = lookup;
  const current =
    result?.index === index && result.other === other && result.revision === revision ? result : null;
  const values = useMemo(() => (current ? decode(current.values) : null), [current]);
  return { values, refused: lookup.refused };
}
