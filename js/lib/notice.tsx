// The one line under a view that says what is wrong or pending, in words, announced to screen readers.
import type { SessionState } from "../session/store";
import { sayError, type Translate } from "./i18n";

export function Notice({ state, t }: { readonly state: SessionState; readonly t: Translate }) {
  const error = state.refused ?? state.status.error;
  if (error) {
    const { message, hint } = sayError(t, error);
    return (
      <p class="llmw-notice llmw-notice-error" role="alert">
        <strong>{message}</strong> {hint}
      </p>
    );
  }
  const gone = state.info.can_predict ? "disconnected" : "disconnected.text";
  const key = state.status.state === "closed" ? "closed" : state.connected ? "" : gone;
  return (
    <p class="llmw-notice" role="status" hidden={key === ""}>
      {key && t(key)}
    </p>
  );
}
