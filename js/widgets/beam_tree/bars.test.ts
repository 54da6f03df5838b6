import { expect, it } from "vitest";
import { lengthOf, scaleOf } from "./bars";

it("draws the better of two scores longer, and the worst still visible", () => {
  const scale = scaleOf([-1, -4]);
  expect(scale).toBe(-8);
  expect(lengthOf(-4, scale)).toBeCloseTo(0.5);
  expect(lengthOf(-1, scale)).toBeCloseTo(0.875);
});

it("fills the room at 0 and above, and draws nothing for what is ruled out", () => {
  const scale = scaleOf([-1e9, -2]);
  expect(scale).toBe(-4);
  expect(lengthOf(-1e9, scale)).toBe(0);
  expect(lengthOf(0, scale)).toBe(1);
  expect(lengthOf(0.5, scale)).toBe(1);
  expect(scaleOf([])).toBe(-1);
});
