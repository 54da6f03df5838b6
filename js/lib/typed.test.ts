import { expect, it } from "vitest";
import { parseAmount, parseTyped } from "./typed";

it.each([
  ["400000", 400_000],
  ["400,000", 400_000],
  ["1,234.5", 1234.5],
  ["1,234,567", 1_234_567],
  ["12,5", 12.5],
  ["0,150", 0.15],
  ["１，０００", 1000],
  ["０．５", 0.5],
  ["￥４００，０００", 400_000],
  ["$2,500", 2500],
  ["2500 €", 2500],
  ["40万", 400_000],
  ["1.5万円", 15_000],
  ["0.07万", 700],
  ["1億", 100_000_000],
  ["1億2000万", 120_000_000],
  ["１億２，０００万円", 120_000_000],
  ["40万5000", 405_000],
  ["1万2千", 12_000],
  ["5千", 5000],
  ["1e6", 1_000_000],
  ["+3", 3],
  ["-3", -3],
  [" 1 000 ", 1000],
])("reads %s as an amount", (typed, amount) => {
  expect(parseAmount(typed)).toBe(amount);
});

it.each([
  "",
  "many",
  "1,2,3",
  "1..5",
  "万",
  "-1万",
  "1,00,000.5",
  "40人",
  "1万2億",
  "1.5億2000万",
  "1万20000",
  "1万千",
  "40万abc",
  "億",
  "0x10",
  "Infinity",
  "¥",
])("does not read %s as an amount", (typed) => {
  expect(parseAmount(typed)).toBeNaN();
});

it("leaves other numbers with their decimal comma", () => {
  expect(parseTyped("0,125", false)).toBe(0.125);
  expect(parseTyped("49,152", true)).toBe(49_152);
});
