// The stages, one function each: what transformers' processors do, over head tokens and tail bins. Each returns whether its
// decision is a close one, which rounding or the tail's bins could turn.
import { get, reorder } from "./list";
import type { SamplingStage } from "./orders";
import { entropyLeft, first, type Pool, slack, survivors, tokensLeft, total, weigh } from "./pool";

type Apply = (pool: Pool, value: number) => boolean;

// Scores and the two sides of each comparison are rounded to float32 as in transformers, so that ties and values right on a
// threshold fall on the same side. Sums are float64 here and float32 there: within this share, either may be right.
export const NOISE = 1e-5;
/**
 * What each token that is summed adds to it where probabilities are held against a fixed number. torch's float32 softmax was up to
 * 1.6e-4 of itself off at 201,088 tokens, 5.8e-5 at 49,152 and 3e-6 at 4,096, on a processor with AVX2; its cumsum 4.6e-5.
 */
export const NOISE_OF_A_TOKEN = 1.2e-9;
/** The tail's sum is not known better than this at every temperature: beyond it, probabilities are "about". */
const LOOSE = 1e-4;

function close(one: number, other: number, margin: number): boolean {
  return Math.abs(one - other) <= margin;
}

function summingNoise(pool: Pool): number {
  return NOISE + NOISE_OF_A_TOKEN * tokensLeft(pool);
}

const penalize: Apply = (pool, penalty) => {
  const { list } = pool;
  const theta = Math.fround(penalty);
  const scores = list.logits.slice();
  for (const at of list.context) {
    const score = get(scores, at);
    scores[at] = Math.fround(score < 0 ? score * theta : score / theta);
  }
  pool.scores = scores;
  pool.order = reorder(list, scores);
  weigh(pool);
  return false;
};

const heat: Apply = (pool, temperature) => {
  const { list } = pool;
  const divisor = Math.fround(temperature);
  pool.temperature = temperature;
  // a bin's mean is no token's score: rounding would shift all of them
  pool.scores = pool.scores.map((score, at) =>
    get(list.variances, at) > 0 ? score / divisor : Math.fround(score / divisor),
  );
  weigh(pool);
  return slack(pool, total(pool)) > LOOSE;
};

export function keepOne(pool: Pool): boolean {
  const best = first(pool);
  pool.left.fill(0);
  pool.left[best] = 1;
  return false;
}

const TOP_H_LIMIT = 100;

