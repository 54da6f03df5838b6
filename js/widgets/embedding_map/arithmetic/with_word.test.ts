import { expect, it } from "vitest";
import { withWord } from "./with_word";

it.each([
  ["", "king", "king"],
  ["", " king", '" king"'],
  ["king", "man", "king + man"],
  ["king -", "man", "king - man"],
  ["king-", "man", "king-man"],
  ["king-man", "woman", "king-man+woman"],
  ["王様－", "男性", "王様－男性"],
  ["king - man ", "x-ray", 'king - man + "x-ray"'],
  ["king", 'a"b\\', 'king + "a\\"b\\\\"'],
  ["New York", "city", "New York + city"],
])("%j with %j", (expression, word, result) => {
  expect(withWord(expression, word)).toBe(result);
});
