// Numbers of a calculation as one writes them down beside a formula.
import { power } from "../../../lib/numbers";

const MINUS = "−";

/** A logit: three decimals, a true minus sign. */
export function logit(value: number): string {
  if (value === Number.NEGATIVE_INFINITY) return `${MINUS}∞`;
  return value.toFixed(3).replace("-", MINUS);
}

/** A sum that lies between two numbers, which may be the same. */
export function figures(range: readonly [number, number]): string {
  const [least, most] = range.map(figure);
  return least === most ? `${most}` : `${least}–${most}`;
}

/** An exponential or a sum of them: four digits, in powers of ten where the zeros would be too many to count. */
export function figure(value: number): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return "∞";
  if (value >= 0.001 && value < 1e6) return String(Number(value.toPrecision(4)));
  return power(value, 2);
}
