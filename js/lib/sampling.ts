// The twin of llmwidgets/stages/sampling.py: transformers' chain over the head and the binned tail of a distribution.
//
// A tail bin stands for `count` tokens around the bin's mean logit. What is not called "about" is certain: the tokens kept are
// transformers' own, and no probability is off by more than 1e-4 of itself (LOOSE in stages.ts) plus transformers' float32 rounding.
//
// Of a partial distribution the tail is one bin of what was not returned, spread evenly, and `bounds` tell what is certain: where they
// are not one number, what is here is the nearest possible one to that of the even spread.
import type { DistributionPayload, ExactPayload, SamplerPayload } from "../session/payloads";
import { decode } from "./arrays";
import { type Bounds, boundsOf, isDecided } from "./sampling/bounds";
import { get, prepare } from "./sampling/list";
import { type Order, type SamplingStage, type StageName, stagesOn } from "./sampling/orders";
import { type Pool, startPool, tokensLeft, total } from "./sampling/pool";
import type { Range } from "./sampling/rest";
import { keepOne, STAGES } from "./sampling/stages";

export type { Bounds } from "./sampling/bounds";
export { isGreedy, type Order, type SamplingStage, type StageName, stagesIn } from "./sampling/orders";
export type { Range } from "./sampling/rest";

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
  /** What `left` and `mass` can be, at least and at most, where tokens were not returned; null elsewhere. */
  readonly within: { readonly left: Range; readonly mass: Range } | null;
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
  /** What is certain where tokens were not returned: nobody has exact numbers then. Null where every token is known. */
  readonly bounds: Bounds | null;
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
        within: null,
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
  const bounds = boundsOf(pool.list, distribution, sampler, order);
  for (const name of stagesOn(sampler, order)) {
    const before = remember(pool);
    const close = name === "greedy" ? keepOne(pool) : STAGES[name](pool, sampler[name]);
    const stage = measure(name, stages.length, before, pool);
    // what follows a cut that is not certain is not certain either
    doubt ||= close || (name !== "greedy" && cutsTail(name, before, pool));
    binned ||= name === "temperature" && !pool.list.evenTail && tokensLeft(pool, pool.list.head) > 0;
    stages.push({ ...stage, about: doubt, within: null });
  }
  const chain = report(pool, withMass(stages), binned);
  return bounds ? bounded(chain, bounds) : chain;
}

/** The chain with what is certain of it; numbers that cannot be are moved to the nearest ones that can. */
function bounded(chain: Chain, bounds: Bounds): Chain {
  const { low, high } = bounds;
  let mass: Range = [1, 1];
  const stages = chain.stages.map((stage, at) => {
    const found = bounds.stages[at];
    if (!found) return stage;
    mass = [mass[0] * found.mass[0], mass[1] * found.mass[1]];
    return {
      ...stage,
      left: clamp(stage.left, found.left),
      massRemoved: 1 - clamp(1 - stage.massRemoved, found.mass),
      mass: clamp(stage.mass, mass),
      about: !isDecided(found),
      within: { left: found.left, mass },
    };
  });
  const removedBy = chain.removedBy.map((stage, at) => {
    if (get(low, at) > 0) return -1;
    return get(high, at) === 0 && stage < 0 ? stages.length - 1 : stage;
  });
  const inHead = removedBy.reduce((count, stage) => count + (stage < 0 ? 1 : 0), 0);
  const kept = clamp(chain.kept, bounds.kept);
  return {
    ...chain,
    removedBy,
    stages,
    sampled: chain.sampled.map((p, at) => clamp(p, [get(low, at), get(high, at)])),
    kept,
    keptInTail: bounds.rest[1] > 0 ? Math.max(0, kept - inHead) : 0,
    tailSampled: clamp(chain.tailSampled, bounds.rest),
    about: !bounds.exact,
    bounds,
    exact: bounds.exact,
  };
}

function clamp(value: number, [least, most]: Range): number {
  return Math.min(most, Math.max(least, value));
}

interface Before {
  readonly left: Float64Array;
  readonly weights: Float64Array;
  readonly sum: number;
}

function remember(pool: Pool): Before {
  return { left: pool.left.slice(), weights: pool.weights, sum: total(pool) };
}

function measure(
  name: StageName,
  index: number,
  before: Before,
  pool: Pool,
): Omit<Stage, "mass" | "about" | "within"> {
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
    bounds: null,
    exact: !about && !binned,
    greedy: best < list.head ? best : -1,
  };
}
