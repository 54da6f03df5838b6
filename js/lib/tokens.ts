// A text with its tokens as the page works with it, unpacked once from what travelled. Texts may have hundreds of thousands.
import type { ArrayPayload, TokensPayload } from "../session/payloads";
import { decode } from "./arrays";

export interface Tokens {
  readonly text: string;
  readonly count: number;
  readonly ids: ArrayLike<number>;
  /** UTF-16 offsets into `text`: token i covers starts[i] to ends[i]; tokens that share a character overlap. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** The token's text; "" where it is not whole characters. */
  piece(index: number): string;
  /** Its bytes in hexadecimal where it is not whole characters, else "". */
  bytes(index: number): string;
  isSpecial(index: number): boolean;
  isPadding(index: number): boolean;
  /** The tokens' bytes are the text as it was given: nothing was changed or dropped. */
  readonly exact: boolean;
  readonly characters: number;
  readonly utf8Bytes: number;
}

const known = new WeakMap<TokensPayload, Tokens>();

/** The tokens of a payload; the same object for the same payload. */
export function tokensOf(payload: TokensPayload): Tokens {
  const found = known.get(payload) ?? unpack(payload);
  known.set(payload, found);
  return found;
}

function unpack(payload: TokensPayload): Tokens {
  const ids = decode(payload.ids);
  const [starts, ends] = spans(payload.steps, payload.widths);
  const places = new Map(payload.distinct.map((id, place) => [id, place]));
  const placeOf = (index: number) => places.get(ids[index] ?? -1) ?? -1;
  const special = new Set(payload.special);
  const padding = new Set(payload.padding);
  return {
    text: payload.text,
    count: ids.length,
    ids,
    starts,
    ends,
    piece: (index) => payload.pieces[placeOf(index)] ?? "",
    bytes: (index) => payload.bytes[placeOf(index)] ?? "",
    isSpecial: (index) => special.has(index),
    isPadding: (index) => padding.has(index),
    exact: payload.exact,
    characters: payload.characters,
    utf8Bytes: payload.utf8_bytes,
  };
}

function spans(steps: ArrayPayload, widths: ArrayPayload): [Int32Array, Int32Array] {
  const starts = Int32Array.from(decode(steps));
  for (let index = 1; index < starts.length; index++) {
    starts[index] = (starts[index] ?? 0) + (starts[index - 1] ?? 0);
  }
  const ends = Int32Array.from(decode(widths));
  for (let index = 0; index < ends.length; index++) ends[index] = (ends[index] ?? 0) + (starts[index] ?? 0);
  return [starts, ends];
}
