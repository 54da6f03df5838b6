// What of the lines is drawn, and where: in requests a month and amounts, from 0 on.
import type { BreakEven } from "../sums/break_even";
import { capacityOf, costAt, hasSteps, type Line } from "../sums/costs";
import {
  compare,
  type Fraction,
  floor,
  fraction,
  least,
  numberOf,
  over,
  plus,
  times,
  wholeOf,
} from "../sums/fraction";

export interface Point {
  /** Requests a month. */
  readonly volume: number;
  readonly cost: number;
}

const MOST_STEPS = 300;
const SAMPLES = 600;

/** Up to which volume there is something to see: twice the workload, and past the next crossing. */
export function rangeOf(volume: Fraction, pairs: readonly BreakEven[]): Fraction {
  const twice = times(volume, fraction(2));
  const next = pairs
    .flatMap(({ stretches }) => stretches.slice(1).map(({ start }) => start))
    .filter((start) => compare(start, volume) > 0);
  if (next.length === 0) return twice;
  const past = times(least(...next), fraction(1.25));
  return compare(past, twice) > 0 ? past : twice;
}

/** A form's cost from 0 to `end`, or to what its GPUs can do; with both ends of each step, where they are few enough to be seen. */
export function pointsOf(line: Line, end: Fraction): readonly Point[] {
  const capacity = capacityOf(line);
  const last = capacity === null ? end : least(end, capacity);
  const at = (volume: Fraction): Point => ({
    volume: numberOf(volume),
    cost: numberOf(costAt(line, volume)),
  });
  const zero = fraction(0);
  if (!hasSteps(line)) return [at(zero), at(last)];
  const steps = floor(times(last, line.step));
  if (steps > MOST_STEPS)
    return Array.from({ length: SAMPLES + 1 }, (_, sample) =>
      at(over(times(last, fraction(sample)), fraction(SAMPLES))),
    );
  const points = [at(zero)];
  for (let gpus = 1n; gpus <= steps; gpus++) {
    const volume = over(wholeOf(gpus), line.step);
    const cost = costAt(line, volume);
    points.push(at(volume), { volume: numberOf(volume), cost: numberOf(plus(cost, line.fixed)) });
  }
  return [...points, at(last)];
}

export interface Crossing extends Point {
  readonly pair: BreakEven;
}

/** The crossings up to `end`, each on the first form's line. */
export function crossingsOf(
  pairs: readonly BreakEven[],
  lines: readonly Line[],
  end: Fraction,
): readonly Crossing[] {
  return pairs.flatMap((pair) => {
    const line = lines.find(({ form }) => form === pair.one);
    if (!line) return [];
    return pair.stretches
      .slice(1)
      .filter(({ start }) => compare(start, end) <= 0)
      .map(({ start }) => ({ pair, volume: numberOf(start), cost: numberOf(costAt(line, start)) }));
  });
}

/** How many times as high as the crossings a line may lie and still be in the picture. */
const FAR = 4;

/** The highest cost in the picture: what lies far above all crossings is cut off. */
export function heightOf(lines: readonly (readonly Point[])[], crossings: readonly Crossing[]): number {
  const most = Math.max(0, ...lines.flat().map(({ cost }) => cost));
  const crossed = Math.max(0, ...crossings.map(({ cost }) => cost));
  if (crossed === 0) return most || 1;
  const begins = lines.map((points) => lowest(points)).filter((cost) => cost <= FAR * crossed);
  return Math.min(most, Math.max(2.2 * crossed, 1.2 * Math.max(...begins)));
}

export function lowest(points: readonly Point[]): number {
  return Math.min(...points.map(({ cost }) => cost));
}

/** Round values from 0 to `most`, about `count` of them. */
export function ticksTo(most: number, count: number): readonly number[] {
  const rough = most / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((digit) => digit * power >= rough) ?? 10);
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, index) => index * step);
}
