import { describe, expect, it } from "vitest";
import type { NamePayload } from "../../../session/payloads";
import { chartOf } from "./chart";
import { placesAt } from "./places";
import { firstPair, repeatsOf } from "./repeats";

const name = (id: number, piece: string, special = false): NamePayload => ({ id, piece, bytes: "", special });

describe("placesAt", () => {
  const coordinates = Int16Array.of(0, 10, 20, 30, 10, 10, 0, -30);
  it("is a layer, or between two", () => {
    expect([...placesAt(coordinates, 0.5, 4, 0)]).toEqual([0, 5, 10, 15]);
    expect([...placesAt(coordinates, 0.5, 4, 1)]).toEqual([5, 5, 0, -15]);
    expect([...placesAt(coordinates, 1, 4, 0.25)]).toEqual([2.5, 10, 15, 15]);
  });
});

describe("repeats", () => {
  const names = [
    name(0, "<s>", true),
    name(5, ","),
    name(7, " bank"),
    name(5, ","),
    name(7, " bank"),
    name(9, "x"),
  ];
  it("are found in order", () => {
    expect(repeatsOf(names).map(({ places }) => places)).toEqual([
      [1, 3],
      [2, 4],
    ]);
  });
  it("give the pair to begin with: a word rather than a comma", () => {
    expect(firstPair(repeatsOf(names))).toEqual([2, 4]);
    expect(firstPair(repeatsOf([name(5, ","), name(5, ",")]))).toEqual([0, 1]);
    expect(firstPair(repeatsOf([name(1, "a"), name(2, "b")]))).toBeNull();
  });
});

describe("chartOf", () => {
  it("has room for what is below 0, and 1 at its top", () => {
    const chart = chartOf([1, 0.5, -0.2], { width: 200, height: 100 });
    expect(chart.low).toBe(-0.5);
    expect(chart.y(1)).toBeLessThan(chart.y(-0.2));
    expect(chart.x(2)).toBeGreaterThan(chart.x(1));
    expect(chartOf([1, 0.9], { width: 200, height: 100 }).low).toBe(0);
  });
});
