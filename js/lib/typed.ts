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
 * the Japanese 億 (100,000,000), 万 (10,000) and 千 (1,000) are understood as well: ¥40万, 1億2000万.
 */
export function parseAmount(typed: string): number {
  const narrow = typed
    .normalize("NFKC")
    .replace(/[\s_]/g, "")
    .replace(/^\p{Sc}/u, "")
    .replace(/(円|\p{Sc})$/u, "");
  return /[億万千]/.test(narrow) ? parseParts(narrow) : parseTyped(ungrouped(narrow), false);
}

function ungrouped(digits: string): string {
  const grouped = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(digits);
  return grouped ? digits.replaceAll(",", "") : digits.replace(",", ".");
}

/** 1億2000万: each part smaller than the unit before it, and whole where another follows or stands before. */
function parseParts(narrow: string): number {
  const found = /^\+?(?:([^億万千]+)億)?(?:([^億万千]+)万)?(?:([^億万千]+)千)?([^億万千]*)$/.exec(narrow);
  const parts = [8, 4, 3, 0]
    .map((unit, index) => ({ unit, digits: ungrouped(found?.[index + 1] ?? "") }))
    .filter(({ digits }) => digits !== "");
  const allowed = parts.length > 1 ? /^\d+$/ : /^(\d+\.?\d*|\.\d+)$/;
  let [sum, below] = [0, Number.POSITIVE_INFINITY];
  for (const { unit, digits } of parts) {
    const value = allowed.test(digits) ? Number(`${digits}e${unit}`) : Number.NaN;
    if (!(value < below)) return Number.NaN;
    sum += value;
    below = 10 ** unit;
  }
  return parts.length > 0 ? sum : Number.NaN;
}

export interface Limits {
  readonly low: number;
  readonly high: number;
  readonly whole: boolean;
}

export function isAllowed(value: number, { low, high, whole }: Limits): boolean {
  return Number.isFinite(value) && value >= low && value <= high && (!whole || Number.isInteger(value));
}
