import { describe, expect, it } from "vitest";
import { breakEven } from "../sums/break_even";
import type { Line } from "../sums/costs";
import { fraction, numberOf, ZERO } from "../sums/fraction";
import { crossingsOf, heightOf, pointsOf, rangeOf, ticksTo } from "./scale";

const steps: Line = { form: "bought", fixed: fraction(10), slope: ZERO, step: fraction(0.01), gpus: null };
const flat: Line = { form: "api", fixed: ZERO, slope: fraction(0.2), step: ZERO, gpus: null };

describe("pointsOf", () => {
  it("draws both ends of each step", () => {
    expect(pointsOf(steps, fraction(250))).toEqual([
      { volume: 0, cost: 10 },
      { volume: 100, cost: 10 },
      { volume: 100, cost: 20 },
      { volume: 200, cost: 20 },
      { volume: 200, cost: 30 },
      { volume: 250, cost: 30 },
    ]);
  });
  it("ends where the GPUs can do no more", () => {
    expect(pointsOf({ ...steps, gpus: 2n }, fraction(250)).at(-1)).toEqual({ volume: 200, cost: 20 });
  });
  it("samples what has too many steps to be seen", () => {
    const points = pointsOf(steps, fraction(1e9));
    expect(points.length).toBeLessThan(1000);
    expect(points.at(-1)).toEqual({ volume: 1e9, cost: 1e8 });
  });
});

it("shows the workload in the middle, or the next crossing", () => {
  const pair = breakEven(steps, flat);
  expect(numberOf(rangeOf(fraction(10), [pair]))).toBe(62.5);
  expect(numberOf(rangeOf(fraction(40), [pair]))).toBe(80);
  expect(numberOf(rangeOf(fraction(500), [pair]))).toBe(1000);
});

it("marks the crossings in sight on the line", () => {
  const pair = breakEven(steps, flat);
  const found = crossingsOf([pair], [steps, flat], fraction(80));
  expect(found.map(({ volume, cost }) => [volume, cost])).toEqual([[50, 10]]);
});

it("cuts off what lies far above the crossings", () => {
  const pair = breakEven(steps, flat);
  const crossings = crossingsOf([pair], [steps, flat], fraction(80));
  const far = [{ volume: 0, cost: 9999 }];
  expect(heightOf([far], crossings)).toBe(22);
  expect(heightOf([far], [])).toBe(9999);
  expect(heightOf([[{ volume: 0, cost: 0 }]], [])).toBe(1);
});

it("ticks at round values", () => {
  expect(ticksTo(62.5, 5)).toEqual([0, 20, 40, 60]);
  expect(ticksTo(1, 5)).toEqual([0, 0.2, 0.4, 0.6000000000000001, 0.8, 1]);
});
