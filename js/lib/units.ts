// Times and sizes with the unit that keeps them readable, in three significant digits.
import type { Numbers } from "./numbers";

const TIMES = [
  [1, "s"],
  [1e-3, "ms"],
  [1e-6, "µs"],
] as const;

const SIZES = [
  [1e9, "GB"],
  [1e6, "MB"],
  [1e3, "kB"],
  [1, "B"],
] as const;

/** 1.20 s, 61.3 ms, 7.00 ms, 380 µs */
export function time(seconds: number, numbers: Numbers): string {
  return withUnit(seconds, TIMES, numbers.even);
}

/** 1.23 MB, 384 B; a kB is 1,000 bytes. */
export function size(bytes: number, numbers: Numbers): string {
  return withUnit(bytes, SIZES, numbers.decimal);
}

function withUnit(
  value: number,
  units: readonly (readonly [number, string])[],
  write: (value: number) => string,
): string {
  // what rounds to 1,000 of a unit is one of the next
  const rounded = Number(value.toPrecision(3));
  const [factor, unit] = units.find(([least]) => rounded >= least) ?? units[units.length - 1] ?? [1, ""];
  return `${write(rounded / factor)} ${unit}`;
}
