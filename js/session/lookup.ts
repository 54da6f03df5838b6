// Questions to the kernel. The newest question counts: what answers an older one is never shown.
import type { WidgetModel } from "./model";
import { Mailbox } from "./outbox";
import type { Answer, ErrorPayload } from "./payloads";

export interface Lookup<Question, Finding> {
  /** What the newest question that was answered found: while `waiting` it belongs to an older one. */
  readonly result: Finding | null;
  /** The numbers that came with it, where it carries some. */
  readonly buffer: DataView | null;
  readonly waiting: boolean;
  /** Why the newest question was refused. */
  readonly refused: ErrorPayload | null;
  ask(question: Question): void;
  /** Shows what was found before, or nothing; an answer that is still to come is dropped. */
  show(result: Finding | null): void;
}

/** `blank` holds the request's kind and the fields that a question may leave out. */
export function createLookup<Question extends object, Finding extends NonNullable<Answer["result"]>>(
  model: WidgetModel,
  blank: object,
  onChange: () => void,
  signal: AbortSignal,
): Lookup<Question, Finding> {
  const mailbox = new Mailbox<Question>(model, blank);
  let result: Finding | null = null;
  let buffer: DataView | null = null;
  let refused: ErrorPayload | null = null;
  let asked: number | null = null;

  function onMessage(answer: Answer, buffers?: readonly DataView[]): void {
    if (answer.client !== mailbox.client) return;
    mailbox.taken(answer.rid);
    if (answer.rid !== asked) return;
    asked = null;
    if (answer.ok) {
      result = answer.result as Finding | null;
      buffer = buffers?.[0] ?? null;
    }
    refused = answer.error;
    onChange();
  }

  model.on("msg:custom", onMessage);
  signal.addEventListener("abort", () => model.off("msg:custom", onMessage));

  return {
    get result() {
      return result;
    },
    get buffer() {
      return buffer;
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
      buffer = null;
      onChange();
    },
  };
}
