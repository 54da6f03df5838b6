// Exact fractions: what is typed as 0.1 is a tenth, and a break-even is where both sides are equal to the last digit.

export interface Fraction {
  readonly top: bigint;
  /** Above 0. */
  readonly bottom: bigint;
}

export const ZERO: Fraction = { top: 0n, bottom: 1n };

/** A number as the decimal that it is written as. */
export function fraction(value: number): Fraction {
  const [digits = "0", exponent = "0"] = String(value).split("e");
  const [whole = "0", decimals = ""] = digits.split(".");
  const power = Number(exponent) - decimals.length;
  const top = BigInt(whole + decimals);
  return power >= 0
    ? { top: top * 10n ** BigInt(power), bottom: 1n }
    : { top, bottom: 10n ** BigInt(-power) };
}

export function plus(one: Fraction, other: Fraction): Fraction {
  return { top: one.top * other.bottom + other.top * one.bottom, bottom: one.bottom * other.bottom };
}

export function minus(one: Fraction, other: Fraction): Fraction {
  return plus(one, { top: -other.top, bottom: other.bottom });
}

export function times(...factors: readonly Fraction[]): Fraction {
  return factors.reduce(({ top, bottom }, factor) => ({
    top: top * factor.top,
    bottom: bottom * factor.bottom,
  }));
}

/** By what is not 0. */
export function over(one: Fraction, other: Fraction): Fraction {
  const sign = other.top < 0n ? -1n : 1n;
  return { top: one.top * other.bottom * sign, bottom: one.bottom * other.top * sign };
}

/** -1, 0 or 1. */
export function sign({ top }: Fraction): number {
  return top > 0n ? 1 : top < 0n ? -1 : 0;
}

/** Below 0 where the first is less. */
export function compare(one: Fraction, other: Fraction): number {
  return sign(minus(one, other));
}

export function least(...values: readonly Fraction[]): Fraction {
  return values.reduce((one, other) => (compare(other, one) < 0 ? other : one));
}

export function greatest(...values: readonly Fraction[]): Fraction {
  return values.reduce((one, other) => (compare(other, one) > 0 ? other : one));
}

export function floor({ top, bottom }: Fraction): bigint {
  const cut = top / bottom;
  return top < 0n && cut * bottom !== top ? cut - 1n : cut;
}

export function ceil({ top, bottom }: Fraction): bigint {
  return -floor({ top: -top, bottom });
}

export function wholeOf(value: bigint): Fraction {
  return { top: value, bottom: 1n };
}

const DIGITS = 70;

/** The nearest number that the page can draw. */
export function numberOf({ top, bottom }: Fraction): number {
  const shift = DIGITS - (bitsOf(top) - bitsOf(bottom));
  const quotient = shift >= 0 ? (top << BigInt(shift)) / bottom : top / (bottom << BigInt(-shift));
  return Number(quotient) * 2 ** -shift;
}

function bitsOf(value: bigint): number {
  return (value < 0n ? -value : value).toString(16).length * 4;
}

/** In lowest terms. */
export function reduced({ top, bottom }: Fraction): Fraction {
  let [one, other] = [top < 0n ? -top : top, bottom];
  while (other > 0n) [one, other] = [other, one % other];
  return { top: top / one, bottom: bottom / one };
}
