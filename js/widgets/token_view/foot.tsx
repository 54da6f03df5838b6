// The line under the tokens: which model and tokenizer, and what goes on just now.
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import type { Asked } from "../../session/outbox";
import type { SessionState } from "../../session/store";

const TYPED: readonly Asked[] = ["text", "ids"];

interface AboutProps {
  readonly state: SessionState;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function About({ state, t, numbers }: AboutProps) {
  const { info } = state;
  const source = t(`source.${info.source}`);
  const facts = [
    info.device,
    info.dtype,
    info.vocabulary > 0 && t("vocabulary", { size: numbers.count(info.vocabulary) }),
    // a page saved before there were capabilities has none
    info.capabilities?.address
      ? `${info.capabilities.server} · ${info.capabilities.address}`
      : source.startsWith("source.")
        ? info.source
        : source,
  ].filter(Boolean);
  const name = info.name || info.tokenizer;
  if (name === "") return null;
  return (
    <p class="llmw-about llmw-muted">
      <strong>{name}</strong>
      {facts.map((fact) => (
        <span key={fact}>{fact}</span>
      ))}
    </p>
  );
}

interface DoingProps {
  readonly state: SessionState;
  readonly ahead: boolean;
  readonly t: Translate;
}

/** What goes on just now; it keeps its place when nothing does. */
export function Doing({ state, ahead, t }: DoingProps) {
  const { state: doing, generated, max_new_tokens, tokens_per_second } = state.status;
  const waits = ahead && state.connected && !state.refused;
  const late = waits && state.late.some((name) => TYPED.includes(name));
  let text = "";
  if (late) text = t("waits");
  else if (doing === "generating") {
    text = t("generating", { generated, max: max_new_tokens });
    if (tokens_per_second > 0) text += ` · ${t("speed", { speed: tokens_per_second.toFixed(0) })}`;
  } else if (waits) text = t("busy");
  return <span class="llmw-doing">{text}</span>;
}
