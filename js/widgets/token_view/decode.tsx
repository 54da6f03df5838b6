// Token IDs, typed or pasted, turned back into text.
import type { Translate } from "../../lib/i18n";
import type { SessionState, Store } from "../../session/store";

export interface DecodeProps {
  readonly store: Store;
  readonly state: SessionState;
  readonly t: Translate;
}

export function DecodeField({ t }: DecodeProps) {
  return <section class="llmw-decode" aria-label={t("decode.title")} />;
}
