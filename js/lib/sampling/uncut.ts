// What the logits become before anything is cut.
import type { SamplerPayload } from "../../session/payloads";
import type { List } from "./list";
import { stagesOn } from "./orders";
import { type Pool, startPool } from "./pool";
import { STAGES } from "./stages";

export interface Uncut {
  /** After repetition penalty and temperature. */
  readonly pool: Pool;
  /** The scores between the two. */
  readonly penalized: Float64Array;
}

export function uncut(list: List, sampler: SamplerPayload): Uncut {
  const pool = startPool(list);
  const on = stagesOn(sampler, "transformers");
  if (on.includes("repetition_penalty")) STAGES.repetition_penalty(pool, sampler.repetition_penalty);
  const penalized = pool.scores;
  if (on.includes("temperature")) STAGES.temperature(pool, sampler.temperature);
  return { pool, penalized };
}
