// What is left of a distribution while the chain runs.
import { get, type List } from "./list";

export interface Pool {
  readonly list: List;
  scores: Float64Array;
  order: Int32Array;
  /** Weight of one token of each entry, in proportion to its probability; 1 for the highest score of the whole list. */
  weights: Float64Array;
  /** Tokens left of each entry: between 0 and its count. */
  readonly left: Float64Array;
  readonly removedBy: Int16Array;
}

export function startPool(list: List): Pool {
  return {
    list,
    scores: list.logits,
    order: list.order,
    weights: weigh(list, list.logits, get(list.logits, get(list.order, 0)), 1),
    left: list.counts.slice(),
    removedBy: new Int16Array(list.head).fill(-1),
  };
}

export function weigh(list: List, scores: Float64Array, highest: number, temperature: number): Float64Array {
  // the spread within a bin shrinks with the temperature, and its effect on the mass with the square
  const lift = list.lift / temperature ** 2;
  return scores.map((score, at) => Math.exp(score - highest + (at < list.head ? 0 : lift)));
}

export function total(pool: Pool): number {
  let sum = 0;
  for (let at = 0; at < pool.left.length; at++) sum += get(pool.left, at) * get(pool.weights, at);
  return sum;
}

export function tokensLeft(pool: Pool, from = 0): number {
  let sum = 0;
  for (let at = from; at < pool.left.length; at++) sum += get(pool.left, at);
  return sum;
}

/** In nats, of what is left. */
export function entropyLeft(pool: Pool): number {
  const sum = total(pool);
  let entropy = 0;
  for (let at = 0; at < pool.left.length; at++) {
    const p = get(pool.weights, at) / sum;
    if (p > 0) entropy -= get(pool.left, at) * p * Math.log(p);
  }
  return entropy;
}

/** Entries of which something is left, from high to low. */
export function survivors(pool: Pool): Int32Array {
  return pool.order.filter((at) => get(pool.left, at) > 0);
}
