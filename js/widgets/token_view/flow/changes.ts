// Where a tokenizer changed the text: tokens that differ from what they cover, and characters that no token covers.
import type { Tokens } from "../../../lib/tokens";
import { coveredBy } from "./units";

export type Change = "differs" | "space" | "unknown";

/** UTF-16 offsets of characters that were dropped. */
export interface Ghost {
  readonly from: number;
  readonly to: number;
}

export interface Changes {
  /** By token. "space": only a space in front was added; "unknown": a special token stands for text. */
  readonly tokens: ReadonlyMap<number, Change>;
  /** By the token before which they stood; the count of tokens for those at the end. */
  readonly ghosts: ReadonlyMap<number, Ghost>;
  /** Characters (code points) that were dropped. */
  readonly dropped: number;
}

const NONE: Changes = { tokens: new Map(), ghosts: new Map(), dropped: 0 };
const known = new WeakMap<Tokens, Changes>();

export function changesOf(tokens: Tokens): Changes {
  if (tokens.exact) return NONE;
  const changes = known.get(tokens) ?? find(tokens);
  known.set(tokens, changes);
  return changes;
}

function find(tokens: Tokens): Changes {
  const { text, starts, ends, count } = tokens;
  const changed = new Map<number, Change>();
  const ghosts = new Map<number, Ghost>();
  let dropped = 0;
  const drop = (index: number, from: number, to: number) => {
    if (to <= from) return;
    ghosts.set(index, { from, to });
    dropped += [...text.slice(from, to)].length;
  };
  let reached = 0;
  for (let index = 0; index < count; index++) {
    const start = starts[index] ?? 0;
    const end = ends[index] ?? start;
    // a tokenizer may leave the space that its token begins with out of what the token covers
    const own = end > start && hasOwnSpace(tokens, index, reached);
    drop(index, reached, own ? start - 1 : start);
    if (end > start && !own) {
      const change = changeOf(tokens, index);
      if (change !== null) changed.set(index, change);
    }
    reached = Math.max(reached, end);
  }
  drop(count, reached, text.length);
  return { tokens: changed, ghosts, dropped };
}

function hasOwnSpace(tokens: Tokens, index: number, reached: number): boolean {
  const start = tokens.starts[index] ?? 0;
  return (
    start > reached &&
    tokens.text[start - 1] === " " &&
    tokens.bytes(index) === "" &&
    tokens.piece(index) === ` ${coveredBy(tokens, index)}`
  );
}

function changeOf(tokens: Tokens, index: number): Change | null {
  if (tokens.bytes(index) !== "") return null;
  const covered = coveredBy(tokens, index);
  const piece = tokens.piece(index);
  if (piece === covered) return null;
  if (tokens.isSpecial(index)) return "unknown";
  return piece === ` ${covered}` ? "space" : "differs";
}
