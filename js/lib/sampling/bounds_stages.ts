// What each stage leaves of a partial distribution for certain, and what in some case. The twin of llmwidgets/stages/bounds_stages.py.
import {
  type BoundsPool,
  both,
  entropyBounds,
  entropyTerm,
  narrowed,
  noiseOf,
  share,
  totalWeight,
  withAtMost,
  withoutRest,
} from "./bounds_pool";
import { get } from "./list";
import type { SamplingStage, StageName } from "./orders";
import { sumOfPowers } from "./rest";
import { NOISE } from "./stages";

type Apply = (pool: BoundsPool, value: number) => BoundsPool;

const TOP_H_TOKENS = 100;
const LEAST_FLOAT32 = 1.4e-45;

/** `penalised`: a repetition penalty finds tokens in the text. */
export function runBounds(pool: BoundsPool, name: StageName, value: number, penalised: boolean): BoundsPool {
  // it goes by the sign of a logit, which a log-probability has lost
  if (name === "repetition_penalty") return { ...pool, lost: penalised };
  if (!pool.lost) return name === "greedy" ? keepOne(pool) : STAGES[name](pool, value);
  if (name === "temperature") return pool;
  const none = new Uint8Array(pool.sure.length);
  return { ...pool, sure: none, tokens: [0, pool.tokens[1]], single: name === "greedy" };
}

const heat: Apply = (pool, temperature) => {
  const power = 1 / temperature;
  const { ceiling, tokens, mass } = pool;
  const scores = pool.scores.map((score) => score * power);
  return {
    ...pool,
    scores,
    weights: scores.map(Math.exp),
    mass: [
      sumOfPowers({ tokens: tokens[1], mass: mass[0], ceiling }, power)[0],
      sumOfPowers({ tokens: tokens[1], mass: mass[1], ceiling }, power)[1],
    ],
    ceiling: ceiling ** power,
  };
};

function keepOne(pool: BoundsPool): BoundsPool {
  const first = flags(pool, (at) => at === pool.maybe.indexOf(1));
  return withoutRest({ ...pool, sure: first, maybe: first });
}

const keepTopK: Apply = (pool, k) => {
  const { first } = runs(pool.scores);
  const sure = above(Float64Array.from(pool.sure));
  const maybe = above(Float64Array.from(pool.maybe));
  const [fewest, most] = [
    Math.min(pool.tokens[0], Math.max(0, k - last(maybe))),
    Math.min(pool.tokens[1], Math.max(0, k - last(sure))),
  ];
  return {
    ...pool,
    sure: both(
      pool.sure,
      flags(pool, (at) => get(maybe, get(first, at)) < k),
    ),
    maybe: both(
      pool.maybe,
      flags(pool, (at) => get(sure, get(first, at)) < k),
    ),
    // the most probable of the rest have their share at least
    mass: [
      fewest > 0 ? (pool.mass[0] * fewest) / pool.tokens[1] : 0,
      Math.min(pool.mass[1], most * pool.ceiling),
    ],
    tokens: [fewest, most],
  };
};

