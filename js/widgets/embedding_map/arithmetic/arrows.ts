// king − man + woman as arrows: from sum to sum, and the difference of two words that such a step repeats.
import { decode } from "../../../lib/arrays";
import type { ArithmeticPayload } from "../../../session/payloads";
import type { Arrow, Mark, Place } from "../scene/types";

export interface Drawn {
  readonly arrows: readonly Arrow[];
  readonly marks: readonly Mark[];
}

const NOTHING: Drawn = { arrows: [], marks: [] };

/** Nothing where the picture has other axes, or none that are directions. */
export function drawnOf(arithmetic: ArithmeticPayload | null, axes: number, label: string): Drawn {
  if (arithmetic === null || arithmetic.error !== null) return NOTHING;
  const { terms } = arithmetic;
  const places = rowsOf(arithmetic.places, axes);
  const sums = rowsOf(arithmetic.sums, axes);
  const result = sums.at(-1);
  if (sums.length !== terms.length || result === undefined) return NOTHING;
  const arrows: Arrow[] = [];
  terms.forEach(({ sign }, at) => {
    const [before, sum] = [sums[at - 1], sums[at]];
    if (before && sum) arrows.push({ from: before, to: sum, kind: "step" });
    const [from, to] = [places[at - 1], places[at]];
    if (from && to && terms[at - 1]?.sign === "-" && sign === "+") arrows.push({ from, to, kind: "copy" });
  });
  return { arrows, marks: [{ at: result, label }] };
}

function rowsOf(payload: ArithmeticPayload["places"], axes: number): readonly Place[] {
  if (payload.shape[1] !== axes) return [];
  const values = [...decode(payload)];
  return Array.from({ length: values.length / axes }, (_, row) => values.slice(row * axes, (row + 1) * axes));
}
