// The one line under a view that says what is wrong or pending, in words, announced to screen readers.
import type { ErrorPayload } from "../session/payloads";
import type { SessionState } from "../session/store";
import { sayError, type Translate } from "./i18n";

interface Props {
  readonly state: SessionState;
  readonly t: Translate;
  /** What it says of a page that was handed out is more than that there is no model, which that page says itself. */
  readonly own?: boolean;
}

export function Notice({ state, t, own = false }: Props) {
  const error = state.refused ?? state.status.error;
  if (error) return <Said error={error} t={t} />;
  const gone = state.info.can_predict ? "disconnected" : "disconnected.text";
  const key = state.status.state === "closed" ? "closed" : state.connected ? "" : gone;
  return (
    <p
      class={`llmw-notice ${state.handedOut ? "llmw-notice-calm" : ""}`}
      role="status"
      data-without={state.handedOut && !own ? "model" : undefined}
      hidden={key === ""}
    >
      {key && t(key)}
    </p>
  );
}

/** What an error says, and what to do. That something is not offered where the model runs is no failure. */
export function Said({ error, t }: { readonly error: ErrorPayload; readonly t: Translate }) {
  const { message, hint } = sayError(t, error);
  const calm = error.code === "not_offered";
  return (
    <p class={`llmw-notice llmw-notice-${calm ? "calm" : "error"}`} role={calm ? "status" : "alert"}>
      <strong>{message}</strong> {hint}
    </p>
  );
}
