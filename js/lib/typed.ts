// Numbers that someone types.
/** What was typed, as a number: full-width digits, a decimal comma and, in whole numbers, 49,152 are understood. NaN where it is none. */
export function parseTyped(typed: string, whole: boolean): number {
  const narrow = typed.normalize("NFKC").trim();
  const grouped = whole && /^[+-]?\d{1,3}(,\d{3})+$/.test(narrow);
  const plain = grouped ? narrow.replaceAll(",", "") : narrow.replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : Number.NaN;
}

export interface Limits {
  readonly low: number;
  readonly high: number;
  readonly whole: boolean;
}

export function isAllowed(value: number, { low, high, whole }: Limits): boolean {
  return Number.isFinite(value) && value >= low && value <= high && (!whole || Number.isInteger(value));
}
