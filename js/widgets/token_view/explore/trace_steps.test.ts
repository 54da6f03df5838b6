import { describe, expect, it } from "vitest";
import type { SymbolPayload, WordPayload } from "../../../session/payloads";
import { changesBetween } from "./trace_changes";
import { framesOf, longest } from "./trace_steps";

function symbol(piece: string): SymbolPayload {
  return { id: piece.length, piece, bytes: "" };
}

function word(text: string, changes: Partial<WordPayload>): WordPayload {
  return { text, method: "bpe", symbols: [], merges: [], pieces: [], scores: [], ...changes };
}

const pieces = (symbols: readonly SymbolPayload[]) => symbols.map(({ piece }) => piece).join("|");

describe("BPE", () => {
  const hugs = word("hugs", {
    symbols: [..."hugs"].map(symbol),
    merges: [
      { at: 1, rank: 3, symbol: symbol("ug") },
      { at: 0, rank: 9, symbol: symbol("hug") },
    ],
    pieces: [symbol("hug"), symbol("s")],
  });

  it("shows each merge before it happens and ends with the tokens", () => {
    expect(framesOf(hugs).map((frame) => [pieces(frame.symbols), frame.next])).toEqual([
      ["h|u|g|s", 1],
      ["h|ug|s", 0],
      ["hug|s", -1],
    ]);
  });

  it("has one frame where nothing merges", () => {
    expect(framesOf(word("a", { symbols: [symbol("a")] }))).toHaveLength(1);
  });
});

it("WordPiece takes the longest match, then the next from the rest", () => {
  const frames = framesOf(word("unable", { method: "wordpiece", symbols: [symbol("un"), symbol("##able")] }));
  expect(frames.map((frame) => [pieces(frame.symbols), frame.rest])).toEqual([
    ["", "unable"],
    ["un", "able"],
    ["un|##able", ""],
  ]);
});

it("other methods have their pieces", () => {
  const frames = framesOf(word("ab", { method: "unigram", pieces: [symbol("a"), symbol("b")] }));
  expect(frames.map((frame) => pieces(frame.symbols))).toEqual(["a|b"]);
});

it("the longest word is the one to look at first", () => {
  expect(longest(["a", "three", "other", "b"].map((text) => word(text, {})))).toBe(1);
  expect(longest([])).toBe(0);
});

describe("what a normaliser changed", () => {
  const marked = (before: string, after: string) =>
    changesBetween(before, after).map((parts) =>
      parts.map(({ text, changed }) => (changed ? `[${text}]` : text)).join(""),
    );

  it.each([
    ["same", "same", "same", "same"],
    ["Hello", "hello", "[H]ello", "[h]ello"],
    ["Café Noir", "cafe noir", "[C]af[é] [N]oir", "[c]af[e] [n]oir"],
    ["ﬁn", "fin", "[ﬁ]n", "[fi]n"],
    ["a  b", "a b", "a [ ]b", "a b"],
    ["", "▁", "", "[▁]"],
    ["😀A", "😀a", "😀[A]", "😀[a]"],
  ])("%j -> %j", (before, after, left, right) => {
    expect(marked(before, after)).toEqual([left, right]);
  });

  it("of a long text is told without a table of all pairs", () => {
    expect(marked("A".repeat(2000), "a".repeat(2000))[1]).toBe(`[${"a".repeat(2000)}]`);
  });
});
