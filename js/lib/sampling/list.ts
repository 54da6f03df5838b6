// A distribution as the chain sees it: head tokens, then tail bins. Made once per distribution.
import type { DistributionPayload } from "../../session/payloads";
import { decode } from "../arrays";

export interface List {
  /** Entries before this are tokens of the head, those from here on bins of the tail. */
  readonly head: number;
  /** (entries,) each; a bin's logit is the mean of its tokens' */
  readonly ids: Int32Array;
  readonly logits: Float64Array;
  readonly counts: Float64Array;
  readonly variances: Float64Array;
  /** At most so far apart lie a bin's logits: a neighbour's mean bounds them on either side. */
  readonly spans: Float64Array;
  /**
   * Entries from high to low, equal ones by id. Where a cut (top-p, top-h) goes through equal logits, the lowest ids stay here;
   * in transformers it is as many, but which ones depends on the device: torch's sort is not stable. Such a cut is "about".
   */
  readonly order: Int32Array;
  /** Entries that a repetition penalty changes. */
  readonly context: readonly number[];
  /** Lowest head token that is there for its logit and not for the context: no tail token lies above it. -1 if none. */
  readonly floor: number;
  /** What the model says, without any stage. */
  readonly raw: Float64Array;
  readonly tailRaw: number;
  /** log of (the tail's true mass / its bins' mass) at temperature 1, where log_sum tells the true one. */
  readonly lift: number;
  /** Every bin holds equal logits, so that nothing in the tail is approximate. */
  readonly evenTail: boolean;
}

// below this the tail's mass, as 1 minus the head's, is mostly rounding
const RELIABLE_TAIL = 1e-6;
const lists = new WeakMap<DistributionPayload, List>();

export function prepare(distribution: DistributionPayload): List {
  const known = lists.get(distribution);
  if (known) return known;
  const list = makeList(distribution);
  lists.set(distribution, list);
  return list;
}

function makeList(distribution: DistributionPayload): List {
  const headLogits = decode(distribution.logits);
  const binLogits = decode(distribution.tail_logits);
  const head = headLogits.length;
  const entries = head + binLogits.length;
  const logits = new Float64Array(entries);
  logits.set(headLogits);
  logits.set(binLogits, head);
  const counts = new Float64Array(entries).fill(1);
  counts.set(decode(distribution.tail_counts), head);
  const variances = new Float64Array(entries);
  variances.set(decode(distribution.tail_variances), head);
  const ids = new Int32Array(entries).fill(2 ** 31 - 1);
  ids.set(decode(distribution.ids));
  const inContext = new Set(distribution.context);
  let floor = head - 1;
  while (floor >= 0 && inContext.has(floor)) floor--;

  const list = {
    head,
    ids,
    logits,
    counts,
    variances,
    spans: spansOf(head, logits, variances, topOfTail({ floor, logits })),
    order: Int32Array.from(logits.keys()).sort(byScore(logits, ids)),
    context: distribution.context,
    floor,
    evenTail: variances.every((variance) => variance === 0),
  };
  const raw = logits.slice(0, head).map((logit) => Math.exp(logit - distribution.log_sum));
  const headMass = raw.reduce((sum, p) => sum + p, 0);
  let binMass = 0;
  for (let at = head; at < entries; at++)
    binMass += get(counts, at) * massOf(list, at, get(logits, at) - distribution.log_sum, 1);
  const reliable = binMass > 0 && 1 - headMass > RELIABLE_TAIL;
  const tailRaw = reliable ? 1 - headMass : binMass;
  return { ...list, raw, tailRaw, lift: reliable ? Math.log(tailRaw / binMass) : 0 };
}

/** A bin's tokens lie above the mean of the next bin and below that of the one before, which for the first is the head. */
function spansOf(head: number, logits: Float64Array, variances: Float64Array, above: number): Float64Array {
  return variances.map((variance, at) => {
    if (variance === 0) return 0;
    const high = at > head ? get(logits, at - 1) : above;
    return high - (logits[at + 1] ?? Number.NEGATIVE_INFINITY);
  });
}

// as in llmwidgets/stages/distribution.py: the last bin collects what lies lower
const OUT_OF_REACH = 200;

/** Weight of one token, in proportion to its probability at a temperature: exp(score), and for a bin the mean over its tokens, to second order. */
export function massOf(
  list: Pick<List, "variances">,
  at: number,
  score: number,
  temperature: number,
): number {
  const spread = get(list.variances, at) / temperature ** 2;
  // a bin of what lies out of reach: its variance is of no scale here
  return Math.exp(score + (spread < OUT_OF_REACH ? spread / 2 : 0));
}

/**
 * By what factor 1 ± this a bin's weight may be off. With y = (logit - mean) / T, of variance v and |y| <= w:
 * |E exp(y) - (1 + v/2)| <= v·w·exp(w)/6, and exp(v/2) strays from 1 + v/2 by at most v²·exp(v/2)/8. The mean came in float32.
 */
export function errorOf(list: List, at: number, temperature: number): number {
  const spread = get(list.variances, at) / temperature ** 2;
  if (spread === 0) return 0;
  const mean = get(list.logits, at);
  const span = get(list.spans, at) / temperature;
  if (Number.isFinite(span)) {
    const rounding = (Math.abs(mean) * 2 ** -24) / temperature;
    return rounding + spread * ((span * Math.exp(span)) / 6 + (spread * Math.exp(spread / 2)) / 8);
  }
  // the lowest bin has nothing below: no token of it weighs more than what lies above
  const above = at > list.head ? get(list.logits, at - 1) : topOfTail(list);
  const nearest = above - mean > OUT_OF_REACH ? get(list.logits, list.head) - OUT_OF_REACH : above;
  return Math.exp((nearest - mean) / temperature) - 1;
}

/** No tail token has a higher logit. */
function topOfTail({ floor, logits }: Pick<List, "floor" | "logits">): number {
  return floor < 0 ? Number.POSITIVE_INFINITY : get(logits, floor);
}

type Compare = (one: number, other: number) => number;

/** From high to low, equal ones by id. */
export function byScore(scores: Float64Array, ids: Int32Array): Compare {
  return (one, other) =>
    get(scores, other) - get(scores, one) || get(ids, one) - get(ids, other) || one - other;
}

/** The order after scores of the context's entries have changed: these are put among the others, which stay as they are. */
export function reorder(list: List, scores: Float64Array): Int32Array {
  const compare = byScore(scores, list.ids);
  const isMoved = new Uint8Array(scores.length);
  for (const at of list.context) isMoved[at] = 1;
  const moved = Int32Array.from(list.context).sort(compare);
  const order = new Int32Array(scores.length);
  let next = 0;
  let place = 0;
  for (const at of list.order) {
    if (isMoved[at]) continue;
    while (next < moved.length && compare(get(moved, next), at) < 0) order[place++] = get(moved, next++);
    order[place++] = at;
  }
  while (next < moved.length) order[place++] = get(moved, next++);
  return order;
}

/** An element that is known to be there. */
export function get(array: { readonly [index: number]: number }, at: number): number {
  return array[at] as number;
}
