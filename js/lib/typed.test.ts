import { expect, it } from "vitest";
import { parseAmount, parseTyped, readAmount } from "./typed";

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
  ["四十万", 400_000],
  ["四〇〇", 400],
  ["一億二千万円", 120_000_000],
  ["二千五百", 2500],
  ["2千5百", 2500],
  ["千", 1000],
  ["百五十", 150],
  ["十", 10],
  ["1万千", 11_000],
  ["三万五千", 35_000],
  ["400k", 400_000],
  ["1.5 million", 1_500_000],
  ["2M", 2_000_000],
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
  "40万abc",
  "億",
  "百千",
  "二三十",
  "一五百",
  "十十",
  "四.五万二千",
  "400kk",
  "kilo",
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

const PEOPLE = ["people", "人", "名", "GPU hours", "トークン/秒"];

it.each([
  ["400人", 400],
  ["400 人", 400],
  ["40万人", 400_000],
  ["四十万名", 400_000],
  ["４００人", 400],
  ["400 people", 400],
  ["400 People", 400],
  ["1.5k people", 1500],
  ["3 million people", 3_000_000],
  ["12.5 トークン / 秒", 12.5],
  ["7 gpu  hours", 7],
  ["¥40万", 400_000],
  ["40万円", 400_000],
])("reads %s with its unit", (typed, amount) => {
  expect(readAmount(typed, PEOPLE)).toEqual({ value: amount, left: "" });
});

it.each([
  ["400 cats", "cats"],
  ["400人前", "人前"],
  ["四十万匹", "匹"],
  ["3 million cats", "cats"],
  ["many", "many"],
  ["人", "人"],
  ["1万2億人", "1万2億"],
  ["1..5 people", "1..5"],
  ["二三十人", "二三十"],
])("says of %s which part it does not read", (typed, left) => {
  const reading = readAmount(typed, PEOPLE);
  expect(reading.value).toBeNaN();
  expect(reading.left).toBe(left);
});
