// What the calculation takes for granted, where its numbers were measured, and what it does not know.
import type { Language, Translate } from "../../../lib/i18n";
import type { Numbers as Digits } from "../../../lib/numbers";
import { time } from "../../../lib/units";
import { COST_EXAMPLES_DATE, type CostMeasured, type CostSettings } from "../../../session/payloads";
import type { Costs } from "../sums/costs";
import { numberOf, times } from "../sums/fraction";
import type { Numbers } from "../sums/numbers";

interface Props {
  readonly numbers: Numbers;
  readonly costs: Costs;
  readonly measured: CostMeasured;
  readonly settings: CostSettings;
  readonly canMeasure: boolean;
  readonly digits: Digits;
  readonly language: Language;
  readonly t: Translate;
}

export function Assumptions(props: Props) {
  const { numbers, costs, settings, digits, t } = props;
  const { load } = costs;
  const peak = digits.decimal(numberOf(times(load.volume, load.peakRate)));
  const hasExamples = Object.values(numbers.of).some(({ source }) => source === "example");
  return (
    <section class="llmw-assumptions" aria-label={t("assumptions")}>
      <div>
        <h4>{t("measured")}</h4>
        <ul>
          <li>{measuredWords(props)}</li>
          {usesSpeed(props) && <li>{t("measured.one")}</li>}
          {usesSpeed(props) && props.measured.device === "cpu" && (
            <li data-warn="true">{t("measured.cpu")}</li>
          )}
          {hasExamples && <li>{t("examples.what", { date: COST_EXAMPLES_DATE })}</li>}
          <li>{t("currency.what", { currency: settings.currency })}</li>
        </ul>
      </div>
      <div>
        <h4>{t("assumptions")}</h4>
        <ul>
          <li>{t("assumed.bought", { years: yearsWords(props) })}</li>
          <li>{t("assumed.peak", { hours: digits.decimal(numberOf(load.openHours)), peak })}</li>
          <li>{t(`assumed.rented.${settings.rented_hours}`)}</li>
          <li>{t("assumed.volume")}</li>
        </ul>
      </div>
      <div>
        <h4>{t("not_known")}</h4>
        <ul>
          {["rates", "batching", "cache", "idle", "others"].map((what) => (
            <li key={what}>{t(`not_known.${what}`)}</li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function yearsWords({ numbers, digits, t }: Props): string {
  const years = numbers.of.bought_years.value;
  return years === null ? t("assumed.years.unknown") : t("assumed.years", { years: digits.decimal(years) });
}

/** Whether the measured rate is calculated with. */
function usesSpeed({ numbers }: Props): boolean {
  return (["bought", "rented"] as const).some(
    (form) => numbers.of[`${form}_tokens_per_second`].source === "measured",
  );
}

function measuredWords({ measured, canMeasure, digits, t }: Props): string {
  const { tokens_in, tokens_out, tokens_per_second, model } = measured;
  if (tokens_per_second !== null)
    return t("measured.speed", {
      model,
      device: measured.device,
      tokens: digits.count(measured.tokens_computed),
      time: time(measured.seconds, digits),
      speed: digits.decimal(tokens_per_second),
    });
  if (canMeasure) return t("measured.not_yet");
  if (model !== "") return t("measured.server", { model });
  return t(tokens_in === null && tokens_out === null ? "measured.nothing" : "measured.text");
}
