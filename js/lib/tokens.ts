// A text with its tokens as the page works with it, unpacked once from what travelled. Texts may have hundreds of thousands.
import type { ArrayPayload, ChangePayload, TokensPayload } from "../session/payloads";
import { decode } from "./arrays";

export interface Tokens {
  readonly text: string;
  readonly count: number;
  readonly ids: Int32Array;
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
  if (one === other) return true;
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
  const ids = new Int32Array(decode(payload.ids));
  const [starts, ends] = spans(payload.steps, payload.widths);
  const { text, distinct, pieces, exact } = payload;
  const kinds = kindsOf(ids, distinct);
  return made({
    ...{ text, ids, starts, ends, kinds, distinct, pieces, exact },
    partial: payload.bytes,
    special: new Set(payload.special),
    padding: new Set(payload.padding),
    characters: payload.characters,
    utf8Bytes: payload.utf8_bytes,
  });
}

interface Parts extends Omit<Tokens, "count" | "piece" | "bytes" | "isSpecial" | "isPadding"> {
  readonly special: ReadonlySet<number>;
  readonly padding: ReadonlySet<number>;
}

function made({ special, padding, ...parts }: Parts): Tokens {
  const { kinds, pieces, partial } = parts;
  return {
    ...parts,
    count: kinds.length,
    piece: (index) => pieces[kinds[index] ?? -1] ?? "",
    bytes: (index) => partial[kinds[index] ?? -1] ?? "",
    isSpecial: (index) => special.has(index),
    isPadding: (index) => padding.has(index),
  };
}

/** The tokens after a change. What stands before it and behind it is copied, not unpacked. */
export function spliced(tokens: Tokens, change: ChangePayload): Tokens {
  const { start, end, first, last } = change;
  const moved = change.text.length - (end - start);
  const ids = new Int32Array(decode(change.ids));
  const distinct = [...tokens.distinct];
  const pieces = [...tokens.pieces];
  const partial = [...tokens.partial];
  const places = new Map(distinct.map((id, place) => [id, place]));
  change.distinct.forEach((id, index) => {
    if (places.has(id)) return;
    places.set(id, distinct.length);
    distinct.push(id);
    pieces.push(change.pieces[index] ?? "");
    partial.push(change.bytes[index] ?? "");
  });
  const kinds = ids.map((id) => places.get(id) ?? -1);
  return made({
    text: tokens.text.slice(0, start) + change.text + tokens.text.slice(end),
    ids: joined(tokens.ids, ids, first, last, 0),
    kinds: joined(tokens.kinds, kinds, first, last, 0),
    ...{ distinct, pieces, partial },
    starts: joined(tokens.starts, decode(change.starts), first, last, moved),
    ends: joined(tokens.ends, decode(change.ends), first, last, moved),
    special: new Set(change.special),
    padding: new Set(),
    exact: change.exact,
    characters: change.characters,
    utf8Bytes: change.utf8_bytes,
  });
}

function joined(
  old: Int32Array,
  inserted: ArrayLike<number>,
  first: number,
  last: number,
  moved: number,
): Int32Array {
  const result = new Int32Array(first + inserted.length + old.length - last);
  result.set(old.subarray(0, first));
  result.set(inserted, first);
  const behind = first + inserted.length;
  result.set(old.subarray(last), behind);
  if (moved !== 0)
    for (let index = behind; index < result.length; index++) result[index] = (result[index] ?? 0) + moved;
  return result;
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
