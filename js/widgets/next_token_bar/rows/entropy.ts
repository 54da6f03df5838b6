// How many choices the sampler leaves: its entropy, exact in the head; in the tail by its bins.
import type { Range } from "../../../lib/sampling";
import { get } from "../../../lib/sampling/list";
import type { Source } from "./source";

export interface Spread {
  /** In nats, at least and at most: the same number twice but where tokens that were not returned leave it open. */
  readonly within: Range;
  readonly about: boolean;
}

export function entropyAfter(source: Source): Spread {
  const { chain } = source;
  if (chain.bounds) return { within: chain.bounds.entropy, about: false };
  let entropy = 0;
  for (const p of chain.sampled) if (p > 0) entropy -= p * Math.log(p);
  entropy += tailEntropy(source);
  return { within: [entropy, entropy], about: chain.keptInTail > 0 };
}

/** Of the tail's most probable tokens, as many as are kept: every stage but typical_p takes the least probable first. */
function tailEntropy({ chain, list, weights }: Source): number {
  const kept: (readonly [count: number, weight: number])[] = [];
  let left = chain.keptInTail;
  let sum = 0;
  for (let at = list.head; at < weights.length && left > 0; at++) {
    const count = Math.min(left, get(list.counts, at));
    left -= count;
    sum += count * get(weights, at);
    kept.push([count, get(weights, at)]);
  }
  if (sum === 0) return 0;
  return kept.reduce((entropy, [count, weight]) => {
    const p = (chain.tailSampled * weight) / sum;
    return p > 0 ? entropy - count * p * Math.log(p) : entropy;
  }, 0);
}
