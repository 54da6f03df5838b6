import { expect, test } from "vitest";
import { numbersIn } from "../../../lib/numbers";
import { encode } from "../../../testing/payloads";
import { probability, quoted, times } from "../words";
import { heat, rankedRows, unitsOf } from "./rows";
import { lacksSpace } from "./spacing";

const candidate = (text: string, surprisals: readonly number[]) => ({
  text,
  ids: surprisals.map((_, at) => at),
  pieces: surprisals.map(() => "x"),
  bytes: surprisals.map(() => ""),
  surprisals: encode(surprisals, "float32"),
  fused: false,
  prompt_part: "",
  characters: text.length,
  utf8_bytes: 3 * text.length,
});

const scored = {
  number: 1,
  candidates: [candidate("a", [4]), candidate("bb", [3, 3]), candidate("c", [Number.NaN])],
  error: null,
};

test("ranked by a measure; what has no probability, or is not answered yet, comes last", () => {
  const texts = (measure: "sum" | "token" | "character" | "byte") =>
    rankedRows(["new", "c", "bb", "a"], scored, measure).map(({ text, rank }) => [text, rank]);
  expect(texts("sum")).toEqual([
    ["a", 1],
    ["bb", 2],
    ["new", null],
    ["c", null],
  ]);
  expect(texts("token").slice(0, 2)).toEqual([
    ["bb", 1],
    ["a", 2],
  ]);
  const [, second] = rankedRows(["bb", "a"], scored, "sum");
  expect(second?.by("character")).toBe(-3);
  expect(second?.by("byte")).toBe(-1);
  expect(rankedRows(["a"], null, "sum")[0]?.tokens).toBeNull();
});

test("bytes that make a character together stand together, those that never do alone", () => {
  const token = (bytes: string, piece = "") => ({ id: 1, piece, bytes, nats: 1 });
  const texts = unitsOf([token("e381"), token("8a"), token("", "x"), token("e3"), token("", "y")]).map(
    ({ text, tokens }) => [text, tokens.length],
  );
  expect(texts).toEqual([
    ["お", 2],
    ["", 1],
    ["", 1],
    ["", 1],
  ]);
});

test("colours by bits", () => {
  expect([0, 0.9, 1, 13.9, 14, Number.POSITIVE_INFINITY, Number.NaN].map(heat)).toEqual([
    "llmw-heat-0",
    "llmw-heat-0",
    "llmw-heat-1",
    "llmw-heat-6",
    "llmw-heat-7",
    "llmw-heat-7",
    "llmw-heat-none",
  ]);
});

test("numbers of every size", () => {
  const numbers = numbersIn("en");
  expect(
    [0, Math.log(0.123), -10, -1000, Number.NEGATIVE_INFINITY, Number.NaN].map((p) =>
      probability(p, numbers),
    ),
  ).toEqual(["100%", "12.3%", "4.5·10⁻⁵", "5.1·10⁻⁴³⁵", "0%", "–"]);
  expect(
    [Math.log(2), Math.log(12_345), 46.1, Number.POSITIVE_INFINITY].map((d) => times(d, numbers)),
  ).toEqual(["2", "12,300", "1.0·10²⁰", "∞"]);
  expect(quoted("x".repeat(50))).toBe(`${"x".repeat(40)}…`);
  expect(quoted(`${"x".repeat(50)}end`, "end").endsWith("end")).toBe(true);
});

test("a word that runs into the one before it", () => {
  expect(lacksSpace("there was", "a girl")).toBe(true);
  expect(lacksSpace("Once upon a time,", "there")).toBe(true);
  expect(lacksSpace("there was ", "a girl")).toBe(false);
  expect(lacksSpace("there was", " a girl")).toBe(false);
  expect(lacksSpace("there was", ", a girl")).toBe(false);
  expect(lacksSpace("あるところに", "おじいさんが")).toBe(false);
  expect(lacksSpace("ラーメ", "ン")).toBe(false);
  expect(lacksSpace("", "The")).toBe(false);
});
