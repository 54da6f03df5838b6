import { describe, expect, it } from "vitest";
import { orderOf } from "./order";

const LABELS = ["queen", "king", "あ", "apple"];
// prettier would not: rows of the four words
const SIMILARITIES = [1, 0.9, 0.1, 0.2, 0.9, 1, 0.3, 0.4, 0.1, 0.3, 1, -0.5, 0.2, 0.4, -0.5, 1];

describe("orderOf", () => {
  it("keeps the words as they were typed", () => {
    expect(orderOf({ by: "typed" }, LABELS, SIMILARITIES, [3, 2, 1, 0], "en")).toEqual([0, 1, 2, 3]);
  });
  it("sorts by the alphabet", () => {
    expect(orderOf({ by: "alphabet" }, LABELS, SIMILARITIES, [], "en")).toEqual([3, 1, 0, 2]);
  });
  it("takes the kernel's groups, and none where there are none", () => {
    expect(orderOf({ by: "grouped" }, LABELS, SIMILARITIES, [3, 2, 1, 0], "en")).toEqual([3, 2, 1, 0]);
    expect(orderOf({ by: "grouped" }, LABELS, SIMILARITIES, [], "en")).toEqual([0, 1, 2, 3]);
  });
  it("sorts by similarity to a word, itself first", () => {
    expect(orderOf({ by: "like", word: "apple" }, LABELS, SIMILARITIES, [], "en")).toEqual([3, 1, 0, 2]);
    expect(orderOf({ by: "like", word: "gone" }, LABELS, SIMILARITIES, [], "en")).toEqual([0, 1, 2, 3]);
  });
});
