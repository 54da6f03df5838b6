// The twin of llmwidgets/stages/sampling.py: transformers' chain over the head and the binned tail of a distribution.
//
// A tail bin stands for `count` tokens around the bin's mean logit. What is not called "about" is certain: the tokens kept are
// transformers' own, and no probability is off by more than 1e-4 of itself (LOOSE in stages.ts) plus transformers' float32 rounding.
import type { DistributionPayload, ExactPayload, SamplerPayload } from "../session/payloads";
import { decode } from "./arrays";
import { get, prepare } from "./sampling/list";
import { type Order, type SamplingStage, type StageName, stagesOn } from "./sampling/orders";
import { type Pool, startPool, tokensLeft, total } from "./sampling/pool";
import { keepOne, STAGES } from "./sampling/stages";

export { isGreedy, type Order, type SamplingStage, type StageName, stagesIn } from "./sampling/orders";

/** One stage that is switched on. */
export interface Stage {
  readonly name: StageName;
  /** Tokens left after it. */
  readonly left: number;
  /** Probability, before the stage, of the tokens that it removed. */
  readonly massRemoved: number;
  /** The probability there was at the chain's begin, less what this stage and those before it removed of it. */
  readonly mass: number;
  /** What was cut is not certain, or it lies in the binned tail: say "about". */
  readonly about: boolean;
}

export interface Chain {
  /** Probability of each head token at temperature 1 without any stage: what the model says. (head,) */
  readonly raw: Float64Array;
  /** Probability of each head token after the chain; 0 where removed. (head,) */
  readonly sampled: Float64Array;
  /** For each head token the index into `stages` of the stage that removed it; -1 where it is kept. */
  readonly removedBy: Int16Array;
  /** In the order in which they run. Greedy has at most two: the repetition penalty, and `greedy`, which leaves one token. */
  readonly stages: readonly Stage[];
  /** Tokens kept of the whole vocabulary, and how many of these are in the tail. */
  readonly kept: number;
  readonly keptInTail: number;
  /** Probability of the whole tail, raw and after the chain. */
  readonly tailRaw: number;
  readonly tailSampled: number;
  readonly about: boolean;
  /** Nothing in it is approximate: it took no bin at another temperature, or the kernel's own answer is in. */
  readonly exact: boolean;
  /** Head index of the greedy choice after the repetition penalty; -1 where it is a token of the tail. */
  readonly greedy: number;
}

/** The chain with what the kernel computed over the whole vocabulary. */
export function exactly(about: Chain, exact: ExactPayload): Chain {
  const sampled = Float64Array.from(decode(exact.sampled));
  const removedBy = Int16Array.from(decode(exact.removed_by));
  const inHead = removedBy.reduce((count, stage) => count + (stage < 0 ? 1 : 0), 0);
  const headMass = sampled.reduce((sum, p) => sum + p, 0);
  return {
    ...about,
    sampled,
    removedBy,
    stages: withMass(
      exact.stages.map(({ name, left, mass_removed }) => ({
        name: name as StageName,
        left,
        massRemoved: mass_removed,
        about: false,
      })),
    ),
    kept: exact.kept,
    keptInTail: exact.kept - inHead,
    // float32 sums may stray beyond 1
    tailSampled: exact.kept > inHead ? Math.max(0, 1 - headMass) : 0,
    about: false,
    exact: true,
  };
}

function withMass(stages: readonly Omit<Stage, "mass">[]): readonly Stage[] {
  let mass = 1;
  return stages.map((stage) => {
    mass *= 1 - stage.massRemoved;
    return { ...stage, mass };
  });
}

/** The chain over `distribution`: what an engine would draw from with these settings. */
export function runChain(
  distribution: DistributionPayload,
  sampler: SamplerPayload,
  order: Order = "transformers",
): Chain {
  const pool = startPool(prepare(distribution));
  const stages: Omit<Stage, "mass">[] = [];
  let doubt = false;
  let binned = false;
  for (const name of stagesOn(sampler, order)) {
    const before = remember(pool);
    const close = name === "greedy" ? keepOne(pool) : STAGES[name](pool, sampler[name]);
    const stage = measure(name, stages.length, before, pool);
    // what follows a cut that is not certain is not certain either
    doubt ||= close || (name !== "greedy" && cutsTail(name, before, pool));
    binned ||= name === "temperature" && !pool.list.evenTail && tokensLeft(pool, pool.list.head) > 0;
    stages.push({ ...stage, about: doubt });
  }
  return report(pool, withMass(stages), binned);
}

interface Before {
  readonly left: Float64Array;
  readonly weights: Float64Array;
  readonly sum: number;
}

function remember(pool: Pool): Before {
  return { left: pool.left.slice(), weights: pool.weights, sum: total(pool) };
}

function measure(name: StageName, index: number, before: Before, pool: Pool): Omit<Stage, "mass" | "about"> {
  const { list, left, removedBy } = pool;
  let removedMass = 0;
  for (let at = 0; at < left.length; at++) {
    const gone = get(before.left, at) - get(left, at);
    if (gone === 0) continue;
    removedMass += gone * get(before.weights, at);
    if (at < list.head) removedBy[at] = index;
  }
  return { name, left: tokensLeft(pool), massRemoved: Math.min(1, removedMass / before.sum) };
}

/** Whether the border between kept and removed may lie among tail tokens, whose logits are not known one by one. */
function cutsTail(name: SamplingStage, before: Before, pool: Pool): boolean {
  const { list, left, scores } = pool;
  if (list.evenTail || name === "repetition_penalty" || name === "temperature") return false;
  let removed = 0;
  let kept = 0;
  for (let at = list.head; at < left.length; at++) {
    kept += get(left, at);
    removed += get(before.left, at) - get(left, at);
  }
  // of the k highest, all are there where none had to go
  if (kept > 0) return removed > 0 || name !== "top_k" || tokensLeft(pool) !== sumOf(before.left);
  if (removed === 0) return false;
  // all of it went: certain where the lowest head token that no tail token exceeds went too, and none below it stayed
  const { floor } = list;
  if (floor < 0 || get(left, floor) > 0) return true;
  for (let at = 0; at < list.head; at++)
    if (get(left, at) > 0 && get(scores, at) <= get(scores, floor)) return true;
  return false;
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/** `binned`: bins took part at another temperature than 1, where their mass is no more than nearly known. */
function report(pool: Pool, stages: readonly Stage[], binned: boolean): Chain {
  const { list, left, weights } = pool;
  const best = get(pool.order, 0);
  const sum = total(pool);
  const sampled = new Float64Array(list.head);
  for (let at = 0; at < list.head; at++) sampled[at] = (get(left, at) * get(weights, at)) / sum;
  const about = stages.some((stage) => stage.about);
  return {
    raw: list.raw,
    sampled,
    removedBy: pool.removedBy,
    stages,
    kept: tokensLeft(pool),
    keptInTail: tokensLeft(pool, list.head),
    tailRaw: list.tailRaw,
    tailSampled: total(pool, list.head) / sum,
    about,
    exact: !about && !binned,
    greedy: best < list.head ? best : -1,
  };
}
