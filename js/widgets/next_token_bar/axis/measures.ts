// What a bar's length may stand for.
import { type Numbers, power } from "../../../lib/numbers";
import type { BarSettings, DistributionPayload } from "../../../session/payloads";
import type { Rest, Row } from "../rows/rows";
import { linear, logarithmic, mirrored, type Scale } from "./scales";

export type MeasureName = BarSettings["measure"];
export type ScaleName = BarSettings["scale"];

export interface Measure {
  readonly name: MeasureName;
  raw(row: Row): number;
  /** -Infinity or NaN where the token was removed, but for a probability, which is 0 then. */
  sampled(row: Row): number;
  /** The value of a share of all draws, or of many tokens together; NaN where that has none. */
  share(probability: number): number;
  /** `values` are those that are drawn. */
  scale(values: readonly number[]): Scale;
  text(value: number, numbers: Numbers): string;
  /** What stands at a tick. */
  tick(value: number, scale: Scale, numbers: Numbers): string;
}

const finite = (values: readonly number[]) => values.filter(Number.isFinite);
const highest = (values: readonly number[], least: number) =>
  finite(values).reduce((a, b) => Math.max(a, b), least);
const lowest = (values: readonly number[], most: number) =>
  finite(values).reduce((a, b) => Math.min(a, b), most);

const PROBABILITY: Measure = {
  name: "probability",
  raw: (row) => row.raw,
  sampled: (row) => row.sampled,
  share: (probability) => probability,
  scale: (values) => linear(0, Math.min(1, highest(values, 1e-6))),
  text: (value, numbers) => numbers.percent(value),
  tick: (value, { ticks }, numbers) =>
    linearTick(value, (ticks[1]?.value ?? 1) - (ticks[0]?.value ?? 0), numbers),
};

const ON_LOG_SCALE: Measure = {
  ...PROBABILITY,
  scale(values) {
    const above = values.filter((value) => value > 0);
    const high = highest(above, 1e-12);
    return logarithmic(lowest(above, high), high);
  },
  tick: (value, _, numbers) =>
    value < 5e-5 ? power(value).replace("1·", "") : trimmed(numbers.percent(value)),
};

const SIGNED: Pick<Measure, "text" | "tick"> = { text: signed, tick: plain };

const LOG_PROBABILITY: Measure = {
  name: "log_probability",
  raw: (row) => row.logRaw,
  sampled: (row) => row.logSampled,
  share: Math.log,
  // bars hang from 0, which is certainty
  scale: (values) => linear(lowest(values, -1e-3), 0),
  ...SIGNED,
};

const LOGIT: Measure = {
  name: "logit",
  raw: (row) => row.logit,
  sampled: (row) => row.score,
  share: () => Number.NaN,
  // temperature draws all logits to 0 and a penalty turns on their sign: bars begin there
  scale: (values) => linear(lowest(values, 0), highest(values, 0)),
  ...SIGNED,
};

const RANK: Measure = {
  name: "rank",
  raw: (row) => row.rank,
  sampled: (row) => row.rankAfter,
  share: () => Number.NaN,
  // the first rank has the longest bar; the decade beyond the last leaves that one something to see
  scale: (values) => mirrored(logarithmic(1, highest(values, 10) * 1.5)),
  text: (value, numbers) => numbers.count(value),
  tick: (value, _, numbers) => numbers.count(value),
};

export const MEASURES: readonly MeasureName[] = ["probability", "log_probability", "logit", "rank"];

/** A server that cuts a distribution returns log-probabilities: there are no logits to show. */
export function measureShown(name: MeasureName, distribution: DistributionPayload | null): MeasureName {
  return name === "logit" && distribution?.partial ? "log_probability" : name;
}

export function measureOf(name: MeasureName, scale: ScaleName): Measure {
  if (name === "log_probability") return LOG_PROBABILITY;
  if (name === "logit") return LOGIT;
  if (name === "rank") return RANK;
  return scale === "log" ? ON_LOG_SCALE : PROBABILITY;
}

/** Every value that the chart draws; `sums` are those of tokens without a row, `shares` those of draws. */
export function valuesOf(
  measure: Measure,
  rows: readonly Row[],
  sums: readonly Rest[],
  shares: readonly number[],
): readonly number[] {
  const values: number[] = [];
  for (const row of rows) {
    values.push(measure.raw(row), measure.sampled(row));
    for (const range of [row.rawWithin, row.sampledWithin]) if (range) values.push(measure.share(range[1]));
  }
  for (const { raw, sampled, sampledWithin } of sums)
    for (const p of [raw, ...(sampledWithin ?? [sampled])]) values.push(measure.share(p));
  for (const share of shares) values.push(measure.share(share));
  return values;
}

const MINUS = "−";

/** Two decimals; more of a value near 0. */
export function signed(value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? `${MINUS}∞` : "∞";
  const size = Math.abs(value);
  const digits = size === 0 || size >= 0.095 ? size.toFixed(2) : size >= 0.0005 ? size.toFixed(4) : "0.0000";
  return value < 0 ? `${MINUS}${digits}` : digits;
}

function plain(value: number): string {
  return String(Number(value.toPrecision(6))).replace("-", MINUS);
}

function linearTick(value: number, step: number, numbers: Numbers): string {
  if (value === 0) return "0";
  return step >= 0.01 ? trimmed(numbers.percent(value)) : `${Number((100 * value).toPrecision(2))}%`;
}

function trimmed(percent: string): string {
  return percent.replace(/[.,]0+(?=\D*$)/, "").replace(/([.,]\d*[1-9])0+(?=\D*$)/, "$1");
}
