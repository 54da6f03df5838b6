// What a step changed, in words; what came of the text as text nodes.
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import { Piece } from "../../lib/piece";
import type { StepChange, StepPayload } from "../../session/payloads";

interface Props {
  readonly step: StepPayload;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Changes({ step, t, numbers }: Props) {
  if (step.changes.length === 0) return <p class="llmw-muted llmw-changes">{t("nothing")}</p>;
  return (
    <ul class="llmw-changes" aria-label={t("changed")}>
      {step.changes.map((change, index) => (
        <li key={index} data-what={change.what}>
          <Change change={change} t={t} numbers={numbers} />
        </li>
      ))}
    </ul>
  );
}

function Change({
  change: { what, values },
  t,
  numbers,
}: Omit<Props, "step"> & { readonly change: StepChange }) {
  const piece = String(values.piece ?? values.added ?? "");
  const quoted = piece !== "" && (
    <code>
      <Piece piece={piece} />
    </code>
  );
  if (what === "setting")
    return (
      <>
        <code>{String(values.name)}</code> {shown(values.before, numbers)} → {shown(values.after, numbers)}
      </>
    );
  const counted = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "number" ? numbers.count(value) : String(value ?? ""),
    ]),
  );
  if (what === "text") {
    const removed =
      Number(values.removed) > 0 && t(`change.text.removed${values.removed === 1 ? ".one" : ""}`, counted);
    return (
      <>
        {quoted && t("change.text")} {quoted}
        {quoted && removed && " · "}
        {removed}
      </>
    );
  }
  if (what === "special") return <>{t(values.on ? "change.special.on" : "change.special.off")}</>;
  const single = (what === "written" && values.tokens === 1) || (what === "draws" && values.n === 1);
  const key = `change.${what}${single ? ".one" : ""}`;
  return (
    <>
      {t(key, counted)} {quoted}
      {what === "written" && values.reason !== "" && (
        <span class="llmw-muted"> · {t(`ended.${values.reason}`)}</span>
      )}
    </>
  );
}

function shown(value: StepChange["values"][string] | undefined, numbers: Numbers): string {
  if (typeof value === "number") return numbers.decimal(value);
  return value === true ? "✓" : value === false ? "✗" : "—";
}
