// What the colours and marks of the tokens mean, and the choice among the colours.
import type { Translate } from "../../lib/i18n";
import { useUniqueId } from "../../lib/id";
import { type ColorBy, STEPS } from "./flow/colour";

interface ChooserProps {
  readonly by: ColorBy;
  readonly canScore: boolean;
  /** Why the engine tells no surprisals; null where it does. */
  readonly unscored: string | null;
  readonly canAttend: boolean;
  /** Why the engine gives no attention; null where it does. */
  readonly unattended: string | null;
  readonly onChange: (by: ColorBy) => void;
  readonly t: Translate;
}

export function ColorChooser({ by, canScore, unscored, canAttend, unattended, onChange, t }: ChooserProps) {
  const name = useUniqueId();
  const choices: ColorBy[] = ["token", "length"];
  if (canScore) choices.push("surprisal");
  if (canAttend) choices.push("attention");
  const lacking: Partial<Record<ColorBy, string | null>> = { surprisal: unscored, attention: unattended };
  return (
    <div class="llmw-colors" role="radiogroup" aria-label={t("color")}>
      <span class="llmw-muted" aria-hidden="true">
        {t("color")}
      </span>
      <span class="llmw-segments">
        {choices.map((choice) => (
          <label
            key={choice}
            class="llmw-segment"
            data-absent={(lacking[choice] ?? null) !== null}
            title={lacking[choice] ?? ""}
          >
            <input
              type="radio"
              class="llmw-visually-hidden"
              name={name}
              checked={choice === by}
              onChange={() => onChange(choice)}
            />
            {t(`color.${choice}`)}
          </label>
        ))}
      </span>
    </div>
  );
}

interface ScaleProps {
  readonly by: ColorBy;
  readonly computing: boolean;
  readonly t: Translate;
}

/** The eight steps, each with the value that it begins at, and the unit. */
export function Scale({ by, computing, t }: ScaleProps) {
  if (by === "token") return null;
  const starts = STEPS[by];
  return (
    <section class="llmw-scale" aria-label={t(`color.${by}`)}>
      <span class="llmw-swatches">
        {starts.map((start, step) => (
          <span key={start} class={`llmw-step llmw-heat-${step}`}>
            {start}
            {step === starts.length - 1 && "+"}
          </span>
        ))}
      </span>
      <span class="llmw-muted">{t(`unit.${by}`)}</span>
      {by !== "length" && (
        <span class="llmw-muted">
          <span class="llmw-step llmw-heat-none">–</span>{" "}
          {t(by === "attention" ? "attention.unseen" : "heat.none")}
        </span>
      )}
      <span class="llmw-doing" role="status">
        {computing && t("computing")}
      </span>
    </section>
  );
}

export function TemplateLegend({ t }: { readonly t: Translate }) {
  return (
    <p class="llmw-key llmw-muted">
      <span>
        <span class="llmw-token llmw-swatch" data-template="true" aria-hidden="true" />{" "}
        {t("template.written")}
      </span>
      <span>
        <span class="llmw-token llmw-swatch llmw-tint-0" aria-hidden="true" /> {t("template.message")}
      </span>
    </p>
  );
}
