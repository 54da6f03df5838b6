import { describe, expect, it } from "vitest";
import { runChain } from "../../../lib/sampling";
import {
  type CandidatePayload,
  type DistributionPayload,
  NEUTRAL,
  type SamplerPayload,
} from "../../../session/payloads";
import { distribution } from "../../../testing/payloads";
import { entropyAfter } from "./entropy";
import { headRows, restOf, rowAt, rowOf } from "./rows";
import { type Source, sourceOf } from "./source";

const LOGITS = [3, 2, 1, 0.5, 0, -1, -2];
const ALL = distribution(LOGITS);

function source(over: DistributionPayload, changes: Partial<SamplerPayload> = {}): Source {
  const sampler = { ...NEUTRAL, ...changes };
  return sourceOf(over, runChain(over, sampler), sampler);
}

function candidate(changes: Partial<CandidatePayload>): CandidatePayload {
  return { id: 900, piece: " far", bytes: "", special: false, logit: -3, rank: 8, ...changes };
}

const softmax = (logits: readonly number[]) => {
  const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
  return logits.map((logit) => Math.exp(logit) / sum);
};

describe("a row", () => {
  it("has what the model says, in every measure", () => {
    const row = rowAt(source(ALL), 1);
    expect(row.raw).toBeCloseTo(softmax(LOGITS)[1] ?? 0);
    expect(row.logRaw).toBeCloseTo(Math.log(row.raw));
    expect([row.logit, row.rank, row.rankAbout]).toEqual([2, 2, false]);
  });

  it("has its score after the temperature, and the logarithm of what it is drawn with", () => {
    const row = rowAt(source(ALL, { temperature: 2 }), 1);
    expect(row.score).toBe(1);
    expect(row.logSampled).toBeCloseTo(Math.log(softmax(LOGITS.map((z) => z / 2))[1] ?? 0));
  });

  it("has a finite logarithm where its probability underflows", () => {
    const row = rowAt(source(ALL, { temperature: 0.001 }), 6);
    expect(row.sampled).toBe(0);
    expect(row.logSampled).toBeCloseTo(-5000, 0);
  });

  it("that is removed is at minus infinity, and says by which stage", () => {
    const row = rowAt(source(ALL, { top_k: 3 }), 4);
    expect([row.score, row.logSampled, row.sampled, row.rankAfter, row.removedBy]).toEqual([
      Number.NEGATIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      0,
      Number.NaN,
      "top_k",
    ]);
  });

  it("falls in rank by a repetition penalty, and the one below rises", () => {
    const penalised = source(distribution(LOGITS, { context: [0] }), { repetition_penalty: 2 });
    expect(headRows(penalised, 3).map((row) => [row.rank, row.rankAfter, row.score])).toEqual([
      [1, 2, 1.5],
      [2, 1, 2],
      [3, 3, 1],
    ]);
  });

  it("has no certain rank below tokens that are known by bins", () => {
    // the last head token is there for the context: 10 tokens of the tail lie above it
    const mixed = distribution([3, 2, -6], { context: [2] }, { counts: [10, 5], logits: [-4, -8] });
    const rows = headRows(source(mixed), 3);
    expect(rows.map((row) => [row.rank, row.rankAbout])).toEqual([
      [1, false],
      [2, false],
      [13, true],
    ]);
    expect(rowOf(source(mixed), candidate({ id: 2, rank: 12 }))).toMatchObject({
      rank: 12,
      rankAbout: false,
    });
  });
});

describe("a token of the tail", () => {
  const tailed = distribution([3, 2, 1], {}, { counts: [4], logits: [-3] });

  it("has its probability from its logit", () => {
    const row = rowOf(source(tailed), candidate({ rank: 4 }));
    expect(row.raw).toBeCloseTo(Math.exp(-3 - tailed.log_sum));
    expect(row.removedBy).toBeNull();
    expect(row.sampled).toBeCloseTo(row.raw);
  });

  it("has its temperature like the others", () => {
    const row = rowOf(source(tailed, { temperature: 2 }), candidate({ rank: 4 }));
    expect(row.sampled).toBeCloseTo(softmax([1.5, 1, 0.5, -1.5, -1.5, -1.5, -1.5])[3] ?? 0, 4);
    expect(row.score).toBe(-1.5);
  });

  it("is removed with the tail, by the stage that first leaves fewer than its rank", () => {
    const row = rowOf(source(tailed, { top_k: 3, top_p: 0.5 }), candidate({ rank: 5 }));
    expect([row.removedBy, row.sampled]).toEqual(["top_k", 0]);
    expect(rowOf(source(tailed, { do_sample: false }), candidate({ rank: 5 })).removedBy).toBe("greedy");
  });

  it("of minus infinity has no probability at all", () => {
    expect(rowOf(source(tailed), candidate({ logit: null }))).toMatchObject({ raw: 0, sampled: 0 });
  });
});

describe("the others", () => {
  it("have what the rows have not", () => {
    const of = source(ALL, { temperature: 3 });
    const rows = headRows(of, 2);
    const rest = restOf(of, rows);
    expect(rest.tokens).toBe(5);
    expect(rest.raw + rows.reduce((sum, row) => sum + row.raw, 0)).toBeCloseTo(1, 6);
    expect(rest.sampled + rows.reduce((sum, row) => sum + row.sampled, 0)).toBeCloseTo(1, 6);
  });

  it("grow with the temperature", () => {
    const share = (temperature: number) => {
      const of = source(ALL, { temperature });
      return restOf(of, headRows(of, 2)).sampled;
    };
    expect(share(0.5)).toBeLessThan(share(1));
    expect(share(1)).toBeLessThan(share(3));
  });

  it("are without a token of the tail that has a row", () => {
    const tailed = source(distribution([3, 2, 1], {}, { counts: [4], logits: [-3] }));
    const far = rowOf(tailed, candidate({ rank: 4 }));
    const rest = restOf(tailed, [...headRows(tailed, 3), far]);
    expect(rest.tokens).toBe(3);
    expect(rest.raw).toBeCloseTo(3 * far.raw, 6);
  });
});

describe("the entropy after the sampler", () => {
  const entropy = (probabilities: readonly number[]) =>
    probabilities.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);

  it("is that of what is drawn from", () => {
    const after = entropyAfter(source(ALL, { temperature: 2, top_k: 3 }));
    expect(after.within[1]).toBeCloseTo(entropy(softmax([1.5, 1, 0.5])));
    expect(after.about).toBe(false);
  });

  it("is about where the tail has a part in it", () => {
    const after = entropyAfter(
      source(distribution([3, 2, 1], {}, { counts: [4], logits: [-3] }), { temperature: 2 }),
    );
    expect(after.within[1]).toBeCloseTo(entropy(softmax([1.5, 1, 0.5, -1.5, -1.5, -1.5, -1.5])));
    expect(after.about).toBe(true);
  });

  it("is none for greedy", () => {
    expect(entropyAfter(source(ALL, { do_sample: false })).within[1]).toBe(0);
  });
});
