// What the chart and its table twin show of single tokens, and of all the others together, as plain data.
import type { Bounds, Range, StageName } from "../../../lib/sampling";
import { get } from "../../../lib/sampling/list";
import type { CandidatePayload } from "../../../session/payloads";
import type { Source } from "./source";

export interface Row {
  /** Index into the distribution's head; -1 for a token of the tail. */
  readonly at: number;
  readonly id: number;
  readonly piece: string;
  readonly bytes: string;
  readonly special: boolean;
  /** What the model says. Logarithms are natural. All of it NaN, and the rank 0, for a token that was not returned. */
  readonly logit: number;
  readonly raw: number;
  readonly logRaw: number;
  readonly rank: number;
  readonly rankAbout: boolean;
  /** What the sampler makes of it: the logit after repetition penalty and temperature, and what follows. -Infinity and 0 where removed. */
  readonly score: number;
  readonly sampled: number;
  readonly logSampled: number;
  /** Among the tokens that are kept; NaN where removed. */
  readonly rankAfter: number;
  readonly rankAfterAbout: boolean;
  /** The stage that removed the token; null where it is kept. */
  readonly removedBy: StageName | null;
  /** Whether the sampler keeps it is only known about: a token of the tail, through which the cut goes. */
  readonly about: boolean;
  /** What `raw` and `sampled` can be, at least and at most, where tokens that were not returned leave it open; null elsewhere. */
  readonly rawWithin: Range | null;
  readonly sampledWithin: Range | null;
}

// bounds this near to each other are one number, as in lib/sampling/bounds.ts
const LOOSE = 1e-4;

/** Tokens that have no row of their own: those that are known, or those that were not returned. */
export interface Rest {
  readonly tokens: number;
  readonly kept: number;
  readonly raw: number;
  readonly sampled: number;
  /** What `kept` and `sampled` can be; null where they are known. */
  readonly keptWithin: Range | null;
  readonly sampledWithin: Range | null;
}

/** The `k` most probable tokens, most probable first. */
export function headRows(source: Source, k: number): readonly Row[] {
  return Array.from({ length: Math.min(k, source.list.head) }, (_, at) => rowAt(source, at));
}

/** The row of a token of the head. */
export function rowAt(source: Source, at: number): Row {
  const { distribution, list, before } = source;
  const rank = get(before.ranks, at);
  const logit = get(list.logits, at);
  return {
    at,
    id: get(list.ids, at),
    piece: distribution.pieces[at] ?? "",
    bytes: distribution.bytes[at] ?? "",
    special: source.special.has(at),
    logit,
    raw: get(list.raw, at),
    logRaw: logit - distribution.log_sum,
    rank,
    rankAbout: rank > before.sureTo,
    rawWithin: null,
    ...afterAt(source, at),
  };
}

function afterAt(source: Source, at: number): After {
  const { bounds, removedBy } = source.chain;
  const goes = bounds ? get(bounds.high, at) === 0 : get(removedBy, at) >= 0;
  return goes ? removed(stageAt(source, at), false) : keptAt(source, at);
}

/** The row of any token of the vocabulary, whose logit and rank the kernel has told. */
export function rowOf(source: Source, candidate: CandidatePayload): Row {
  const at = source.places.get(candidate.id);
  if (at !== undefined) return { ...rowAt(source, at), rank: candidate.rank, rankAbout: false };
  const { partial } = source.distribution;
  if (partial) return notReturned(source, candidate, partial.ceiling);
  const logit = candidate.logit ?? Number.NEGATIVE_INFINITY;
  const logRaw = logit - source.distribution.log_sum;
  const { id, piece, bytes, special, rank } = candidate;
  const told = {
    at: -1,
    id,
    piece,
    bytes,
    special,
    logit,
    raw: Math.exp(logRaw),
    logRaw,
    rank,
    rankAbout: false,
    rawWithin: null,
  };
  return { ...told, ...afterInTail(source, logit, rank) };
}

/** Of a token that was not returned no number is known, but the most that it can have. */
function notReturned(source: Source, candidate: CandidatePayload, ceiling: number): Row {
  const { chain, list } = source;
  const { id, piece, bytes, special } = candidate;
  const told = { at: -1, id, piece, bytes, special, rank: 0, rankAbout: false };
  const none = Number.NaN;
  const unknown = { logit: none, raw: none, logRaw: none, rawWithin: [0, ceiling] as const };
  const cutBy = chain.stages.find(({ within }) => within !== null && within.left[1] <= list.head);
  if (chain.bounds?.ceiling === 0)
    return { ...told, ...unknown, ...removed(cutBy?.name ?? chain.stages.at(-1)?.name ?? "greedy", false) };
  return {
    ...{
      ...told,
      ...unknown,
      score: none,
      sampled: none,
      logSampled: none,
      rankAfter: 0,
      rankAfterAbout: false,
    },
    ...{ removedBy: null, about: false, sampledWithin: [0, chain.bounds?.ceiling ?? ceiling] },
  };
}

/** Whether a row is that of a token that was not returned. */
export function isUnknown({ rank }: Pick<Row, "rank">): boolean {
  return rank === 0;
}

