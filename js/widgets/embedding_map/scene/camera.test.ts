import { describe, expect, it } from "vitest";
import {
  between,
  boundsOf,
  type Camera,
  fitScale,
  frameOf,
  homeOf,
  innerBox,
  middleOf,
  panned,
  sameBounds,
  showing,
  spotOf,
  turned,
  zoomedAt,
} from "./camera";

const SIZE = { width: 700, height: 476 };
const FLAT = [-1, -2, 3, 2, 0.5, 0.25];
const DEEP = [-1, -2, 0, 3, 2, 4, 0.5, 0.25, -3];
const SPOT = { x: 200, y: 300 };

function pictureOf(rows: readonly number[], axes: number, camera?: Camera) {
  const bounds = boundsOf([rows], axes);
  return { bounds, frame: frameOf(bounds, camera ?? homeOf(bounds, axes), axes, SIZE, true) };
}

/** The place of a flat map that lies at a spot. */
function placeAt(frame: ReturnType<typeof frameOf>, { x, y }: { x: number; y: number }): [number, number] {
  return [(x - frame.across[3]) / frame.scale, (frame.down[3] - y) / frame.scale];
}

describe("bounds", () => {
  it("are the middle and the half of every axis", () => {
    const { centre, half } = boundsOf([FLAT], 2);
    expect(centre).toEqual([1, 0, 0]);
    expect(half).toEqual([2, 2, 0]);
  });

  it("leave out what is not finite", () => {
    const odd = [Number.NaN, 1e9, Number.POSITIVE_INFINITY, 0];
    expect(sameBounds(boundsOf([odd, FLAT], 2), boundsOf([FLAT], 2))).toBe(true);
    expect(boundsOf([odd], 2).centre).toEqual([0, 0, 0]);
  });

  it("differ where one number does", () => {
    expect(sameBounds(boundsOf([FLAT], 2), boundsOf([[...FLAT, 3, 2.5]], 2))).toBe(false);
  });
});

describe("a flat picture", () => {
  it("has one scale on both axes, and upwards is more", () => {
    const { frame } = pictureOf(FLAT, 2);
    const [one, other] = [spotOf(frame, [0, 0]), spotOf(frame, [1, 1])];
    expect(other.x - one.x).toBeCloseTo(frame.scale);
    expect(one.y - other.y).toBeCloseTo(frame.scale);
  });

  it.each([320, 700, 1400])("shows everything at a width of %i", (width) => {
    const bounds = boundsOf([FLAT], 2);
    const frame = frameOf(bounds, homeOf(bounds, 2), 2, { width, height: width * 0.68 }, true);
    for (const place of [FLAT.slice(0, 2), FLAT.slice(2, 4)]) {
      const { x, y } = spotOf(frame, place);
      expect(x).toBeGreaterThanOrEqual(frame.inner.left);
      expect(x).toBeLessThanOrEqual(frame.inner.right);
      expect(y).toBeGreaterThanOrEqual(frame.inner.top);
      expect(y).toBeLessThanOrEqual(frame.inner.bottom);
    }
  });

  it("takes points on one spot, and none at all", () => {
    for (const rows of [[2, 2, 2, 2], []]) {
      const { frame } = pictureOf(rows, 2);
      expect(spotOf(frame, rows.slice(0, 2))).toMatchObject(roundedMiddle(frame));
    }
  });

  it("moves by whole pixels of the screen", () => {
    const bounds = boundsOf([FLAT], 2);
    const camera: Camera = { ...homeOf(bounds, 2), centre: [0.123, 0.456, 0] };
    for (const grain of [1, 2]) {
      const { across, down } = frameOf(bounds, camera, 2, SIZE, true, grain);
      expect((across[3] * grain) % 1).toBe(0);
      expect((down[3] * grain) % 1).toBe(0);
    }
  });
});

function roundedMiddle(frame: ReturnType<typeof frameOf>) {
  const { x, y } = middleOf(frame.inner);
  return { x: expect.closeTo(x, -0.5), y: expect.closeTo(y, -0.5) };
}

describe("zooming", () => {
  it.each([0.7, 1.3, 4])("by %f leaves what is under the pointer there", (factor) => {
    const { bounds, frame } = pictureOf(FLAT, 2);
    const place = placeAt(frame, SPOT);
    const after = frameOf(bounds, zoomedAt(frame, bounds, SPOT, factor), 2, SIZE, true);
    expect(after.scale / frame.scale).toBeCloseTo(factor);
    const { x, y } = spotOf(after, place);
    expect(Math.abs(x - SPOT.x)).toBeLessThanOrEqual(0.51);
    expect(Math.abs(y - SPOT.y)).toBeLessThanOrEqual(0.51);
  });

  it("has its ends", () => {
    const { bounds, frame } = pictureOf(FLAT, 2);
    expect(zoomedAt(frame, bounds, SPOT, 1e-9).zoom).toBeGreaterThan(0.1);
    expect(zoomedAt(frame, bounds, SPOT, 1e9).zoom).toBeLessThan(1e5);
  });

  it("on its way keeps what both have in common where it is", () => {
    const { bounds, frame } = pictureOf(FLAT, 2);
    const place = placeAt(frame, SPOT);
    const to = zoomedAt(frame, bounds, SPOT, 3);
    const { x, y } = spotOf(frameOf(bounds, between(frame.camera, to, 0.5), 2, SIZE, true), place);
    expect(Math.abs(x - SPOT.x)).toBeLessThanOrEqual(0.51);
    expect(Math.abs(y - SPOT.y)).toBeLessThanOrEqual(0.51);
    expect(between(frame.camera, to, 0.5).zoom).toBeCloseTo(Math.sqrt(3));
    expect(between(frame.camera, to, 1)).toBe(to);
  });
});

