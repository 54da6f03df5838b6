// What tokens hold: the characters they share, their bytes, and where they stand in the text.
import { hexadecimal } from "../../../lib/pieces";
import type { Tokens } from "../../../lib/tokens";

const utf8 = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// by the table of pieces, which all tokens of a content share
const spellings = new WeakMap<readonly string[], Map<number, string>>();

/** A token's bytes in hexadecimal. */
export function hexOf(tokens: Tokens, index: number): string {
  return tokens.bytes(index) || toHex(utf8.encode(tokens.piece(index)));
}

/** The same as a reader writes them. */
export function bytesOf(tokens: Tokens, index: number): string {
  let known = spellings.get(tokens.pieces);
  if (known === undefined) {
    known = new Map();
    spellings.set(tokens.pieces, known);
  }
  const kind = tokens.kinds[index] ?? -1;
  let spelling = known.get(kind);
  if (spelling === undefined) {
    spelling = hexadecimal(hexOf(tokens, index));
    known.set(kind, spelling);
  }
  return spelling;
}

export function byteLength(tokens: Tokens, index: number): number {
  const bytes = tokens.bytes(index);
  return bytes === "" ? countUtf8(tokens.piece(index)).bytes : bytes.length / 2;
}

/** A special token that stands for none of the text, as the one for its beginning does. */
export function isInserted(tokens: Tokens, index: number): boolean {
  return tokens.isSpecial(index) && tokens.starts[index] === tokens.ends[index];
}

/** The last of the tokens from `from` on that hang together by characters which no one of them holds whole. */
export function lastSharing(tokens: Tokens, from: number): number {
  const { starts, ends, count } = tokens;
  let end = ends[from] ?? 0;
  let partial = tokens.bytes(from) !== "";
  let last = from;
  for (let next = from + 1; next < count; next++) {
    const start = starts[next] ?? 0;
    if (start >= end || start === ends[next]) break;
    partial ||= tokens.bytes(next) !== "";
    end = Math.max(end, ends[next] ?? 0);
    last = next;
  }
  return partial ? last : from;
}

/** What the bytes of tokens `from` to `to` spell; null where it is no whole text. */
export function spelled(tokens: Tokens, from: number, to: number): string | null {
  let hex = "";
  for (let index = from; index <= to; index++) hex += hexOf(tokens, index);
  try {
    return strict.decode(fromHex(hex));
  } catch {
    return null;
  }
}

/** The part of the text that a token covers. */
export function coveredBy(tokens: Tokens, index: number): string {
  return tokens.text.slice(tokens.starts[index], tokens.ends[index]);
}

/** A token's first and last character, counted from 1; null where it covers none. */
export function characterSpan(tokens: Tokens, from: number, to = from): readonly [number, number] | null {
  const start = tokens.starts[from] ?? 0;
  const end = tokens.ends[to] ?? 0;
  if (end <= start) return null;
  const before = counter(tokens);
  return [before(start) + 1, before(end)];
}

const counters = new WeakMap<Tokens, (offset: number) => number>();

/** How many characters begin before a UTF-16 offset. */
function counter(tokens: Tokens): (offset: number) => number {
  let count = counters.get(tokens);
  if (count === undefined) {
    count = makeCounter(tokens);
    counters.set(tokens, count);
  }
  return count;
}

function makeCounter({ text, characters }: Tokens): (offset: number) => number {
  if (text.length === characters) return (offset) => offset;
  const before = new Uint32Array(text.length + 1);
  for (let offset = 0, last = 0; offset < text.length; offset++) {
    const unit = text.charCodeAt(offset);
    const inside = isLow(unit) && isHigh(last);
    before[offset + 1] = (before[offset] ?? 0) + (inside ? 0 : 1);
    last = unit;
  }
  return (offset) => before[offset] ?? 0;
}

/** The characters of a text and its bytes in UTF-8, without making either. */
export function countUtf8(text: string): { readonly characters: number; readonly bytes: number } {
  let characters = 0;
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    characters++;
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (isHigh(unit) && isLow(text.charCodeAt(at + 1))) {
      bytes += 4;
      at++;
    } else bytes += 3;
  }
  return { characters, bytes };
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function toHex(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += PAIRS[byte];
  return hex;
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** The character that a token holds a part of; "" where the text has none for it. */
export function unfinishedText(tokens: Tokens, index: number): string {
  const covered = coveredBy(tokens, index);
  return covered.includes("\ufffd") ? "" : covered;
}
