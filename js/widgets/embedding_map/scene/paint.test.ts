import { describe, expect, it } from "vitest";
import {
  type Colour,
  dotOf,
  type Look,
  MARGIN,
  opacityOf,
  type Plate,
  paint,
  radiusOf,
  strideOf,
  toneOf,
} from "./paint";
import type { Ground } from "./types";

const RED: Colour = [255, 0, 0];
const BLUE: Colour = [0, 0, 255];
const GREY: Colour = [128, 128, 128];
const LOOK: Look = {
  colours: [RED, BLUE],
  faded: GREY,
  hidden: 0,
  chosen: null,
  dim: false,
  crowding: 4,
  grain: 1,
};
/** One unit a pixel, y upwards. */
const FRAME = { across: [1, 0, 0, 0], down: [0, -1, 0, 20] } as const;

function plate(): Plate {
  const [width, height] = [40 + 2 * MARGIN, 20 + 2 * MARGIN];
  return { pixels: new Uint32Array(width * height), width, height };
}

function groundOf(places: readonly (readonly [number, number])[], classes: readonly number[] = []): Ground {
  return {
    count: places.length,
    axes: 2,
    xyz: Float32Array.from(places.flat()),
    classes: Uint8Array.from(places.map((_, index) => classes[index] ?? 0)),
  };
}

/** The pixel of the picture, from its upper left corner. */
function at({ pixels, width }: Plate, column: number, row: number) {
  const value = pixels[(row + MARGIN) * width + column + MARGIN] ?? 0;
  return { red: value & 255, green: (value >> 8) & 255, blue: (value >> 16) & 255, alpha: value >>> 24 };
}

describe("paint", () => {
  it("leaves a dot of its class's colour where a point is, and nothing elsewhere", () => {
    const picture = plate();
    expect(
      paint(
        picture,
        groundOf(
          [
            [5.5, 14.5],
            [30.5, 2.5],
          ],
          [0, 1],
        ),
        FRAME,
        LOOK,
      ),
    ).toBe(2);
    expect(at(picture, 5, 5)).toMatchObject({ red: 255, blue: 0 });
    expect(at(picture, 30, 17)).toMatchObject({ red: 0, blue: 255 });
    expect(at(picture, 5, 5).alpha).toBeGreaterThan(20);
    expect(picture.pixels.filter((value) => value !== 0).length).toBeLessThan(20);
  });

  it("shows more points as more colour, up to all of it", () => {
    const alphaOf = (count: number) => {
      const picture = plate();
      paint(picture, groundOf(Array.from({ length: count }, () => [5.5, 5.5] as const)), FRAME, LOOK);
      return at(picture, 5, 14).alpha;
    };
    expect(alphaOf(2)).toBeGreaterThan(alphaOf(1));
    expect(alphaOf(5)).toBeGreaterThan(alphaOf(2));
    // far more than a byte could count, and no class is harmed
    expect(alphaOf(70_000)).toBe(255);
    expect(alphaOf(2 ** 12)).toBe(255);
  });

  it("leaves out hidden classes and what is outside, to either side", () => {
    const picture = plate();
    const ground = groundOf(
      [
        [5, 5],
        [6, 6],
        [-1, 5],
        [41, 5],
        [5, -1],
        [5, 21],
        [Number.NaN, 1],
      ],
      [0, 1],
    );
    expect(paint(picture, ground, FRAME, { ...LOOK, hidden: 1 })).toBe(1);
    expect(at(picture, 5, 15).red).toBe(0);
    expect(at(picture, 6, 14).blue).toBe(255);
  });

  it("fades what is not chosen, and keeps what is above it", () => {
    const picture = plate();
    const places = Array.from({ length: 12 }, (_, index) => [index < 10 ? 5.5 : 3 * index, 5.5] as const);
    const chosen = Uint8Array.of(0b0000_0100, 0b0000_1000);
    expect(paint(picture, groundOf(places), FRAME, { ...LOOK, chosen })).toBe(12);
    // point 2 is chosen among ten on its spot, point 11 alone; point 10 is not
    expect(at(picture, 5, 14)).toMatchObject({ red: 255, green: 0 });
    expect(at(picture, 33, 14)).toMatchObject({ red: 255, green: 0 });
    expect(at(picture, 30, 14)).toMatchObject({ red: 128, green: 128 });
    expect(at(picture, 33, 14).alpha).toBeGreaterThan(2 * at(picture, 30, 14).alpha);
  });

  it("shows few that are chosen larger, and many as they are", () => {
    const inkOf = (chosen: number) => {
      const picture = plate();
      const places = Array.from({ length: 1600 }, () => [20.5, 10.5] as const);
      const bits = new Uint8Array(200).fill(255, 0, chosen / 8);
      paint(picture, groundOf(places), FRAME, { ...LOOK, chosen: bits });
      return picture.pixels.filter((value) => value >>> 24 > 200).length;
    };
    expect(inkOf(8)).toBeGreaterThan(inkOf(1600));
    expect(inkOf(1600)).toBeGreaterThan(0);
  });

  it("weakens everything while something else is lit", () => {
    const [plain, dim] = [plate(), plate()];
    paint(plain, groundOf([[5, 5]]), FRAME, LOOK);
    paint(dim, groundOf([[5, 5]]), FRAME, { ...LOOK, dim: true });
    expect(at(dim, 5, 15).alpha).toBeLessThan(0.7 * at(plain, 5, 15).alpha);
    expect(at(dim, 5, 15).alpha).toBeGreaterThan(0);
  });

  it("paints depth away: three coordinates, two directions", () => {
    const picture = plate();
    const ground = {
      ...groundOf([]),
      count: 1,
      axes: 3,
      xyz: Float32Array.of(1, 2, 3),
      classes: Uint8Array.of(0),
    };
    paint(picture, ground, { across: [1, 2, 3, 0.5], down: [0, 0, 4, 1.5] }, LOOK);
    expect(at(picture, 14, 13).alpha).toBeGreaterThan(0);
  });
});

