import { expect, test } from "vitest";
import { parseStop, stopsOf } from "./stops";

test.each([
  ["", ""],
  ["END", "END"],
  ["\\n", "\n"],
  ["\\n\\nQ:", "\n\nQ:"],
  [" a ", " a "],
  ["<|im_end|>", "<|im_end|>"],
  ["C:\\\\n", "C:\\n"],
  ["\\x", "\\x"],
  ["\\", "\\"],
  ["終わり。", "終わり。"],
])("%j means %j", (typed, text) => {
  expect(parseStop(typed)).toBe(text);
});

test("what is being typed counts, once, and nothing is no stop text", () => {
  expect(stopsOf(["a", "\n"], "b")).toEqual(["a", "\n", "b"]);
  expect(stopsOf(["a", "\n"], "\\n")).toEqual(["a", "\n"]);
  expect(stopsOf([], "")).toEqual([]);
});
