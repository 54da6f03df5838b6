// How single tokens come to their probability, step by step: the real numbers, for a table.
import type { DistributionPayload, SamplerPayload } from "../session/payloads";
import type { Chain, StageName } from "./sampling";
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
}

export interface Arithmetic {
  readonly tokens: readonly TokenArithmetic[];
  /** The highest `divided` of the whole vocabulary. */
  readonly highest: number;
  /** Sum of the exponentials of all tokens; of those that are kept. */
  readonly sumBefore: number;
  readonly sumAfter: number;
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
  const sumBefore = total(pool);
  const sumAfter = sumOfKept(chain, pool.weights, sumBefore);
  const tokens = indices.map((index) => {
    const exponential = get(pool.weights, index);
    const stage = get(chain.removedBy, index);
    return {
      index,
      logit: get(list.logits, index),
      penalized: get(penalized, index),
      divided: get(pool.scores, index),
      exponential,
      probability: exponential / sumBefore,
      sampled: get(chain.sampled, index),
      removedBy: stage < 0 ? null : (chain.stages[stage]?.name ?? null),
    };
  });
  return { tokens, highest: get(pool.scores, get(pool.order, 0)), sumBefore, sumAfter };
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
