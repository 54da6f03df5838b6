// The first `n` draws of a batch, counted, beside what was to be expected.
import { decode, type NumberArray } from "../../../lib/arrays";
import type { DrawsPayload } from "../../../session/payloads";

/** The id of every token that was not returned. */
export const NOT_RETURNED = -1;

const NONE = -2;

export interface Tally {
  /** Draws counted so far. */
  readonly n: number;
  /** How often a token came. */
  of(id: number): number;
  /** The token that came last. */
  readonly last: number;
}

const orders = new WeakMap<DrawsPayload, NumberArray>();

export function tallyOf(draws: DrawsPayload, n: number): Tally {
  if (!isWatched(draws)) return counted(draws);
  const order = orders.get(draws) ?? decode(draws.order);
  orders.set(draws, order);
  const shown = Math.min(n, order.length);
  const counts = new Map<number, number>();
  for (let at = 0; at < shown; at++) {
    const id = draws.ids[order[at] ?? -1] ?? NONE;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return { n: shown, of: (id) => counts.get(id) ?? 0, last: draws.ids[order[shown - 1] ?? -1] ?? NONE };
}

/** Whether the draws came one by one: too many to be watched come as counts. */
export function isWatched(draws: DrawsPayload): boolean {
  return draws.order.shape[0] !== 0;
}

function counted({ n, ids, counts }: DrawsPayload): Tally {
  const found = new Map(ids.map((id, at) => [id, counts[at] ?? 0]));
  return { n, of: (id) => found.get(id) ?? 0, last: NONE };
}

/** Two standard deviations of the share of `n` draws that a token of probability `p` has: about 95 % of all shares lie within. */
export function expectedSpread(p: number, n: number): number {
  return 2 * Math.sqrt((p * (1 - p)) / n);
}

export interface Observed {
  readonly count: number;
  readonly share: number;
  /** What the share was to be, with the ends of the expected spread. */
  readonly expected: number;
  readonly low: number;
  readonly high: number;
  readonly within: boolean;
}

/** A count against its probability. */
export function observed(count: number, p: number, n: number): Observed {
  const expected = Math.min(1, Math.max(0, p));
  const spread = expectedSpread(expected, n);
  const share = count / n;
  return {
    count,
    share,
    expected,
    low: Math.max(0, expected - spread),
    high: Math.min(1, expected + spread),
    within: Math.abs(share - expected) <= spread + 1e-9,
  };
}
