// What the token looked at attends to, as the kernel told it: of one layer and head, or the mean over them.
import { decode } from "../../../lib/arrays";
import type { AttentionPayload } from "../../../session/payloads";

/** What stands for all of a token's attention in the payload. */
const WHOLE = 32_767;

/** In the place of a weight: the token stands behind the one that looks, which cannot see it. */
export const NOT_SEEN = -1;

/** `layer` and `head` from 1; 0 for the mean over all. */
export interface Reading {
  readonly layer: number;
  readonly head: number;
  /** The first token, to which much attention goes that has nowhere to go, is left out of the shares. */
  readonly withoutFirst: boolean;
}

export interface Attending {
  /** Of each token, from 0 to 1. */
  readonly weights: readonly number[];
  /** What the colours say; NaN where there is nothing to say. */
  readonly shares: readonly number[];
  readonly query: number;
}

const NOTHING: Attending = { weights: [], shares: [], query: -1 };

export function sizesOf(attention: AttentionPayload | null): readonly [layers: number, heads: number] {
  const [layers = 0, heads = 0] = attention?.values.shape ?? [];
  return [layers, heads];
}

/** `both`: the model sees both sides of a token. */
export function read(attention: AttentionPayload | null, reading: Reading, both: boolean): Attending {
  if (attention === null || attention.error) return NOTHING;
  const [layers = 0, heads = 0, count = 0] = attention.values.shape;
  const numbers = decode(attention.values);
  const sums = new Float64Array(count);
  let rows = 0;
  for (const layer of chosen(reading.layer, layers)) {
    for (const head of chosen(reading.head, heads)) {
      const start = (layer * heads + head) * count;
      for (let index = 0; index < count; index++)
        sums[index] = (sums[index] ?? 0) + (numbers[start + index] ?? 0);
      rows++;
    }
  }
  const seen = both ? count : attention.query + 1;
  const weights = Array.from(sums, (sum, index) => (index < seen ? sum / (WHOLE * rows) : NOT_SEEN));
  return { weights, shares: sharesOf(weights, reading.withoutFirst), query: attention.query };
}

function sharesOf(weights: readonly number[], withoutFirst: boolean): readonly number[] {
  const all = withoutFirst ? weights.slice(1).reduce((sum, weight) => sum + Math.max(weight, 0), 0) : 1;
  return weights.map((weight, index) => {
    if (weight === NOT_SEEN || (withoutFirst && index === 0)) return Number.NaN;
    return all > 0 ? weight / all : 0;
  });
}

/** The chosen one, or all; one that the model does not have is taken as all. */
function chosen(one: number, count: number): readonly number[] {
  return one > 0 && one <= count ? [one - 1] : Array.from({ length: count }, (_, index) => index);
}
