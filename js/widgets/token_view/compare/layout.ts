// The text as columns, the same for every tokenizer, set in bands as wide as the view. A column ends where any of them cuts.
import type { Tokens } from "../../../lib/tokens";
import { type Agreement, asRow, compareCuts, isEmpty, type Row } from "./cuts";
import type { Measure } from "./measure";

/** A stretch of the text that no tokenizer cuts, or (`start` = `end`) a place for tokens that hold none of it. */
export interface Column {
  readonly start: number;
  readonly end: number;
  readonly width: number;
  readonly text: string;
}

export interface Comparison {
  readonly text: string;
  readonly rows: readonly Row[];
  readonly agreement: Agreement;
  readonly columns: readonly Column[];
}

export interface Band {
  readonly columns: readonly Column[];
  /** The left edge of each column, in pixels. */
  readonly lefts: readonly number[];
  readonly start: number;
  readonly end: number;
  readonly width: number;
}

// between the edge of a column and its text: neighbouring boxes stand apart by twice this
export const PADDING = 2;
const PILL_PADDING = 8;
const PILL_SCALE = 0.8;
const NARROWEST = 12;
const NARROWEST_PART = 11;
const TAIL = 0.6;

export function compareRows(text: string, rows: readonly Tokens[], measure: Measure): Comparison {
  const placed = rows.map(asRow);
  const agreement = compareCuts(placed, text.length);
  return { text, rows: placed, agreement, columns: columnsOf(text, placed, measure) };
}

function columnsOf(text: string, rows: readonly Row[], measure: Measure): readonly Column[] {
  const edges = new Uint8Array(text.length + 1);
  const pills = new Map<number, number>();
  const parts = new Map<number, number>();
  edges[0] = edges[text.length] = 1;
  for (const row of rows) {
    mark(row, edges);
    keepWidest(pills, pillWidths(row, measure));
    keepWidest(parts, partCounts(row));
  }
  const columns: Column[] = [];
  let start = 0;
  for (let offset = 0; offset <= text.length; offset++) {
    if (edges[offset] === 0) continue;
    if (offset > start) {
      const piece = text.slice(start, offset);
      const least = Math.max(NARROWEST, (parts.get(start) ?? 0) * NARROWEST_PART);
      const width = Math.max(least, Math.ceil(measure(piece)) + 2 * PADDING);
      columns.push({ start, end: offset, text: piece, width });
    }
    const pill = pills.get(offset);
    if (pill !== undefined) columns.push({ start: offset, end: offset, text: "", width: pill });
    start = offset;
  }
  return rows.reduce((wide, row) => roomForChanges(wide, row, measure), columns);
}

function mark(row: Row, edges: Uint8Array): void {
  for (let token = 0; token < row.tokens.count; token++) {
    if (isEmpty(row, token)) continue;
    edges[row.starts[token] ?? 0] = 1;
    edges[row.ends[token] ?? 0] = 1;
  }
}

function keepWidest(into: Map<number, number>, from: ReadonlyMap<number, number>): void {
  for (const [offset, value] of from) into.set(offset, Math.max(into.get(offset) ?? 0, value));
}

export function pillWidth(row: Row, token: number, measure: Measure): number {
  return Math.ceil(measure(row.tokens.piece(token)) * PILL_SCALE) + 2 * (PILL_PADDING + PADDING);
}

function pillWidths(row: Row, measure: Measure): ReadonlyMap<number, number> {
  const widths = new Map<number, number>();
  for (let token = 0; token < row.tokens.count; token++) {
    if (!isEmpty(row, token)) continue;
    const offset = row.starts[token] ?? 0;
    widths.set(offset, (widths.get(offset) ?? 0) + pillWidth(row, token, measure));
  }
  return widths;
}

/** How many tokens share the character that begins at an offset. */
function partCounts(row: Row): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  let end = 0;
  for (let token = 0; token < row.tokens.count; token++) {
    if (isEmpty(row, token)) continue;
    const start = row.starts[token] ?? 0;
    if (start < end) counts.set(start, (counts.get(start) ?? 1) + 1);
    end = row.ends[token] ?? 0;
  }
  return counts;
}

