// What generation does, or why it ended. The line keeps its place when there is nothing to say.
import type { Translate } from "../../../lib/i18n";
import { Late } from "../../../lib/late";
import type { Numbers } from "../../../lib/numbers";
import { spell } from "../../../lib/pieces";
import { useQuiet } from "../../../lib/quiet";
import type { Asked } from "../../../session/outbox";
import type { StatusPayload } from "../../../session/payloads";
import type { SessionState } from "../../../session/store";

/** What this view asks for. */
export const ASKED: readonly Asked[] = ["sampler", "step", "generate", "stop", "undo", "fork", "switch"];

interface Props {
  readonly state: SessionState;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Progress({ state, t, numbers }: Props) {
  const { status } = state;
  const { generated, max_new_tokens: max } = status;
  const generating = status.state === "generating";
  const text = inWords(status, t, numbers);
  const said = useQuiet(generating ? "" : text);
  return (
    <div class="llmw-progress">
      <span class="llmw-meter" data-on={generating} aria-hidden="true">
        <i style={{ width: `${max > 0 ? (100 * generated) / max : 0}%` }} />
      </span>
      <span class="llmw-said">
        {text !== "" && <span>{text}</span>}
        <Late state={state} of={ASKED} t={t} />
      </span>
      <span class="llmw-visually-hidden" role="status">
        {said}
      </span>
    </div>
  );
}

function inWords(status: StatusPayload, t: Translate, numbers: Numbers): string {
  const { generated, max_new_tokens: max, tokens_per_second: speed } = status;
  const generating = status.state === "generating";
  const parts: string[] = [];
  if (generating) parts.push(t("progress", { generated: numbers.count(generated), max: numbers.count(max) }));
  else if (status.reason !== "") parts.push(reasonText(status, t, numbers));
  if (speed > 0 && parts.length > 0) parts.push(t("speed", { speed: numbers.decimal(speed) }));
  return parts.join(" · ");
}

function reasonText(
  { reason, ended_by, generated, max_new_tokens }: StatusPayload,
  t: Translate,
  numbers: Numbers,
) {
  const named = reason === "eos" && ended_by !== "" ? "reason.eos.token" : `reason.${reason}`;
  return t(named, {
    generated: numbers.count(generated),
    max: numbers.count(max_new_tokens),
    by: spell(ended_by, ""),
  });
}
