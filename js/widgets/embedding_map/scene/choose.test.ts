import { describe, expect, it } from "vitest";
import { boundsOf, frameOf, homeOf, spotOf } from "./camera";
import {
  boxArea,
  chosenIn,
  fewGround,
  isChosen,
  joined,
  nearestGround,
  polygonArea,
  toggled,
} from "./choose";
import type { Ground } from "./types";

const COUNT = 1000;
const ground: Ground = {
  count: COUNT,
  axes: 2,
  xyz: Float32Array.from({ length: 2 * COUNT }, (_, at) => (Math.sin(at * 12.9898) * 43_758.5453) % 3),
  classes: Uint8Array.from({ length: COUNT }, (_, at) => at % 3),
};
const bounds = boundsOf([ground.xyz], 2);
const frame = frameOf(bounds, homeOf(bounds, 2), 2, { width: 700, height: 476 }, true);
const spots = Array.from({ length: COUNT }, (_, at) =>
  spotOf(frame, [...ground.xyz.subarray(2 * at, 2 * at + 2)]),
);
const HIDDEN = 0b010;
const isHidden = (point: number) => point % 3 === 1;

/** Inside by the winding of the edges around the point: another way than the one that is tested. */
function winds(path: readonly { x: number; y: number }[], x: number, y: number): boolean {
  let angle = 0;
  path.forEach((one, index) => {
    const other = path[(index + 1) % path.length] ?? one;
    const turn = Math.atan2(other.y - y, other.x - x) - Math.atan2(one.y - y, one.x - x);
    angle += turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI));
  });
  return Math.abs(angle) > Math.PI;
}

function pointsOf(bits: Uint8Array | null): readonly number[] {
  return Array.from({ length: COUNT }, (_, point) => point).filter(
    (point) => bits && (bits[point >> 3] ?? 0) & (1 << (point & 7)),
  );
}

describe("an area", () => {
  const star = Array.from({ length: 24 }, (_, index) => {
    const [reach, angle] = [index % 2 ? 60 : 150.5, (index * Math.PI) / 12];
    return { x: 350 + reach * Math.cos(angle), y: 230 + reach * Math.sin(angle) };
  });

  it("takes exactly the points inside a polygon", () => {
    const chosen = chosenIn(polygonArea(star), [], ground, frame, 0);
    const inside = spots.flatMap(({ x, y }, point) => (winds(star, x, y) ? [point] : []));
    expect(inside.length).toBeGreaterThan(50);
    expect(pointsOf(chosen?.ground ?? null)).toEqual(inside);
  });

  it("takes exactly the points inside a box, drawn from whichever corner", () => {
    const [one, other] = [
      { x: 300, y: 100 },
      { x: 200, y: 260 },
    ];
    const inside = spots.flatMap(({ x, y }, point) =>
      x >= 200 && x <= 300 && y >= 100 && y <= 260 ? [point] : [],
    );
    for (const area of [
      boxArea(one, other),
      boxArea(other, one),
      boxArea({ x: 200, y: 100 }, { x: 300, y: 260 }),
    ]) {
      expect(pointsOf(chosenIn(area, [], ground, frame, 0)?.ground ?? null)).toEqual(inside);
    }
  });

  it("takes words, leaves hidden classes, and says when there is nothing", () => {
    const all = boxArea({ x: 0, y: 0 }, { x: 700, y: 476 });
    const chosen = chosenIn(all, [{ x: 60, y: 60 }, null, { x: 999, y: 60 }], ground, frame, HIDDEN);
    expect(chosen?.points).toEqual([0]);
    expect(pointsOf(chosen?.ground ?? null)).toEqual(
      spots.map((_, point) => point).filter((point) => !isHidden(point)),
    );
    expect(chosenIn(boxArea({ x: -9, y: -9 }, { x: -8, y: -8 }), [], ground, frame, 0)).toBeNull();
    expect(chosenIn(all, [{ x: 60, y: 60 }], null, frame, 0)).toEqual({ points: [0], ground: null });
  });

  it("of two corners or none holds nothing", () => {
    expect(
      polygonArea([
        { x: 1, y: 1 },
        { x: 9, y: 9 },
      ])(5, 5),
    ).toBe(false);
    expect(polygonArea([])(5, 5)).toBe(false);
  });
});

describe("bits", () => {
  it("are one a point, lowest first", () => {
    const chosen = [0, 9, 999].reduce<ReturnType<typeof toggled>>(
      (so, point) => toggled(so, "ground", point, COUNT),
      null,
    );
    expect(chosen?.ground?.length).toBe(125);
    expect([chosen?.ground?.[0], chosen?.ground?.[1], chosen?.ground?.[124]]).toEqual([1, 2, 128]);
    expect(chosen && isChosen(chosen, "ground", 9)).toBe(true);
    expect(chosen && isChosen(chosen, "ground", 10)).toBe(false);
  });

  it("come and go one by one", () => {
    const one = toggled(null, "points", 4, 0);
    const two = toggled(one, "ground", 7, COUNT);
    expect(two?.points).toEqual([4]);
    expect(toggled(two, "ground", 7, COUNT)).toEqual({ points: [4], ground: null });
    expect(toggled(one, "points", 4, 0)).toBeNull();
    expect(pointsOf(two?.ground ?? null)).toEqual([7]);
  });

  it("are joined", () => {
    const one = { points: [3, 1], ground: Uint8Array.of(1, 0) };
    const other = { points: [2, 1], ground: Uint8Array.of(2, 128) };
    expect(joined(one, other)).toEqual({ points: [1, 2, 3], ground: Uint8Array.of(3, 128) });
    expect(joined(one, { points: [], ground: null })?.ground).toEqual(Uint8Array.of(1, 0));
    expect(joined(null, other)).toBe(other);
    expect(joined(one, null)).toBe(one);
  });
});

describe("what lies under the pointer", () => {
  it("is the nearest point that is shown, within reach", () => {
    for (const [x, y] of [
      [350, 230],
      [201, 117],
      [480.5, 90],
    ] as const) {
      for (const hidden of [0, HIDDEN]) {
        const ranked = spots
          .map((spot, point) => ({ point, distance: Math.hypot(spot.x - x, spot.y - y) }))
          .filter(({ point }) => !hidden || !isHidden(point))
          .sort((one, other) => one.distance - other.distance);
        expect(nearestGround(ground, frame, hidden, { x, y }, 40)).toBe(ranked[0]?.point);
      }
    }
    expect(nearestGround(ground, frame, 0, { x: -500, y: 0 }, 8)).toBeNull();
  });
});

it("few points are named, many are not", () => {
  expect(fewGround(ground, frame, 0, 60)).toBeNull();
  const camera = { ...homeOf(bounds, 2), zoom: 8 };
  const close = frameOf(bounds, camera, 2, { width: 700, height: 476 }, true);
  const few = fewGround(ground, close, 0, 60);
  const { left, right, top, bottom } = close.inner;
  const inside = Array.from({ length: COUNT }, (_, point) => point).filter((point) => {
    const { x, y } = spotOf(close, [...ground.xyz.subarray(2 * point, 2 * point + 2)]);
    return x >= left && x <= right && y >= top && y <= bottom;
  });
  expect(few).toEqual(inside);
  expect(inside.length).toBeGreaterThan(5);
});
