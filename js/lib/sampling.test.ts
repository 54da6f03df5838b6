// The page's sampler on cases that can be checked by hand; tests/unit/test_page_sampler.py compares it with transformers' own.
import { describe, expect, it } from "vitest";
import type { ExactPayload } from "../session/payloads";
import { NEUTRAL } from "../session/payloads";
import { distribution, encode } from "../testing/payloads";
import { type Chain, exactly, runChain, stagesIn } from "./sampling";

const EXAMPLE = distribution([3, 2, 1, 0.5, 0, -1, -2]);

function kept(chain: Chain): number[] {
  return [...chain.removedBy.keys()].filter((at) => chain.removedBy[at] === -1);
}

function rounded(values: Float64Array): number[] {
  return [...values].filter((value) => value > 0).map((value) => Math.round(value * 1000) / 1000);
}

describe("the worked examples", () => {
  it("T = 2 and top-p .9 keep five tokens: the temperature comes first", () => {
    expect(kept(runChain(EXAMPLE, { ...NEUTRAL, temperature: 2, top_p: 0.9 }))).toEqual([0, 1, 2, 3, 4]);
  });

  it("keep three tokens in llama.cpp's order: the temperature comes last", () => {
    const nucleus = runChain(EXAMPLE, { ...NEUTRAL, temperature: 2, top_p: 0.9 }, "llama.cpp");
    expect(kept(nucleus)).toEqual([0, 1, 2]);
    const chain = runChain(EXAMPLE, { ...NEUTRAL, temperature: 1.5, min_p: 0.1 }, "llama.cpp");
    expect(rounded(chain.sampled)).toEqual([0.563, 0.289, 0.148]);
    expect(chain.stages.map((stage) => stage.name)).toEqual(["min_p", "temperature"]);
  });

  it("T = 1.5 and min-p .1 keep five tokens with these probabilities", () => {
    const chain = runChain(EXAMPLE, { ...NEUTRAL, temperature: 1.5, min_p: 0.1 });
    expect(rounded(chain.sampled)).toEqual([0.476, 0.244, 0.125, 0.09, 0.064]);
  });
});

describe("neutral settings", () => {
  it("run no stage and change nothing", () => {
    const chain = runChain(EXAMPLE, NEUTRAL);
    expect(chain.stages).toEqual([]);
    expect(
      [...chain.sampled].map((p, at) => Math.abs(p - (chain.raw[at] ?? 0))).every((d) => d < 1e-12),
    ).toBe(true);
    expect(chain.kept).toBe(7);
  });

  it("give the tail exactly the mass that the head lacks, though bins miss the spread within", () => {
    const binned = distribution([3, 2], {}, { counts: [50, 50], logits: [0, -1] });
    const chain = runChain({ ...binned, log_sum: binned.log_sum + 0.0004 }, NEUTRAL);
    expect(chain.tailSampled).toBeCloseTo(chain.tailRaw, 12);
    expect(chain.tailRaw + (chain.raw[0] ?? 0) + (chain.raw[1] ?? 0)).toBeCloseTo(1, 12);
  });
});

