// The stages, one function each: what transformers' processors do, over head tokens and tail bins.
import { get, sortHighToLow } from "./list";
import type { SamplingStage } from "./orders";
import { entropyLeft, type Pool, survivors, total, weigh } from "./pool";

export function penalize(pool: Pool, penalty: number): void {
  const { list } = pool;
  const theta = Math.fround(penalty);
  const scores = list.logits.slice();
  for (const at of list.context) {
    const score = get(scores, at);
    scores[at] = Math.fround(score < 0 ? score * theta : score / theta);
  }
  pool.scores = scores;
  pool.order = sortHighToLow(scores, list.ids);
  pool.weights = weigh(list, scores, get(scores, get(pool.order, 0)), 1);
}

export function heat(pool: Pool, temperature: number): void {
  const divisor = Math.fround(temperature);
  pool.scores = pool.scores.map((score) => Math.fround(score / divisor));
  pool.weights = weigh(pool.list, pool.scores, get(pool.scores, get(pool.order, 0)), temperature);
}

export function keepOne(pool: Pool, entry: number): void {
  pool.left.fill(0);
  pool.left[entry] = 1;
}

const TOP_H_LIMIT = 100;

function keepTopH(pool: Pool, share: number): void {
  const candidates: number[] = [];
  for (const at of survivors(pool)) {
    const room = TOP_H_LIMIT - candidates.length;
    for (let n = Math.min(room, get(pool.left, at)); n > 0; n--) candidates.push(at);
  }
  let sum = 0;
  for (const at of candidates) sum += get(pool.weights, at);
  const terms = candidates.map((at) => {
    const p = get(pool.weights, at) / sum;
    // where p is 0 in float32, transformers' term is NaN, which ends the prefix
    return Math.fround(p) > 0 ? -p * Math.log(p) : Number.NaN;
  });
  let entropy = 0;
  for (const term of terms) entropy += term || 0;
  const limit = Math.fround(entropy * share);
  pool.left.fill(0);
  let reached = 0;
  for (const [rank, at] of candidates.entries()) {
    reached += get(terms, rank);
    if (rank > 0 && !(Math.fround(reached) <= limit)) break;
    pool.left[at] = get(pool.left, at) + 1;
  }
}

function keepTopK(pool: Pool, k: number): void {
  let room = k;
  let threshold = Number.NEGATIVE_INFINITY;
  for (const at of survivors(pool)) {
    const score = get(pool.scores, at);
    if (room <= 0 && score < threshold) {
      pool.left[at] = 0;
      continue;
    }
    if (room > 0) threshold = score;
    // within a bin only its `room` highest, since its tokens differ though their scores are not known
    if (isSpread(pool, at)) pool.left[at] = Math.min(get(pool.left, at), Math.max(room, 0));
    room -= get(pool.left, at);
  }
}

/** The entry is a bin of different logits. */
function isSpread(pool: Pool, at: number): boolean {
  return at >= pool.list.head && !pool.list.evenTail && get(pool.list.counts, at) > 1;
}

function keepTopP(pool: Pool, p: number): void {
  const limit = Math.fround(1 - p);
  const sum = total(pool);
  const rising = survivors(pool).reverse();
  let below = 0;
  for (const [rank, at] of rising.entries()) {
    const each = get(pool.weights, at) / sum;
    const present = get(pool.left, at);
    const removable = rank === rising.length - 1 ? present - 1 : present;
    const removed = countWithin(limit, below, each, removable);
    pool.left[at] = present - removed;
    if (removed < present) return;
    below += removed * each;
  }
}

/** How many of `most` equal steps fit: the largest n with start + n × step <= limit, in float32. */
function countWithin(limit: number, start: number, step: number, most: number): number {
  const fits = (n: number) => Math.fround(start + n * step) <= limit;
  if (fits(most)) return most;
  let n = Math.max(0, Math.min(most, Math.floor((limit - start) / step)));
  while (n > 0 && !fits(n)) n--;
  while (n < most && fits(n + 1)) n++;
  return n;
}

function keepMinP(pool: Pool, ratio: number): void {
  const sum = total(pool);
  const highest = get(survivors(pool), 0);
  const threshold = Math.fround(Math.fround(ratio) * Math.fround(get(pool.weights, highest) / sum));
  for (const at of survivors(pool)) {
    if (at !== highest && Math.fround(get(pool.weights, at) / sum) < threshold) pool.left[at] = 0;
  }
}

function keepTypical(pool: Pool, mass: number): void {
  const sum = total(pool);
  const entropy = entropyLeft(pool);
  const ascending = survivors(pool).reverse();
  const highest = get(pool.scores, get(ascending, ascending.length - 1));
  const distances = new Map<number, number>();
  // from scores, since a weight may have underflowed to 0
  for (const at of ascending)
    distances.set(at, Math.abs(highest - get(pool.scores, at) + Math.log(sum) - entropy));
  const distance = (at: number) => distances.get(at) as number;
  const byDistance = [...ascending].sort((a, b) => distance(a) - distance(b));
  const limit = Math.fround(mass);
  let reached = 0;
  let threshold = Number.POSITIVE_INFINITY;
  for (const at of byDistance) {
    if (Math.fround(distance(at)) > threshold) {
      pool.left[at] = 0;
      continue;
    }
    if (threshold < Number.POSITIVE_INFINITY) continue;
    const each = get(pool.weights, at) / sum;
    const present = get(pool.left, at);
    if (Math.fround(reached + present * each) >= limit) {
      threshold = Math.fround(distance(at));
      if (isSpread(pool, at))
        pool.left[at] = Math.min(present, Math.max(1, Math.ceil((limit - reached) / each)));
    }
    reached += present * each;
  }
}

/** Keeps what has at least this probability, and the most probable. */
function keepAbove(pool: Pool, threshold: number): void {
  const sum = total(pool);
  const left = survivors(pool);
  const highest = get(pool.scores, get(left, 0));
  for (const at of left) {
    const low = Math.fround(get(pool.weights, at) / sum) < Math.fround(threshold);
    if (low && get(pool.scores, at) < highest) pool.left[at] = 0;
  }
}

function etaThreshold(pool: Pool, epsilon: number): number {
  return Math.min(epsilon, Math.sqrt(epsilon) * Math.exp(-entropyLeft(pool)));
}

export const STAGES: Readonly<Record<SamplingStage, (pool: Pool, value: number) => void>> = {
  repetition_penalty: penalize,
  temperature: heat,
  top_h: keepTopH,
  top_k: keepTopK,
  top_p: keepTopP,
  min_p: keepMinP,
  typical_p: keepTypical,
  epsilon_cutoff: keepAbove,
  eta_cutoff: (pool, epsilon) => keepAbove(pool, etaThreshold(pool, epsilon)),
};
