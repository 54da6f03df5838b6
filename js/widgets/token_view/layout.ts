// How a text's tokens are laid out: lines that end where the text does, and tokens that share a character joined under it.
import { hexadecimal } from "../../lib/pieces";
import type { ContentPayload } from "../../session/payloads";

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

export function hexOf(content: ContentPayload, index: number): string {
  return content.bytes[index] || toHex(new TextEncoder().encode(content.pieces[index] ?? ""));
}

export function layOut(content: ContentPayload): readonly Line[] {
  const lines: Line[] = [];
  const special = new Set(content.special);
  let units: Unit[] = [];
  let signature: unknown[] = [];
  const count = content.ids.length;
  for (let from = 0; from < count; ) {
    const to = lastSharing(content, from);
    const shared = to > from ? spelled(content, from, to) : null;
    units.push({ from, to, shared });
    signature.push(shared);
    for (let index = from; index <= to; index++) {
      signature.push(
        content.ids[index],
        content.pieces[index],
        content.bytes[index],
        special.has(index),
        content.starts[index] === content.ends[index],
      );
    }
    from = to + 1;
    if (content.pieces[to]?.includes("\n") || from === count) {
      const first = units[0]?.from ?? 0;
      lines.push({ units, from: first, to, signature: JSON.stringify([first, ...signature]) });
      units = [];
      signature = [];
    }
  }
  return lines;
}

/** The last of the tokens from `from` on that hang together by characters which no one of them holds whole. */
function lastSharing(content: ContentPayload, from: number): number {
  let end = content.ends[from] ?? 0;
  let partial = content.bytes[from] !== "";
  let last = from;
  for (let next = from + 1; next < content.ids.length; next++) {
    const start = content.starts[next] ?? 0;
    if (start >= end || start === content.ends[next]) break;
    partial ||= content.bytes[next] !== "";
    end = Math.max(end, content.ends[next] ?? 0);
    last = next;
  }
  return partial ? last : from;
}

function spelled(content: ContentPayload, from: number, to: number): string | null {
  let hex = "";
  for (let index = from; index <= to; index++) hex += hexOf(content, index);
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

export function bytesOf(content: ContentPayload, index: number): string {
  return hexadecimal(hexOf(content, index));
}

/** For each token its first and last character, counted in code points from 1; null where it holds none of the text. */
export function characterSpans(content: ContentPayload): readonly (readonly [number, number] | null)[] {
  const { text } = content;
  // code points that begin before each UTF-16 offset
  const before = new Uint32Array(text.length + 1);
  for (let offset = 0; offset < text.length; offset++) {
    const unit = text.charCodeAt(offset);
    const previous = text.charCodeAt(offset - 1);
    const low = unit >= 0xdc00 && unit < 0xe000 && previous >= 0xd800 && previous < 0xdc00;
    before[offset + 1] = (before[offset] ?? 0) + (low ? 0 : 1);
  }
  return content.starts.map((start, index) => {
    const end = content.ends[index] ?? start;
    return end > start ? [(before[start] ?? 0) + 1, before[end] ?? 0] : null;
  });
}