describe("stages", () => {
  it("top-k keeps all ties with the k-th", () => {
    const chain = runChain(distribution([2, 1, 1, 1, 0]), { ...NEUTRAL, top_k: 2 });
    expect(kept(chain)).toEqual([0, 1, 2, 3]);
  });

  it("top-p keeps the token that crosses p, and splits ties", () => {
    const quarters = distribution([0, 0, 0, 0]);
    expect(kept(runChain(quarters, { ...NEUTRAL, top_p: 0.6 }))).toEqual([0, 1, 2]);
    expect(kept(runChain(quarters, { ...NEUTRAL, top_p: 0.5 }))).toEqual([0, 1]);
    expect(kept(runChain(quarters, { ...NEUTRAL, top_p: 0 }))).toEqual([0]);
  });

  it("min-p keeps a token right on the threshold", () => {
    const halves = distribution([Math.log(0.5), Math.log(0.25), Math.log(0.125), Math.log(0.125)]);
    expect(kept(runChain(halves, { ...NEUTRAL, min_p: 0.5 }))).toEqual([0, 1]);
  });

  it("typical can remove the most probable token", () => {
    const chain = runChain(distribution([2, 0.5, 0.4, 0.3, 0.2, 0.1]), { ...NEUTRAL, typical_p: 0.2 });
    expect(chain.removedBy[0]).toBe(0);
    expect(chain.greedy).toBe(0);
  });

  it("the repetition penalty divides positive logits and multiplies negative ones", () => {
    const chain = runChain(distribution([2, 1, -1], { context: [0, 2] }), {
      ...NEUTRAL,
      repetition_penalty: 2,
    });
    const [first = 0, second = 0, third = 0] = chain.sampled;
    expect(first).toBeCloseTo(second, 9);
    expect(Math.log(first / third)).toBeCloseTo(3, 6);
  });

  it("each see the survivors of the one before, renormalised, and report what they removed", () => {
    const halves = distribution([0.5, 0.25, 0.125, 0.125].map(Math.log));
    const chain = runChain(halves, { ...NEUTRAL, top_k: 2, top_p: 0.6 });
    expect(chain.stages.map(({ name, left }) => [name, left])).toEqual([
      ["top_k", 2],
      ["top_p", 1],
    ]);
    expect(chain.stages.map((stage) => stage.massRemoved)).toEqual([
      expect.closeTo(0.25, 6),
      expect.closeTo(1 / 3, 6),
    ]);
    expect(chain.stages.map((stage) => stage.mass)).toEqual([
      expect.closeTo(0.75, 6),
      expect.closeTo(0.5, 6),
    ]);
    expect([...chain.removedBy]).toEqual([-1, 1, 0, 0]);
  });
});

