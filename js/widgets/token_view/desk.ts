// What a TokenView asks of the kernel for itself: shown as asked at once, and held until the kernel's settings answer it.
import { useEffect, useMemo, useReducer } from "preact/hooks";
import type { WidgetModel } from "../../session/model";
import { Mailbox } from "../../session/outbox";
import type { Answer, ErrorPayload, SelectionPayload, TokenSettings } from "../../session/payloads";

export type Asked = Partial<Pick<TokenSettings, "color_by">> & { readonly selection?: SelectionPayload };

const NEUTRAL: TokenSettings = {
  kind: "text",
  tokenizer: "",
  color_by: "token",
  can_score: false,
  selection: null,
  seen: {},
};

export interface Desk {
  readonly settings: TokenSettings;
  /** Why the last request was refused, until the next one. */
  readonly refused: ErrorPayload | null;
  ask(change: Asked): void;
}

export function createDesk(model: WidgetModel, onChange: () => void, signal: AbortSignal): Desk {
  const mailbox = new Mailbox<Asked>(
    model,
    { kind: "tokens", color_by: null, selection: null },
    (waiting, next) => ({ ...waiting, ...next }),
  );
  // a kernel without these settings shows a plain text
  const read = (): TokenSettings => ({ ...NEUTRAL, ...(model.get("settings") as TokenSettings | undefined) });
  let local: { asked: Asked; rid: number } | null = null;
  let refused: ErrorPayload | null = null;
  let settings = read();

  function settle(): void {
    const kernel = read();
    const seen = kernel.seen[mailbox.client] ?? 0;
    if (local && seen >= local.rid) local = null;
    mailbox.taken(seen);
    show(kernel);
  }

  function onMessage(answer: Answer): void {
    if (answer.client !== mailbox.client) return;
    if (!answer.ok) {
      refused = answer.error;
      if (local && answer.rid >= local.rid) local = null;
    }
    mailbox.taken(answer.rid);
    show(read());
  }

  function show(kernel: TokenSettings): void {
    const selection = local?.asked.selection ?? kernel.selection;
    settings = {
      ...kernel,
      ...local?.asked,
      selection: selection && selection.end > selection.start ? selection : null,
    };
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
    get refused() {
      return refused;
    },
    ask(change) {
      refused = null;
      local = { asked: { ...local?.asked, ...change }, rid: mailbox.ask(change) };
      show(read());
    },
  };
}

export function useDesk(model: WidgetModel): Desk {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const [desk, controller] = useMemo(() => {
    const controller = new AbortController();
    return [createDesk(model, () => again(undefined), controller.signal), controller] as const;
  }, [model]);
  useEffect(() => () => controller.abort(), [controller]);
  return desk;
}
