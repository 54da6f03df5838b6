// The twin of llmwidgets/stages/sampling.py: transformers' chain over the head and the binned tail of a distribution.
//
// A tail bin stands for `count` tokens at the bin's mean logit. Scores and the two sides of each comparison are rounded to
// float32 as in transformers, so that ties and values right on a threshold fall on the same side; sums are float64.
import type { DistributionPayload, ExactPayload, SamplerPayload } from "../session/payloads";
import { decode } from "./arrays";

export type StageName =
  | "repetition_penalty"
  | "temperature"
  | "top_h"
  | "top_k"
  | "top_p"
  | "min_p"
  | "typical_p"
  | "epsilon_cutoff"
  | "eta_cutoff"
  | "greedy";

/** One stage that is switched on. */
export interface Stage {
  readonly name: StageName;
  /** Tokens left after it. */
  readonly left: number;
  /** Probability, before the stage, of the tokens that it removed. */
  readonly massRemoved: number;
  /** The cut lies in the binned tail: say "about". */
  readonly about: boolean;
}

export interface Chain {
  /** Probability of each head token at temperature 1 without any stage: what the model says. (head,) */
  readonly raw: Float64Array;
  /** Probability of each head token after the chain; 0 where removed. (head,) */
  readonly sampled: Float64Array;
  /** For each head token the index into `stages` of the stage that removed it; -1 where it is kept. */
  readonly removedBy: Int16Array;
  /** In the order in which they run. Greedy has at most two: the repetition penalty, and `greedy`, which leaves one token. */
  readonly stages: readonly Stage[];
  /** Tokens kept of the whole vocabulary, and how many of these are in the tail. */
  readonly kept: number;
  readonly keptInTail: number;
  /** Probability of the whole tail, raw and after the chain. */
  readonly tailRaw: number;
  readonly tailSampled: number;
  readonly about: boolean;
  /** Head index of the greedy choice after the repetition penalty; -1 where it is a token of the tail. */
  readonly greedy: number;
}

/** Whose order the stages run in. */
export type Order = "transformers" | "llama.cpp" | "vllm";

/** The chain with what the kernel computed over the whole vocabulary. */
export function exactly(about: Chain, exact: ExactPayload): Chain {
  throw new Error(`${about.kept} ${exact.kept}`);
}

/** The chain over `distribution`: what `generate` would draw from with these settings. */
export function runChain(
  distribution: DistributionPayload,
  sampler: SamplerPayload,
  _order: Order = "transformers",
): Chain {
  const list = prepare(distribution);
  const pool = startPool(list);
  const stages: Stage[] = [];
  const run = (name: StageName, on: boolean, apply: (pool: Pool) => void) => {
    if (!on) return;
    const before = remember(pool);
    apply(pool);
    stages.push(measure(name, stages.length, before, pool));
  };

  const { temperature, top_h, top_k, top_p, min_p, typical_p, epsilon_cutoff, eta_cutoff } = sampler;
  const penalty = sampler.repetition_penalty;
  run("repetition_penalty", penalty !== 1, (all) => penalize(all, penalty));
  const best = get(pool.order, 0);
  if (isGreedy(sampler)) {
    run("greedy", true, (all) => keepOne(all, best));
  } else {
    run("temperature", temperature !== 1, (all) => heat(all, temperature));
    run("top_h", top_h > 0, (all) => keepTopH(all, top_h));
    run("top_k", top_k > 0, (all) => keepTopK(all, top_k));
    run("top_p", top_p < 1, (all) => keepTopP(all, top_p));
    run("min_p", min_p > 0, (all) => keepMinP(all, min_p));
    run("typical_p", typical_p < 1, (all) => keepTypical(all, typical_p));
    run("epsilon_cutoff", epsilon_cutoff > 0, (all) => keepAbove(all, epsilon_cutoff));
    run("eta_cutoff", eta_cutoff > 0, (all) => keepAbove(all, etaThreshold(all, eta_cutoff)));
  }
  return report(pool, stages, best);
}

/** Whether the most probable token is taken, without a draw. */
export function isGreedy(sampler: SamplerPayload): boolean {
  return !sampler.do_sample || sampler.temperature === 0;
}

// ---- the list: head tokens, then tail bins; made once per distribution

