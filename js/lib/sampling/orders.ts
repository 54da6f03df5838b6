// Which stages an engine has, and the order in which it runs them. llmwidgets/stages/sampling.py holds the same lists.
import type { SamplerPayload } from "../../session/payloads";

export type StageName =
  | "repetition_penalty"
  | "temperature"
  | "top_h"
  | "top_k"
  | "top_p"
  | "min_p"
  | "typical_p"
  | "epsilon_cutoff"
  | "eta_cutoff"
  | "greedy";

/** Whose order the stages run in. */
export type Order = "transformers" | "llama.cpp" | "vllm";

export type SamplingStage = Exclude<StageName, "greedy">;

const ORDERS: Readonly<Record<Order, readonly SamplingStage[]>> = {
  transformers: [
    "repetition_penalty",
    "temperature",
    "top_h",
    "top_k",
    "top_p",
    "min_p",
    "typical_p",
    "epsilon_cutoff",
    "eta_cutoff",
  ],
  "llama.cpp": ["repetition_penalty", "top_k", "typical_p", "top_p", "min_p", "temperature"],
  vllm: ["repetition_penalty", "temperature", "min_p", "top_k", "top_p"],
};

/** The stages that an engine has, in its order; `greedy` is none of them, since it stands in for all that follow the penalty. */
export function stagesIn(order: Order): readonly SamplingStage[] {
  return ORDERS[order];
}

/** Whether the most probable token is taken, without a draw. */
export function isGreedy(sampler: SamplerPayload): boolean {
  return !sampler.do_sample || sampler.temperature === 0;
}

const IS_ON: Readonly<Record<SamplingStage, (value: number) => boolean>> = {
  repetition_penalty: (value) => value !== 1,
  temperature: (value) => value !== 1,
  top_h: (value) => value > 0,
  top_k: (value) => value > 0,
  top_p: (value) => value < 1,
  min_p: (value) => value > 0,
  typical_p: (value) => value < 1,
  epsilon_cutoff: (value) => value > 0,
  eta_cutoff: (value) => value > 0,
};

/** The stages that run with these settings, in order: those that an engine has and that are on. */
export function stagesOn(sampler: SamplerPayload, order: Order): readonly StageName[] {
  const on = ORDERS[order].filter((name) => IS_ON[name](sampler[name]));
  if (!isGreedy(sampler)) return on;
  return [...on.filter((name) => name === "repetition_penalty"), "greedy"];
}
