import { describe, expect, it } from "vitest";
import { type Tokens, tokensOf } from "../../../lib/tokens";
import { encode, tokens } from "../../../testing/payloads";
import { bandOfToken, bandRow, tokenNear } from "./boxes";
import { asRow, compareCuts } from "./cuts";
import { fewest, inStep, lanesOf } from "./lanes";
import { type Band, bandsOf, compareRows, PADDING } from "./layout";

// ten pixels a character: widths can be counted
const measure = (text: string) => 10 * [...text].length;

type Cut = readonly [piece: string, start: number, end: number, bytes?: string];

function cut(text: string, cuts: readonly Cut[], exact = true): Tokens {
  const starts = cuts.map(([, start]) => start);
  return tokensOf(
    tokens(text, {
      ids: encode([...cuts.keys()], "int32"),
      steps: encode(
        starts.map((start, at) => start - (starts[at - 1] ?? 0)),
        "int32",
      ),
      widths: encode(
        cuts.map(([, start, end]) => end - start),
        "int32",
      ),
      distinct: [...cuts.keys()],
      pieces: cuts.map(([piece]) => piece),
      bytes: cuts.map(([, , , bytes]) => bytes ?? ""),
      exact,
    }),
  );
}

function pieces(...parts: readonly string[]): Tokens {
  let end = 0;
  const cuts = parts.map((part): Cut => {
    const start = end;
    end += part.length;
    return [part, start, end];
  });
  return cut(parts.join(""), cuts);
}

function differing(...rows: readonly Tokens[]): readonly (readonly number[])[] {
  const { differs } = compareCuts(rows.map(asRow), rows[0]?.text.length ?? 0);
  return differs.map((row) => [...row]);
}

function bands(width: number, ...rows: readonly Tokens[]): readonly Band[] {
  return bandsOf(compareRows(rows[0]?.text ?? "", rows, measure), width, measure);
}

const texts = (found: readonly Band[]) => found.map((band) => band.columns.map(({ text }) => text).join("|"));

describe("boundaries", () => {
  it("that all rows share do not differ, the others do", () => {
    expect(differing(pieces("Re", "play", "ing"), pieces("Re", "playing"))).toEqual([
      [0, 0, 1],
      [0, 0],
    ]);
  });

  it("of three rows are shared by all or they differ, and are counted once a place", () => {
    const rows = [pieces("a", "b", "c"), pieces("a", "bc"), pieces("ab", "c")].map(asRow);
    const { differs, differing: places, common } = compareCuts(rows, 3);
    expect(differs.map((row) => [...row])).toEqual([
      [0, 1, 1],
      [0, 1],
      [0, 1],
    ]);
    expect([places, [...common]]).toEqual([2, [0, 0, 0, 0]]);
  });

  it("inside a character are told apart by its bytes", () => {
    const two = cut("あ", [
      ["", 0, 1, "e3"],
      ["", 0, 1, "8182"],
    ]);
    const other = cut("あ", [
      ["", 0, 1, "e381"],
      ["", 0, 1, "82"],
    ]);
    const three = cut("あ", [
      ["", 0, 1, "e3"],
      ["", 0, 1, "81"],
      ["", 0, 1, "82"],
    ]);
    expect(differing(two, two)).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(differing(two, other)).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(differing(two, three)).toEqual([
      [0, 0],
      [0, 0, 1],
    ]);
  });

  it("inside a character that a space goes before are at the same byte", () => {
    const spaced = cut("a あ", [
      ["a", 0, 1],
      ["", 1, 3, "20e3"],
      ["", 2, 3, "8182"],
    ]);
    const apart = cut("a あ", [
      ["a", 0, 1],
      [" ", 1, 2],
      ["", 2, 3, "e3"],
      ["", 2, 3, "8182"],
    ]);
    expect(differing(spaced, apart)).toEqual([
      [0, 0, 0],
      [0, 0, 1, 0],
    ]);
  });

  it("around a dropped space are one place, wherever others put the space", () => {
    const dropped = cut(
      "a b",
      [
        ["a", 0, 1],
        ["b", 2, 3],
      ],
      false,
    );
    expect(differing(dropped, pieces("a", " b"))).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(differing(dropped, pieces("a ", "b"))).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(differing(dropped, pieces("a b"))).toEqual([[0, 1], [0]]);
  });

  it("are not made by tokens that hold none of the text", () => {
    const started = cut("ab", [
      ["<s>", 0, 0],
      ["ab", 0, 2],
    ]);
    expect(differing(started, pieces("ab"))).toEqual([[0, 0], [0]]);
  });
});

