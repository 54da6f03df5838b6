// What the colour of a token says: that it is another than its neighbour, how many bytes it has, how much it surprised the model, or how much
// the token looked at attends to it.
import { decode } from "../../../lib/arrays";
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import type { AttentionPayload, SurprisalPayload, TokenSettings } from "../../../session/payloads";
import { type Attending, NOT_SEEN, type Reading, read } from "./attention";
import type { Section } from "./sections";
import { byteLength, isInserted } from "./units";

export type ColorBy = TokenSettings["color_by"];

/** Where each of the eight steps begins: the same for every text, so that two pictures can be compared. */
export const STEPS: Readonly<Record<Exclude<ColorBy, "token">, readonly number[]>> = {
  length: [1, 2, 3, 4, 5, 7, 10, 16],
  surprisal: [0, 0.5, 1, 2, 3, 5, 7, 10],
  attention: [0, 1, 2, 5, 10, 20, 40, 70],
};

const TINTS = 6;

export interface Colouring {
  readonly by: ColorBy;
  /** The values belong to an older text. */
  readonly stale: boolean;
  className(section: Section, index: number): string;
  /** The value in words; "" where colours carry none. */
  say(section: Section, index: number): string;
}

export function colouring(
  by: ColorBy,
  surprisal: SurprisalPayload | null,
  revision: number,
  t: Translate,
  numbers: Numbers,
): Colouring {
  if (by === "length") return byLength(t, numbers);
  if (by === "surprisal") return bySurprisal(surprisal, revision, t, numbers);
  return {
    by,
    stale: false,
    className: ({ base }, index) => `llmw-tint-${(base + index) % TINTS}`,
    say: () => "",
  };
}

function byLength(t: Translate, numbers: Numbers): Colouring {
  const value = ({ tokens }: Section, index: number) =>
    isInserted(tokens, index) ? Number.NaN : byteLength(tokens, index);
  return {
    by: "length",
    stale: false,
    className: (section, index) => heat("length", value(section, index)),
    say(section, index) {
      const bytes = value(section, index);
      if (Number.isNaN(bytes)) return t("heat.none");
      return t(bytes === 1 ? "heat.length.one" : "heat.length", { value: numbers.count(bytes) });
    },
  };
}

function bySurprisal(
  surprisal: SurprisalPayload | null,
  revision: number,
  t: Translate,
  numbers: Numbers,
): Colouring {
  const values = surprisal && !surprisal.error ? decode(surprisal.values) : [];
  const value = (section: Section, index: number) =>
    section.name === null ? (values[index] ?? Number.NaN) : Number.NaN;
  return {
    by: "surprisal",
    stale: surprisal === null || surprisal.revision !== revision,
    className: (section, index) => heat("surprisal", value(section, index)),
    say(section, index) {
      const nats = value(section, index);
      if (Number.isNaN(nats)) return t("heat.none");
      return t("heat.surprisal", {
        value: numbers.decimal(nats),
        probability: numbers.percent(Math.exp(-nats)),
      });
    },
  };
}

/** How much the token looked at attends to each: a share of all, or of what is left without the first token. */
export function byAttention(
  attention: AttentionPayload | null,
  reading: Reading,
  both: boolean,
  revision: number,
  t: Translate,
  numbers: Numbers,
): Colouring {
  const found: Attending = read(attention, reading, both);
  const value = (section: Section, index: number) =>
    section.name === null ? (found.shares[index] ?? Number.NaN) : Number.NaN;
  return {
    by: "attention",
    stale: attention === null || attention.revision !== revision,
    className(section, index) {
      const step = heat("attention", 100 * value(section, index));
      return index === found.query && section.name === null ? `${step} llmw-query` : step;
    },
    say(section, index) {
      const share = value(section, index);
      const weight = found.weights[index];
      // what was not computed of a long text stands behind the token that looks
      if (weight === NOT_SEEN || (weight === undefined && !both && found.weights.length > 0))
        return t("attention.unseen");
      if (weight === undefined) return t("heat.none");
      const all = t("heat.attention", { value: numbers.percent(weight) });
      if (!reading.withoutFirst) return all;
      return Number.isNaN(share) ? all : t("heat.attention.rest", { all, rest: numbers.percent(share) });
    },
  };
}

function heat(by: Exclude<ColorBy, "token">, value: number): string {
  if (Number.isNaN(value)) return "llmw-heat-none";
  const step = STEPS[by].findLastIndex((start) => value >= start);
  return `llmw-heat-${Math.max(step, 0)}`;
}
