// What the ground's colours mean: classes that can be hidden one by one, or a scale with its range.
import { sayError, type Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { writingName } from "../../../lib/writing";
import type { ClassPayload, GroundPayload } from "../../../session/payloads";
import type { MapDesk } from "../desk";
import { labelText } from "../point";
import { classColour } from "../scene/palette";
import type { Grounded } from "./use_ground";

interface Props {
  readonly ground: Grounded;
  readonly hidden: ReadonlySet<number>;
  readonly onHide: (hidden: ReadonlySet<number>) => void;
  readonly desk: MapDesk;
  readonly gone: boolean;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Legend({ ground, hidden, onHide, desk, gone, t, numbers }: Props) {
  const { payload, points, sampled, waiting, refused } = ground;
  const { colors, color_by, ground_kind } = desk.settings;
  if (refused) {
    const { message, hint } = sayError(t, refused);
    return (
      <p class="llmw-notice llmw-notice-error" role="alert">
        <strong>{message}</strong> {hint}
      </p>
    );
  }
  if (payload === null || points === null) {
    const key = gone ? "ground.saved" : waiting || desk.waiting ? "ground.coming" : "";
    return (
      <p class="llmw-muted llmw-ground-note" role="status" hidden={key === ""}>
        {key && t(`${key}.${ground_kind === "vectors" ? "vectors" : "vocabulary"}`)}
      </p>
    );
  }
  return (
    <div class="llmw-ground-legend">
      {sampled > 0 && (
        <span class="llmw-muted">
          {t("ground.sampled", { sampled: numbers.count(sampled), count: numbers.count(payload.count) })}
        </span>
      )}
      {colors.length > 1 && (
        <label class="llmw-colour">
          <span class="llmw-muted">{t("color")}</span>
          <select
            value={color_by}
            disabled={gone}
            onChange={(event) => desk.ask({ color_by: event.currentTarget.value as typeof color_by })}
          >
            {colors.map((color) => (
              <option key={color} value={color}>
                {t(`color.${color}`)}
              </option>
            ))}
          </select>
        </label>
      )}
      {payload.scale ? (
        <Scale payload={payload} t={t} numbers={numbers} />
      ) : (
        <Classes payload={payload} hidden={hidden} onHide={onHide} t={t} numbers={numbers} />
      )}
    </div>
  );
}

interface PartProps {
  readonly payload: GroundPayload;
  readonly t: Translate;
  readonly numbers: Numbers;
}

interface ClassesProps extends PartProps {
  readonly hidden: ReadonlySet<number>;
  readonly onHide: (hidden: ReadonlySet<number>) => void;
}

function Classes({ payload, hidden, onHide, t, numbers }: ClassesProps) {
  const toggle = (at: number) => {
    const next = new Set(hidden);
    if (!next.delete(at)) next.add(at);
    onHide(next);
  };
  return (
    <ul aria-label={t("classes")}>
      {payload.classes.map((each, at) => (
        <li key={each.key} hidden={each.count === 0}>
          <button
            type="button"
            class="llmw-class"
            aria-pressed={!hidden.has(at)}
            title={t(hidden.has(at) ? "class.show" : "class.hide")}
            onClick={() => toggle(at)}
          >
            <span
              class="llmw-swatch"
              style={{ background: classColour(at, payload.classes.length, false) }}
              aria-hidden="true"
            />
            {className(each, payload.color_by, t)} <span class="llmw-muted">{numbers.count(each.count)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function className({ key }: ClassPayload, by: GroundPayload["color_by"], t: Translate): string {
  if (by === "cluster") return t("class.cluster", { number: /^\d+$/.test(key) ? Number(key) + 1 : key });
  if (by === "values") return t("class.value", { value: labelText(key) });
  const said = t(`class.${key}`);
  return said === `class.${key}` ? writingName(key, t) : said;
}

function Scale({ payload, t, numbers }: PartProps) {
  const { classes, color_by } = payload;
  const low = classes[0]?.low ?? null;
  const high = classes.at(-1)?.high ?? null;
  if (low === null || high === null) return null;
  const range = { low: numberText(low, numbers), high: numberText(high, numbers) };
  return (
    <span class="llmw-range" role="img" aria-label={t("scale", { ...range, name: t(`color.${color_by}`) })}>
      <span>{range.low}</span>
      <span class="llmw-steps" aria-hidden="true">
        {classes.map((each, at) => (
          <span
            key={each.key}
            style={{ background: classColour(at, classes.length, true) }}
            title={`${numberText(each.low ?? low, numbers)} – ${numberText(each.high ?? high, numbers)}: ${numbers.count(each.count)}`}
          />
        ))}
      </span>
      <span>{range.high}</span>
    </span>
  );
}

function numberText(value: number, numbers: Numbers): string {
  return numbers.decimal(value).replace("-", "−");
}
