// What the chart and its table twin show of single tokens, and of all the others together, as plain data.
import type { StageName } from "../../../lib/sampling";
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
  /** What the model says. Logarithms are natural. */
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
}

/** The tokens that have no row of their own. */
export interface Rest {
  readonly tokens: number;
  readonly kept: number;
  readonly raw: number;
  readonly sampled: number;
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
    ...(get(source.chain.removedBy, at) < 0 ? keptAt(source, at) : removed(stageAt(source, at), false)),
  };
}

/** The row of any token of the vocabulary, whose logit and rank the kernel has told. */
export function rowOf(source: Source, candidate: CandidatePayload): Row {
  const at = source.places.get(candidate.id);
  if (at !== undefined) return { ...rowAt(source, at), rank: candidate.rank, rankAbout: false };
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
  };
  return { ...told, ...afterInTail(source, logit, rank) };
}

type After = Pick<
  Row,
  "score" | "sampled" | "logSampled" | "rankAfter" | "rankAfterAbout" | "removedBy" | "about"
>;

function keptAt(source: Source, at: number): After {
  const { chain, scores, after } = source;
  const sampled = get(chain.sampled, at);
  const rankAfter = get(after.ranks, at);
  return {
    score: get(scores, at),
    sampled,
    // a probability may be too small for a number whose logarithm is not
    logSampled: sampled > 0 ? Math.log(sampled) : logOfScore(source, get(scores, at)),
    rankAfter,
    rankAfterAbout: rankAfter > after.sureTo,
    removedBy: null,
    about: false,
  };
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
  };
}

function stageAt({ chain }: Source, at: number): StageName {
  return chain.stages[get(chain.removedBy, at)]?.name ?? "greedy";
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
  };
}

/** All tokens but those of `rows`. */
export function restOf({ distribution, chain, list }: Source, rows: readonly Row[]): Rest {
  const shown = new Set(rows.map((row) => row.at));
  const inTail = rows.filter((row) => row.at < 0);
  // added up from the small ones: 1 minus the shown ones would be mostly rounding where they have nearly all
  const without = (values: Float64Array) =>
    values.reduce((sum, value, at) => (shown.has(at) ? sum : sum + value), 0);
  const told = (pick: (row: Row) => number) => inTail.reduce((sum, row) => sum + pick(row), 0);
  return {
    tokens: distribution.vocabulary - rows.length,
    kept: Math.max(0, chain.kept - rows.filter((row) => row.removedBy === null).length),
    raw: Math.max(0, without(list.raw) + chain.tailRaw - told((row) => row.raw)),
    sampled: Math.max(0, without(chain.sampled) + chain.tailSampled - told((row) => row.sampled)),
  };
}
