// The twin of llmwidgets/stages/sampling.py: transformers' chain over the head and the binned tail of a distribution.
import type { DistributionPayload, SamplerPayload } from "../session/payloads";

export type StageName =
  | "repetition_penalty"
  | "temperature"
  | "top_h"
  | "top_k"
  | "top_p"
  | "min_p"
  | "typical_p"
  | "epsilon_cutoff"
  | "eta_cutoff";

/** One stage that is switched on. `mass` is the share of the probability before it that it lets through. */
export interface Stage {
  readonly name: StageName;
  /** Tokens left after it. */
  readonly left: number;
  readonly massRemoved: number;
  /** The count or the mass reaches into the binned tail: say "about". */
  readonly about: boolean;
}

export interface Chain {
  /** Probability of each head token at temperature 1 without any stage: what the model says. (head,) */
  readonly raw: Float64Array;
  /** Probability of each head token after the chain; 0 where removed. (head,) */
  readonly sampled: Float64Array;
  /** For each head token the index into `stages` of the stage that removed it; -1 where it is kept. */
  readonly removedBy: Int16Array;
  readonly stages: readonly Stage[];
  /** Tokens kept of the whole vocabulary, and how many of these are in the tail. */
  readonly kept: number;
  readonly keptInTail: number;
  /** Probability of the whole tail, raw and after the chain. */
  readonly tailRaw: number;
  readonly tailSampled: number;
  readonly about: boolean;
  /** Head index of the greedy choice after the repetition penalty; -1 where there is none. */
  readonly greedy: number;
}

export function runChain(_distribution: DistributionPayload, _sampler: SamplerPayload): Chain {
  throw new Error("being written");
}