type After = Pick<
  Row,
  | "score"
  | "sampled"
  | "logSampled"
  | "rankAfter"
  | "rankAfterAbout"
  | "removedBy"
  | "about"
  | "sampledWithin"
>;

function keptAt(source: Source, at: number): After {
  const { chain, scores, after } = source;
  const sampled = get(chain.sampled, at);
  const rankAfter = get(after.ranks, at);
  const sampledWithin = chain.bounds && withinAt(chain.bounds, at);
  return {
    sampledWithin,
    score: get(scores, at),
    sampled,
    // a probability may be too small for a number whose logarithm is not
    logSampled: sampled > 0 ? Math.log(sampled) : logOfScore(source, get(scores, at)),
    rankAfter,
    rankAfterAbout: rankAfter > after.sureTo || sampledWithin?.[0] === 0,
    removedBy: null,
    about: false,
  };
}

/** Null where both are one number. */
function withinAt({ low, high }: Bounds, at: number): Range | null {
  const [least, most] = [get(low, at), get(high, at)];
  return most - least > LOOSE * most ? [least, most] : null;
}

function removed(removedBy: StageName, about: boolean): After {
  const none = Number.NEGATIVE_INFINITY;
  return {
    score: none,
    sampled: 0,
    logSampled: none,
    rankAfter: Number.NaN,
    rankAfterAbout: false,
    removedBy,
    about,
    sampledWithin: null,
  };
}

function stageAt({ chain }: Source, at: number): StageName {
  const stage = chain.stages[get(chain.removedBy, at)] ?? (chain.bounds && chain.stages.at(-1));
  return stage?.name ?? "greedy";
}

/** The logarithm of the sampled probability that belongs to a score, by way of the most probable token. */
function logOfScore({ chain, scores, best }: Source, score: number): number {
  return best < 0 ? Number.NEGATIVE_INFINITY : Math.log(get(chain.sampled, best)) + score - get(scores, best);
}

/** A token of the tail is in no context: it has its temperature, and is cut by its rank, as far as the page can know. */
function afterInTail(source: Source, logit: number, rank: number): After {
  const { chain, list, sampler, distribution } = source;
  const cut = chain.kept < distribution.vocabulary - distribution.masked;
  const about = cut && chain.keptInTail > 0;
  const reached = cut ? chain.stages.find(({ left }) => left < rank) : undefined;
  if (logit === Number.NEGATIVE_INFINITY || (cut && (chain.keptInTail === 0 || rank > chain.kept)))
    return removed(reached?.name ?? chain.stages.at(-1)?.name ?? "greedy", about);
  const heated = chain.stages.some(({ name }) => name === "temperature");
  const score = heated ? logit / sampler.temperature : logit;
  const logSampled = logOfScore(source, score);
  const moved = list.context.length > 0 && sampler.repetition_penalty !== 1;
  return {
    score,
    sampled: Math.exp(logSampled),
    logSampled,
    rankAfter: rank,
    rankAfterAbout: moved || about,
    removedBy: null,
    about,
    sampledWithin: null,
  };
}

/** All known tokens but those of `rows`. */
export function restOf({ distribution, chain, list }: Source, rows: readonly Row[]): Rest {
  const shown = new Set(rows.map((row) => row.at));
  const inTail = rows.filter((row) => row.at < 0);
  // added up from the small ones: 1 minus the shown ones would be mostly rounding where they have nearly all
  const without = (values: Float64Array) =>
    values.reduce((sum, value, at) => (shown.has(at) ? sum : sum + value), 0);
  const told = (pick: (row: Row) => number) => inTail.reduce((sum, row) => sum + pick(row), 0);
  const { bounds } = chain;
  if (bounds) {
    const [least, most] = [without(bounds.low), without(bounds.high)];
    return {
      tokens: list.head - rows.filter((row) => row.at >= 0).length,
      kept: bounds.high.filter((p, at) => p > 0 && !shown.has(at)).length,
      raw: without(list.raw),
      sampled: without(chain.sampled),
      keptWithin: null,
      sampledWithin: most - least > LOOSE * most ? [least, most] : null,
    };
  }
  return {
    keptWithin: null,
    sampledWithin: null,
    tokens: distribution.vocabulary - rows.length,
    kept: Math.max(0, chain.kept - rows.filter((row) => row.removedBy === null).length),
    raw: Math.max(0, without(list.raw) + chain.tailRaw - told((row) => row.raw)),
    sampled: Math.max(0, without(chain.sampled) + chain.tailSampled - told((row) => row.sampled)),
  };
}

/** All tokens that were not returned; null where every token is known. */
export function unknownOf({ distribution: { partial }, chain }: Source): Rest | null {
  const { bounds } = chain;
  if (!partial || !bounds) return null;
  const { others, rest } = bounds;
  return {
    tokens: partial.tokens,
    kept: others[1],
    raw: chain.tailRaw,
    sampled: chain.tailSampled,
    keptWithin: others[0] < others[1] ? others : null,
    sampledWithin: rest[1] - rest[0] > LOOSE ? rest : null,
  };
}
