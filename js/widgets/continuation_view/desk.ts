// What a ContinuationView asks: what the kernel holds, and what was typed here since.
import { type Desk, useDesk } from "../../lib/desk";
import { useTrait } from "../../lib/mount";
import type { WidgetModel } from "../../session/model";
import type {
  ContinuationRequest,
  ContinuationSettings,
  ScoredPayload,
  WrittenPayload,
} from "../../session/payloads";

export const MOST_CANDIDATES = 50;
export const MOST_CHARACTERS = 2_000;
export const MOST_NEW_TOKENS = 200;

export const BLANK: Omit<ContinuationRequest, "rid" | "client"> = {
  kind: "continuation",
  prompt: null,
  follows: null,
  candidates: null,
  measure: null,
  scale: null,
  begin: null,
  new_tokens: null,
};

const NEUTRAL: ContinuationSettings = {
  prompt: "",
  follows: false,
  can_edit: true,
  candidates: [],
  measure: "sum",
  scale: "probability",
  begin: false,
  beginning: [],
  begin_own: false,
  new_tokens: 0,
  number: 0,
  seen: {},
};

export type ContinuationDesk = Desk<ContinuationSettings>;

export function useContinuationDesk(model: WidgetModel): ContinuationDesk {
  return useDesk<ContinuationSettings>(model, BLANK, (held) => ({ ...NEUTRAL, ...held }));
}

export interface Answers {
  readonly scored: ScoredPayload | null;
  readonly written: readonly WrittenPayload[];
  /** What is shown belongs to another question than the one that is asked. */
  readonly stale: boolean;
}

export function useAnswers(model: WidgetModel, desk: ContinuationDesk): Answers {
  const scored = useTrait<ScoredPayload | null | undefined>(model, "scored") ?? null;
  const written = useTrait<readonly WrittenPayload[] | undefined>(model, "written") ?? [];
  const held = { ...NEUTRAL, ...useTrait<ContinuationSettings | undefined>(model, "settings") };
  const ahead = desk.waiting && question(held) !== question(desk.settings);
  return { scored, written, stale: ahead || scored === null || scored.number !== held.number };
}

function question({ prompt, follows, candidates, begin }: ContinuationSettings): string {
  return JSON.stringify([prompt, follows, candidates, begin]);
}
