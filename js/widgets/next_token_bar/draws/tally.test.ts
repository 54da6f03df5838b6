import { expect, it } from "vitest";
import { type DrawsPayload, NEUTRAL } from "../../../session/payloads";
import { encode } from "../../../testing/payloads";
import { expectedSpread, observed, tallyOf } from "./tally";

const DRAWS: DrawsPayload = {
  number: 1,
  revision: 1,
  position: 0,
  sampler: NEUTRAL,
  n: 6,
  seed: 42,
  device: "cpu",
  ids: [70, 50, 60],
  pieces: [" a", " b", " c"],
  bytes: ["", "", ""],
  special: [],
  counts: [3, 2, 1],
  probabilities: encode([0.5, 0.3, 0.2], "float32"),
  order: encode([1, 0, 0, 2, 1, 0], "int32"),
};

it("counts the first draws alone, in the order in which they came", () => {
  const tally = tallyOf(DRAWS, 3);
  expect([tally.n, tally.of(70), tally.of(50), tally.of(60), tally.last]).toEqual([3, 2, 1, 0, 70]);
});

it("counts all draws as the kernel did", () => {
  const tally = tallyOf(DRAWS, 6);
  expect(DRAWS.ids.map((id) => tally.of(id))).toEqual(DRAWS.counts);
  expect(tally.of(9)).toBe(0);
});

it("has no more draws than there are", () => {
  expect(tallyOf(DRAWS, 99).n).toBe(6);
});

it("expects a share within two standard deviations", () => {
  expect(expectedSpread(0.5, 100)).toBeCloseTo(0.1);
  expect(expectedSpread(0.5, 10_000)).toBeCloseTo(0.01);
  expect(expectedSpread(1, 10)).toBe(0);
});

it.each([
  [59, true],
  [61, false],
  [39, false],
])("%d of 100 with a probability of .5 is within the spread: %s", (count, within) => {
  expect(observed(count, 0.5, 100).within).toBe(within);
});

it("ends the spread at 0 and 1", () => {
  expect(observed(0, 0.01, 10)).toMatchObject({ low: 0, share: 0 });
  expect(observed(9, 0.95, 10).high).toBe(1);
});

it("takes the counts of more draws than can be watched", () => {
  const many: DrawsPayload = {
    ...DRAWS,
    n: 600_000,
    counts: [300_000, 200_000, 100_000],
    order: encode([], "int32"),
  };
  const tally = tallyOf(many, 600_000);
  expect([tally.n, tally.of(60), tally.last]).toEqual([600_000, 100_000, -2]);
});
