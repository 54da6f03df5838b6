// One distribution with what the sampler makes of it, unpacked once for all rows.
import type { Chain } from "../../../lib/sampling";
import { get, type List, prepare } from "../../../lib/sampling/list";
import { uncut } from "../../../lib/sampling/uncut";
import type { DistributionPayload, SamplerPayload } from "../../../session/payloads";

export interface Ranks {
  /** By index into the head, from 1; 0 for a token that has none. */
  readonly ranks: Int32Array;
  /** Ranks up to this one are exact; those below it stand under tokens of the tail, whose logits are known by bins. */
  readonly sureTo: number;
}

export interface Source {
  readonly distribution: DistributionPayload;
  readonly chain: Chain;
  readonly sampler: SamplerPayload;
  readonly list: List;
  readonly special: ReadonlySet<number>;
  /** After repetition penalty and temperature, for head tokens and then tail bins. */
  readonly scores: Float64Array;
  /** The tail's bins from high to low, with the weight of one token in proportion to its probability after both. */
  readonly weights: Float64Array;
  readonly before: Ranks;
  readonly after: Ranks;
  /** The kept head token that is most probable after the sampler; -1 where the head keeps none. */
  readonly best: number;
  /** Indices into the head, by token id. */
  readonly places: ReadonlyMap<number, number>;
}

export function sourceOf(distribution: DistributionPayload, chain: Chain, sampler: SamplerPayload): Source {
  const list = prepare(distribution);
  const { pool } = uncut(list, sampler);
  return {
    distribution,
    chain,
    sampler,
    list,
    special: new Set(distribution.special),
    scores: pool.scores,
    weights: pool.weights,
    before: ranksAlong(list, list.order, null),
    after: ranksAlong(list, pool.order, chain),
    best: bestOf(chain),
    places: placesOf(list),
  };
}

/** Ranks in an order of head tokens and tail bins; with a chain, among the tokens that it keeps. */
function ranksAlong(list: List, order: Int32Array, chain: Chain | null): Ranks {
  const ranks = new Int32Array(list.head);
  let inTail = chain ? chain.keptInTail : Number.POSITIVE_INFINITY;
  let sureTo = Number.POSITIVE_INFINITY;
  let passed = 0;
  for (const at of order) {
    if (at < list.head) {
      if (chain && get(chain.removedBy, at) >= 0) continue;
      ranks[at] = ++passed;
    } else if (inTail > 0) {
      sureTo = Math.min(sureTo, passed);
      const count = Math.min(inTail, get(list.counts, at));
      inTail -= count;
      passed += count;
    }
  }
  return { ranks, sureTo };
}

function bestOf({ sampled, removedBy }: Chain): number {
  let best = -1;
  for (let at = 0; at < sampled.length; at++) {
    if (get(removedBy, at) < 0 && (best < 0 || get(sampled, at) > get(sampled, best))) best = at;
  }
  return best;
}

const known = new WeakMap<List, ReadonlyMap<number, number>>();

function placesOf(list: List): ReadonlyMap<number, number> {
  const found =
    known.get(list) ?? new Map(Array.from({ length: list.head }, (_, at) => [get(list.ids, at), at]));
  known.set(list, found);
  return found;
}
