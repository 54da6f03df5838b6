// The workload and the three forms side by side: what each costs, what that is made up of, and the numbers behind it.
import type { ComponentChildren } from "preact";
import type { Language, Translate } from "../../../lib/i18n";
import type { Numbers as Digits } from "../../../lib/numbers";
import { Segments } from "../../../lib/segments";
import type { CostSettings } from "../../../session/payloads";
import { type CostDesk, typeNumber } from "../desk";
import { OF_FORM, WORKLOAD } from "../inputs/fields";
import { NumberField } from "../inputs/number";
import { counted, money, short } from "../money";
import { type Cost, type Costs, FORMS, type Form, paybackOf } from "../sums/costs";
import { numberOf, times } from "../sums/fraction";
import type { CostName, Numbers } from "../sums/numbers";
import { missingWords } from "./words";

export interface CardsProps {
  readonly desk: CostDesk;
  readonly numbers: Numbers;
  readonly costs: Costs;
  /** Whether a session is there that can measure. */
  readonly canMeasure: boolean;
  readonly digits: Digits;
  readonly language: Language;
  readonly t: Translate;
}

export function Cards(props: CardsProps) {
  const most = Math.max(...FORMS.map((form) => amountOf(props.costs.of[form]) ?? 0));
  return (
    <div class="llmw-cards">
      <Workload {...props} />
      <FormCard form="bought" most={most} {...props} />
      <div class="llmw-card-column">
        <FormCard form="rented" most={most} {...props} />
        <FormCard form="api" most={most} {...props} />
      </div>
    </div>
  );
}

interface CardProps {
  readonly kind: string;
  readonly title: string;
  readonly badge?: string | undefined;
  readonly amount: string;
  readonly under: string;
  readonly facts: ComponentChildren;
  readonly children: ComponentChildren;
  /** The share of the dearest; null where there is none to show. */
  readonly share: number | null;
}

function Card({ kind, title, badge, amount, under, facts, children, share }: CardProps) {
  return (
    <section class="llmw-card" data-kind={kind} aria-label={title}>
      <header class="llmw-card-head">
        <h4>
          {title}
          {badge && <span class="llmw-badge">{badge}</span>}
        </h4>
        <p class="llmw-amount">
          <strong>{amount}</strong> <span class="llmw-muted">{under}</span>
        </p>
        <span class="llmw-share" data-none={share === null}>
          <i style={{ width: `${100 * (share ?? 0)}%` }} />
        </span>
      </header>
      <div class="llmw-card-facts">{facts}</div>
      <div class="llmw-card-fields">{children}</div>
    </section>
  );
}

function Workload({ desk, numbers, costs: { load }, digits, language, t }: CardsProps) {
  const tokens = numberOf(times(load.volume, load.tokens));
  const peak = numberOf(times(load.volume, load.peakRate));
  return (
    <Card
      kind="workload"
      title={t("workload")}
      amount={counted(numberOf(load.volume), language)}
      under={t("workload.under")}
      share={null}
      facts={
        <p>
          {t("workload.facts", {
            tokens: short(tokens, language),
            peak: peak >= 1000 ? short(peak, language) : digits.decimal(peak),
          })}
        </p>
      }
    >
      <Fields names={WORKLOAD} desk={desk} numbers={numbers} t={t} />
    </Card>
  );
}

interface FormProps extends CardsProps {
  readonly form: Form;
  readonly most: number;
}

function FormCard(props: FormProps) {
  const { form, most, desk, numbers, costs, language, t } = props;
  const { settings } = desk;
  const cost = costs.of[form];
  const amount = amountOf(cost);
  const badge = costs.cheapest === form ? t("cheapest") : cost.enough ? undefined : t("too_few");
  return (
    <Card
      kind={form}
      title={t(`form.${form}`)}
      badge={badge}
      amount={amount === null ? t("unknown") : money(amount, settings.currency, language)}
      under={amount === null ? "" : t("a_month")}
      share={amount === null ? null : most > 0 ? amount / most : 0}
      facts={<Facts {...props} cost={cost} />}
    >
      {form === "rented" && <Hours desk={desk} t={t} />}
      <Fields names={OF_FORM[form]} desk={desk} numbers={numbers} t={t} />
    </Card>
  );
}

interface FieldsProps {
  readonly names: readonly CostName[];
  readonly desk: CostDesk;
  readonly numbers: Numbers;
  readonly t: Translate;
}

function Fields({ names, desk, numbers, t }: FieldsProps) {
  return (
    <>
      {names.map((name) => (
        <NumberField
          key={name}
          name={name}
          numbers={numbers}
          currency={desk.settings.currency}
          onType={(of, value) => typeNumber(desk, of, value)}
          t={t}
        />
      ))}
    </>
  );
}

const HOURS = ["busy", "open", "always"] as const;

function Hours({ desk, t }: { readonly desk: CostDesk; readonly t: Translate }) {
  return (
    <div class="llmw-hours">
      <span>{t("rented_hours")}</span>
      <Segments<CostSettings["rented_hours"]>
        name={t("rented_hours")}
        value={desk.settings.rented_hours}
        segments={HOURS.map((value) => ({
          value,
          label: t(`rented_hours.${value}`),
          title: t(`rented_hours.${value}.title`),
        }))}
        onChoose={(rented_hours) => desk.ask({ rented_hours })}
      />
    </div>
  );
}

function Facts(props: FormProps & { readonly cost: Cost }) {
  const { cost, costs, numbers, desk, canMeasure, digits, language, t } = props;
  const { currency } = desk.settings;
  if (cost.total === null) return <p class="llmw-unknown">{missingWords(cost, canMeasure, t)}</p>;
  const parts = cost.parts
    .map(({ name, cost: part }) => ({ name, amount: numberOf(part) }))
    .filter(({ amount }) => amount > 0)
    .map(({ name, amount }) => t(`part.${name}`, { amount: money(amount, currency, language) }));
  return (
    <>
      {parts.length > 0 && <p>{parts.join(t("part.and"))}</p>}
      {cost.gpus !== null && (
        <p data-wrong={!cost.enough}>
          {t(cost.enough ? "gpus" : "gpus.too_few", {
            gpus: counted(Number(cost.gpus), language),
            needed: counted(Number(cost.needed), language),
            busy: cost.busy === null ? "" : digits.percent(numberOf(cost.busy)),
          })}
        </p>
      )}
      {cost.form === "bought" && <Payback costs={costs} numbers={numbers} digits={digits} t={t} />}
    </>
  );
}

interface PaybackProps {
  readonly costs: Costs;
  readonly numbers: Numbers;
  readonly digits: Digits;
  readonly t: Translate;
}

/** After how long the purchase is saved. */
function Payback({ costs, numbers, digits, t }: PaybackProps) {
  const years = numbers.of.bought_years.value ?? 0;
  return (
    <>
      {(["rented", "api"] as const)
        .filter((form) => costs.of[form].total !== null && costs.of[form].enough && costs.of.bought.enough)
        .map((form) => {
          const months = paybackOf(costs, form);
          const count = months === null ? null : numberOf(months);
          const key = count === null ? "payback.never" : count > years * 12 ? "payback.late" : "payback";
          const values = {
            form: t(`form.${form}`),
            months: digits.decimal(count ?? 0),
            years: digits.decimal(years),
          };
          return <p key={form}>{t(key, values)}</p>;
        })}
    </>
  );
}

function amountOf({ total }: Cost): number | null {
  return total === null ? null : numberOf(total);
}
