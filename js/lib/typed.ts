// Numbers that someone types.
/** What was typed, as a number: full-width digits, a decimal comma and, in whole numbers, 49,152 are understood. NaN where it is none. */
export function parseTyped(typed: string, whole: boolean): number {
  const narrow = typed.normalize("NFKC").trim();
  const grouped = whole && /^[+-]?\d{1,3}(,\d{3})+$/.test(narrow);
  const plain = grouped ? narrow.replaceAll(",", "") : narrow.replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : Number.NaN;
}

export interface Reading {
  /** NaN where it is no number. */
  readonly value: number;
  /** The part of it that was not understood; "" where all was. */
  readonly left: string;
}

const NUMERALS = "〇一二三四五六七八九";
const NUMERIC = /^[+-]?(?:[\d.,_\s〇一二三四五六七八九十百千万億]|e[+-]?\d)*/iu;
const LARGE: Readonly<Record<string, number>> = { k: 1e3, thousand: 1e3, m: 1e6, million: 1e6 };

/**
 * An amount, where a comma before three digits groups them: 400,000 and 400,000.50, but 0,15. A currency's sign, the Japanese
 * numerals and units 億, 万, 千, 百, 十 and the English k, thousand, m, million are understood as well: ¥40万, 1億2000万, 四十万,
 * 400k; and behind the number the words of its unit, in any case: 400人.
 */
export function readAmount(typed: string, units: readonly string[] = []): Reading {
  const narrow = typed
    .normalize("NFKC")
    .trim()
    .replace(/^\p{Sc}/u, "")
    .trim();
  const digits = NUMERIC.exec(narrow)?.[0] ?? "";
  const behind = narrow.slice(digits.length).trim();
  const large = Object.keys(LARGE).find((word) => new RegExp(`^${word}(?![a-z])`, "i").test(behind));
  const unit = behind.slice(large?.length ?? 0).trim();
  if (unit !== "" && !isUnit(unit, units)) return { value: Number.NaN, left: unit };
  const plain = digits.replace(/[\s_]/g, "");
  const value = parseNumber(plain) * (large === undefined ? 1 : (LARGE[large] ?? 1));
  return { value, left: Number.isNaN(value) ? digits.trim() || behind : "" };
}

/** The same, NaN where a part of it was not understood. */
export function parseAmount(typed: string, units: readonly string[] = []): number {
  return readAmount(typed, units).value;
}

function isUnit(word: string, units: readonly string[]): boolean {
  const bare = (text: string) =>
    text
      .normalize("NFKC")
      .toLowerCase()
      .replace(/[\s・.]/g, "");
  return /^(円|\p{Sc})$/u.test(word) || units.some((unit) => bare(unit) === bare(word));
}

function parseNumber(plain: string): number {
  return /[〇一二三四五六七八九十百千万億]/.test(plain)
    ? parseParts(plain)
    : parseTyped(ungrouped(plain), false);
}

function ungrouped(digits: string): string {
  const grouped = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(digits);
  return grouped ? digits.replaceAll(",", "") : digits.replace(",", ".");
}

/** 1億2000万, 四十万: each part smaller than the unit before it, and whole where another follows or stands before. */
function parseParts(narrow: string): number {
  const found = /^\+?(?:([^億万]+)億)?(?:([^億万]+)万)?([^億万]*)$/.exec(narrow);
  const parts = [1e8, 1e4, 1]
    .map((unit, index) => ({ unit, digits: found?.[index + 1] ?? "" }))
    .filter(({ digits }) => digits !== "");
  return added(parts, (digits) => (/[十百千]/.test(digits) ? parseSmall(digits) : parseDigits(digits)));
}

/** 二千五百, 2千5百, 千: below 10,000, where a unit alone is one of it. */
function parseSmall(narrow: string): number {
  // 二三十 is no number
  if (/[〇一二三四五六七八九]{2,}[十百千]/.test(narrow)) return Number.NaN;
  const found = /^(?:([^千百十]*)千)?(?:([^千百十]*)百)?(?:([^千百十]*)十)?([^千百十]*)$/.exec(narrow);
  const parts = [1000, 100, 10, 1].flatMap((unit, index) => {
    const digits = found?.[index + 1];
    return digits === undefined || (unit === 1 && digits === "") ? [] : [{ unit, digits: digits || "1" }];
  });
  return added(parts, parseDigits);
}

function added(
  parts: readonly { readonly unit: number; readonly digits: string }[],
  read: (digits: string) => number,
): number {
  let [sum, below] = [0, Number.POSITIVE_INFINITY];
  for (const { unit, digits } of parts) {
    // a power of ten by its exponent: 0.07 times 10,000 is 700 to the last digit
    const each = read(digits);
    const value = Number(`${each}e${Math.log10(unit)}`);
    if (!(value < below) || (parts.length > 1 && !Number.isInteger(each))) return Number.NaN;
    sum += value;
    below = unit;
  }
  return parts.length > 0 ? sum : Number.NaN;
}

/** 400, 4.5 or 四〇〇. */
function parseDigits(digits: string): number {
  const plain = ungrouped(
    digits.replace(/[〇一二三四五六七八九]/g, (numeral) => `${NUMERALS.indexOf(numeral)}`),
  );
  return /^(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : Number.NaN;
}

export interface Limits {
  readonly low: number;
  readonly high: number;
  readonly whole: boolean;
}

export function isAllowed(value: number, { low, high, whole }: Limits): boolean {
  return Number.isFinite(value) && value >= low && value <= high && (!whole || Number.isInteger(value));
}
