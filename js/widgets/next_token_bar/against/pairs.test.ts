import { expect, test } from "vitest";
import type { ComparisonPayload } from "../../../session/payloads";
import { cutsOf, highest, pairsOf } from "./pairs";

const pair = (id: number, p: number | null, q: number | null) => ({
  id,
  other_id: id,
  piece: `t${id}`,
  bytes: "",
  special: false,
  p,
  q,
});
const MADE = {
  pairs: [pair(0, 0.5, 0.4), pair(1, 0.3, null), pair(2, 0.1, 0.3)],
  differ: [2, 0],
} as unknown as ComparisonPayload;

test("by probability, or by how much they differ", () => {
  expect(pairsOf(MADE, "probable", 2).map(({ id }) => id)).toEqual([0, 1]);
  expect(pairsOf(MADE, "differ", 10).map(({ id }) => id)).toEqual([2, 0]);
  expect(highest(MADE.pairs)).toBe(0.5);
  expect(highest([])).toBe(0);
});

test("texts are cut where they differ", () => {
  expect(cutsOf("The capital of France is", "The capital of Germany is")).toEqual([
    { before: "The capital of ", own: "France ", after: "is" },
    { before: "The capital of ", own: "Germany ", after: "is" },
  ]);
  expect(cutsOf("same", "same")[0]).toEqual({ before: "same", own: "", after: "" });
  expect(cutsOf("日本の首都は", "米国の首都は")[0]).toEqual({ before: "", own: "日本", after: "の首都は" });
  expect(cutsOf("", "a")).toEqual([
    { before: "", own: "", after: "" },
    { before: "", own: "a", after: "" },
  ]);
});

test("a text that holds the other twice is cut once", () => {
  for (const [one, other] of [
    ["a a ", "a "],
    ["a ", "a a a "],
  ] as const) {
    for (const [text, cut] of [
      [one, cutsOf(one, other)[0]],
      [other, cutsOf(one, other)[1]],
    ] as const)
      expect(cut.before + cut.own + cut.after).toBe(text);
  }
});