const keepTopP: Apply = (pool, p) => {
  const { weights, mass } = pool;
  const { first, behind } = runs(pool.scores);
  const sure = above(weights.map((weight, at) => (get(pool.sure, at) ? weight : 0)));
  const maybe = above(weights.map((weight, at) => (get(pool.maybe, at) ? weight : 0)));
  const margin = (1 - p) * noiseOf(pool) + 1e-9;
  const best = pool.maybe.indexOf(1);
  // of equal ones each may be the first, and each the last
  const goes = flags(pool, (at) => {
    const least = get(sure, get(first, at));
    const below = last(maybe) - get(maybe, get(first, at)) + mass[1];
    return at !== best && share(least, least + below) >= p + margin;
  });
  const stays = flags(pool, (at) => {
    const weight = get(weights, at);
    const most = get(maybe, get(behind, at)) - weight;
    const below = last(sure) - get(sure, get(behind, at)) + weight + mass[0];
    return at === best || share(most, most + below) < p - margin;
  });
  const left = { ...pool, sure: both(pool.sure, stays), maybe: without(pool.maybe, goes) };
  if (share(last(sure), last(sure) + mass[1]) >= p + margin) return withoutRest(left);
  const enough = (p - margin) * mass[0] - (1 - p + margin) * last(maybe);
  const [one, other] = mass.map(
    (each) => Math.max(0, (p + margin) * each - (1 - p - margin) * last(sure)) + pool.ceiling,
  ) as [number, number];
  // the tokens kept are the most probable, so that their mean weight is no less than that of all
  const part = Math.max(share(one, mass[0]), share(other, mass[1]));
  return withAtMost(narrowed(left, Math.max(0, enough), other), pool.tokens[1] * Math.min(1, part));
};

const keepMinP: Apply = (pool, ratio) => {
  const highest = (kept: Uint8Array, least: number) =>
    pool.weights.reduce((most, weight, at) => (get(kept, at) ? Math.max(most, weight) : most), least);
  return cutBelow(pool, ratio * highest(pool.sure, 0), ratio * highest(pool.maybe, pool.ceiling), NOISE);
};

const keepEpsilon: Apply = (pool, epsilon) => {
  const [least, most] = totalWeight(pool);
  return cutBelow(pool, epsilon * least, epsilon * most, noiseOf(pool));
};

const keepEta: Apply = (pool, epsilon) => {
  const [least, most] = totalWeight(pool);
  const [low, high] = entropyBounds(pool);
  const threshold = (entropy: number) => Math.min(epsilon, Math.sqrt(epsilon) * Math.exp(-entropy));
  return cutBelow(pool, threshold(high) * least, threshold(low) * most, noiseOf(pool));
};

const keepTypical: Apply = (pool, mass) => {
  const { scores, weights, sure, maybe } = pool;
  const [least, most] = totalWeight(pool);
  const [low, high] = entropyBounds(pool);
  const margin = noiseOf(pool);
  const nearOf = (score: number) =>
    Math.max(0, Math.log(least) - score - high, low - (Math.log(most) - score));
  const farOf = (score: number) => Math.max(Math.log(most) - score - low, high - (Math.log(least) - score));
  const near = scores.map(nearOf);
  const far = scores.map(farOf);
  const nearest = pool.mass[1] > 0 ? nearOf(Math.log(pool.ceiling)) : Number.POSITIVE_INFINITY;
  const sumOf = (kept: Uint8Array, test: (other: number) => boolean) =>
    weights.reduce((sum, weight, other) => (get(kept, other) && test(other) ? sum + weight : sum), 0);
  const stays = flags(pool, (at) => {
    const reach = get(far, at) + margin;
    const nearer = sumOf(maybe, (other) => other !== at && get(near, other) <= reach);
    return (nearer + (nearest <= reach ? pool.mass[1] : 0)) / least < mass - margin;
  });
  const goes = flags(pool, (at) => {
    const reach = get(near, at) - margin;
    return sumOf(sure, (other) => get(far, other) < reach) / most >= mass + margin;
  });
  const left = { ...pool, sure: both(sure, stays), maybe: without(maybe, goes) };
  const before = sumOf(sure, (other) => get(far, other) < nearest - margin);
  if (pool.mass[1] === 0 || before / most >= mass + margin) return withoutRest(left);
  return narrowed(left, 0, pool.mass[1]);
};

