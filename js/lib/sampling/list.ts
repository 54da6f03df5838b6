// A distribution as the chain sees it: head tokens, then tail bins. Made once per distribution.
import type { DistributionPayload } from "../../session/payloads";
import { decode } from "../arrays";

export interface List {
  readonly head: number;
  /** (entries,) each */
  readonly ids: Int32Array;
  readonly logits: Float64Array;
  readonly counts: Float64Array;
  /**
   * Entries from high to low, equal ones by id. Where a cut (top-p, top-h) goes through equal logits, the lowest ids stay here;
   * in transformers it is as many, but which ones depends on the device: torch's sort is not stable.
   */
  readonly order: Int32Array;
  readonly context: readonly number[];
  /** Lowest head token that is there for its logit and not for the context: no tail token lies above it. -1 if none. */
  readonly floor: number;
  readonly raw: Float64Array;
  readonly tailRaw: number;
  /** log of (the tail's true mass / its bins' mass) at temperature 1: a bin's mean logit misses the spread within the bin. */
  readonly lift: number;
  /** A tail of one bin holds equal logits, so that nothing in it is approximate. */
  readonly evenTail: boolean;
}

// below this the tail's mass, as 1 minus the head's, is mostly rounding
const RELIABLE_TAIL = 1e-6;
const lists = new WeakMap<DistributionPayload, List>();

export function prepare(distribution: DistributionPayload): List {
  const known = lists.get(distribution);
  if (known) return known;
  const headLogits = decode(distribution.logits);
  const binLogits = decode(distribution.tail_logits);
  const binCounts = decode(distribution.tail_counts);
  const head = headLogits.length;
  const logits = Float64Array.from([...headLogits, ...binLogits]);
  const counts = new Float64Array(logits.length).fill(1, 0, head);
  counts.set(binCounts, head);
  const ids = new Int32Array(logits.length).fill(2 ** 31 - 1);
  ids.set(decode(distribution.ids));

  const raw = new Float64Array(head);
  let headMass = 0;
  for (let at = 0; at < head; at++) {
    raw[at] = Math.exp(get(logits, at) - distribution.log_sum);
    headMass += get(raw, at);
  }
  let binMass = 0;
  for (let at = head; at < logits.length; at++)
    binMass += get(counts, at) * Math.exp(get(logits, at) - distribution.log_sum);
  const reliable = binMass > 0 && 1 - headMass > RELIABLE_TAIL;
  const tailRaw = reliable ? 1 - headMass : binMass;

  const inContext = new Set(distribution.context);
  let floor = head - 1;
  while (floor >= 0 && inContext.has(floor)) floor--;
  const list: List = {
    head,
    ids,
    logits,
    counts,
    order: sortHighToLow(logits, ids),
    context: distribution.context,
    floor,
    raw,
    tailRaw,
    lift: reliable ? Math.log(tailRaw / binMass) : 0,
    evenTail: binLogits.length <= 1,
  };
  lists.set(distribution, list);
  return list;
}

export function sortHighToLow(values: Float64Array, ids: Int32Array): Int32Array {
  const order = Array.from(values.keys());
  order.sort((a, b) => get(values, b) - get(values, a) || get(ids, a) - get(ids, b) || a - b);
  return Int32Array.from(order);
}

/** An element that is known to be there. */
export function get(array: { readonly [index: number]: number }, at: number): number {
  return array[at] as number;
}