describe("tone", () => {
  it("never falls as dots are added, from nothing to all", () => {
    for (const opacity of [0.1, 0.5, 0.88]) {
      const tones = Array.from({ length: 200 }, (_, step) => toneOf(step / 4, opacity));
      expect(tones[0]).toBe(0);
      expect(toneOf(1, opacity)).toBeCloseTo(opacity);
      expect(tones.slice(1).every((tone, index) => tone >= (tones[index] ?? 0))).toBe(true);
      expect(Math.max(...tones)).toBeLessThanOrEqual(1);
    }
    expect(toneOf(0.5, 0.8)).toBeCloseTo(0.4);
    expect(toneOf(2, 0.5)).toBeCloseTo(0.75);
  });

  it("is weaker, and dots are smaller, where points crowd", () => {
    expect(radiusOf(10)).toBeLessThan(radiusOf(0.01));
    expect(radiusOf(0)).toBeLessThan(6);
    expect(radiusOf(1e6)).toBeGreaterThan(0.3);
    expect(opacityOf(20, 1)).toBeLessThan(opacityOf(1, 1));
    expect(opacityOf(1e6, 1)).toBeGreaterThan(0.05);
    expect(opacityOf(0, 1)).toBeLessThan(1);
  });
});

describe("a dot", () => {
  it("is round and about as large as it should be", () => {
    for (const radius of [1, 2.5, 6]) {
      const { right, down, weight } = dotOf(radius);
      const area = weight.reduce((sum, part) => sum + part, 0) / 16;
      expect(area).toBeGreaterThan(0.8 * Math.PI * radius ** 2);
      expect(area).toBeLessThan(1.25 * Math.PI * radius ** 2 + 1);
      expect(right.reduce((sum, step) => sum + step, 0)).toBe(0);
      expect(down.reduce((sum, step) => sum + step, 0)).toBe(0);
    }
  });

  it("never leaves the margin", () => {
    const { right, down } = dotOf(500);
    expect(Math.max(...right, ...down)).toBeLessThan(MARGIN);
  });

  it("is a pixel at the least", () => {
    expect([...dotOf(0.2).weight]).toEqual([16]);
  });
});

it.each([0, 1, 2, 3, 10, 97, 1000, 49_152])("a stride through %i points meets each once", (count) => {
  const met = new Set<number>();
  for (let turn = 0, point = 0; turn < count; turn++) {
    point = (point + strideOf(count)) % count;
    met.add(point);
  }
  expect(met.size).toBe(count);
});
