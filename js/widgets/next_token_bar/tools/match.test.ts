import { expect, it } from "vitest";
import { asked, folded, holds, holdsAsked } from "./match";

it.each([
  [" The", "the"],
  [" The", "ＴＨＥ"],
  ["ﾃｽﾄ", "テスト"],
  [" the", "␣t"],
  [" the", " t"],
  ["\n", "⏎"],
  ["straße", "STRASSE".slice(0, 4)],
])("%j holds %j", (piece, query) => {
  expect(holds(piece, "", folded(query))).toBe(true);
});

it.each([
  [" The", "t h"],
  ["the", "␣t"],
  ["あ", "ア"],
])("%j does not hold %j", (piece, query) => {
  expect(holds(piece, "", folded(query))).toBe(false);
});

it("bytes are found as they are written", () => {
  expect(holds("", "e38182", folded("E3 81"))).toBe(true);
});

it.each([
  ["␣the", " the"],
  ["ＴＨＥ", "THE"],
  ["ﾃﾞｰﾀ", "データ"],
  ["…", "…"],
  ["⏎⏎", "\n\n"],
  ["\\n", "\n"],
])("of %j the kernel is asked %j", (typed, query) => {
  expect(asked(typed)).toBe(query);
});

it.each([
  [" Then", "␣THE", true],
  ["THE", "ｔｈｅ", true],
  ["ＴＨＥ", "ｔｈｅ", false],
  ["\n\n", "⏎", true],
  ["\n\n", "\\n", true],
  ["\t", "⇥", true],
])("%j is found by the kernel that is asked for %j: %s", (piece, query, found) => {
  expect(holdsAsked(piece, query)).toBe(found);
});

it("finds new lines by their sign and as one types them in code", () => {
  for (const typed of ["⏎", "\\n"]) {
    expect(holds("\n\n", "", folded(typed))).toBe(true);
    expect(holds("n", "", folded(typed))).toBe(false);
  }
});
