// What the chart and its table twin show, as plain data.
import { decode } from "../../lib/arrays";
import type { Chain, StageName } from "../../lib/sampling";
import type { DistributionPayload } from "../../session/payloads";

export interface Row {
  /** Index into the distribution's head. */
  readonly at: number;
  readonly id: number;
  readonly piece: string;
  readonly bytes: string;
  readonly special: boolean;
  readonly logit: number;
  readonly raw: number;
  readonly sampled: number;
  /** The stage that removed the token; null where it is kept. */
  readonly removedBy: StageName | null;
}

/** All tokens that have no row of their own. */
export interface Rest {
  readonly tokens: number;
  readonly kept: number;
  readonly raw: number;
  readonly sampled: number;
}

export interface Rows {
  readonly rows: readonly Row[];
  readonly rest: Rest;
}

/** The `k` most probable tokens, most probable first, and the rest of the vocabulary. */
export function rowsOf(distribution: DistributionPayload, chain: Chain, k: number): Rows {
  const ids = decode(distribution.ids);
  const logits = decode(distribution.logits);
  const shown = Math.min(k, ids.length);
  const special = new Set(distribution.special);
  const rows = Array.from({ length: shown }, (_, at): Row => {
    const stage = chain.stages[chain.removedBy[at] ?? -1];
    return {
      at,
      id: ids[at] ?? 0,
      piece: distribution.pieces[at] ?? "",
      bytes: distribution.bytes[at] ?? "",
      special: special.has(at),
      logit: logits[at] ?? 0,
      raw: chain.raw[at] ?? 0,
      sampled: chain.sampled[at] ?? 0,
      removedBy: stage?.name ?? null,
    };
  });
  // added up from the small ones: 1 minus the shown ones would be mostly rounding where they have nearly all
  const after = (values: Float64Array) => values.subarray(shown).reduce((sum, value) => sum + value, 0);
  const rest = {
    tokens: distribution.vocabulary - shown,
    kept: chain.kept - rows.filter((row) => row.removedBy === null).length,
    raw: after(chain.raw) + chain.tailRaw,
    sampled: after(chain.sampled) + chain.tailSampled,
  };
  return { rows, rest };
}

export interface Scale {
  readonly max: number;
  readonly step: number;
  readonly ticks: readonly number[];
}

const MOST_TICKS = 5;

/** A linear scale from 0 to a round number, with round steps. */
export function scaleFor(highest: number): Scale {
  const wanted = Math.min(1, Math.max(highest, 1e-6));
  const unit = 10 ** Math.floor(Math.log10(wanted));
  const steps = [0.1, 0.2, 0.5, 1, 2, 5].map((factor) => factor * unit);
  const step = steps.find((candidate) => Math.ceil(wanted / candidate - 1e-9) <= MOST_TICKS) ?? unit;
  const count = Math.ceil(wanted / step - 1e-9);
  return { max: count * step, step, ticks: Array.from({ length: count + 1 }, (_, index) => index * step) };
}
