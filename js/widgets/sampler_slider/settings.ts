// The settings that have a slider: with the kernel's limits, and how a slider's way maps to values.
import { LIMITS, NEUTRAL } from "../../session/payloads";

export type SliderName = "repetition_penalty" | "temperature" | "top_k" | "top_p" | "min_p";

export interface Setting {
  readonly name: SliderName;
  readonly low: number;
  readonly high: number;
  readonly whole: boolean;
  /** The value that switches the stage off. */
  readonly neutral: number;
  /** The value at a place of the slider, 0 (left) to 1 (right), rounded as one would type it. */
  readonly value: (place: number, vocabulary: number) => number;
  /** The place of a value; values beyond the slider's ends stand at its ends. */
  readonly place: (value: number, vocabulary: number) => number;
}

const clamp = (value: number) => Math.min(1, Math.max(0, value));
const toStep = (value: number, step: number) => Number((Math.round(value / step) * step).toFixed(4));
const logOf = (vocabulary: number) => Math.log(Math.max(2, vocabulary));

/** In the order in which they run. */
export const SETTINGS: readonly Setting[] = [
  {
    name: "repetition_penalty",
    neutral: NEUTRAL.repetition_penalty,
    ...LIMITS.repetition_penalty,
    // neutral in the middle, since below it repetition is rewarded
    value: (place) => toStep(0.5 * 4 ** place, 0.01),
    place: (value) => clamp(Math.log(value / 0.5) / Math.log(4)),
  },
  {
    name: "temperature",
    neutral: NEUTRAL.temperature,
    ...LIMITS.temperature,
    value: (place) => {
      const value = 5 * place ** 2;
      return toStep(value, value < 2 ? 0.05 : 0.1);
    },
    place: (value) => clamp(Math.sqrt(value / 5)),
  },
  {
    name: "top_k",
    neutral: NEUTRAL.top_k,
    ...LIMITS.top_k,
    // all of the vocabulary, which is off, lies at the right end: to the left is always stricter
    value: (place, vocabulary) => {
      if (place >= 1) return 0;
      const value = Math.exp(place * logOf(vocabulary));
      const digits = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
      return Math.max(1, Math.round(value / digits) * digits);
    },
    place: (value, vocabulary) => (value === 0 ? 1 : Math.min(0.999, Math.log(value) / logOf(vocabulary))),
  },
  {
    name: "top_p",
    neutral: NEUTRAL.top_p,
    ...LIMITS.top_p,
    value: (place) => toStep(place, 0.01),
    place: clamp,
  },
  {
    name: "min_p",
    neutral: NEUTRAL.min_p,
    ...LIMITS.min_p,
    // what is useful lies below .2
    value: (place) => {
      const value = place ** 2;
      return toStep(value, value < 0.1 ? 0.005 : 0.01);
    },
    place: (value) => Math.sqrt(clamp(value)),
  },
];

/** Settings without a slider: shown where they are on, since they shape the result. */
export const OTHERS = ["top_h", "typical_p", "epsilon_cutoff", "eta_cutoff"] as const;

const STEPS = 200;

/** The next value of the slider in a direction: at least one place away, and another value. */
export function stepFrom(setting: Setting, from: number, places: number, vocabulary: number): number {
  const start = setting.place(from, vocabulary) * STEPS;
  const direction = Math.sign(places);
  for (let at = Math.abs(places); ; at++) {
    const place = clamp((start + direction * at) / STEPS);
    const value = setting.value(place, vocabulary);
    if ((value !== from && ahead(setting, from, value, direction, vocabulary)) || place === 0 || place === 1)
      return value;
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

/** What was typed, as a number: full-width digits and a decimal comma are understood. NaN where it is none. */
export function parseTyped(typed: string): number {
  const plain = typed.normalize("NFKC").trim().replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : Number.NaN;
}

export interface Limits {
  readonly low: number;
  readonly high: number;
  readonly whole: boolean;
}

export function isAllowed(value: number, { low, high, whole }: Limits): boolean {
  return Number.isFinite(value) && value >= low && value <= high && (!whole || Number.isInteger(value));
}
