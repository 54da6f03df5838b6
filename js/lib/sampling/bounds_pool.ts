// What a chain has left of a partial distribution at one moment, as far as that is certain. The twin of llmwidgets/stages/bounds_pool.py.
import { get, type List } from "./list";
import { entropyOfRest, type Range, type Rest } from "./rest";
import { NOISE, NOISE_OF_A_TOKEN } from "./stages";

/** So far the probability of what was not returned may be off: log-probabilities come in float32, or rounded. */
const PRECISION = 1e-6;

export interface BoundsPool {
  /** Of what was returned; they fall from 0, and weights are exp(score). */
  readonly scores: Float64Array;
  readonly weights: Float64Array;
  /** 1 where a token is kept in any case, and in some case. */
  readonly sure: Uint8Array;
  readonly maybe: Uint8Array;
  /** The weight and the number of what was not returned, and the weight that none of it exceeds. */
  readonly mass: Range;
  readonly tokens: Range;
  readonly ceiling: number;
  /** Weights are not known at all. */
  readonly lost: boolean;
  /** One token is left, known or not. */
  readonly single: boolean;
}

export function startBounds(list: List, rest: Rest): BoundsPool {
  const highest = get(list.logits, 0);
  const scores = list.logits.slice(0, list.head).map((logit) => logit - highest);
  const present = new Uint8Array(list.head).fill(1);
  const scale = Math.exp(-highest);
  const ceiling = rest.ceiling * scale;
  const most = Math.min((rest.mass + PRECISION) * scale, rest.tokens * ceiling);
  const least = Math.min(Math.max(0, rest.mass - PRECISION) * scale, most);
  return {
    ...{ scores, weights: scores.map(Math.exp), sure: present, maybe: present },
    ...{ mass: [least, most], tokens: [rest.tokens, rest.tokens], ceiling },
    ...{ lost: false, single: false },
  };
}

/** The weight of what was returned and is left. */
export function knownWeight({ weights, sure, maybe }: BoundsPool): Range {
  return [sumWhere(weights, sure), sumWhere(weights, maybe)];
}

/** The weight of all that is left. Something always is. */
export function totalWeight(pool: BoundsPool): Range {
  const [least, most] = knownWeight(pool);
  return [Math.max(least + pool.mass[0], Number.MIN_VALUE), Math.max(most + pool.mass[1], Number.MIN_VALUE)];
}

/** Tokens left. */
export function countLeft({ sure, maybe, tokens, single }: BoundsPool): Range {
  if (single) return [1, 1];
  return [Math.max(1, count(sure) + tokens[0]), count(maybe) + tokens[1]];
}

export function noiseOf(pool: BoundsPool): number {
  return NOISE + NOISE_OF_A_TOKEN * countLeft(pool)[1];
}

