// Which stages an engine has, and the order in which it runs them.
import { NEUTRAL, ORDERS, type SamplerPayload } from "../../session/payloads";

/** Whose order the stages run in. */
export type Order = keyof typeof ORDERS;

export type SamplingStage = (typeof ORDERS)["transformers"][number];

export type StageName = SamplingStage | "greedy";

/** The stages that an engine has, in its order; `greedy` is none of them, since it stands in for all that follow the penalty. */
export function stagesIn(order: Order): readonly SamplingStage[] {
  return ORDERS[order];
}

/** Whether the most probable token is taken, without a draw. */
export function isGreedy(sampler: SamplerPayload): boolean {
  return !sampler.do_sample || sampler.temperature === 0;
}

/** The stages that run with these settings, in order: those that an engine has and that are on. */
export function stagesOn(sampler: SamplerPayload, order: Order): readonly StageName[] {
  const on = stagesIn(order).filter((name) => sampler[name] !== NEUTRAL[name]);
  if (!isGreedy(sampler)) return on;
  return [...on.filter((name) => name === "repetition_penalty"), "greedy"];
}