describe("bands", () => {
  it("end where all rows have a boundary, rather than where the width ends", () => {
    const width = 4 * (20 + 2 * PADDING) + 1;
    const [one, other] = [pieces("aa", "bb", "cc", "dd", "ee"), pieces("aa", "bb", "cc", "ddee")];
    expect(texts(bands(width, one, other))).toEqual(["aa|bb|cc", "dd|ee"]);
  });

  it("end inside a token where there is no such place", () => {
    const [one, other] = [pieces("aa", "bb", "cc"), pieces("aabbcc")];
    expect(texts(bands(50, one, other))).toEqual(["aa|bb", "cc"]);
  });

  it("end with the text's lines", () => {
    expect(texts(bands(1000, pieces("a", "\n", "\n", "b")))).toEqual(["a|\n", "\n", "b"]);
  });

  it("cut what is wider than they are between characters, never inside one", () => {
    const family = "👩‍👩‍👧";
    const cuts = bands(40, pieces(`${family}${family}ab`)).flatMap((band) =>
      band.columns.map(({ text }) => text),
    );
    expect(cuts.join("")).toBe(`${family}${family}ab`);
    expect(cuts.every((text) => text === "ab" || text === family || text === "a" || text === "b")).toBe(true);
    const wide = bands(100, pieces("W".repeat(300)));
    expect(Math.max(...wide.map((band) => band.width))).toBeLessThanOrEqual(100);
    expect(wide.length).toBeGreaterThan(30);
  });

  it("hold all of the text, in order, whatever the rows", () => {
    const text = "むかし Reあ\n\nx";
    const rows = [pieces(...text), pieces(text), pieces("むか", "し Re", "あ\n\nx")];
    for (const width of [30, 60, 90, 1000]) {
      expect(
        bands(width, ...rows)
          .flatMap(({ columns }) => columns.map((column) => column.text))
          .join(""),
      ).toBe(text);
    }
  });

  it("of an empty text are none, or one for the tokens that are there all the same", () => {
    expect(bands(100, pieces())).toEqual([]);
    expect(bands(100, cut("", [["<s>", 0, 0]]))).toHaveLength(1);
  });
});

