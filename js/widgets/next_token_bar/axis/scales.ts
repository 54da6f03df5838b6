// Where values stand along an axis, and the round numbers that are written on it.

export interface Tick {
  readonly value: number;
  /** From 0 (left) to 1. */
  readonly place: number;
}

export interface Scale {
  readonly ticks: readonly Tick[];
  /** Lines between the ticks that carry no number, as places. */
  readonly minor: readonly number[];
  /** The way from one line of the grid to the next. */
  readonly step: number;
  /** Where bars begin. */
  readonly base: number;
  /** From 0 to 1; what lies beyond an end stands at the end. */
  place(value: number): number;
}

const MOST_STEPS = 5;
const MOST_DECADES = 12;

/** From `low` to `high`, both widened to round numbers; bars begin at 0. */
export function linear(low: number, high: number): Scale {
  const span = Math.max(high - low, 1e-6);
  const unit = 10 ** Math.floor(Math.log10(span));
  const fits = (step: number) => ends(low, high, step).count <= MOST_STEPS;
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10].map((factor) => factor * unit).find(fits) ?? 10 * unit;
  const { first, count } = ends(low, high, step);
  const steps = Math.max(1, count);
  const place = (value: number) => clamp((value / step - first) / steps);
  const ticks = Array.from({ length: steps + 1 }, (_, at) => ({
    value: (first + at) * step,
    place: at / steps,
  }));
  return { ticks, minor: [], step: 1 / steps, base: place(0), place };
}

function ends(low: number, high: number, step: number): { first: number; count: number } {
  const first = Math.floor(low / step + 1e-9);
  return { first, count: Math.ceil(high / step - 1e-9) - first };
}

/** Decades from at or below `low` to at or above `high`, both above 0; bars begin at the left end, since there is no 0. */
export function logarithmic(low: number, high: number): Scale {
  const top = Math.ceil(Math.log10(high) - 1e-9);
  const bottom = Math.max(top - MOST_DECADES, Math.min(top - 1, Math.floor(Math.log10(low) + 1e-9)));
  const decades = top - bottom;
  const place = (value: number) => (value > 0 ? clamp((Math.log10(value) - bottom) / decades) : 0);
  const every = Math.ceil(decades / 4);
  const powers = Array.from({ length: decades + 1 }, (_, at) => bottom + at);
  return {
    ticks: powers
      .filter((power) => (top - power) % every === 0)
      .map((power) => ({ value: 10 ** power, place: (power - bottom) / decades })),
    minor: powers
      .slice(0, -1)
      .flatMap((power) => [2, 3, 4, 5, 6, 7, 8, 9].map((digit) => place(digit * 10 ** power))),
    step: 1 / decades,
    base: 0,
    place,
  };
}

/** The same from right to left: what is least stands at the right end, with the longest bar. */
export function mirrored(scale: Scale): Scale {
  return {
    ...scale,
    ticks: scale.ticks.map(({ value, place }) => ({ value, place: 1 - place })).reverse(),
    minor: scale.minor.map((place) => 1 - place),
    place: (value) => 1 - scale.place(value),
  };
}

function clamp(place: number): number {
  return Math.min(1, Math.max(0, place));
}
