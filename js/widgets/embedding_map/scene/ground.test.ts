import { describe, expect, it } from "vitest";
import type { GroundPayload } from "../../../session/payloads";
import { lieOf, unpack } from "./ground";
import type { Ground } from "./types";

const LOW = [-3, 0.5, 100];
const HIGH = [5, 0.75, 1100];
const LEVELS = { 2: [0x3fff, 0x3fff], 3: [0x3ff, 0x1ff, 0x1ff] };
const SHIFTS = { 2: [0, 14], 3: [0, 10, 19] };

function payload(count: number, axes: 2 | 3): GroundPayload {
  return {
    number: 1,
    kind: "vocabulary",
    count,
    axes,
    low: LOW.slice(0, axes),
    high: HIGH.slice(0, axes),
    classes: [],
    color_by: "kind",
    scale: false,
    lost: 0,
    spread: 0,
    sampled: 0,
    counted: 10,
    variance: [],
    method: "pca",
    error: null,
  };
}

/** One point of levels and a class each, as 32 bits. */
function packed(axes: 2 | 3, points: readonly (readonly number[])[]): DataView {
  const view = new DataView(new ArrayBuffer(4 * points.length));
  points.forEach((point, index) => {
    const word = point
      .slice(0, axes)
      .reduce((bits, level, axis) => bits | (level << (SHIFTS[axes][axis] ?? 0)), 0);
    view.setUint32(4 * index, (word | ((point[axes] ?? 0) << 28)) >>> 0, true);
  });
  return view;
}

describe("unpack", () => {
  it("finds the ends of both axes and all classes", () => {
    const most = LEVELS[2];
    const corners = [0, 1, 2, 3].map((bits) => [
      bits & 1 ? (most[0] ?? 0) : 0,
      bits & 2 ? (most[1] ?? 0) : 0,
      5 * bits,
    ]);
    const ground = unpack(payload(4, 2), packed(2, corners));
    expect([...ground.xyz]).toEqual([-3, 0.5, 5, 0.5, -3, 0.75, 5, 0.75]);
    expect([...ground.classes]).toEqual([0, 5, 10, 15]);
    expect(ground).toMatchObject({ count: 4, axes: 2 });
  });

  it("is at most half a level off with two axes", () => {
    const values = Array.from({ length: 500 }, (_, index) => [
      -3 + (8 * index) / 499,
      0.5 + (0.25 * ((index * 7) % 500)) / 499,
    ]);
    const level = (axis: 0 | 1) => ((HIGH[axis] ?? 0) - (LOW[axis] ?? 0)) / 0x3fff;
    const points = values.map((place) =>
      place.map((value, axis) => Math.round((value - (LOW[axis] ?? 0)) / level(axis as 0 | 1))),
    );
    const { xyz } = unpack(payload(500, 2), packed(2, points));
    values.flat().forEach((value, at) => {
      const half = level((at % 2) as 0 | 1) / 2;
      // float32 adds its own rounding
      expect(Math.abs((xyz[at] ?? 0) - value)).toBeLessThanOrEqual(half * 1.001 + 3e-7);
    });
  });

  it("spreads points inside their level with three axes, always alike", () => {
    const most = LEVELS[3];
    const points = Array.from({ length: 400 }, (_, index) => [...(index % 2 ? most : [5, 6, 7]), index % 16]);
    const { xyz, classes } = unpack(payload(400, 3), packed(3, points));
    for (let axis = 0; axis < 3; axis++) {
      const [low, high] = [LOW[axis] ?? 0, HIGH[axis] ?? 0];
      const level = (high - low) / (most[axis] ?? 1);
      const seen = points.map(
        (point, index) => ((xyz[3 * index + axis] ?? 0) - low) / level - (point[axis] ?? 0),
      );
      expect(Math.max(...seen)).toBeLessThanOrEqual(0.501);
      expect(Math.min(...seen)).toBeGreaterThanOrEqual(-0.501);
      // and really all over it
      expect(Math.max(...seen)).toBeGreaterThan(0.4);
      expect(Math.min(...seen)).toBeLessThan(-0.4);
      expect(Math.abs(seen.reduce((sum, value) => sum + value, 0) / 400)).toBeLessThan(0.06);
    }
    expect(classes[399]).toBe(399 % 16);
    expect(unpack(payload(400, 3), packed(3, points)).xyz).toEqual(xyz);
  });

  it("reads a view that does not start where its buffer does", () => {
    const shifted = new Uint8Array(3 + 4);
    new DataView(shifted.buffer).setUint32(3, (3 << 28) | 0x3fff, true);
    const ground = unpack(payload(1, 2), new DataView(shifted.buffer, 3, 4));
    expect([...ground.xyz, ...ground.classes]).toEqual([5, 0.5, 3]);
  });

  it("refuses a buffer of another length", () => {
    expect(() => unpack(payload(2, 2), new DataView(new ArrayBuffer(4)))).toThrow("2 points");
  });
});

describe("the crowd", () => {
  const groundOf = (xyz: readonly number[]): Ground => ({
    count: xyz.length / 2,
    axes: 2,
    xyz: Float32Array.from(xyz),
    classes: new Uint8Array(xyz.length / 2),
  });

  it("is as dense as points that are spread evenly", () => {
    const side = 100;
    const grid = Array.from({ length: side * side }, (_, at) => [at % side, Math.floor(at / side)]).flat();
    expect(lieOf(groundOf(grid)).crowding).toBeGreaterThan(0.9);
    expect(lieOf(groundOf(grid)).crowding).toBeLessThan(1.2);
  });

  it("is nothing where all points lie on one spot or on a line", () => {
    expect(lieOf(groundOf([1, 1, 1, 1])).crowding).toBe(0);
    expect(lieOf(groundOf([1, 1, 2, 1])).crowding).toBe(0);
    expect(lieOf(groundOf([])).crowding).toBe(0);
  });
});
