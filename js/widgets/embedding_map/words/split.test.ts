import { describe, expect, it } from "vitest";
import { isList, joinWords, splitWords } from "./split";

describe("splitWords", () => {
  it.each([
    ["cat, dog、鳥  fish;cow；馬\n猫\t犬", ["cat", "dog", "鳥", "fish", "cow", "馬", "猫", "犬"]],
    ['" king" king', [" king", "king"]],
    ['"New York",Tokyo', ["New York", "Tokyo"]],
    ["“ king”", [" king"]],
    ['" "', [" "]],
    ['"open', ['"open']],
    ['say"hi"', ['say"hi"']],
    ['""', ['""']],
    [" ,、 ", []],
    ["don't", ["don't"]],
  ])("%j", (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  it("knows a list from a word", () => {
    expect(isList(" king\n")).toBe(false);
    expect(isList("king,queen")).toBe(true);
  });
});

describe("joinWords", () => {
  it("splits into the same words again", () => {
    const words = ["king", " queen", "New York", "a,b", "犬"];
    expect(splitWords(joinWords(words))).toEqual(words);
    expect(joinWords([])).toBe("");
  });
});
