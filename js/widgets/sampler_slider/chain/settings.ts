// The settings that have a slider: with the kernel's limits, and how a slider's way maps to values.
import { type SamplingStage, stagesIn } from "../../../lib/sampling";
import { LIMITS, NEUTRAL } from "../../../session/payloads";

export interface Setting {
  readonly name: SamplingStage;
  readonly low: number;
  readonly high: number;
  readonly whole: boolean;
  /** The value that switches the stage off. */
  readonly neutral: number;
  /** A sensible value for a first try. */
  readonly first: number;
  /** One of the few that everybody meets. */
  readonly common: boolean;
  /** The value at a place of the slider, 0 (left) to 1 (right), rounded as one would type it. */
  readonly value: (place: number, vocabulary: number) => number;
  /** The place of a value; values beyond the slider's ends stand at its ends. */
  readonly place: (value: number, vocabulary: number) => number;
}

const clamp = (value: number) => Math.min(1, Math.max(0, value));
const toStep = (value: number, step: number) => Number((Math.round(value / step) * step).toFixed(4));
const logOf = (vocabulary: number) => Math.log(Math.max(2, vocabulary));

type Scale = Pick<Setting, "value" | "place">;

const LINEAR: Scale = { value: (place) => toStep(place, 0.01), place: clamp };

// neutral in the middle, since below it repetition is rewarded
const PENALTY: Scale = {
  value: (place) => toStep(0.5 * 4 ** place, 0.01),
  place: (value) => clamp(Math.log(value / 0.5) / Math.log(4)),
};

const TEMPERATURE: Scale = {
  value: (place) => {
    const value = 5 * place ** 2;
    return toStep(value, value < 2 ? 0.05 : 0.1);
  },
  place: (value) => clamp(Math.sqrt(value / 5)),
};

// all of the vocabulary, which is off, lies at the right end: to the left is always stricter
const COUNT: Scale = {
  value: (place, vocabulary) => {
    if (place >= 1) return 0;
    const value = Math.exp(place * logOf(vocabulary));
    const digits = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
    return Math.max(1, Math.round(value / digits) * digits);
  },
  place: (value, vocabulary) => (value === 0 ? 1 : Math.min(0.999, Math.log(value) / logOf(vocabulary))),
};

// what is useful lies below .2
const FRACTION: Scale = {
  value: (place) => {
    const value = place ** 2;
    return toStep(value, value < 0.1 ? 0.005 : 0.01);
  },
  place: (value) => Math.sqrt(clamp(value)),
};

/** A logarithmic scale from .0001 to .1; off lies apart at the left end. */
const CUTOFF_START = 0.06;
const CUTOFF: Scale = {
  value: (place) => {
    if (place < CUTOFF_START / 2) return 0;
    const value = 1e-4 * 1000 ** clamp((place - CUTOFF_START) / (1 - CUTOFF_START));
    return Number(value.toPrecision(2));
  },
  place: (value) => {
    if (value <= 0) return 0;
    return clamp(CUTOFF_START + (1 - CUTOFF_START) * clamp(Math.log(value / 1e-4) / Math.log(1000)));
  },
};

const TYPICAL: Scale = { ...LINEAR, value: (place) => Math.max(0.01, LINEAR.value(place, 0)) };

type Slider = Pick<Setting, "first" | "common"> & Scale;

const SLIDERS: Readonly<Record<SamplingStage, Slider>> = {
  repetition_penalty: { first: 1.2, common: true, ...PENALTY },
  temperature: { first: 0.7, common: true, ...TEMPERATURE },
  top_h: { first: 0.4, common: false, ...LINEAR },
  top_k: { first: 50, common: true, ...COUNT },
  top_p: { first: 0.9, common: true, ...LINEAR },
  min_p: { first: 0.05, common: true, ...FRACTION },
  typical_p: { first: 0.95, common: false, ...TYPICAL },
  epsilon_cutoff: { first: 3e-4, common: false, ...CUTOFF },
  eta_cutoff: { first: 6e-4, common: false, ...CUTOFF },
};

/** In the order in which they run. */
export const SETTINGS: readonly Setting[] = stagesIn("transformers").map((name) => ({
  name,
  neutral: NEUTRAL[name],
  ...LIMITS[name],
  ...SLIDERS[name],
}));

const STEPS = 200;

/** The next value of the slider in a direction: at least one place away, and another value. */
export function stepFrom(setting: Setting, from: number, places: number, vocabulary: number): number {
  const start = setting.place(from, vocabulary) * STEPS;
  const direction = Math.sign(places);
  for (let at = Math.abs(places); ; at++) {
    const place = clamp((start + direction * at) / STEPS);
    const value = setting.value(place, vocabulary);
    if (value !== from && ahead(setting, from, value, direction, vocabulary)) return value;
    // a value beyond the slider's end stays: what the end stands for would be a step back
    if (place === 0 || place === 1) return from;
  }
}

function ahead(
  setting: Setting,
  from: number,
  value: number,
  direction: number,
  vocabulary: number,
): boolean {
  return (setting.place(value, vocabulary) - setting.place(from, vocabulary)) * direction > 0;
}
