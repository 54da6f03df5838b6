// Numbers as readers write them, in three significant digits.
import type { Language } from "./i18n";
import type { Range } from "./sampling/rest";

export interface Numbers {
  /** 49,152 */
  count(value: number): string;
  /** The same to three digits, for what is only known about: 4,680 */
  roughly(value: number): string;
  /** A probability as a percentage: 32.1%, 0.0321%; in powers of ten where the zeros would be too many to count. */
  percent(probability: number): string;
  /** 3.21 */
  decimal(value: number): string;
  /** The same with its zeros, where numbers are compared: 3.00 beside 3.21 */
  even(value: number): string;
  /** 0.801–5.12%, 20–250: from the least to the most, and one number where both read the same. */
  percents(range: Range): string;
  counts(range: Range): string;
}

const TINY = 1e-6;
const NEAR = 1e-4;
const known = new Map<Language, Numbers>();

export function numbersIn(language: Language): Numbers {
  const made = known.get(language) ?? make(language);
  known.set(language, made);
  return made;
}

function make(language: Language): Numbers {
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const [large, middle, small] = [1, 2, 3].map(
    (digits) =>
      new Intl.NumberFormat(language, {
        style: "percent",
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      }),
  ) as [Intl.NumberFormat, Intl.NumberFormat, Intl.NumberFormat];
  const tiny = new Intl.NumberFormat(language, {
    style: "percent",
    minimumSignificantDigits: 2,
    maximumSignificantDigits: 2,
  });
  const round = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
  const decimal = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  const even = new Intl.NumberFormat(language, { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
  const percent = (probability: number) => {
    if (probability <= 0 || probability >= 1) return round.format(Math.min(1, Math.max(0, probability)));
    if (probability >= 0.09995) return large.format(probability);
    if (probability >= 0.009995) return middle.format(probability);
    if (probability >= 0.0009995) return small.format(probability);
    if (probability >= TINY) return tiny.format(probability);
    return power(probability);
  };
  return {
    count: (value) => whole.format(value),
    roughly: (value) => whole.format(Number(value.toPrecision(3))),
    percent,
    decimal: (value) => decimal.format(value),
    even: (value) => (value === 0 ? decimal : even).format(value),
    percents: ([least, most]) =>
      // bounds that are near to each other may read differently where a digit turns
      between(most - least > NEAR * most ? [percent(least), percent(most)] : [percent((least + most) / 2)]),
    counts: (range) => between(range.map((value) => whole.format(value))),
  };
}

/** The sign that both carry stands once. */
function between([least = "", most = least]: readonly string[]): string {
  if (least === most) return most;
  return `${most.endsWith("%") ? least.replace(/%$/, "") : least}–${most}`;
}

const RAISED: Readonly<Record<string, string>> = Object.fromEntries(
  [..."-0123456789"].map((sign, at) => [sign, [..."⁻⁰¹²³⁴⁵⁶⁷⁸⁹"][at] ?? sign]),
);

/** In powers of ten: 3·10⁻⁷ */
export function power(value: number, decimals = 0): string {
  const [mantissa = "", exponent = "0"] = value.toExponential(decimals).split("e");
  return raised(mantissa, Number(exponent));
}

/** e to `nats`, which may be less than any number is, or more: 3.2·10⁻⁴⁰⁰ */
export function powerOfE(nats: number, decimals = 1): string {
  const log10 = nats / Math.LN10;
  const [mantissa = "", carried = "0"] = (10 ** (log10 - Math.floor(log10)))
    .toExponential(decimals)
    .split("e");
  return raised(mantissa, Math.floor(log10) + Number(carried));
}

function raised(mantissa: string, exponent: number): string {
  return `${mantissa}·10${[...String(exponent)].map((sign) => RAISED[sign] ?? "").join("")}`;
}
