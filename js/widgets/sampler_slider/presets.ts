// Which of the well-known samplers the settings are.
import { isGreedy } from "../../lib/sampling";
import { NEUTRAL, type SamplerPayload } from "../../session/payloads";
import { SETTINGS } from "./chain/settings";

export const PRESETS = ["greedy", "neutral", "own", "custom"] as const;
export type Preset = (typeof PRESETS)[number];

/** Whether every stage has the same value; how the token is chosen and the seed are left out. */
export function sameStages(one: SamplerPayload, other: SamplerPayload): boolean {
  return SETTINGS.every(({ name }) => one[name] === other[name]);
}

export function presetOf(sampler: SamplerPayload, own: SamplerPayload): Preset {
  if (isGreedy(sampler)) return "greedy";
  if (sameStages(sampler, NEUTRAL)) return "neutral";
  return sameStages(sampler, own) ? "own" : "custom";
}

/** The settings are somebody's own: neither neutral nor the model's. */
export function isCustom(sampler: SamplerPayload, own: SamplerPayload): boolean {
  return presetOf({ ...sampler, do_sample: true }, own) === "custom";
}
