// The same settings on the same logits, in the order of each engine.
import {
  type Chain,
  isGreedy,
  type Order,
  type Range,
  type SamplingStage,
  type Stage,
  type StageName,
  stagesIn,
} from "../../../lib/sampling";
import type { SamplerPayload } from "../../../session/payloads";
import type { Store } from "../../../session/store";
import { SETTINGS } from "../chain/settings";

export const ENGINES: readonly Order[] = ["transformers", "llama.cpp", "vllm"];

export interface Engine {
  readonly order: Order;
  readonly chain: Chain;
  /** The stages that are on, in the engine's order. */
  readonly stages: readonly Stage[];
  /** Settings that are on and that the engine does not have. */
  readonly missing: readonly SamplingStage[];
}

export function enginesOf(store: Store, sampler: SamplerPayload): readonly Engine[] {
  const greedy = isGreedy(sampler);
  const on = SETTINGS.filter(({ name, neutral }) => sampler[name] !== neutral).map(({ name }) => name);
  const asked = greedy ? on.filter((name) => name === "repetition_penalty") : on;
  return ENGINES.flatMap((order) => {
    const chain = store.chainIn(order);
    if (chain === null) return [];
    const has: readonly StageName[] = stagesIn(order);
    return [{ order, chain, stages: chain.stages, missing: asked.filter((name) => !has.includes(name)) }];
  });
}

export interface Share {
  readonly probability: number;
  /** What it can be, at least and at most, where tokens that were not returned leave it open; null elsewhere. */
  readonly within: Range | null;
  /** The stage that removed it; null where it is kept. */
  readonly removedBy: StageName | null;
}

/** What an engine makes of a token of the head. */
export function shareOf({ chain }: Engine, at: number): Share {
  const stage = chain.stages[chain.removedBy[at] ?? -1];
  const [least, most] = [chain.bounds?.low[at] ?? 0, chain.bounds?.high[at] ?? 0];
  const open = most - least > 1e-4 * most;
  return {
    probability: chain.sampled[at] ?? 0,
    within: open ? [least, most] : null,
    removedBy: open ? null : (stage?.name ?? null),
  };
}
