// Where two forms of execution cost the same, exactly; the twin of llmwidgets/stages/break_even.py, which says how.
import { capacityOf, type Form, gpusBehind, hasSteps, type Line } from "./costs";
import {
  compare,
  type Fraction,
  floor,
  greatest,
  least,
  minus,
  over,
  plus,
  sign,
  times,
  wholeOf,
  ZERO,
} from "./fraction";

/** From `start` requests a month on one form costs less; null: both cost the same. */
export interface Stretch {
  readonly start: Fraction;
  readonly cheaper: Form | null;
}

export interface BreakEven {
  readonly one: Form;
  readonly other: Form;
  /** One after the other, the first from 0 on. */
  readonly stretches: readonly Stretch[];
  /** Requests a month that the GPUs there are can do; null where there is no end. */
  readonly limit: Fraction | null;
  /** Nothing changes beyond the last stretch. */
  readonly settled: boolean;
}

export const MOST_PIECES = 400;

export function breakEvens(lines: readonly Line[]): readonly BreakEven[] {
  return lines.flatMap((one, at) => lines.slice(at + 1).map((other) => breakEven(one, other)));
}

export function breakEven(one: Line, other: Line): BreakEven {
  const limits = [capacityOf(one), capacityOf(other)].filter((found) => found !== null);
  const limit = limits.length > 0 ? least(...limits) : null;
  const last = lastChange(one, other);
  const stretches: Stretch[] = [];
  let low: Fraction = ZERO;
  let settled = true;
  for (let piece = 0; ; piece++) {
    if ((limit !== null && compare(low, limit) >= 0) || (last !== null && compare(low, last) > 0)) break;
    if (piece === MOST_PIECES) {
      settled = false;
      break;
    }
    const high = nextEnd(low, [one, other], limit);
    for (const { start, is } of signsIn(one, other, low, high)) {
      const cheaper = is < 0 ? one.form : is > 0 ? other.form : null;
      if (stretches.at(-1)?.cheaper !== cheaper) stretches.push({ start, cheaper });
    }
    if (high === null) break;
    low = high;
  }
  return { one: one.form, other: other.form, stretches, limit, settled };
}

/** The end of the piece that begins at `low`: the next further GPU, or the limit. */
function nextEnd(low: Fraction, lines: readonly Line[], limit: Fraction | null): Fraction | null {
  const ends = lines.filter(hasSteps).map(({ step }) => over(wholeOf(floor(times(low, step)) + 1n), step));
  if (limit !== null) ends.push(limit);
  return ends.length > 0 ? least(...ends) : null;
}

interface Signed {
  readonly start: Fraction;
  readonly is: number;
}

/** The signs of one minus other within a piece: one, or two where they cross inside it. */
function signsIn(one: Line, other: Line, low: Fraction, high: Fraction | null): readonly Signed[] {
  const fixed = minus(fixedBehind(one, low), fixedBehind(other, low));
  const slope = minus(one.slope, other.slope);
  const at = (volume: Fraction) => sign(plus(fixed, times(slope, volume)));
  const begin = at(low) || sign(slope);
  const end = high === null ? sign(slope) : at(high);
  const first = { start: low, is: begin };
  return begin * end < 0 ? [first, { start: over(minus(ZERO, fixed), slope), is: end }] : [first];
}

function fixedBehind(line: Line, low: Fraction): Fraction {
  return times(line.fixed, wholeOf(gpusBehind(line, low)));
}

/** A volume behind which the cheaper form does not change; null where none is known. */
function lastChange(one: Line, other: Line): Fraction | null {
  const [mine, its] = [boundsOf(one), boundsOf(other)];
  const apart = minus(its.rate, mine.rate);
  if (sign(apart) === 0) return null;
  const room = sign(apart) > 0 ? minus(mine.most, its.least) : minus(mine.least, its.most);
  return greatest(ZERO, over(room, apart));
}

/** The cost lies between rate × volume + least and rate × volume + most. */
function boundsOf(line: Line) {
  if (hasSteps(line))
    return { rate: plus(times(line.fixed, line.step), line.slope), least: ZERO, most: line.fixed };
  const fixed = times(line.fixed, wholeOf(line.gpus ?? 1n));
  return { rate: line.slope, least: fixed, most: fixed };
}
