import { expect, test } from "vitest";
import { numbersIn } from "./numbers";
import { size, time } from "./units";

const numbers = numbersIn("en");

test("a time has the unit that keeps it readable", () => {
  const told = [2.5, 1, 0.0613, 0.00038, 4.2e-7, 0].map((seconds) => time(seconds, numbers));
  expect(told).toEqual(["2.50 s", "1.00 s", "61.3 ms", "380 µs", "0.420 µs", "0 µs"]);
});

test("times beside each other have as many digits", () => {
  expect([0.007, 0.00852, 0.0123].map((seconds) => time(seconds, numbers))).toEqual([
    "7.00 ms",
    "8.52 ms",
    "12.3 ms",
  ]);
});

test("what rounds up to the next unit is told in it", () => {
  expect(time(0.99996, numbers)).toBe("1.00 s");
  expect(size(999_999, numbers)).toBe("1 MB");
});

test("a size is told in thousands", () => {
  const told = [384, 46_080, 1_234_567, 2_000_000_000].map((bytes) => size(bytes, numbers));
  expect(told).toEqual(["384 B", "46.1 kB", "1.23 MB", "2 GB"]);
});
