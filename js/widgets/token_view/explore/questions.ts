// What the explorer asks of the kernel: about words and tokens.
import { useLookup } from "../../../lib/lookup";
import type { Lookup } from "../../../session/lookup";
import type { WidgetModel } from "../../../session/model";
import type { LookupRequest, SearchPayload, TokenPayload, TracePayload } from "../../../session/payloads";

export type Question = Pick<LookupRequest, "what" | "row"> & Partial<Pick<LookupRequest, "text" | "id">>;
export type Finding = TracePayload | SearchPayload | TokenPayload;

export function useQuestions(model: WidgetModel): Lookup<Question, Finding> {
  return useLookup<Question, Finding>(model, { kind: "lookup", text: "", id: -1 });
}