describe("pulling", () => {
  it("moves everything by as much", () => {
    const { bounds, frame } = pictureOf(FLAT, 2);
    const after = frameOf(bounds, panned(frame, bounds, 30, -20), 2, SIZE, true);
    const [one, other] = [spotOf(frame, [1, 1]), spotOf(after, [1, 1])];
    expect(Math.abs(other.x - one.x - 30)).toBeLessThanOrEqual(1);
    expect(Math.abs(other.y - one.y + 20)).toBeLessThanOrEqual(1);
  });

  it("does not lose the content", () => {
    const { bounds, frame } = pictureOf(FLAT, 2);
    const [x] = panned(frame, bounds, -1e6, 0).centre;
    expect(x).toBeLessThan(bounds.centre[0] + 2 * bounds.half[0]);
  });

  it("follows the pointer in depth as well", () => {
    const { bounds, frame: before } = pictureOf(DEEP, 3);
    const after = frameOf(bounds, panned(before, bounds, 30, -20), 3, SIZE, true);
    const [one, other] = [spotOf(before, [1, 1, 1]), spotOf(after, [1, 1, 1])];
    expect(Math.abs(other.x - one.x - 30)).toBeLessThanOrEqual(1);
    expect(Math.abs(other.y - one.y + 20)).toBeLessThanOrEqual(1);
  });
});

describe("turning", () => {
  it("keeps lengths, whatever the camera", () => {
    const { bounds } = pictureOf(DEEP, 3);
    const camera = turned(homeOf(bounds, 3), 123, 45);
    const { across, down, near, scale } = frameOf(bounds, camera, 3, SIZE, false);
    for (const row of [across, down]) {
      expect(Math.hypot(row[0], row[1], row[2])).toBeCloseTo(scale);
    }
    expect(across[0] * down[0] + across[1] * down[1] + across[2] * down[2]).toBeCloseTo(0);
    expect(across[0] * near[0] + across[1] * near[1] + across[2] * near[2]).toBeCloseTo(0);
  });

  it("brings what is in front to where it is pulled", () => {
    const { bounds } = pictureOf(DEEP, 3);
    const straight: Camera = { ...homeOf(bounds, 3), yaw: 0, pitch: 0 };
    const front = [bounds.centre[0], bounds.centre[1], bounds.centre[2] + 1];
    const before = spotOf(frameOf(bounds, straight, 3, SIZE, false), front);
    const right = spotOf(frameOf(bounds, turned(straight, 20, 0), 3, SIZE, false), front);
    const down = spotOf(frameOf(bounds, turned(straight, 0, 20), 3, SIZE, false), front);
    expect(before.near).toBeGreaterThan(0);
    expect(right.x).toBeGreaterThan(before.x);
    expect(down.y).toBeGreaterThan(before.y);
  });

  it("stops above and below", () => {
    const { bounds } = pictureOf(DEEP, 3);
    expect(turned(homeOf(bounds, 3), 0, 1e5).pitch).toBeCloseTo(Math.PI / 2);
  });

  it.each([0, 1, 2.5, 4])("from the side %f everything still fits", (yaw) => {
    const bounds = boundsOf([DEEP], 3);
    const frame = frameOf(bounds, { ...homeOf(bounds, 3), yaw }, 3, SIZE, false);
    for (let at = 0; at < DEEP.length; at += 3) {
      const { x, y, near } = spotOf(frame, DEEP.slice(at, at + 3));
      expect(x).toBeGreaterThanOrEqual(frame.inner.left);
      expect(x).toBeLessThanOrEqual(frame.inner.right);
      expect(y).toBeGreaterThanOrEqual(frame.inner.top);
      expect(y).toBeLessThanOrEqual(frame.inner.bottom);
      expect(Math.abs(near)).toBeLessThanOrEqual(1 + 1e-9);
    }
  });
});

it("showing everything fits what the bounds do not hold", () => {
  const bounds = boundsOf([FLAT], 2);
  const everything = boundsOf([[...FLAT, 20, 20]], 2);
  const inner = innerBox(SIZE, true);
  const camera = showing(everything, bounds, homeOf(bounds, 2), 2, inner);
  const frame = frameOf(bounds, camera, 2, SIZE, true);
  expect(frame.scale).toBeCloseTo(fitScale(everything, 2, inner));
  expect(spotOf(frame, [20, 20]).y).toBeGreaterThanOrEqual(frame.inner.top);
});
