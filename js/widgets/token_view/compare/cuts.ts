// Where each tokenizer cuts a text, and where they agree. Boundaries inside a character are told apart by its bytes.
import type { Tokens } from "../../../lib/tokens";

/** A boundary lies anywhere from `low` to `high`, in UTF-16 offsets: a tokenizer that drops a space leaves both ends open. */
interface Cut {
  readonly low: number;
  readonly high: number;
  /** The token that begins here. */
  readonly token: number;
}

export interface Agreement {
  /** For each row and token: 1 where the boundary before it is not one of every row. */
  readonly differs: readonly Uint8Array[];
  /** For each offset of the text: 1 where every row has a boundary. */
  readonly common: Uint8Array;
  /** How many places are a boundary for some rows and not for all. */
  readonly differing: number;
}

/** Tokens of a row by their place in the text; starts and ends never fall. */
export interface Row {
  readonly tokens: Tokens;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

export function asRow(tokens: Tokens): Row {
  return { tokens, starts: rising(tokens.starts), ends: rising(tokens.ends) };
}

function rising(offsets: Int32Array): Int32Array {
  let highest = 0;
  return offsets.map((offset) => {
    highest = Math.max(highest, offset);
    return highest;
  });
}

export function isEmpty(row: Row, token: number): boolean {
  return row.starts[token] === row.ends[token];
}

export function compareCuts(rows: readonly Row[], length: number): Agreement {
  const cuts = rows.map(cutsOf);
  const differs = rows.map((row) => new Uint8Array(row.tokens.count));
  const common = new Uint8Array(length + 1);
  const places = new Set<number>();
  cuts.forEach((own, at) => {
    const others = cuts.filter((_, other) => other !== at).map(walker);
    for (const cut of own) {
      const met = others.map((find) => find(cut));
      if (met.every((other) => other !== null)) {
        const place = Math.max(cut.low, ...met.map((other) => other?.low ?? 0));
        if (Number.isInteger(place)) common[place] = 1;
      } else {
        (differs[at] as Uint8Array)[cut.token] = 1;
        places.add(cut.low);
      }
    }
  });
  return { differs, common, differing: places.size };
}

/** Finds the boundary that meets a given one; those asked for have to rise. */
function walker(cuts: readonly Cut[]): (cut: Cut) => Cut | null {
  let at = 0;
  return ({ low, high }) => {
    while (at < cuts.length && (cuts[at] as Cut).high < low) at++;
    const found = cuts[at];
    return found !== undefined && found.low <= high ? found : null;
  };
}

function cutsOf(row: Row): readonly Cut[] {
  const { tokens, starts, ends } = row;
  const cuts: Cut[] = [];
  let before = -1;
  // bytes of the tokens since `from`, less those of the whole characters passed
  let from = 0;
  let bytes = 0;
  let nth = 0;
  for (let token = 0; token < tokens.count; token++) {
    if (isEmpty(row, token)) continue;
    const start = starts[token] ?? 0;
    const end = before < 0 ? start : (ends[before] ?? 0);
    if (before < 0 || start >= end) {
      if (before >= 0) cuts.push({ low: end, high: start, token });
      from = start;
      bytes = 0;
      nth = 0;
    } else {
      bytes -= start > from ? byteLength(tokens.text.slice(from, start)) : 0;
      from = start;
      nth++;
      const inside = tokens.exact && bytes > 0 && bytes < 4 ? bytes / 8 : 0.5 + nth / (8 * (nth + 1));
      cuts.push({ low: start + inside, high: start + inside, token });
    }
    bytes += bytesOfToken(tokens, token);
    before = token;
  }
  return cuts;
}

function bytesOfToken(tokens: Tokens, token: number): number {
  return tokens.bytes(token).length / 2 || byteLength(tokens.piece(token));
}

function byteLength(text: string): number {
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}
