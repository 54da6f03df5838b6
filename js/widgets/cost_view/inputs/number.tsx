// A number of the calculation: its name, where it comes from, and a field to type another.
import { Field } from "../../../lib/field";
import type { Translate } from "../../../lib/i18n";
import { parseAmount, readAmount } from "../../../lib/typed";
import { COST_EXAMPLES_DATE, COST_LIMITS } from "../../../session/payloads";
import { plainNumber } from "../money";
import type { CostName, Known, Numbers } from "../sums/numbers";
import { EMPTY, UNIT_WORDS, unitOf } from "./fields";

interface Props {
  readonly name: CostName;
  readonly numbers: Numbers;
  readonly currency: string;
  readonly onType: (name: CostName, value: number | null) => void;
  readonly t: Translate;
}

export function NumberField({ name, numbers, currency, onType, t }: Props) {
  const { value, source } = numbers.of[name];
  const without = numbers.without[name];
  const isTyped = source === "typed";
  const label = t(`name.${name}`);
  const placeholder = shownWithout(without, name, t);
  const came = sourceWords(numbers.of[name], name, t);
  return (
    <div class="llmw-number-row" data-source={source} data-missing={isMissing(without, name) && !isTyped}>
      <span class="llmw-number-name">
        <span title={hintOf(name, t)}>{label}</span>
        <span class="llmw-source">
          {came}
          {isTyped && (
            <button
              type="button"
              class="llmw-back"
              aria-label={t("back.label", { name: label, value: placeholder })}
              title={t("back.label", { name: label, value: placeholder })}
              onClick={() => onType(name, null)}
            >
              {t("back")}
            </button>
          )}
        </span>
      </span>
      <Field
        name={label}
        label={`${label}, ${unitOf(name, currency, t)}: ${came}${isTyped ? "" : ` ${placeholder}`}`}
        limits={COST_LIMITS[name]}
        value={isTyped ? value : null}
        placeholder={placeholder}
        read={(text) => parseAmount(text, UNIT_WORDS[name])}
        leftOf={(text) => readAmount(text, UNIT_WORDS[name]).left}
        write={plainNumber}
        onValue={(typed) => onType(name, typed)}
        t={t}
      >
        <span class="llmw-unit" aria-hidden="true">
          {unitOf(name, currency, t)}
        </span>
      </Field>
    </div>
  );
}

function isMissing({ value }: Known, name: CostName): boolean {
  return value === null && EMPTY[name] === undefined;
}

function shownWithout({ value }: Known, name: CostName, t: Translate): string {
  return value === null ? t(EMPTY[name] ?? "empty.unknown") : plainNumber(value);
}

function sourceWords({ source }: Known, name: CostName, t: Translate): string {
  if (source === "example") return t("source.example", { date: COST_EXAMPLES_DATE });
  if (source === "") return t(EMPTY[name] ? "source.none" : "source.unknown");
  return t(`source.${source}`);
}

function hintOf(name: CostName, t: Translate): string | undefined {
  const key = `hint.${name}`;
  const hint = t(key);
  return hint === key ? undefined : hint;
}