/** The first of the hundred most probable, as long as their terms of the entropy add up to no more than a part of it. */
const keepTopH: Apply = (pool, part) => {
  const top = keepTopK(pool, TOP_H_TOKENS);
  const [least, most] = totalWeight(top);
  const [low, high] = entropyBounds(top);
  const margin = part * high * NOISE + 1e-6;
  const best = top.maybe.indexOf(1);
  const stays = new Uint8Array(top.sure.length);
  const goes = new Uint8Array(top.sure.length);
  let reachedLeast = 0;
  let reachedMost = 0;
  for (const [at, weight] of top.weights.entries()) {
    const [lowest, highest] = [weight / most, weight / least];
    const terms = [entropyTerm(lowest), entropyTerm(highest)];
    // the term is highest at 1/e
    const peaked = lowest < 1 / Math.E && highest > 1 / Math.E ? 1 / Math.E : Math.max(...terms);
    if (get(top.maybe, at)) reachedMost += peaked;
    if (get(top.sure, at)) reachedLeast += Math.min(...terms);
    // where p is 0 in float32 transformers' term is NaN, which ends the prefix
    const ends = reachedLeast > part * high + margin || highest < LEAST_FLOAT32;
    goes[at] = Number(at !== best && ends);
    const within = reachedMost < part * low - margin && lowest > 2 * LEAST_FLOAT32;
    stays[at] = Number(at === best || within);
  }
  const left = { ...top, sure: both(top.sure, stays), maybe: without(top.maybe, goes) };
  if (goes.includes(1)) return withoutRest(left);
  return { ...left, mass: [0, top.mass[1]], tokens: [0, top.tokens[1]] };
};

const STAGES: Readonly<Record<Exclude<SamplingStage, "repetition_penalty">, Apply>> = {
  temperature: heat,
  top_h: keepTopH,
  top_k: keepTopK,
  top_p: keepTopP,
  min_p: keepMinP,
  typical_p: keepTypical,
  epsilon_cutoff: keepEpsilon,
  eta_cutoff: keepEta,
};

/** Keeps what weighs as much as a threshold between `least` and `most`, and what none exceeds. */
function cutBelow(pool: BoundsPool, least: number, most: number, noise: number): BoundsPool {
  const { first } = runs(pool.scores);
  const sure = above(Float64Array.from(pool.sure));
  const maybe = above(Float64Array.from(pool.maybe));
  const stays = flags(
    pool,
    (at) => get(pool.weights, at) >= most * (1 + noise) || get(maybe, get(first, at)) === 0,
  );
  const goes = flags(
    pool,
    (at) => get(pool.weights, at) < least * (1 - noise) && get(sure, get(first, at)) > 0,
  );
  const left = { ...pool, sure: both(pool.sure, stays), maybe: without(pool.maybe, goes) };
  if (pool.ceiling < least * (1 - noise)) return withoutRest(left);
  const lost = pool.tokens[1] * most * (1 + noise);
  const cut = narrowed(left, Math.max(0, pool.mass[0] - lost), pool.mass[1]);
  return least > 0 ? withAtMost(cut, pool.mass[1] / (least * (1 - noise))) : cut;
}

function flags(pool: BoundsPool, test: (at: number) => boolean): Uint8Array {
  return pool.sure.map((_, at) => Number(test(at)));
}

function without(one: Uint8Array, other: Uint8Array): Uint8Array {
  return one.map((flag, at) => flag & (1 - get(other, at)));
}

/** The sum of those before each, and of all. */
function above(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (const [at, value] of values.entries()) sums[at + 1] = get(sums, at) + value;
  return sums;
}

function last(sums: Float64Array): number {
  return get(sums, sums.length - 1);
}

/** For each of falling scores the place of the first that is equal, and that behind the last. */
function runs(scores: Float64Array): { readonly first: Int32Array; readonly behind: Int32Array } {
  const first = new Int32Array(scores.length);
  const behind = new Int32Array(scores.length);
  for (let at = 0; at < scores.length; at++)
    first[at] = at > 0 && scores[at] === scores[at - 1] ? get(first, at - 1) : at;
  for (let at = scores.length - 1; at >= 0; at--)
    behind[at] = scores[at] === scores[at + 1] ? get(behind, at + 1) : at + 1;
  return { first, behind };
}
