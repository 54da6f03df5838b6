// The token that someone points at in one view, for the others. Apart from the state: it changes with each move of the hand.
import type { WidgetModel } from "./model";
import { Mailbox } from "./outbox";

export interface Pointing {
  /** Ids of the tokens pointed at; none while nobody points. */
  readonly ids: readonly number[];
  point(ids: readonly number[]): void;
  subscribe(listener: () => void, signal: AbortSignal): void;
}

const NOBODY: readonly number[] = [];

/** Where views share no store (`alone`), the kernel passes on what is pointed at. */
export function createPointing(model: WidgetModel, alone: boolean, signal: AbortSignal): Pointing {
  const mailbox = new Mailbox<{ readonly ids: readonly number[] }>(model, { kind: "point" });
  const listeners = new Set<() => void>();
  let ids = NOBODY;

  function show(next: readonly number[]): void {
    if (next.length === ids.length && next.every((id, index) => id === ids[index])) return;
    ids = next;
    for (const listener of [...listeners]) listener();
  }

  function onMessage(answer: { readonly client: string; readonly rid: number }): void {
    if (answer.client === mailbox.client) mailbox.taken(answer.rid);
  }

  const follow = () => show((model.get("pointed") as readonly number[] | undefined) ?? NOBODY);
  model.on("change:pointed", follow);
  model.on("msg:custom", onMessage);
  signal.addEventListener("abort", () => {
    model.off("change:pointed", follow);
    model.off("msg:custom", onMessage);
    listeners.clear();
  });

  return {
    get ids() {
      return ids;
    },
    point(next) {
      show(next);
      if (alone) mailbox.ask({ ids: next });
    },
    subscribe(listener, until) {
      listeners.add(listener);
      until.addEventListener("abort", () => listeners.delete(listener));
    },
  };
}
