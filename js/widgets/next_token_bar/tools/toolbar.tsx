// What the bars stand for, how many there are, and which.

import { Field } from "../../../lib/field";
import type { Translate } from "../../../lib/i18n";
import type { DistributionPayload } from "../../../session/payloads";
import { MEASURES, type MeasureName, measureShown } from "../axis/measures";
import { type BarDesk, MOST_BARS } from "../settings";
import { Filter } from "./filter";

interface Props {
  readonly desk: BarDesk;
  readonly distribution: DistributionPayload;
  readonly filtered: boolean;
  readonly onFilter: (query: string) => void;
  readonly t: Translate;
}

const BARS = { low: 1, high: MOST_BARS, whole: true };

export function Toolbar({ desk, distribution, filtered, onFilter, t }: Props) {
  const { scale } = desk.settings;
  const measure = measureShown(desk.settings.measure, distribution);
  const missing = (name: MeasureName) => measureShown(name, distribution) !== name;
  return (
    <div class="llmw-tools">
      <label class="llmw-tool">
        <span class="llmw-visually-hidden">{t("measure")}</span>
        <select
          value={measure}
          onChange={(event) => desk.ask({ measure: event.currentTarget.value as MeasureName })}
        >
          {MEASURES.map((name) => (
            <option
              key={name}
              value={name}
              disabled={missing(name)}
              title={missing(name) ? t("measure.missing") : undefined}
            >
              {t(`measure.${name}`)}
            </option>
          ))}
        </select>
      </label>
      {measure === "probability" && (
        <button
          type="button"
          class="llmw-button llmw-quiet"
          aria-pressed={scale === "log"}
          title={t("scale.title")}
          onClick={() => desk.ask({ scale: scale === "log" ? "linear" : "log" })}
        >
          {t("scale")}
        </button>
      )}
      <BarCount desk={desk} disabled={filtered} t={t} />
      <Filter onFilter={onFilter} t={t} />
    </div>
  );
}

interface BarCountProps {
  readonly desk: BarDesk;
  readonly disabled?: boolean;
  readonly t: Translate;
}

export function BarCount({ desk, disabled = false, t }: BarCountProps) {
  const { k } = desk.settings;
  return (
    <span class="llmw-tool" data-off={disabled}>
      <span class="llmw-muted" aria-hidden="true">
        {t("bars")}
      </span>
      <input
        type="range"
        min={1}
        max={MOST_BARS}
        step={1}
        value={k}
        disabled={disabled}
        aria-label={t("bars.label")}
        style={{ "--at": String((k - 1) / (MOST_BARS - 1)) }}
        onInput={(event) => desk.ask({ k: Number(event.currentTarget.value) })}
      />
      <Field
        name={t("bars")}
        label={t("bars.typed")}
        limits={BARS}
        value={k}
        disabled={disabled}
        onValue={(value) => value !== null && desk.ask({ k: value })}
        t={t}
      />
    </span>
  );
}
