// A setting's slider: its own scale, a notch where the stage is off, and every key does something.
import type { Translate } from "../../../lib/i18n";
import { type Setting, stepFrom } from "./settings";

const SLIDER_STEPS = 1000;

const KEYS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageUp: 20,
  PageDown: -20,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

interface Props {
  readonly setting: Setting;
  readonly value: number;
  readonly vocabulary: number;
  readonly label: string;
  readonly describedBy: string;
  readonly onValue: (value: number) => void;
  readonly t: Translate;
}

export function Slide({ setting, value, vocabulary, label, describedBy, onValue, t }: Props) {
  const place = setting.place(value, vocabulary);
  const onKeyDown = (event: KeyboardEvent) => {
    const places = KEYS[event.key];
    if (places === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (!Number.isFinite(places)) onValue(setting.value(places > 0 ? 1 : 0, vocabulary));
    else onValue(stepFrom(setting, value, places, vocabulary));
  };
  return (
    <span
      class="llmw-slide"
      style={{ "--neutral": String(setting.place(setting.neutral, vocabulary)), "--place": String(place) }}
    >
      <input
        type="range"
        min={0}
        max={SLIDER_STEPS}
        step={1}
        value={Math.round(place * SLIDER_STEPS)}
        aria-label={t("slider", { name: label })}
        aria-valuetext={valueText(setting, value, t)}
        aria-describedby={describedBy}
        onKeyDown={onKeyDown}
        onInput={(event) =>
          onValue(setting.value(Number(event.currentTarget.value) / SLIDER_STEPS, vocabulary))
        }
      />
    </span>
  );
}

export function valueText({ name, neutral }: Setting, value: number, t: Translate): string {
  if (name === "temperature" && value === 0) return t("value.greedy");
  return value === neutral ? t("value.off", { value }) : String(value);
}
