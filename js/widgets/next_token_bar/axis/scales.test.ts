import { describe, expect, it } from "vitest";
import { numbersIn } from "../../../lib/numbers";
import { barStyle } from "./bar";
import { measureOf, signed } from "./measures";
import { linear, logarithmic, type Scale } from "./scales";

const values = (scale: Scale) => scale.ticks.map(({ value }) => Number(value.toPrecision(6)));

describe("a linear scale", () => {
  it.each([
    [0, 0.69, [0, 0.2, 0.4, 0.6, 0.8]],
    [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [0, 0.0123, [0, 0.005, 0.01, 0.015]],
    [-17.4, 0, [-20, -15, -10, -5, 0]],
    [-2.8, 20.3, [-10, 0, 10, 20, 30]],
    [0, 0, [0, 1e-7]],
  ])("from %d to %d has round steps", (low, high, expected) => {
    expect(values(linear(low, high))).toEqual(expected);
  });

  it("begins its bars at 0, wherever that is", () => {
    expect([linear(0, 1), linear(-17, 0), linear(-3, 20)].map(({ base }) => base)).toEqual([0, 1, 0.2]);
  });
});

describe("a logarithmic scale", () => {
  it("has a line for each decade, and lines between", () => {
    const scale = logarithmic(0.003, 0.69);
    expect(values(scale)).toEqual([0.001, 0.01, 0.1, 1]);
    expect(scale.place(0.1)).toBeCloseTo(2 / 3);
    expect(scale.place(Math.sqrt(0.1))).toBeCloseTo(2.5 / 3);
    expect(scale.minor).toHaveLength(24);
    expect(scale.minor[0]).toBeCloseTo(Math.log10(2) / 3);
  });

  it("has equal ways for equal factors", () => {
    const { place } = logarithmic(1e-6, 1);
    expect(place(3e-2) - place(3e-3)).toBeCloseTo(place(2e-4) - place(2e-5));
  });

  it("numbers few of many decades, and the highest always", () => {
    const scale = logarithmic(1e-9, 0.5);
    expect(scale.ticks.length).toBeLessThanOrEqual(5);
    expect(scale.ticks.at(-1)?.value).toBe(1);
    expect(scale.step).toBeCloseTo(1 / 9);
  });

  it("has a decade at least, and no place for 0", () => {
    expect(values(logarithmic(0.5, 0.5))).toEqual([0.1, 1]);
    expect(logarithmic(0.5, 0.5).place(0)).toBe(0);
  });
});

describe("bars", () => {
  it("go from 0 to their value, to either side", () => {
    const scale = linear(-3, 20);
    expect(barStyle(scale, 20)).toBe("inset-inline-start:20%;width:80%");
    expect(barStyle(scale, -5)).toBe("inset-inline-end:80%;width:20%");
    expect(barStyle(linear(-4, 0), -1)).toBe("inset-inline-end:0%;width:25%");
  });

  it("are missing where there is no value", () => {
    expect(barStyle(linear(-4, 0), Number.NEGATIVE_INFINITY)).toBe("");
    expect(barStyle(linear(-4, 0), Number.NaN)).toBe("");
  });
});

describe("numbers of a measure", () => {
  it.each([
    [-2.345, "−2.35"],
    [14.2, "14.20"],
    [-0.0012, "−0.0012"],
    [0, "0.00"],
    [Number.NEGATIVE_INFINITY, "−∞"],
  ])("%d is written %s", (value, text) => {
    expect(signed(value)).toBe(text);
  });

  it("on a log scale has powers of ten where zeros would be too many", () => {
    const measure = measureOf("probability", "log");
    const scale = measure.scale([3e-9, 0.7]);
    expect(scale.ticks.map(({ value }) => measure.tick(value, scale, numbersIn("en")))).toEqual([
      "10⁻⁹",
      "10⁻⁶",
      "0.1%",
      "100%",
    ]);
  });

  it("of many tokens together: a probability and its logarithm, no logit and no rank", () => {
    const shares = (["probability", "log_probability", "logit", "rank"] as const).map((name) =>
      measureOf(name, "linear").share(0.5),
    );
    expect(shares).toEqual([0.5, Math.log(0.5), Number.NaN, Number.NaN]);
  });
});

it("the better the rank, the longer the bar, and the last of them has one", () => {
  const scale = measureOf("rank", "linear").scale([1, 2, 10]);
  expect(scale.place(1)).toBe(1);
  expect(scale.place(2)).toBeGreaterThan(scale.place(10));
  expect(scale.place(10)).toBeGreaterThan(0.3);
  expect(scale.ticks.map(({ place }) => place)).toEqual(
    [...scale.ticks].map(({ place }) => place).sort((a, b) => a - b),
  );
});
