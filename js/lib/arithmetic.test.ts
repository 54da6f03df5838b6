// The arithmetic of single tokens: each column from the one before, by hand.
import { describe, expect, it } from "vitest";
import { NEUTRAL } from "../session/payloads";
import { distribution } from "../testing/payloads";
import { arithmeticOf } from "./arithmetic";
import { exactly, type Order, runChain } from "./sampling";

const LOGITS = [3, 2, 1, 0.5, 0, -1, -2];
const EXAMPLE = distribution(LOGITS, { context: [0, 6] });

function table(sampler: typeof NEUTRAL, order: Order = "transformers", of = EXAMPLE) {
  return arithmeticOf(of, sampler, runChain(of, sampler, order), [0, 2, 6]);
}

describe("each step", () => {
  const sampler = { ...NEUTRAL, repetition_penalty: 2, temperature: 0.5, top_k: 4 };
  const { tokens, highest, ...sums } = table(sampler);
  const [[sumBefore], [sumAfter]] = [sums.sumBefore, sums.sumAfter];
  const divided = [1.5, 2, 1, 0.5, 0, -1, -4].map((score) => score / 0.5);
  const exponentials = divided.map((score) => Math.exp(score - 4));

  it("penalises by the sign, only tokens of the text, then divides", () => {
    expect(tokens.map((token) => token.index)).toEqual([0, 2, 6]);
    expect(tokens.map((token) => token.logit)).toEqual([3, 1, -2]);
    expect(tokens.map((token) => token.penalized)).toEqual([1.5, 1, -4]);
    expect(tokens.map((token) => token.divided)).toEqual([3, 2, -8]);
  });

  it("subtracts the highest before the exponential", () => {
    expect(highest).toBe(4);
    expect(tokens.map((token) => token.exponential)).toEqual(
      [0, 2, 6].map((at) => expect.closeTo(exponentials[at] as number, 12)),
    );
  });

  it("normalises over all, and over those kept", () => {
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
    expect(sumBefore).toBeCloseTo(sum(exponentials), 12);
    expect(sumAfter).toBeCloseTo(sum(exponentials.slice(0, 4)), 12);
    for (const token of tokens) expect(token.probability).toBeCloseTo(token.exponential / sumBefore, 12);
    expect(tokens.map((token) => token.removedBy)).toEqual([null, null, "top_k"]);
    expect(tokens.map((token) => token.sampled)).toEqual([
      expect.closeTo((exponentials[0] as number) / sumAfter, 12),
      expect.closeTo((exponentials[2] as number) / sumAfter, 12),
      0,
    ]);
  });
});

it("divides by nothing where the most probable is taken", () => {
  const { tokens } = table({ ...NEUTRAL, temperature: 0 });
  expect(tokens.map((token) => [token.divided, token.sampled])).toEqual([
    [3, 1],
    [1, 0],
    [-2, 0],
  ]);
});

it("ends in the probabilities of any order", () => {
  const sampler = { ...NEUTRAL, temperature: 2, top_p: 0.9 };
  const { tokens, ...sums } = table(sampler, "llama.cpp");
  const [first] = tokens;
  const [sumAfter] = sums.sumAfter;
  expect(sumAfter).toBeCloseTo(1 + Math.exp(-0.5) + Math.exp(-1), 9);
  expect(first?.sampled).toBeCloseTo(1 / sumAfter, 9);
});

it("counts what the tail holds, and takes the kernel's share of it", () => {
  const tail = { counts: [100, 900], logits: [0, -2], variances: [0.1, 0.1] };
  const long = distribution([5, 4, 3], {}, tail);
  const sampler = { ...NEUTRAL, temperature: 2, top_p: 0.9 };
  const about = runChain(long, sampler);
  const before = arithmeticOf(long, sampler, about, [0]);
  expect(before.sumBefore[0]).toBeGreaterThan(100 * Math.exp(-2.5));
  expect((before.tokens[0]?.exponential ?? 0) / before.sumAfter[0]).toBeCloseTo(about.sampled[0] ?? 0, 9);
  const exact = exactly(about, {
    kind: "exact",
    revision: 1,
    stages: [{ name: "top_p", left: 10, mass_removed: 0.1 }],
    kept: 10,
    sampled: { dtype: "float32", shape: [3], data: btoa(bytes([0.25, 0.2, 0.1])) },
    removed_by: { dtype: "int8", shape: [3], data: btoa("\xff\xff\xff") },
  });
  const after = arithmeticOf(long, sampler, exact, [0]);
  const kept = 1 + Math.exp(-0.5) + Math.exp(-1);
  expect(after.sumAfter[0]).toBeCloseTo(kept / 0.55, 6);
});

function bytes(values: number[]): string {
  return String.fromCharCode(...new Uint8Array(Float32Array.from(values).buffer));
}