/** What a token says, where its tokenizer changed the characters that it stands for; null where it did not. */
export function changedPiece(row: Row, token: number): string | null {
  const { tokens, starts, ends } = row;
  if (tokens.exact || tokens.bytes(token) !== "" || isEmpty(row, token)) return null;
  const piece = tokens.piece(token);
  return piece === tokens.text.slice(starts[token], ends[token]) ? null : piece;
}

/** A changed token may say more than its characters did: its last column makes room, for all that share it. */
function roomForChanges(columns: readonly Column[], row: Row, measure: Measure): Column[] {
  const widths = columns.map(({ width }) => width);
  if (!row.tokens.exact) {
    const counts = partCounts(row);
    let from = 0;
    for (let token = 0; token < row.tokens.count; token++) {
      const piece = changedPiece(row, token);
      if (piece === null) continue;
      const start = row.starts[token] ?? 0;
      const end = row.ends[token] ?? 0;
      while ((columns[from]?.end ?? end) <= start && from < columns.length) from++;
      let last = from;
      let room = 0;
      for (let at = from; at < columns.length && (columns[at] as Column).start < end; at++) {
        room += widths[at] ?? 0;
        last = at;
      }
      const needed = (Math.ceil(measure(piece)) + 2 * PADDING) * (counts.get(start) ?? 1);
      widths[last] = (widths[last] ?? 0) + Math.max(0, needed - room);
    }
  }
  return columns.map((column, at) => ({ ...column, width: widths[at] ?? column.width }));
}

/** Bands of at most `width`: they end with the text's lines, else where all rows have a boundary, else where the width does. */
export function bandsOf(comparison: Comparison, width: number, measure: Measure): readonly Band[] {
  const { common } = comparison.agreement;
  const columns = comparison.columns.flatMap((column) =>
    column.width > width ? inParts(column, width, measure) : column,
  );
  const bands: Band[] = [];
  let from = 0;
  while (from < columns.length) {
    const to = endOfBand(columns, from, width, common);
    bands.push(bandOf(columns.slice(from, to)));
    from = to;
  }
  return bands;
}

function endOfBand(columns: readonly Column[], from: number, width: number, common: Uint8Array): number {
  let used = 0;
  let clean = from;
  for (let at = from; at < columns.length; at++) {
    const column = columns[at] as Column;
    if (at > from && used + column.width > width) return clean > from ? clean : at;
    used += column.width;
    if (common[column.end] === 0) continue;
    // tokens that hold none of the text stand behind this column: they stay with what follows
    if (column.text.endsWith("\n")) return at + 1;
    if (used >= TAIL * width) clean = at + 1;
  }
  return columns.length;
}

function bandOf(columns: readonly Column[]): Band {
  let width = 0;
  const lefts = columns.map((column) => {
    const left = width;
    width += column.width;
    return left;
  });
  return { columns, lefts, start: columns[0]?.start ?? 0, end: columns.at(-1)?.end ?? 0, width };
}

/** A column that fits no band, cut between what a reader takes for characters. */
function inParts(column: Column, width: number, measure: Measure): readonly Column[] {
  const parts: Column[] = [];
  let start = column.start;
  let end = start;
  let used = 2 * PADDING;
  const close = () => {
    if (end === start) return;
    const text = column.text.slice(start - column.start, end - column.start);
    parts.push({ start, end, text, width: Math.min(Math.ceil(used), Math.floor(width)) });
    start = end;
    used = 2 * PADDING;
  };
  for (const segment of characters(column.text)) {
    const wide = measure(segment);
    if (used + wide > width) close();
    used += wide;
    end += segment.length;
  }
  close();
  return parts.length > 0 ? parts : [{ ...column, width }];
}

/** What a reader takes for characters, where the browser can tell. */
function characters(text: string): readonly string[] {
  if (Intl.Segmenter === undefined) return [...text];
  const segments = new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text);
  return Array.from(segments, ({ segment }) => segment);
}
