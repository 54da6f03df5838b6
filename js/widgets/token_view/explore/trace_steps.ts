// How a word becomes tokens, as frames to step through: what is there, what happens next.
import type { MergePayload, SymbolPayload, WordPayload } from "../../../session/payloads";

export interface Frame {
  readonly symbols: readonly SymbolPayload[];
  /** The symbols `next` and `next` + 1 are merged in the next frame (BPE), or symbol `next` was just found; -1: neither. */
  readonly next: number;
  /** What is still to be cut; "" in BPE. */
  readonly rest: string;
}

/** One frame for the start and one for each step. Methods that have no steps have one frame. */
export function framesOf(word: WordPayload): readonly Frame[] {
  if (word.method === "bpe") return mergeFrames(word);
  if (word.method === "wordpiece" && word.symbols.length > 0) return matchFrames(word);
  return [{ symbols: word.pieces, next: -1, rest: "" }];
}

function mergeFrames({ symbols, merges }: WordPayload): readonly Frame[] {
  const frames: Frame[] = [];
  let now = symbols;
  for (const merge of merges) {
    frames.push({ symbols: now, next: merge.at, rest: "" });
    now = merged(now, merge);
  }
  return [...frames, { symbols: now, next: -1, rest: "" }];
}

function merged(symbols: readonly SymbolPayload[], { at, symbol }: MergePayload): readonly SymbolPayload[] {
  return [...symbols.slice(0, at), symbol, ...symbols.slice(at + 2)];
}

function matchFrames({ text, symbols }: WordPayload): readonly Frame[] {
  const rests = [text];
  for (const { piece } of symbols) {
    const rest = rests.at(-1) ?? "";
    // a piece inside a word may be written with the mark of a continuation
    const found = rest.startsWith(piece) ? piece : piece.replace(/^##/, "");
    rests.push(rest.startsWith(found) ? rest.slice(found.length) : "");
  }
  return rests.map((rest, step) => ({ symbols: symbols.slice(0, step), next: step - 1, rest }));
}

/** The word with the most to see: the longest; the first of those. */
export function longest(words: readonly WordPayload[]): number {
  return words.reduce(
    (best, word, at) => (word.text.length > (words[best]?.text.length ?? 0) ? at : best),
    0,
  );
}