const keepTopH: Apply = (pool, share) => {
  const left = survivors(pool);
  const candidates: number[] = [];
  for (const at of left) {
    const room = TOP_H_LIMIT - candidates.length;
    if (room <= 0) break;
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
  // a probability near 1 has a logarithm of few digits in float32
  const margin = limit * NOISE + 1e-6;
  const before = pool.left.slice();
  pool.left.fill(0);
  let reached = 0;
  let doubt = false;
  for (const [rank, at] of candidates.entries()) {
    reached += get(terms, rank);
    if (rank > 0) doubt ||= close(reached, limit, margin);
    if (rank > 0 && !(Math.fround(reached) <= limit)) break;
    pool.left[at] = get(pool.left, at) + 1;
  }
  return doubt || splitsTie(pool, before, left);
};

const keepTopK: Apply = (pool, k) => {
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
  return false;
};

/** The entry is a bin of different logits. */
function isSpread(pool: Pool, at: number): boolean {
  return get(pool.list.variances, at) > 0;
}

const keepTopP: Apply = (pool, p) => {
  const limit = Math.fround(1 - p);
  const sum = total(pool);
  const margin = limit * summingNoise(pool) + slack(pool, sum);
  const before = pool.left.slice();
  const falling = survivors(pool);
  let below = 0;
  let doubt = false;
  for (let rank = falling.length - 1; rank >= 0; rank--) {
    const at = get(falling, rank);
    const each = get(pool.weights, at) / sum;
    const present = get(pool.left, at);
    const removable = rank === 0 ? present - 1 : present;
    const removed = countWithin(limit, below, each, removable);
    pool.left[at] = present - removed;
    below += removed * each;
    if (removed === present) continue;
    doubt = close(below, limit, margin) || (removed < removable && close(below + each, limit, margin));
    break;
  }
  return doubt || splitsTie(pool, before, falling);
};

/** How many of `most` equal steps fit: the largest n with start + n × step <= limit, in float32. */
function countWithin(limit: number, start: number, step: number, most: number): number {
  const fits = (n: number) => Math.fround(start + n * step) <= limit;
  if (fits(most)) return most;
  let n = Math.max(0, Math.min(most, Math.floor((limit - start) / step)));
  while (n > 0 && !fits(n)) n--;
  while (n < most && fits(n + 1)) n++;
  return n;
}

/** Whether a cut goes through equal scores: how many of them stay is known, but not which. */
function splitsTie(pool: Pool, before: Float64Array, falling: Int32Array): boolean {
  let lowest = Number.NaN;
  for (const at of falling) {
    const stays = get(pool.left, at);
    if (stays < get(before, at)) return stays > 0 || get(pool.scores, at) === lowest;
    lowest = get(pool.scores, at);
  }
  return false;
}

const keepMinP: Apply = (pool, ratio) => {
  const sum = total(pool);
  const highest = first(pool);
  const threshold = Math.fround(Math.fround(ratio) * Math.fround(get(pool.weights, highest) / sum));
  return removeBelow(pool, sum, threshold, threshold * NOISE);
};

const keepEpsilon: Apply = (pool, epsilon) => {
  const sum = total(pool);
  const threshold = Math.fround(epsilon);
  return removeBelow(pool, sum, threshold, threshold * (summingNoise(pool) + slack(pool, sum)));
};

const keepEta: Apply = (pool, epsilon) => {
  const sum = total(pool);
  const entropy = entropyLeft(pool, sum);
  const threshold = Math.fround(Math.min(epsilon, Math.sqrt(epsilon) * Math.exp(-entropy.value)));
  return removeBelow(pool, sum, threshold, threshold * (summingNoise(pool) + slack(pool, sum) + entropy.off));
};

/** Keeps what has at least this probability, and those of the highest score. */
function removeBelow(pool: Pool, sum: number, threshold: number, margin: number): boolean {
  const highest = get(pool.scores, first(pool));
  let doubt = false;
  for (let at = 0; at < pool.left.length; at++) {
    if (get(pool.left, at) === 0 || get(pool.scores, at) === highest) continue;
    const p = Math.fround(get(pool.weights, at) / sum);
    doubt ||= close(p, threshold, margin);
    if (p < threshold) pool.left[at] = 0;
  }
  return doubt;
}

const keepTypical: Apply = (pool, mass) => {
  const sum = total(pool);
  const entropy = entropyLeft(pool, sum);
  const off = slack(pool, sum);
  const falling = survivors(pool);
  // from scores, since a weight may have underflowed to 0
  const surprise = (at: number) => pool.highest - get(pool.scores, at) + Math.log(sum);
  const distances = new Float64Array(pool.left.length);
  for (const at of falling) distances[at] = Math.abs(surprise(at) - entropy.value);

  const limit = Math.fround(mass);
  const noise = summingNoise(pool);
  const margin = noise + off;
  let reached = 0;
  let last = -1;
  let doubt = false;
  for (const at of outwards(falling, distances)) {
    const each = get(pool.weights, at) / sum;
    const present = get(pool.left, at);
    doubt ||= close(reached, limit, margin);
    const enough = Math.fround(reached + present * each) >= limit;
    last = at;
    if (enough) {
      doubt ||= close(reached + present * each, limit, margin);
      if (isSpread(pool, at))
        pool.left[at] = Math.min(present, Math.max(1, Math.ceil((limit - reached) / each)));
      break;
    }
    reached += present * each;
  }
  const threshold = Math.fround(get(distances, last));
  const shift = noise + off + entropy.off;
  for (const at of falling) {
    const distance = get(distances, at);
    if (get(pool.scores, at) !== get(pool.scores, last)) doubt ||= close(distance, threshold, 2 * shift);
    if (Math.fround(distance) > threshold) pool.left[at] = 0;
  }
  return doubt;
};

/** The entries from the nearest on: along the order the distance falls to it, and rises behind it. */
function* outwards(falling: Int32Array, distances: Float64Array): Generator<number> {
  let after = 0;
  for (let rank = 1; rank < falling.length; rank++)
    if (get(distances, get(falling, rank)) < get(distances, get(falling, after))) after = rank;
  let before = after - 1;
  while (before >= 0 || after < falling.length) {
    const takeBefore =
      after >= falling.length ||
      (before >= 0 && get(distances, get(falling, before)) < get(distances, get(falling, after)));
    yield get(falling, takeBefore ? before-- : after++);
  }
}

export const STAGES: Readonly<Record<SamplingStage, Apply>> = {
  repetition_penalty: penalize,
  temperature: heat,
  top_h: keepTopH,
  top_k: keepTopK,
  top_p: keepTopP,
  min_p: keepMinP,
  typical_p: keepTypical,
  epsilon_cutoff: keepEpsilon,
  eta_cutoff: keepEta,
};
