// The line over the tokens: how many there are, of how much text, and the switches.
import { useMemo } from "preact/hooks";
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import { useQuiet } from "../../lib/quiet";
import type { SessionState } from "../../session/store";
import type { Sections } from "./flow/sections";
import { countUtf8 } from "./flow/units";

interface CountsProps {
  readonly state: SessionState;
  readonly sections: Sections;
  readonly ahead: boolean;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Counts({ state, sections, ahead, t, numbers }: CountsProps) {
  // what is typed can be counted here at once; its tokens only the tokenizer knows
  const typed = useMemo(() => (ahead ? countUtf8(state.text) : null), [ahead, state.text]);
  const sum = (pick: (section: Sections[number]) => number) =>
    sections.reduce((total, section) => total + pick(section), 0);
  const values = {
    tokens: numbers.count(sum(({ tokens }) => tokens.count)),
    characters: numbers.count(typed?.characters ?? sum(({ tokens }) => tokens.characters)),
    bytes: numbers.count(typed?.bytes ?? sum(({ tokens }) => tokens.utf8Bytes)),
  };
  const summary = useQuiet(ahead ? "" : t("summary", values));
  return (
    <>
      <dl class="llmw-counts">
        <Count name={t("count.tokens")} value={values.tokens} stale={ahead} main />
        <Count name={t("count.characters")} value={values.characters} />
        <Count name={t("count.bytes")} value={values.bytes} />
      </dl>
      <p class="llmw-visually-hidden" role="status">
        {summary}
      </p>
    </>
  );
}

interface CountProps {
  readonly name: string;
  readonly value: string;
  readonly stale?: boolean;
  readonly main?: boolean;
}

function Count({ name, value, stale = false, main = false }: CountProps) {
  return (
    <div data-stale={stale} data-main={main}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

interface ToggleProps {
  readonly pressed: boolean;
  readonly onPress: (pressed: boolean) => void;
  readonly label: string;
  readonly disabled?: boolean;
}

export function Toggle({ pressed, onPress, label, disabled = false }: ToggleProps) {
  return (
    <button
      type="button"
      class="llmw-button"
      aria-pressed={pressed}
      disabled={disabled}
      onClick={() => onPress(!pressed)}
    >
      {label}
    </button>
  );
}
