// Numbers that someone types.
/** What was typed, as a number: full-width digits, a decimal comma and, in whole numbers, 49,152 are understood. NaN where it is none. */
export function parseTyped(typed: string, whole: boolean): number {
  const narrow = typed.normalize("NFKC").trim();
  const grouped = whole && /^[+-]?\d{1,3}(,\d{3})+$/.test(narrow);
  const plain = grouped ? narrow.replaceAll(",", "") : narrow.replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : Number.NaN;
}

/**
 * The same for amounts, where a comma before three digits groups them: 400,000 and 400,000.50, but 0,15. A currency's sign and
 * the Japanese 万 (10,000) and 億 (100,000,000) are understood as well: ¥40万.
 */
export function parseAmount(typed: string): number {
  const narrow = typed
    .normalize("NFKC")
    .replace(/[\s_]/g, "")
    .replace(/^\p{Sc}/u, "")
    .replace(/(円|\p{Sc})$/u, "");
  const unit = UNITS[narrow.at(-1) ?? ""];
  const digits = unit === undefined ? narrow : narrow.slice(0, -1);
  const grouped = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(digits);
  const plain = grouped ? digits.replaceAll(",", "") : digits.replace(",", ".");
  if (unit === undefined) return parseTyped(plain, false);
  return /^\+?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(`${plain}e${unit}`) : Number.NaN;
}

const UNITS: Readonly<Record<string, number>> = { 万: 4, 億: 8 };

export interface Limits {
  readonly low: number;
  readonly high: number;
  readonly whole: boolean;
}

export function isAllowed(value: number, { low, high, whole }: Limits): boolean {
  return Number.isFinite(value) && value >= low && value <= high && (!whole || Number.isInteger(value));
}
