// Questions to the kernel about words and tokens. The newest question counts: what answers an older one is never shown.
import { useEffect, useMemo, useReducer, useRef } from "preact/hooks";
import type { WidgetModel } from "../../../session/model";
import { Mailbox } from "../../../session/outbox";
import type {
  Answer,
  ErrorPayload,
  LookupRequest,
  SearchPayload,
  TokenPayload,
  TracePayload,
} from "../../../session/payloads";

export type Question = Pick<LookupRequest, "what" | "row"> & Partial<Pick<LookupRequest, "text" | "id">>;
export type Finding = TracePayload | SearchPayload | TokenPayload;

export interface Lookup {
  /** What the newest question that was answered found: while `waiting` it belongs to an older one. */
  readonly result: Finding | null;
  readonly waiting: boolean;
  /** Why the newest question was refused. */
  readonly refused: ErrorPayload | null;
  ask(question: Question): void;
  /** Shows what was found before, or nothing; an answer that is still to come is dropped. */
  show(result: Finding | null): void;
}

export function createLookup(model: WidgetModel, onChange: () => void, signal: AbortSignal): Lookup {
  const mailbox = new Mailbox<Question>(model, { kind: "lookup", text: "", id: -1 });
  let result: Finding | null = null;
  let refused: ErrorPayload | null = null;
  let asked: number | null = null;

  function onMessage(answer: Answer): void {
    if (answer.client !== mailbox.client) return;
    mailbox.taken(answer.rid);
    if (answer.rid !== asked) return;
    asked = null;
    if (answer.ok) result = answer.result;
    refused = answer.error;
    onChange();
  }

  model.on("msg:custom", onMessage);
  signal.addEventListener("abort", () => model.off("msg:custom", onMessage));

  return {
    get result() {
      return result;
    },
    get waiting() {
      return asked !== null;
    },
    get refused() {
      return refused;
    },
    ask(question) {
      refused = null;
      asked = mailbox.ask(question);
      onChange();
    },
    show(found) {
      asked = null;
      refused = null;
      result = found;
      onChange();
    },
  };
}

export function useLookup(model: WidgetModel): Lookup {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const [lookup, controller] = useMemo(() => {
    const controller = new AbortController();
    return [createLookup(model, () => again(undefined), controller.signal), controller] as const;
  }, [model]);
  useEffect(() => () => controller.abort(), [controller]);
  return lookup;
}

/** Asks once for each key, as soon as it may. */
export function useQuestion(ready: boolean, key: string, ask: () => void): void {
  const asked = useRef<string | null>(null);
  useEffect(() => {
    if (!ready || asked.current === key) return;
    asked.current = key;
    ask();
  });
}
