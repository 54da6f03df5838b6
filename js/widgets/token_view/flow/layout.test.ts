// Rows by arithmetic: every character is ten pixels wide here, and a chip has four more.
import { describe, expect, it } from "vitest";
import type { Ruler } from "../../../lib/measure";
import { tokensOf } from "../../../lib/tokens";
import type { TokensPayload } from "../../../session/payloads";
import { encode, tokens } from "../../../testing/payloads";
import { changesOf } from "./changes";
import { destination } from "./keys";
import { FORM, type Layout, layOut, type Measured, rowAt, rowOf } from "./layout";
import { sectionOfText, sectionsOfRows } from "./sections";
import { countUtf8 } from "./units";
import { type Metrics, Widths } from "./widths";

const RULER: Ruler = { width: (text) => 10 * text.length };
const METRICS: Metrics = {
  piece: "",
  sign: "",
  special: "",
  specialSign: "",
  bytes: "",
  id: "",
  chip: 4,
  specialChip: 20,
  joinedChip: 4,
  group: 8,
  shared: 8,
  ghost: 6,
  mark: 30,
  narrowest: 5,
  lineHeight: 20,
  plainRow: 40,
  tallRow: 70,
  headRow: 25,
};

interface Cut {
  readonly piece: string;
  readonly bytes?: string;
  readonly span: readonly [number, number];
}

function cut(text: string, cuts: readonly Cut[], changes: Partial<TokensPayload> = {}): TokensPayload {
  const starts = cuts.map(({ span }) => span[0]);
  return tokens(text, {
    ids: encode([...cuts.keys()], "int32"),
    steps: encode(
      starts.map((start, at) => start - (starts[at - 1] ?? 0)),
      "int32",
    ),
    widths: encode(
      cuts.map(({ span }) => span[1] - span[0]),
      "int32",
    ),
    distinct: [...cuts.keys()],
    pieces: cuts.map(({ piece }) => piece),
    bytes: cuts.map(({ bytes }) => bytes ?? ""),
    ...changes,
  });
}

/** One token for each of the pieces, which make up the text. */
function whole(pieces: readonly string[]): TokensPayload {
  let at = 0;
  return cut(
    pieces.join(""),
    pieces.map((piece) => {
      at += piece.length;
      return { piece, span: [at - piece.length, at] };
    }),
  );
}

function laid(payload: TokensPayload, width: number, mark = -1, measured: Measured = new Map()): Layout {
  const widths = new Widths(RULER, METRICS, false);
  return layOut(sectionOfText(tokensOf(payload), []), widths, width, mark, measured);
}

function firsts(layout: Layout): readonly number[] {
  return [...layout.firsts.subarray(0, layout.rows)];
}

describe("rows", () => {
  it("take as many chips as fit", () => {
    // a chip is 24.25 wide: four of them are 97
    const layout = laid(whole(Array.from({ length: 10 }, () => "ab")), 97);
    expect(firsts(layout)).toEqual([0, 4, 8]);
    expect([...layout.tops]).toEqual([0, 40, 80, 120]);
    expect(firsts(laid(whole(Array.from({ length: 10 }, () => "ab")), 96.9))).toEqual([0, 3, 6, 9]);
  });

  it("end where the text has a line break", () => {
    expect(firsts(laid(whole(["a", "\n", "b", "c\n\n", "d"]), 1000))).toEqual([0, 2, 4]);
  });

  it("have room for the sign of the next token after the position", () => {
    const pieces = Array.from({ length: 8 }, () => "ab");
    expect(firsts(laid(whole(pieces), 97, 1))).toEqual([0, 2, 6]);
  });

  it("keep the parts of a character together and are higher for them", () => {
    const parts = cut("aあb", [
      { piece: "a", span: [0, 1] },
      { piece: "", bytes: "e381", span: [1, 2] },
      { piece: "", bytes: "82", span: [1, 2] },
      { piece: "b", span: [2, 3] },
    ]);
    const layout = laid(parts, 100);
    expect(firsts(layout)).toEqual([0, 1, 3]);
    expect([...layout.forms]).toEqual([FORM.plain, FORM.tall, FORM.plain]);
    expect([...layout.tops]).toEqual([0, 40, 110, 150]);
  });

  it("hold one unit that is too wide for them, as high as it is measured to be", () => {
    const payload = whole(["a", "W".repeat(50), "b"]);
    const guessed = laid(payload, 100);
    expect([...guessed.forms]).toEqual([FORM.plain, FORM.wide, FORM.plain]);
    expect(guessed.tops[2]).toBe(40 + 40 + 5 * 20);
    expect(laid(payload, 100, -1, new Map([["0 1", 333]])).tops[2]).toBe(373);
  });

  it("of a batch stand under headings, and empty ones have nothing else", () => {
    const rows = ["a b", "", "c"].map((text) => ({ ...tokens(text), name: text, error: null }));
    const widths = new Widths(RULER, METRICS, false);
    const layout = layOut(sectionsOfRows(rows), widths, 500, -1, new Map());
    expect([...layout.forms]).toEqual([FORM.head, FORM.plain, FORM.head, FORM.head, FORM.plain]);
    expect(layout.count).toBe(3);
    expect(rowOf(layout, 2)).toBe(4);
  });

  it("are found by token and by height", () => {
    const layout = laid(whole(Array.from({ length: 100 }, () => "ab")), 97);
    expect([0, 3, 4, 99].map((token) => rowOf(layout, token))).toEqual([0, 0, 1, 24]);
    expect([-5, 0, 39, 40, 1e9].map((y) => rowAt(layout, y))).toEqual([0, 0, 0, 1, 24]);
  });
});

describe("keys", () => {
  const layout = laid(whole(Array.from({ length: 100 }, () => "ab")), 97);
  const to = (key: string, from: number) => destination(layout, key, from, 200);

  it("go to the neighbour, the row above or below, a page on, and the ends", () => {
    expect([to("ArrowRight", 3), to("ArrowLeft", 0), to("ArrowRight", 99)]).toEqual([4, 0, 99]);
    expect([to("ArrowDown", 2), to("ArrowUp", 6), to("ArrowUp", 1), to("ArrowDown", 97)]).toEqual([
      6, 2, 1, 97,
    ]);
    expect([to("PageDown", 2), to("PageUp", 42), to("Home", 50), to("End", 50)]).toEqual([22, 22, 0, 99]);
    expect(to("x", 5)).toBeNull();
  });
});

describe("changes", () => {
  it("are none where the tokens are the text", () => {
    expect(changesOf(tokensOf(whole(["a", " b"]))).tokens.size).toBe(0);
  });

  it("name what differs, what was added and what was dropped", () => {
    const payload = cut(
      "The  É𝕏!",
      [
        { piece: " The", span: [0, 3] },
        { piece: "e", span: [5, 6] },
        { piece: "[UNK]", span: [6, 8] },
      ],
      { exact: false, special: [2] },
    );
    const changes = changesOf(tokensOf(payload));
    expect([...changes.tokens]).toEqual([
      [0, "space"],
      [1, "differs"],
      [2, "unknown"],
    ]);
    expect([...changes.ghosts]).toEqual([
      [1, { from: 3, to: 5 }],
      [3, { from: 8, to: 9 }],
    ]);
    expect(changes.dropped).toBe(3);
  });
});

it("a text is counted without being copied", () => {
  for (const text of ["", "a", "é", "あ", "😀", "\ud800", "x\udc00y", "a😀\r\n\u202e"]) {
    const bytes = new TextEncoder().encode(text).length;
    expect(countUtf8(text)).toEqual({ characters: [...text].length, bytes });
  }
});