describe("boxes", () => {
  function boxesOf(width: number, rows: readonly Tokens[], row: number, band = 0) {
    const comparison = compareRows(rows[0]?.text ?? "", rows, measure);
    const found = bandsOf(comparison, width, measure);
    return bandRow(comparison.rows[row] as never, found[band] as Band, measure);
  }

  it("have edges at the same place for the same character in every row", () => {
    const rows = [pieces("Re", "play", "ing"), pieces("Re", "playing"), pieces("Replay", "ing")];
    const [first, second, third] = rows.map((_, at) => boxesOf(1000, rows, at).boxes);
    expect(second?.[1]?.left).toBe(first?.[1]?.left);
    expect(second?.[1]?.right).toBe(first?.[2]?.right);
    expect(third?.[0]?.right).toBe(first?.[1]?.right);
  });

  it("of tokens that share a character are equal parts of it", () => {
    const parts = cut("あ", [
      ["", 0, 1, "e3"],
      ["", 0, 1, "81"],
      ["", 0, 1, "82"],
    ]);
    const { boxes, shared } = boxesOf(1000, [parts, pieces("あ")], 0);
    const widths = boxes.map(({ left, right }) => right - left);
    expect(new Set(widths).size).toBe(1);
    expect(boxes.map(({ left }) => left).slice(1)).toEqual(boxes.map(({ right }) => right).slice(0, -1));
    expect([shared.map(({ text }) => text), boxes[0]?.left, boxes[2]?.right]).toEqual([
      ["あ"],
      shared[0]?.left,
      shared[0]?.right,
    ]);
    expect(boxes.map(({ inside }) => inside)).toEqual([false, true, true]);
  });

  it("of a token that goes on in the next band are open at that side", () => {
    const rows = [pieces("aa", "bb", "cc"), pieces("aabbcc")];
    expect(boxesOf(50, rows, 1, 0).boxes).toMatchObject([{ openLeft: false, openRight: true }]);
    expect(boxesOf(50, rows, 1, 1).boxes).toMatchObject([{ openLeft: true, openRight: false }]);
  });

  it("leave gaps where a tokenizer dropped characters, and say what it made of those that it changed", () => {
    const changed = cut(
      "A b",
      [
        ["a", 0, 1],
        ["b", 2, 3],
      ],
      false,
    );
    const { boxes, gaps } = boxesOf(1000, [pieces("A", " b"), changed], 1);
    expect(gaps.map(({ text }) => text)).toEqual([" "]);
    expect(boxes.map((box) => [box.changed, box.texts.map(({ text }) => text).join("")])).toEqual([
      [true, "a"],
      [false, "b"],
    ]);
  });

  it("make room for tokens that hold none of the text, in every row", () => {
    const started = cut("ab", [
      ["<s>", 0, 0],
      ["<x>", 0, 0],
      ["ab", 0, 2],
    ]);
    const rows = [pieces("ab"), started];
    const pills = boxesOf(1000, rows, 1).boxes;
    expect(pills.map(({ pill }) => pill)).toEqual([true, true, false]);
    expect(pills[0]?.right).toBeLessThanOrEqual(pills[1]?.left ?? 0);
    expect(boxesOf(1000, rows, 0).boxes[0]?.left).toBe(pills[2]?.left);
  });

  it("of Arabic and Hebrew write a token as one, since its letters join and turn", () => {
    const rows = [pieces("لغة"), pieces(..."لغة")];
    expect(boxesOf(1000, rows, 0).boxes[0]?.texts.map(({ text }) => text)).toEqual(["لغة"]);
  });

  it("are found by token and by place", () => {
    const rows = [pieces("aa", "bb", "cc"), pieces("aabbcc")];
    const comparison = compareRows("aabbcc", rows, measure);
    const found = bandsOf(comparison, 50, measure);
    const [row, whole] = comparison.rows as [never, never];
    expect([0, 1, 2].map((token) => bandOfToken(row, token, found))).toEqual([0, 0, 1]);
    expect(bandOfToken(whole, 0, found)).toBe(0);
    expect([0, 30, 500].map((x) => tokenNear(row, found[0] as Band, x, measure))).toEqual([0, 1, 1]);
  });
});

describe("lanes", () => {
  const row = (text: string) => ({ ...tokens(text), name: "other", error: null });

  it("are out of step while a row belongs to another text", () => {
    const main = tokensOf(tokens("new"));
    expect(inStep(lanesOf(main, "main", [row("new")]))).toBe(true);
    expect(inStep(lanesOf(main, "main", [row("old")]))).toBe(false);
    const failed = {
      ...row("old"),
      error: { code: "x", message: "", hint: "", ja: { message: "", hint: "" }, values: {} },
    };
    expect(inStep(lanesOf(main, "main", [failed]))).toBe(true);
  });

  it("are named without folders and owners, where that tells them apart", () => {
    const short = (...names: readonly string[]) =>
      lanesOf(
        tokensOf(tokens("a")),
        "gpt-4o",
        names.map((name) => ({ ...row("a"), name })),
      ).map((lane) => lane.short);
    expect(short("/models/SmolLM2/", "org/Llama")).toEqual(["gpt-4o", "SmolLM2", "Llama"]);
    expect(short("one/same", "two/same")).toEqual(["gpt-4o", "one/same", "two/same"]);
  });

  it("with the fewest tokens are marked, none where all are equal", () => {
    expect(fewest([3, 2, 2])).toEqual([false, true, true]);
    expect(fewest([2, 2])).toEqual([false, false]);
    expect(fewest([0, 5, 4])).toEqual([false, false, true]);
  });
});
