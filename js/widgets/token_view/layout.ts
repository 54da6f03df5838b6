// How a text's tokens are laid out: lines that end where the text does, and tokens that share a character joined under it.
import { hexadecimal } from "../../lib/pieces";
import type { Tokens } from "../../lib/tokens";

/** One token, or the tokens `from`..`to` that share characters; `shared` is what they spell, null where it is unfinished. */
export interface Unit {
  readonly from: number;
  readonly to: number;
  readonly shared: string | null;
}

export interface Line {
  readonly units: readonly Unit[];
  readonly from: number;
  readonly to: number;
  /** Two lines with equal signatures look alike. */
  readonly signature: string;
}

export function hexOf(tokens: Tokens, index: number): string {
  return tokens.bytes(index) || toHex(new TextEncoder().encode(tokens.piece(index)));
}

export function layOut(tokens: Tokens): readonly Line[] {
  const lines: Line[] = [];
  let units: Unit[] = [];
  let signature: unknown[] = [];
  const count = tokens.count;
  for (let from = 0; from < count; ) {
    const to = lastSharing(tokens, from);
    const shared = to > from ? spelled(tokens, from, to) : null;
    units.push({ from, to, shared });
    signature.push(shared);
    for (let index = from; index <= to; index++) {
      signature.push(
        tokens.ids[index],
        tokens.piece(index),
        tokens.bytes(index),
        tokens.isSpecial(index),
        tokens.starts[index] === tokens.ends[index],
      );
    }
    from = to + 1;
    if (tokens.piece(to).includes("\n") || from === count) {
      const first = units[0]?.from ?? 0;
      lines.push({ units, from: first, to, signature: JSON.stringify([first, ...signature]) });
      units = [];
      signature = [];
    }
  }
  return lines;
}

/** The last of the tokens from `from` on that hang together by characters which no one of them holds whole. */
function lastSharing(tokens: Tokens, from: number): number {
  let end = tokens.ends[from] ?? 0;
  let partial = tokens.bytes(from) !== "";
  let last = from;
  for (let next = from + 1; next < tokens.count; next++) {
    const start = tokens.starts[next] ?? 0;
    if (start >= end || start === tokens.ends[next]) break;
    partial ||= tokens.bytes(next) !== "";
    end = Math.max(end, tokens.ends[next] ?? 0);
    last = next;
  }
  return partial ? last : from;
}

function spelled(tokens: Tokens, from: number, to: number): string | null {
  let hex = "";
  for (let index = from; index <= to; index++) hex += hexOf(tokens, index);
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function bytesOf(tokens: Tokens, index: number): string {
  return hexadecimal(hexOf(tokens, index));
}

/** For each token its first and last character, counted in code points from 1; null where it holds none of the text. */
export function characterSpans(tokens: Tokens): readonly (readonly [number, number] | null)[] {
  const { text } = tokens;
  // code points that begin before each UTF-16 offset
  const before = new Uint32Array(text.length + 1);
  for (let offset = 0; offset < text.length; offset++) {
    const unit = text.charCodeAt(offset);
    const previous = text.charCodeAt(offset - 1);
    const low = unit >= 0xdc00 && unit < 0xe000 && previous >= 0xd800 && previous < 0xdc00;
    before[offset + 1] = (before[offset] ?? 0) + (low ? 0 : 1);
  }
  return Array.from(tokens.starts, (start, index) => {
    const end = tokens.ends[index] ?? start;
    return end > start ? [(before[start] ?? 0) + 1, before[end] ?? 0] : null;
  });
}
