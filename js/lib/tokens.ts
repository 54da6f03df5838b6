// A text with its tokens as the page works with it, unpacked once from what travelled. Texts may have hundreds of thousands.
import type { ArrayPayload, TokensPayload } from "../session/payloads";
import { decode } from "./arrays";

export interface Tokens {
  readonly text: string;
  readonly count: number;
  readonly ids: ArrayLike<number>;
  /** Which of the different tokens each is: an index into `distinct`, `pieces` and `partial`. */
  readonly kinds: Int32Array;
  /** The id of each different token. */
  readonly distinct: readonly number[];
  /** The text of each different token; "" where it is not whole characters. */
  readonly pieces: readonly string[];
  /** The bytes in hexadecimal of each different token that is not whole characters, else "". */
  readonly partial: readonly string[];
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

/** Whether two payloads hold the same tokens of the same text. */
export function sameTokens(one: TokensPayload, other: TokensPayload): boolean {
  return (
    one.text === other.text &&
    one.ids.data === other.ids.data &&
    one.steps.data === other.steps.data &&
    one.widths.data === other.widths.data &&
    one.exact === other.exact &&
    JSON.stringify([one.pieces, one.bytes, one.special, one.padding]) ===
      JSON.stringify([other.pieces, other.bytes, other.special, other.padding])
  );
}

function unpack(payload: TokensPayload): Tokens {
  const ids = decode(payload.ids);
  const [starts, ends] = spans(payload.steps, payload.widths);
  const kinds = kindsOf(ids, payload.distinct);
  const special = new Set(payload.special);
  const padding = new Set(payload.padding);
  return {
    text: payload.text,
    count: ids.length,
    ids,
    kinds,
    distinct: payload.distinct,
    pieces: payload.pieces,
    partial: payload.bytes,
    starts,
    ends,
    piece: (index) => payload.pieces[kinds[index] ?? -1] ?? "",
    bytes: (index) => payload.bytes[kinds[index] ?? -1] ?? "",
    isSpecial: (index) => special.has(index),
    isPadding: (index) => padding.has(index),
    exact: payload.exact,
    characters: payload.characters,
    utf8Bytes: payload.utf8_bytes,
  };
}

/** A table finds the place of an id several times faster than a Map; ids beyond this have one all the same. */
const TABLE = 4_000_000;

function kindsOf(ids: ArrayLike<number>, distinct: readonly number[]): Int32Array {
  const highest = distinct.reduce((most, id) => Math.max(most, id), 0);
  const table = highest < TABLE ? new Int32Array(highest + 1).fill(-1) : new Map<number, number>();
  distinct.forEach((id, place) => {
    if (table instanceof Map) table.set(id, place);
    else table[id] = place;
  });
  const find = table instanceof Map ? (id: number) => table.get(id) ?? -1 : (id: number) => table[id] ?? -1;
  const kinds = new Int32Array(ids.length);
  for (let index = 0; index < kinds.length; index++) kinds[index] = find(ids[index] ?? -1);
  return kinds;
}

function spans(steps: ArrayPayload, widths: ArrayPayload): [Int32Array, Int32Array] {
  const [stepOf, widthOf] = [decode(steps), decode(widths)];
  const starts = new Int32Array(stepOf.length);
  const ends = new Int32Array(stepOf.length);
  let start = 0;
  for (let index = 0; index < starts.length; index++) {
    start += stepOf[index] ?? 0;
    starts[index] = start;
    ends[index] = start + (widthOf[index] ?? 0);
  }
  return [starts, ends];
}