describe("orders", () => {
  const all = { ...NEUTRAL, temperature: 0.9, top_k: 6, top_p: 0.99, min_p: 0.01, typical_p: 0.99 };
  const everything = {
    ...all,
    top_h: 0.99,
    epsilon_cutoff: 0.001,
    eta_cutoff: 0.001,
    repetition_penalty: 1.1,
  };

  it.each(["transformers", "llama.cpp", "vllm"] as const)("%s runs the stages that it has", (order) => {
    const chain = runChain(EXAMPLE, everything, order);
    expect(chain.stages.map((stage) => stage.name)).toEqual(stagesIn(order));
  });

  it("with the temperature last, only what is left weighs", () => {
    // the most probable token is gone before a temperature at which the others would underflow beside it
    const chain = runChain(
      distribution([20, 0.5, 0.4, 0.3]),
      { ...NEUTRAL, typical_p: 0.5, temperature: 0.02 },
      "llama.cpp",
    );
    expect(chain.sampled.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
  });
});

describe("what the kernel computed", () => {
  const answer: ExactPayload = {
    kind: "exact",
    revision: 1,
    stages: [
      { name: "temperature", left: 1003, mass_removed: 0 },
      { name: "top_p", left: 60, mass_removed: 0.25 },
    ],
    kept: 60,
    sampled: encode([0.5, 0.25, 0], "float32"),
    removed_by: encode([-1, -1, 1], "int32"),
  };
  const tail = { counts: [100, 900], logits: [0, -2], variances: [0.1, 0.1] };
  const about = runChain(distribution([5, 4, 3], {}, tail), { ...NEUTRAL, temperature: 3, top_p: 0.9 });

  it("takes the place of what is only known about", () => {
    const chain = exactly(about, answer);
    expect([about.about, about.exact, chain.about, chain.exact]).toEqual([true, false, false, true]);
    expect([...chain.sampled]).toEqual([0.5, 0.25, 0]);
    expect([...chain.removedBy]).toEqual([-1, -1, 1]);
    expect([chain.kept, chain.keptInTail, chain.tailSampled]).toEqual([60, 58, 0.25]);
    expect(chain.stages).toEqual([
      { name: "temperature", left: 1003, massRemoved: 0, mass: 1, about: false, within: null },
      { name: "top_p", left: 60, massRemoved: 0.25, mass: 0.75, about: false, within: null },
    ]);
    expect([chain.raw, chain.tailRaw, chain.greedy]).toEqual([about.raw, about.tailRaw, about.greedy]);
  });

  it("leaves the tail nothing where all that is kept is in the head, whatever float32 makes of the sum", () => {
    const whole = exactly(about, { ...answer, kept: 2, sampled: encode([0.75, 0.2499, 0], "float32") });
    expect([whole.keptInTail, whole.tailSampled]).toEqual([0, 0]);
  });
});

describe("exactness", () => {
  const tail = { counts: [100, 900], logits: [0, -2], variances: [0.1, 0.1] };
  const long = distribution([5, 4, 3], {}, tail);

  it.each([
    ["nothing runs", NEUTRAL, "transformers", true],
    ["a cut in the head, at temperature 1", { ...NEUTRAL, top_k: 2 }, "transformers", true],
    ["bins at another temperature", { ...NEUTRAL, temperature: 1.5, top_k: 2 }, "transformers", false],
    ["the same, after the cut", { ...NEUTRAL, temperature: 1.5, top_k: 2 }, "llama.cpp", true],
    ["a cut in the tail", { ...NEUTRAL, top_k: 50 }, "transformers", false],
  ] as const)("%s", (_, sampler, order, exact) => {
    expect(runChain(long, sampler, order).exact).toBe(exact);
  });

  it("is that of equal logits, however many", () => {
    const even = distribution([1, 0], {}, { counts: [500, 20], logits: [-1, -2] });
    const chain = runChain(even, { ...NEUTRAL, temperature: 1.5, top_k: 100 });
    expect([chain.kept, chain.about, chain.exact]).toEqual([502, false, true]);
  });
});

describe("greedy", () => {
  it.each([{ do_sample: false }, { temperature: 0 }])("%o keeps one token with probability 1", (ask) => {
    const chain = runChain(distribution([1, 1, 0]), { ...NEUTRAL, top_p: 0.1, ...ask });
    expect([...chain.sampled]).toEqual([1, 0, 0]);
    expect(chain.stages.map(({ name, left }) => [name, left])).toEqual([["greedy", 1]]);
  });

  it("comes after the repetition penalty", () => {
    const chain = runChain(distribution([2, 1.5, 0], { context: [0] }), {
      ...NEUTRAL,
      repetition_penalty: 2,
      do_sample: false,
    });
    expect(chain.greedy).toBe(1);
    expect(chain.stages.map((stage) => stage.name)).toEqual(["repetition_penalty", "greedy"]);
  });
});

describe("the tail", () => {
  const long = distribution([5, 4, 3], {}, { counts: [100, 900], logits: [0, -2], variances: [0.1, 0.1] });

  it("is cut exactly while the cut lies in the head", () => {
    const chain = runChain(long, { ...NEUTRAL, top_k: 2 });
    expect([chain.kept, chain.keptInTail, chain.about]).toEqual([2, 0, false]);
  });

  it("keeps part of a bin and says about", () => {
    const chain = runChain(long, { ...NEUTRAL, top_k: 40 });
    expect([chain.kept, chain.keptInTail, chain.about]).toEqual([40, 37, true]);
    const hot = runChain(long, { ...NEUTRAL, temperature: 3, top_p: 0.9 });
    expect(hot.about).toBe(true);
    expect(hot.keptInTail).toBeGreaterThan(100);
  });

  it("is about where its bins could hide more than the bound allows", () => {
    const bins = { counts: [100, 100, 1], logits: [2.9, 1, 0.9], variances: [0.01, 0.01, 0] };
    const coarse = distribution([5, 4, 3], {}, bins);
    const at = (temperature: number) => runChain(coarse, { ...NEUTRAL, temperature }).about;
    expect([at(0.2), at(1), at(30)]).toEqual([true, false, false]);
  });

  it("of equal logits is a tie like any other", () => {
    const even = distribution([1, 0, 0], {}, { counts: [500], logits: [0] });
    const chain = runChain(even, { ...NEUTRAL, top_k: 2 });
    expect([chain.kept, chain.about]).toEqual([503, false]);
  });

  it("never holds what was masked: it is counted nowhere", () => {
    const chain = runChain({ ...EXAMPLE, masked: 10, vocabulary: 17 }, { ...NEUTRAL, top_k: 100 });
    expect(chain.kept).toBe(7);
  });

  it("can lie above a token that is in the head for its context only", () => {
    const penalised = distribution([5, 4, -8], { context: [2] }, { counts: [10, 10], logits: [0, -1] });
    const chain = runChain(penalised, { ...NEUTRAL, top_k: 12 });
    expect([chain.removedBy[2], chain.keptInTail]).toEqual([0, 10]);
  });
});

it("decodes and sorts a distribution once, however often the sampler moves", () => {
  const first = runChain(EXAMPLE, { ...NEUTRAL, temperature: 1.7, top_k: 3 });
  const second = runChain(EXAMPLE, { ...NEUTRAL, repetition_penalty: 1.2 });
  expect(second.raw).toBe(first.raw);
});
