// What is left of a distribution while the chain runs, and how far its sums may be off.
import { errorOf, get, type List, massOf } from "./list";

export interface Pool {
  readonly list: List;
  scores: Float64Array;
  temperature: number;
  order: Int32Array;
  /** exp(score - highest) of one token of each entry, in proportion to its probability. */
  weights: Float64Array;
  /** The highest score that was left when the weights were made. */
  highest: number;
  /** Tokens left of each entry: between 0 and its count. */
  readonly left: Float64Array;
  readonly removedBy: Int16Array;
}

export function startPool(list: List): Pool {
  const pool: Pool = {
    list,
    scores: list.logits,
    temperature: 1,
    order: list.order,
    weights: list.logits,
    highest: 0,
    left: list.counts.slice(),
    removedBy: new Int16Array(list.head).fill(-1),
  };
  weigh(pool);
  return pool;
}

/** Makes the weights anew from the scores. What these have put at -∞ is removed, as a probability of 0 says. */
export function weigh(pool: Pool): void {
  const { list, scores, temperature, left } = pool;
  for (let at = 0; at < left.length; at++) if (get(scores, at) === Number.NEGATIVE_INFINITY) left[at] = 0;
  const highest = get(scores, first(pool));
  // at temperature 1 the tail's mass is known
  const lift = temperature === 1 ? list.lift : 0;
  const weights = new Float64Array(scores.length);
  for (let at = 0; at < list.head; at++) weights[at] = Math.exp(get(scores, at) - highest);
  for (let at = list.head; at < weights.length; at++)
    weights[at] = massOf(list, at, get(scores, at) - highest + lift, temperature);
  pool.weights = weights;
  pool.highest = highest;
}

/** The highest entry of which something is left. */
export function first(pool: Pool): number {
  for (const at of pool.order) if (get(pool.left, at) > 0) return at;
  return get(pool.order, 0);
}

/** Entries of which something is left, from high to low. */
export function survivors(pool: Pool): Int32Array {
  return pool.order.filter((at) => get(pool.left, at) > 0);
}

export function total(pool: Pool, from = 0): number {
  let sum = 0;
  for (let at = from; at < pool.left.length; at++) sum += get(pool.left, at) * get(pool.weights, at);
  return sum;
}

export function tokensLeft(pool: Pool, from = 0): number {
  let sum = 0;
  for (let at = from; at < pool.left.length; at++) sum += get(pool.left, at);
  return sum;
}

/** By what share of the sum the sum may be off, for what bins do not tell of their tokens. */
export function slack(pool: Pool, sum: number): number {
  const { list, temperature } = pool;
  if (temperature === 1 || list.evenTail) return 0;
  let off = 0;
  for (let at = list.head; at < pool.left.length; at++) off += part(pool, at, errorOf(list, at, temperature));
  return off / sum;
}

/** In nats, of what is left, and by how much it may be off. */
export function entropyLeft(pool: Pool, sum: number): { readonly value: number; readonly off: number } {
  const { list, temperature, highest } = pool;
  // the mean score of a bin, each token of it by its weight
  const mean = (at: number) => get(pool.scores, at) - highest + get(list.variances, at) / temperature ** 2;
  let inside = 0;
  for (let at = 0; at < pool.left.length; at++)
    if (get(pool.left, at) > 0) inside += part(pool, at, mean(at));
  const average = inside / sum;
  let off = 0;
  if (!list.evenTail) {
    for (let at = list.head; at < pool.left.length; at++)
      off += part(pool, at, errorOf(list, at, temperature)) * (4 + Math.abs(mean(at) - average));
  }
  return { value: Math.log(sum) - average, off: off / sum };
}

/** `factor` × the mass of an entry; 0 where that has none, however large the factor. */
function part(pool: Pool, at: number, factor: number): number {
  const mass = get(pool.left, at) * get(pool.weights, at);
  return mass > 0 ? mass * factor : 0;
}
