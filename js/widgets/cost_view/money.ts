// Amounts and volumes as readers write them.
import type { Language } from "../../lib/i18n";

const HUGE = 1e15;

/** What has more digits than anyone reads, by its power of ten: 6.2e24. */
function powered(value: number): string {
  return Number(value.toPrecision(3)).toExponential().replace("+", "");
}

/** A count: whole, or below 100 to three digits, so that a part of one is not none. */
export function counted(count: number, language: Language): string {
  if (Math.abs(count) >= HUGE) return powered(count);
  return count.toLocaleString(
    language,
    count < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 },
  );
}

/** ¥1,234, $0.0123, 1,234 円. */
export function money(amount: number, currency: string, language: Language): string {
  const size = Math.abs(amount);
  const digits =
    size >= HUGE
      ? powered(amount)
      : size >= 100 || size === 0
        ? amount.toLocaleString(language, { maximumFractionDigits: 0 })
        : size >= 1
          ? amount.toLocaleString(language, {
              minimumFractionDigits: Number.isInteger(amount) ? 0 : 2,
              maximumFractionDigits: 2,
            })
          : amount.toLocaleString(language, { maximumSignificantDigits: 3 });
  return /^\p{Sc}$/u.test(currency) ? `${currency}${digits}` : `${digits} ${currency}`;
}

/** A number that was typed: 400,000 or 0.17. */
export function plainNumber(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 12 });
}

const UNITS: Readonly<Record<Language, readonly (readonly [number, string])[]>> = {
  en: [
    [1e12, "T"],
    [1e9, "B"],
    [1e6, "M"],
    [1e3, "k"],
  ],
  ja: [
    [1e12, "兆"],
    [1e8, "億"],
    [1e4, "万"],
  ],
};

/** To three digits, in thousands or in 万: for axes and for what is counted in millions. */
export function short(value: number, language: Language): string {
  const rounded = Number(value.toPrecision(3));
  if (Math.abs(rounded) >= HUGE) return powered(rounded);
  const unit = UNITS[language].find(([least]) => Math.abs(rounded) >= least);
  const digits = unit ? rounded / unit[0] : rounded;
  return `${digits.toLocaleString(language, { maximumSignificantDigits: 3 })}${unit?.[1] ?? ""}`;
}