export interface Probabilities {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Of each token that was returned. */
export function probabilities(pool: BoundsPool): Probabilities {
  const { weights, sure, maybe, mass, lost } = pool;
  if (lost) return { low: new Float64Array(weights.length), high: Float64Array.from(maybe) };
  const [least, most] = knownWeight(pool);
  const low = weights.map((weight, at) => (get(sure, at) ? share(weight, most + mass[1]) : 0));
  const high = weights.map((weight, at) => {
    const others = Math.max(0, least - (get(sure, at) ? weight : 0));
    return get(maybe, at) ? Math.max(get(low, at), share(weight, weight + others + mass[0])) : 0;
  });
  return { low, high };
}

/** Of all that was not returned. */
export function restLeft(pool: BoundsPool): Range {
  const { mass, tokens, lost } = pool;
  if (tokens[1] === 0) return [0, 0];
  if (lost) return [0, 1];
  const [least, most] = knownWeight(pool);
  return [share(mass[0], mass[0] + most), share(mass[1], mass[1] + least)];
}

/** The most that one token that was not returned has. */
export function highestOfRest(pool: BoundsPool): number {
  const [, most] = restLeft(pool);
  if (pool.lost) return most;
  const others = knownWeight(pool)[0] + Math.max(0, pool.mass[0] - pool.ceiling);
  return Math.min(most, share(pool.ceiling, pool.ceiling + others));
}

/** In nats. That of what was returned mixed with a rest is concave in the rest's share. */
export function entropyBounds(pool: BoundsPool): Range {
  const { weights, sure, maybe, mass, tokens, ceiling } = pool;
  if (pool.lost || !sameSets(sure, maybe) || count(sure) === 0) return [0, Math.log(countLeft(pool)[1])];
  const own = entropyOf(weights.filter((_, at) => get(sure, at)));
  const [low, high] = restLeft(pool);
  if (high === 0) return [own, own];
  const mixed = (part: number, inside: number) =>
    entropyOf(Float64Array.of(part, 1 - part)) + (1 - part) * own + part * inside;
  const most = Math.log(tokens[1]);
  const peak = 1 / (1 + Math.exp(own - most));
  const fewest = mass[0] > 0 ? entropyOfRest({ tokens: tokens[1], mass: mass[0], ceiling })[0] : 0;
  const least = mass[0] > 0 ? Math.max(0, fewest / mass[0] + Math.log(mass[0])) : 0;
  return [Math.min(mixed(low, least), mixed(high, least)), mixed(Math.min(Math.max(peak, low), high), most)];
}

/** With less of the rest: at least and at most this weight. */
export function narrowed(pool: BoundsPool, atLeast: number, atMost: number): BoundsPool {
  const most = Math.min(pool.mass[1], atMost);
  const least = Math.min(atLeast, most);
  const fewest = pool.ceiling > 0 ? Math.ceil(least / pool.ceiling - 1e-6) : 0;
  return {
    ...pool,
    mass: [least, most],
    tokens: [Math.min(pool.tokens[1], Math.max(0, fewest)), pool.tokens[1]],
  };
}

/** With no more tokens of the rest than this. */
export function withAtMost(pool: BoundsPool, tokens: number): BoundsPool {
  const most = Math.floor(Math.min(pool.tokens[1], tokens + 1e-6));
  return most === 0 ? withoutRest(pool) : { ...pool, tokens: [Math.min(pool.tokens[0], most), most] };
}

export function withoutRest(pool: BoundsPool): BoundsPool {
  return { ...pool, mass: [0, 0], tokens: [0, 0] };
}

/** The share of the weight before a cut that it left; 1 where it removed nothing. */
export function leftOf(before: BoundsPool, after: BoundsPool): Range {
  const counts = new Set([...countLeft(before), ...countLeft(after)]);
  if (counts.size === 1) return [1, 1];
  if (before.lost) return [0, 1];
  const { weights } = before;
  const least = sumWhere(weights, after.sure) + after.mass[0];
  const most = sumWhere(weights, after.maybe) + after.mass[1];
  const gone =
    sumWhere(weights, both(before.sure, not(after.maybe))) + Math.max(0, before.mass[0] - after.mass[1]);
  const goneMost =
    sumWhere(weights, both(before.maybe, not(after.sure))) + Math.max(0, before.mass[1] - after.mass[0]);
  return [share(least, least + goneMost), share(most, most + gone)];
}

/** 0 of nothing. */
export function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}

/** Of the distribution that is in proportion to the weights, in nats. */
export function entropyOf(weights: Float64Array): number {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.reduce((entropy, weight) => entropy + entropyTerm(share(weight, sum)), 0);
}

/** -p·log p; 0 for 0. */
export function entropyTerm(p: number): number {
  return p > 0 ? -p * Math.log(p) : 0;
}

export function both(one: Uint8Array, other: Uint8Array): Uint8Array {
  return one.map((flag, at) => flag & get(other, at));
}

export function not(flags: Uint8Array): Uint8Array {
  return flags.map((flag) => 1 - flag);
}

function count(flags: Uint8Array): number {
  return flags.reduce((sum, flag) => sum + flag, 0);
}

function sumWhere(values: Float64Array, flags: Uint8Array): number {
  return values.reduce((sum, value, at) => (get(flags, at) ? sum + value : sum), 0);
}

function sameSets(one: Uint8Array, other: Uint8Array): boolean {
  return one.every((flag, at) => flag === get(other, at));
}
