// What is certain of a chain over a partial distribution, by hand; tests/unit/test_page_sampler.py compares it with the kernel's.
import { describe, expect, it } from "vitest";
import { type DistributionPayload, NEUTRAL, type SamplerPayload } from "../../session/payloads";
import { distribution, partial } from "../../testing/payloads";
import { runChain } from "../sampling";
import { entropyOfRest, sumOfPowers } from "./rest";

const CUT = partial([0.5, 0.1], 52);

function bounds(changes: Partial<SamplerPayload>, of: DistributionPayload = CUT) {
  const found = runChain(of, { ...NEUTRAL, ...changes });
  if (!found.bounds) throw new Error("no bounds");
  return { ...found.bounds, chain: found };
}

describe("the rest", () => {
  it("has a sum of powers between that of the even spread and that of the fewest tokens", () => {
    const rest = { tokens: 4, mass: 0.2, ceiling: 0.1 };
    expect(sumOfPowers(rest, 2)).toEqual([expect.closeTo(0.01), expect.closeTo(0.02)]);
    expect(sumOfPowers(rest, 0.5)).toEqual([
      expect.closeTo(2 * Math.sqrt(0.1)),
      expect.closeTo(4 * Math.sqrt(0.05)),
    ]);
    expect(sumOfPowers(rest, 1)).toEqual([0.2, 0.2]);
    expect(entropyOfRest(rest)).toEqual([
      expect.closeTo(-0.2 * Math.log(0.1)),
      expect.closeTo(-0.2 * Math.log(0.05)),
    ]);
    expect(sumOfPowers({ ...rest, mass: 0 }, 2)).toEqual([0, 0]);
  });
});

describe("a distribution of which every token is known", () => {
  it("has none", () => {
    expect(runChain(distribution([1, 0]), NEUTRAL).bounds).toBeNull();
  });
});

describe("without a stage", () => {
  it("all is exact, and the rest is what it was", () => {
    const { exact, rest, kept, others, chain } = bounds({});
    expect([exact, chain.about, chain.exact]).toEqual([true, false, true]);
    expect(rest).toEqual([expect.closeTo(0.4), expect.closeTo(0.4)]);
    expect([kept, others]).toEqual([
      [52, 52],
      [50, 50],
    ]);
    expect(chain.tailSampled).toBeCloseTo(0.4);
    expect([...chain.sampled]).toEqual([expect.closeTo(0.5), expect.closeTo(0.1)]);
  });
});

describe("a temperature", () => {
  it.each([
    [2, [4 * Math.sqrt(0.1), 50 * Math.sqrt(0.4 / 50)], Math.sqrt(0.5) + Math.sqrt(0.1)],
    [0.5, [50 * (0.4 / 50) ** 2, 4 * 0.01], 0.26],
  ] as const)("of %d leaves the rest between two spreads", (temperature, spreads, known) => {
    const { rest, exact, chain } = bounds({ temperature });
    expect(rest).toEqual(spreads.map((sum) => expect.closeTo(sum / (sum + known))));
    expect([exact, chain.about]).toEqual([false, true]);
    expect(chain.tailSampled).toBeGreaterThanOrEqual(rest[0]);
    expect(chain.tailSampled).toBeLessThanOrEqual(rest[1]);
  });

  it("removes nothing, whatever is known of the rest", () => {
    const [stage] = bounds({ temperature: 3 }).chain.stages;
    expect(stage?.within).toEqual({ left: [52, 52], mass: [1, 1] });
    expect(stage?.about).toBe(false);
  });

  it("with a cut to what was returned is exact, and how much the cut took is not", () => {
    const { exact, chain, stages } = bounds({ temperature: 2, top_k: 2 });
    expect(exact).toBe(true);
    const known = Math.sqrt(0.5) + Math.sqrt(0.1);
    expect([...chain.sampled]).toEqual([
      expect.closeTo(Math.sqrt(0.5) / known),
      expect.closeTo(Math.sqrt(0.1) / known),
    ]);
    expect(stages[1]?.left).toEqual([2, 2]);
    expect(stages[1]?.mass[0]).toBeLessThan(stages[1]?.mass[1] ?? 0);
    expect(chain.stages[1]?.about).toBe(true);
  });
});

describe("a cut", () => {
  it("that is reached inside what was returned is exact", () => {
    const { exact, chain } = bounds({ top_p: 0.45 });
    expect([exact, chain.kept, chain.tailSampled]).toEqual([true, 1, 0]);
    expect(bounds({ min_p: 0.5 }).exact).toBe(true);
  });

  it("that is not says how many tokens may be left", () => {
    const { exact, kept, rest, others } = bounds({ top_p: 0.9 });
    expect(exact).toBe(false);
    // 0.3 of the rest have to stay: three tokens at least, and of an even rest 38 of 50
    expect(others[0]).toBe(3);
    expect(others[1]).toBeGreaterThanOrEqual(38);
    expect(kept).toEqual([2 + others[0], 2 + others[1]]);
    expect(rest[0]).toBeCloseTo(0.3 / 0.9, 3);
    expect(rest[1]).toBeCloseTo(0.4, 3);
  });

  it("to more than was returned keeps as many, of which the page knows no more than the ceiling", () => {
    const { kept, rest, chain } = bounds({ top_k: 4 });
    expect(kept).toEqual([4, 4]);
    expect(chain.kept).toBe(4);
    expect(rest[1]).toBeCloseTo(0.2 / 0.8);
  });
});

describe("a repetition penalty", () => {
  const penalised = partial([0.5, 0.1], 52, { context: [0] });

  it("that finds tokens leaves nothing certain", () => {
    const { low, high, rest, exact } = bounds({ repetition_penalty: 1.2 }, penalised);
    expect([[...low], [...high], rest, exact]).toEqual([[0, 0], [1, 1], [0, 1], false]);
  });

  it("of tokens that were not returned does, too", () => {
    const { partial: cut } = CUT;
    const unseen = { ...CUT, partial: cut && { ...cut, unseen: 3 } };
    expect(bounds({ repetition_penalty: 1.2 }, unseen).exact).toBe(false);
  });

  it("that finds none changes nothing", () => {
    expect(bounds({ repetition_penalty: 1.2 }).exact).toBe(true);
  });
});

it("the greedy choice is the first that was returned", () => {
  const { exact, chain } = bounds({ do_sample: false });
  expect([exact, chain.kept, chain.sampled[0], chain.tailSampled]).toEqual([true, 1, 1, 0]);
});