interface List {
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

function prepare(distribution: DistributionPayload): List {
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

function sortHighToLow(values: Float64Array, ids: Int32Array): Int32Array {
  const order = Array.from(values.keys());
  order.sort((a, b) => get(values, b) - get(values, a) || get(ids, a) - get(ids, b) || a - b);
  return Int32Array.from(order);
}

/** An element that is known to be there. */
function get(array: { readonly [index: number]: number }, at: number): number {
  return array[at] as number;
}

// ---- the pool: what is left while the chain runs

interface Pool {
  readonly list: List;
  scores: Float64Array;
  order: Int32Array;
  /** Weight of one token of each entry, in proportion to its probability; 1 for the highest score of the whole list. */
  weights: Float64Array;
  /** Tokens left of each entry: between 0 and its count. */
  readonly left: Float64Array;
  readonly removedBy: Int16Array;
}

function startPool(list: List): Pool {
  return {
    list,
    scores: list.logits,
    order: list.order,
    weights: weigh(list, list.logits, get(list.logits, get(list.order, 0)), 1),
    left: list.counts.slice(),
    removedBy: new Int16Array(list.head).fill(-1),
  };
}

function weigh(list: List, scores: Float64Array, highest: number, temperature: number): Float64Array {
  // the spread within a bin shrinks with the temperature, and its effect on the mass with the square
  const lift = list.lift / temperature ** 2;
  return scores.map((score, at) => Math.exp(score - highest + (at < list.head ? 0 : lift)));
}

function total(pool: Pool): number {
  let sum = 0;
  for (let at = 0; at < pool.left.length; at++) sum += get(pool.left, at) * get(pool.weights, at);
  return sum;
}

function tokensLeft(pool: Pool, from = 0): number {
  let sum = 0;
  for (let at = from; at < pool.left.length; at++) sum += get(pool.left, at);
  return sum;
}

/** In nats, of what is left. */
function entropyLeft(pool: Pool): number {
  const sum = total(pool);
  let entropy = 0;
  for (let at = 0; at < pool.left.length; at++) {
    const p = get(pool.weights, at) / sum;
    if (p > 0) entropy -= get(pool.left, at) * p * Math.log(p);
  }
  return entropy;
}

/** Entries of which something is left, from high to low. */
function survivors(pool: Pool): Int32Array {
  return pool.order.filter((at) => get(pool.left, at) > 0);
}

// ---- the stages, in the order in which they run

function penalize(pool: Pool, penalty: number): void {
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

function heat(pool: Pool, temperature: number): void {
  const divisor = Math.fround(temperature);
  pool.scores = pool.scores.map((score) => Math.fround(score / divisor));
  pool.weights = weigh(pool.list, pool.scores, get(pool.scores, get(pool.order, 0)), temperature);
}

function keepOne(pool: Pool, entry: number): void {
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

// ---- what the stages did

interface Before {
  readonly left: Float64Array;
  readonly weights: Float64Array;
  readonly sum: number;
}

function remember(pool: Pool): Before {
  return { left: pool.left.slice(), weights: pool.weights, sum: total(pool) };
}

function measure(name: StageName, index: number, before: Before, pool: Pool): Stage {
  const { list, left, removedBy } = pool;
  let removedMass = 0;
  for (let at = 0; at < left.length; at++) {
    const gone = get(before.left, at) - get(left, at);
    if (gone === 0) continue;
    removedMass += gone * get(before.weights, at);
    if (at < list.head) removedBy[at] = index;
  }
  return {
    name,
    left: tokensLeft(pool),
    massRemoved: Math.min(1, removedMass / before.sum),
    about: name !== "greedy" && removedMass > 0 && cutsTail(before, pool),
  };
}

/** Whether the border between kept and removed may lie among tail tokens, whose logits are not known one by one. */
function cutsTail(before: Before, pool: Pool): boolean {
  const { list, left } = pool;
  if (list.evenTail) return false;
  let removed = 0;
  let kept = 0;
  for (let at = list.head; at < left.length; at++) {
    kept += get(left, at);
    removed += get(before.left, at) - get(left, at);
  }
  if (kept > 0) return true;
  // all of it went: exact if a head token went with it that no tail token can exceed
  const { floor } = list;
  return removed > 0 && floor >= 0 && get(left, floor) > 0;
}

function report(pool: Pool, stages: readonly Stage[], best: number): Chain {
  const { list, left, weights } = pool;
  const sum = total(pool);
  const sampled = new Float64Array(list.head);
  for (let at = 0; at < list.head; at++) sampled[at] = (get(left, at) * get(weights, at)) / sum;
  let tailMass = 0;
  for (let at = list.head; at < left.length; at++) tailMass += get(left, at) * get(weights, at);
  return {
    raw: list.raw,
    sampled,
    removedBy: pool.removedBy,
    stages,
    kept: tokensLeft(pool),
    keptInTail: tokensLeft(pool, list.head),
    tailRaw: list.tailRaw,
    tailSampled: tailMass / sum,
    about: stages.some((stage) => stage.about),
    greedy: best < list.head ? best : -1,
  };
}
