// A view's own settings: shown as asked at once, and held until the kernel's settings answer it.
import { useLayoutEffect, useMemo, useReducer } from "preact/hooks";
import type { WidgetModel } from "../session/model";
import { Mailbox } from "../session/outbox";
import type { Answer, ErrorPayload } from "../session/payloads";

export interface Seen {
  readonly seen: Readonly<Record<string, number>>;
}

export interface Desk<Settings extends Seen> {
  readonly settings: Settings;
  /** The kernel has not answered yet what is shown. */
  readonly waiting: boolean;
  /** Why the last request was refused, until the next one. */
  readonly refused: ErrorPayload | null;
  ask(change: Partial<Settings>): void;
}

/** `blank` holds the request's kind and its fields; `read` completes what the kernel holds, and what was asked of it. */
export function createDesk<Settings extends Seen>(
  model: WidgetModel,
  blank: object,
  read: (held: Partial<Settings>) => Settings,
  onChange: () => void,
  signal: AbortSignal,
): Desk<Settings> {
  const mailbox = new Mailbox<Partial<Settings>>(model, blank, (waiting, next) => ({ ...waiting, ...next }));
  // a kernel without these settings holds none
  const held = () => (model.get("settings") as Settings | undefined) ?? null;
  let local: { asked: Partial<Settings>; rid: number } | null = null;
  let refused: ErrorPayload | null = null;
  let settings = read(held() ?? {});

  function settle(): void {
    const seen = held()?.seen[mailbox.client] ?? 0;
    if (local && seen >= local.rid) local = null;
    mailbox.taken(seen);
    show();
  }

  function onMessage(answer: Answer): void {
    if (answer.client !== mailbox.client) return;
    if (!answer.ok) {
      refused = answer.error;
      if (local && answer.rid >= local.rid) local = null;
    }
    mailbox.taken(answer.rid);
    show();
  }

  function show(): void {
    settings = read({ ...held(), ...local?.asked } as Partial<Settings>);
    onChange();
  }

  model.on("change:settings", settle);
  model.on("msg:custom", onMessage);
  signal.addEventListener("abort", () => {
    model.off("change:settings", settle);
    model.off("msg:custom", onMessage);
  });

  return {
    get settings() {
      return settings;
    },
    get waiting() {
      return local !== null;
    },
    get refused() {
      return refused;
    },
    ask(change) {
      refused = null;
      local = { asked: { ...local?.asked, ...change }, rid: mailbox.ask(change) };
      show();
    },
  };
}

/** See createDesk. `blank` and `read` are taken once. */
export function useDesk<Settings extends Seen>(
  model: WidgetModel,
  blank: object,
  read: (held: Partial<Settings>) => Settings,
): Desk<Settings> {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const [desk, controller] = useMemo(() => {
    const controller = new AbortController();
    return [createDesk(model, blank, read, () => again(undefined), controller.signal), controller] as const;
  }, [model]);
  // before anything is painted: a view may be taken away as soon as it is drawn
  useLayoutEffect(() => () => controller.abort(), [controller]);
  return desk;
}
