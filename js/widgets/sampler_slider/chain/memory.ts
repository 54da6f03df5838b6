// What a switch and a preset give back: the values that were there before.
import { useRef } from "preact/hooks";
import type { SamplingStage } from "../../../lib/sampling";
import type { SamplerPayload } from "../../../session/payloads";
import { SETTINGS, type Setting } from "./settings";

/** The value with which a stage is switched on: its last one, else the model's own, else one for a first try. */
export function useLastValues(sampler: SamplerPayload, own: SamplerPayload): (setting: Setting) => number {
  const last = useRef(new Map<SamplingStage, number>());
  for (const { name, neutral } of SETTINGS)
    if (sampler[name] !== neutral) last.current.set(name, sampler[name]);
  return ({ name, neutral, first }) => {
    const known = last.current.get(name);
    if (known !== undefined) return known;
    return own[name] === neutral ? first : own[name];
  };
}
