// What is certain of the chain over a partial distribution, and how far the tokens that were not returned leave the rest open. The twin of
// llmwidgets/stages/bounds.py, which says on what it rests.
import type { DistributionPayload, SamplerPayload } from "../../session/payloads";
import {
  countLeft,
  entropyBounds,
  highestOfRest,
  leftOf,
  probabilities,
  restLeft,
  startBounds,
} from "./bounds_pool";
import { runBounds } from "./bounds_stages";
import { get, type List } from "./list";
import { type Order, type StageName, stagesOn } from "./orders";
import type { Range } from "./rest";

/** Bounds this near to each other are one number. */
const LOOSE = 1e-4;

export interface StageBounds {
  readonly name: StageName;
  readonly left: Range;
  /** The share of the probability that reached the stage. */
  readonly mass: Range;
}

/** After the chain, or after no stage at all. */
export interface Bounds {
  /** Of each head token the least and the most probability. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Of all that was not returned, together, and the most that one token of it has. */
  readonly rest: Range;
  readonly ceiling: number;
  /** Tokens left, of all and of what was not returned. */
  readonly kept: Range;
  readonly others: Range;
  /** In nats. */
  readonly entropy: Range;
  readonly stages: readonly StageBounds[];
  /** Whether what was returned decides every probability. */
  readonly exact: boolean;
}

/** Null for a distribution of which every token is known. */
export function boundsOf(
  list: List,
  { partial, context }: DistributionPayload,
  sampler: SamplerPayload,
  order: Order,
): Bounds | null {
  if (!partial || list.head === 0) return null;
  const penalised = context.length + partial.unseen > 0;
  let pool = startBounds(list, partial);
  const stages: StageBounds[] = [];
  for (const name of stagesOn(sampler, order)) {
    const before = pool;
    pool = runBounds(pool, name, name === "greedy" ? 0 : sampler[name], penalised);
    const moves = name === "temperature" || name === "repetition_penalty";
    stages.push({ name, left: countLeft(pool), mass: moves ? [1, 1] : leftOf(before, pool) });
  }
  const { low, high } = probabilities(pool);
  const rest = restLeft(pool);
  const decided = high.every((most, at) => most - get(low, at) <= LOOSE * most);
  return {
    ...{ low, high, rest, stages },
    ceiling: highestOfRest(pool),
    kept: countLeft(pool),
    others: pool.tokens,
    entropy: entropyBounds(pool),
    exact: decided && isOne(rest),
  };
}

/** Whether bounds of a probability are one number. */
export function isOne([least, most]: Range): boolean {
  return most - least <= LOOSE;
}

/** Whether a stage's are. */
export function isDecided({ left, mass }: StageBounds): boolean {
  return left[0] === left[1] && isOne(mass);
}
