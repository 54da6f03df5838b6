// How single tokens come to their probability, step by step: the real numbers, for a table.
import { type DistributionPayload, NEUTRAL, type SamplerPayload } from "../session/payloads";
import type { Bounds, Chain, Range, StageName } from "./sampling";
import { boundsOf } from "./sampling/bounds";
import { get, prepare } from "./sampling/list";
import { total } from "./sampling/pool";
import { uncut } from "./sampling/uncut";

export interface TokenArithmetic {
  /** In the head. */
  readonly index: number;
  readonly logit: number;
  /** The logit after the repetition penalty: the same where that is off or the token is not in the text. */
  readonly penalized: number;
  /** Divided by the temperature: the same at 1, and for greedy, which divides by nothing. */
  readonly divided: number;
  /** exp(divided - highest). */
  readonly exponential: number;
  /** exponential / sumBefore. */
  readonly probability: number;
  /** exponential / sumAfter; 0 where a stage removed it. */
  readonly sampled: number;
  /** null where it is kept. */
  readonly removedBy: StageName | null;
  /** What the two can be, at least and at most: the same number twice but where tokens were not returned. */
  readonly probabilityWithin: Range;
  readonly sampledWithin: Range;
}

export interface Arithmetic {
  readonly tokens: readonly TokenArithmetic[];
  /** The highest `divided` of the whole vocabulary. */
  readonly highest: number;
  /** Sum of the exponentials of all tokens; of those that are kept. At least and at most. */
  readonly sumBefore: Range;
  readonly sumAfter: Range;
}

/** The arithmetic of the tokens at `indices` of the head; `chain` is what `sampler` makes of `distribution`, in any order. */
export function arithmeticOf(
  distribution: DistributionPayload,
  sampler: SamplerPayload,
  chain: Chain,
  indices: readonly number[],
): Arithmetic {
  const list = prepare(distribution);
  const { pool, penalized } = uncut(list, sampler);
  const sum = total(pool);
  const before = boundsOf(list, distribution, { ...NEUTRAL, ...uncutOf(sampler) }, "transformers");
  const after = chain.bounds;
  const within = (bounds: Bounds | null, index: number, known: number): Range =>
    bounds ? [get(bounds.low, index), get(bounds.high, index)] : [known, known];
  // a sum is what a token's exponential is to its share of it
  const sumOf = (bounds: Bounds | null, known: number): Range => {
    const best = bounds ? bounds.high.indexOf(Math.max(...bounds.high)) : -1;
    return bounds ? turned(get(pool.weights, best), within(bounds, best, 0)) : [known, known];
  };
  const tokens = indices.map((index) => {
    const exponential = get(pool.weights, index);
    const open = after !== null && get(after.high, index) > 0;
    const stage = open ? -1 : get(chain.removedBy, index);
    const probability = exponential / sum;
    const sampled = get(chain.sampled, index);
    return {
      index,
      logit: get(list.logits, index),
      penalized: get(penalized, index),
      divided: get(pool.scores, index),
      exponential,
      probability,
      sampled,
      probabilityWithin: within(before, index, probability),
      sampledWithin: within(after, index, sampled),
      removedBy: stage < 0 ? null : (chain.stages[stage]?.name ?? null),
    };
  });
  return {
    tokens,
    highest: get(pool.scores, get(pool.order, 0)),
    sumBefore: sumOf(before, sum),
    sumAfter: sumOf(after, sumOfKept(chain, pool.weights, sum)),
  };
}

/** The settings that come before any cut. */
function uncutOf({ temperature, repetition_penalty, do_sample }: SamplerPayload): Partial<SamplerPayload> {
  const heated = do_sample && temperature > 0;
  return { repetition_penalty, temperature: heated ? temperature : 1 };
}

function turned(weight: number, [least, most]: Range): Range {
  return [weight / most, weight / least];
}

/** The tail's part follows from its share, which the kernel may have sent. */
function sumOfKept(chain: Chain, weights: Float64Array, sumBefore: number): number {
  let inHead = 0;
  let share = 0;
  for (const [index, stage] of chain.removedBy.entries()) {
    if (stage >= 0) continue;
    inHead += get(weights, index);
    share += get(chain.sampled, index);
  }
  return share > 0 ? inHead / share : sumBefore * (chain.stages.at(-1)?.mass ?? 1);
}
