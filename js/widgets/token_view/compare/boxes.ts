// Where the boxes of one row stand in one band.

import { isEmpty, type Row } from "./cuts";
import { type Band, type Column, changedPiece, pillWidth } from "./layout";
import type { Measure } from "./measure";

/** A token's box in a band, or a part of it where the token goes on in the band before or after. */
export interface Box {
  readonly token: number;
  readonly left: number;
  readonly right: number;
  readonly openLeft: boolean;
  readonly openRight: boolean;
  /** It begins inside a character. */
  readonly inside: boolean;
  /** It holds none of the text. */
  readonly pill: boolean;
  /** Its tokenizer changed the characters that it stands for: the box shows what it made of them. */
  readonly changed: boolean;
  readonly texts: readonly Label[];
}

/** A text and its place in the band. */
export interface Label {
  readonly text: string;
  readonly left: number;
  readonly right: number;
}

export interface BandRow {
  readonly boxes: readonly Box[];
  /** Characters that several tokens share. */
  readonly shared: readonly Label[];
  /** Characters that no token holds. */
  readonly gaps: readonly Label[];
}

/** Hebrew, Arabic and their neighbours, and the scripts of India and South-East Asia. */
const JOINING = /[\u0590-\u109f\u1780-\u18af\ufb1d-\ufdff\ufe70-\ufefc]/;

type Owners = readonly (readonly number[])[];

export function bandRow(row: Row, band: Band, measure: Measure): BandRow {
  const inside = tokensIn(row, band);
  const owners = band.columns.map((column) => ownersOf(row, column, inside));
  const labels = (wanted: (owners: readonly number[]) => boolean) =>
    band.columns.flatMap(({ text }, at) =>
      text !== "" && wanted(owners[at] ?? []) ? labelOf(band, at) : [],
    );
  return {
    boxes: inside.flatMap(
      (token) =>
        (isEmpty(row, token) ? pillOf(row, token, band, measure) : boxOf(row, token, band, owners)) ?? [],
    ),
    shared: labels((of) => of.length > 1 && of.some((token) => row.tokens.bytes(token) !== "")),
    gaps: labels((of) => of.length === 0),
  };
}

function tokensIn(row: Row, band: Band): readonly number[] {
  const tokens: number[] = [];
  for (let token = firstEndingAt(row, band.start); token < row.tokens.count; token++) {
    if ((row.starts[token] ?? 0) > band.end) break;
    if (stands(row, token, band)) tokens.push(token);
  }
  return tokens;
}

function firstEndingAt(row: Row, offset: number): number {
  let low = 0;
  let high = row.tokens.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((row.ends[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether a token, or a part of it, stands in a band. */
function stands(row: Row, token: number, band: Band): boolean {
  const start = row.starts[token] ?? 0;
  if (isEmpty(row, token)) return pillColumn(band, start) >= 0;
  return start < band.end && (row.ends[token] ?? 0) > band.start;
}

/** The band in which a token begins. */
export function bandOfToken(row: Row, token: number, bands: readonly Band[]): number {
  const start = row.starts[token] ?? 0;
  let low = 0;
  let high = bands.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bands[middle]?.end ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  while (low < bands.length - 1 && !stands(row, token, bands[low] as Band)) low++;
  return low;
}

/** The token of a row whose box in a band is nearest to a place, -1 where the row has none there. */
export function tokenNear(row: Row, band: Band, x: number, measure: Measure): number {
  let nearest = -1;
  let distance = Number.POSITIVE_INFINITY;
  for (const { token, left, right } of bandRow(row, band, measure).boxes) {
    const off = Math.max(left - x, x - right, 0);
    if (off >= distance) continue;
    nearest = token;
    distance = off;
  }
  return nearest;
}

function ownersOf(row: Row, column: Column, tokens: readonly number[]): readonly number[] {
  return tokens.filter(
    (token) =>
      !isEmpty(row, token) && (row.starts[token] ?? 0) < column.end && (row.ends[token] ?? 0) > column.start,
  );
}

function pillColumn(band: Band, offset: number): number {
  return band.columns.findIndex(({ start, end }) => start === offset && end === offset);
}

function pillOf(row: Row, token: number, band: Band, measure: Measure): Box | null {
  const offset = row.starts[token] ?? 0;
  const at = pillColumn(band, offset);
  const end = (band.lefts[at] ?? 0) + (band.columns[at]?.width ?? 0);
  let left = band.lefts[at] ?? 0;
  for (
    let before = token - 1;
    before >= 0 && isEmpty(row, before) && row.starts[before] === offset;
    before--
  ) {
    left += pillWidth(row, before, measure);
  }
  if (left >= end) return null;
  const right = Math.min(end, left + pillWidth(row, token, measure));
  const texts = [{ text: row.tokens.piece(token), left, right }];
  return {
    token,
    left,
    right,
    openLeft: false,
    openRight: false,
    inside: false,
    pill: true,
    changed: false,
    texts,
  };
}

function boxOf(row: Row, token: number, band: Band, owners: Owners): Box | null {
  const own = owners.flatMap((of, at) => (of.includes(token) ? at : []));
  const [first, last] = [own[0], own.at(-1)];
  if (first === undefined || last === undefined) return null;
  const left = partOf(band, owners, first, token)[0];
  const right = partOf(band, owners, last, token)[1];
  const openLeft = (row.starts[token] ?? 0) < band.start;
  const inside = (owners[first]?.indexOf(token) ?? 0) > 0;
  const openRight = (row.ends[token] ?? 0) > band.end;
  const changed = changedPiece(row, token);
  const alone = own.filter((at) => owners[at]?.length === 1 && band.columns[at]?.text !== "");
  const inPlace = alone.map((at) => labelOf(band, at));
  const whole = changed ?? inPlace.map(({ text }) => text).join("");
  // what is changed, and scripts whose letters join or turn, are written as one
  const asOne = changed !== null || (inPlace.length > 1 && JOINING.test(whole));
  const texts = !asOne ? inPlace : changed !== null && openLeft ? [] : [{ text: whole, left, right }];
  return { token, left, right, openLeft, openRight, inside, pill: false, changed: changed !== null, texts };
}

/** A column's edges or, where tokens share it, those of this token's part. */
function partOf(band: Band, owners: Owners, at: number, token: number): readonly [number, number] {
  const { left, right } = labelOf(band, at);
  const of = owners[at] ?? [];
  const part = (right - left) / of.length;
  const nth = of.indexOf(token);
  return [left + nth * part, left + (nth + 1) * part];
}

function labelOf(band: Band, at: number): Label {
  const left = band.lefts[at] ?? 0;
  const { text = "", width = 0 } = band.columns[at] ?? {};
  return { text, left, right: left + width };
}
