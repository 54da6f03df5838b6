// One stage: its switch, slider and number, what it does in one line, and what it leaves.

import { Field } from "../../../lib/field";
import type { Translate } from "../../../lib/i18n";
import { useUniqueId } from "../../../lib/id";
import type { Numbers } from "../../../lib/numbers";
import { Mass, Slice } from "./funnel";
import type { Passage } from "./levels";
import type { Setting } from "./settings";
import { Slide } from "./slide";

interface Props {
  readonly setting: Setting;
  readonly value: number;
  /** Null where there is no distribution. */
  readonly passage: Passage | null;
  /** Greedy choice does without it. */
  readonly idle: boolean;
  /** Where the value comes from, where it is the model's own. */
  readonly origin: "generation_config" | "transformers" | null;
  /** The server that has no such setting; null where whatever draws knows it. */
  readonly lackedBy: string | null;
  readonly vocabulary: number;
  readonly onValue: (value: number) => void;
  /** The value with which it is switched on. */
  readonly last: number;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Row(props: Props) {
  const { setting, value, passage, idle, origin, lackedBy, vocabulary, onValue, last, t, numbers } = props;
  const help = useUniqueId();
  const { name, neutral } = setting;
  const label = t(`${name}.label`);
  const off = value === neutral;
  const tune = (next: number) => next !== value && onValue(next);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is no grid in every browser
    <div class="llmw-stage" role="group" aria-label={label} data-off={off} data-idle={idle} data-stage={name}>
      <button
        type="button"
        class="llmw-switch"
        role="switch"
        aria-checked={!off}
        aria-label={t("switch", { name: label })}
        title={t(off ? "switch.on" : "switch.off", { value: last })}
        onClick={() => tune(off ? last : neutral)}
      >
        <i />
      </button>
      <span class="llmw-name">
        <Breakable text={label} />
      </span>
      <Slide
        setting={setting}
        value={value}
        vocabulary={vocabulary}
        label={label}
        describedBy={help}
        onValue={tune}
        t={t}
      />
      <Field
        name={name}
        label={t("field", { name: label })}
        limits={setting}
        value={value}
        onValue={(next) => next !== null && tune(next)}
        t={t}
      />
      <span class="llmw-help" id={help}>
        {lackedBy !== null && (
          <span class="llmw-badge" title={t("lacking.title", { server: lackedBy })}>
            {t("lacking", { server: lackedBy })}
          </span>
        )}
        {origin !== null && (
          <span class="llmw-badge" title={t(`origin.${origin}.title`)}>
            {t(`origin.${origin}`)}
          </span>
        )}
        {label !== name && <code>{name}</code>} {t(`${name}.help`)}
      </span>
      {passage && (
        <>
          <Slice
            passage={passage}
            vocabulary={vocabulary}
            through={passage.stage === null}
            {...(passage.stage === null ? { text: t(idle && !off ? "idle" : "off") } : {})}
            t={t}
            numbers={numbers}
          />
          {passage.stage !== null && <Mass passage={passage} t={t} numbers={numbers} />}
        </>
      )}
    </div>
  );
}

/** A setting's name may break behind its underscores, and in Japanese where katakana begin. */
function Breakable({ text }: { readonly text: string }) {
  return (
    <>
      {text.split(/(?<=_)|(?<=[ぁ-ん])(?=[ァ-ヶ])/).map((part, at) => (
        <span key={part}>
          {at > 0 && <wbr />}
          {part}
        </span>
      ))}
    </>
  );
}
