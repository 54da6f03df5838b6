// The twin of llmwidgets/stages/sampling.py: transformers' chain over the head and the binned tail of a distribution.
//
// A tail bin stands for `count` tokens at the bin's mean logit. Scores and the two sides of each comparison are rounded to
// float32 as in transformers, so that ties and values right on a threshold fall on the same side; sums are float64.
import type { DistributionPayload, ExactPayload, SamplerPayload } from "../session/payloads";
import { decode } from "./arrays";
import { get, prepare } from "./sampling/list";
import { type Order, type StageName, stagesOn } from "./sampling/orders";
import { type Pool, startPool, tokensLeft, total } from "./sampling/pool";
import { keepOne, STAGES } from "./sampling/stages";

export { isGreedy, type Order, type StageName, stagesIn } from "./sampling/orders";

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
  const list = prepare(distribution);
  const pool = startPool(list);
  const stages: Omit<Stage, "mass">[] = [];
  for (const name of stagesOn(sampler, order)) {
    const before = remember(pool);
    if (name === "greedy") keepOne(pool, get(pool.order, 0));
    else STAGES[name](pool, sampler[name]);
    stages.push(measure(name, stages.length, before, pool));
  }
  return report(pool, withMass(stages));
}

// ---- what the stages did

interface Before {
  readonly left: Float64Array;
  readonly weights: Float64Array;
  readonly sum: number;
}

function remember(pool: Pool): Before {
  return { left: pool.left.slice(), weights: pool.weights, sum: total(pool) };
}

function measure(name: StageName, index: number, before: Before, pool: Pool): Omit<Stage, "mass"> {
  const { list, left, removedBy } = pool;
  let removedMass = 0;
  for (let at = 0; at < left.length; at++) {
    const gone = get(before.left, at) - get(left, at);
    if (gone === 0) continue;
    removedMass += gone * get(before.weights, at);
    if (at < list.head) removedBy[at] = index;
  }
  return {
    name,
    left: tokensLeft(pool),
    massRemoved: Math.min(1, removedMass / before.sum),
    about: name !== "greedy" && removedMass > 0 && cutsTail(before, pool),
  };
}

/** Whether the border between kept and removed may lie among tail tokens, whose logits are not known one by one. */
function cutsTail(before: Before, pool: Pool): boolean {
  const { list, left } = pool;
  if (list.evenTail) return false;
  let removed = 0;
  let kept = 0;
  for (let at = list.head; at < left.length; at++) {
    kept += get(left, at);
    removed += get(before.left, at) - get(left, at);
  }
  if (kept > 0) return true;
  // all of it went: exact if a head token went with it that no tail token can exceed
  const { floor } = list;
  return removed > 0 && floor >= 0 && get(left, floor) > 0;
}

function report(pool: Pool, stages: readonly Stage[]): Chain {
  const { list, left, weights } = pool;
  const best = get(pool.order, 0);
  const sum = total(pool);
  const sampled = new Float64Array(list.head);
  for (let at = 0; at < list.head; at++) sampled[at] = (get(left, at) * get(weights, at)) / sum;
  let tailMass = 0;
  for (let at = list.head; at < left.length; at++) tailMass += get(left, at) * get(weights, at);
  return {
    raw: list.raw,
    sampled,
    removedBy: pool.removedBy,
    stages,
    kept: tokensLeft(pool),
    keptInTail: tokensLeft(pool, list.head),
    tailRaw: list.tailRaw,
    tailSampled: tailMass / sum,
    about: stages.some((stage) => stage.about),
    exact: list.evenTail || stages.every((stage) => !stage.about && stage.name !== "temperature"),
    greedy: best < list.head ? best : -1,
  };
}
