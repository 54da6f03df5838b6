// KL in both directions, each in a sentence.
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import type { ComparisonPayload } from "../../../session/payloads";

interface Props {
  readonly comparison: ComparisonPayload;
  readonly t: Translate;
  readonly numbers: Numbers;
}

/** Less than this is the rounding of the models' own arithmetic. */
const NOTHING = 5e-7;

export function Divergence({ comparison, t, numbers }: Props) {
  const { kl, kl_back, aligned, shared, outside, other_outside } = comparison;
  const least = aligned !== "ids";
  return (
    <div class="llmw-against-kl" title={t("against.kl.title")}>
      <dl>
        <Direction from="left" to="right" value={kl} least={least} t={t} numbers={numbers} />
        <Direction from="right" to="left" value={kl_back} least={least} t={t} numbers={numbers} />
      </dl>
      <p class="llmw-muted">
        {t(`against.${aligned}`, {
          count: numbers.count(shared),
          left: numbers.percent(outside),
          right: numbers.percent(other_outside),
        })}
        {t("sentence")}
        {t("against.raw")}
      </p>
    </div>
  );
}

interface DirectionProps {
  readonly from: "left" | "right";
  readonly to: "left" | "right";
  /** Null where infinite. */
  readonly value: number | null;
  readonly least: boolean;
  readonly t: Translate;
  readonly numbers: Numbers;
}

/** Three digits, also where the last are zeros: 15.0 beside 13.9. */
function written(value: number, numbers: Numbers): string {
  return value >= 100 ? numbers.count(value) : value.toPrecision(3);
}

function Direction({ from, to, value, least, t, numbers }: DirectionProps) {
  const names = { from: t(`against.${from}`), to: t(`against.${to}`) };
  const number = value === null ? "∞" : value < NOTHING ? "0" : written(value, numbers);
  const key = value === null ? "infinite" : value < NOTHING && !least ? "none" : "words";
  const amount = value === null ? number : t(least ? "against.least" : "against.nats", { value: number });
  return (
    <div data-from={from}>
      <dt>{t("against.kl", names)}</dt>
      <dd>
        <b>{amount}</b> <span>{t(`against.kl.${key}`, { ...names, amount })}</span>
      </dd>
    </div>
  );
}
