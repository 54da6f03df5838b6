// The results as sentences.
import type { Language, Translate } from "../../../lib/i18n";
import { money } from "../money";
import type { BreakEven } from "../sums/break_even";
import { type Cost, type Costs, FORMS, type Form } from "../sums/costs";
import { numberOf } from "../sums/fraction";
import { type Volumes, volumeWords } from "../volume";

/** What is unknown of a form, and what to do. */
export function missingWords({ missing }: Cost, canMeasure: boolean, t: Translate): string {
  const names = missing.map((name) => t(`name.${name}`)).join(t("and"));
  const measurable = missing.some((name) => name.endsWith("_tokens_per_second"));
  const key = measurable && canMeasure ? "missing.measure" : "missing";
  return t(key, { names });
}

/** The cheapest form at this workload. */
export function verdict(costs: Costs, currency: string, t: Translate, language: Language): string {
  const { cheapest, of } = costs;
  if (cheapest === null)
    return t(FORMS.some((form) => of[form].total !== null) ? "verdict.none" : "verdict.unknown");
  const amount = (form: Form) => numberOf(of[form].total ?? { top: 0n, bottom: 1n });
  const others = FORMS.filter((form) => form !== cheapest && of[form].total !== null && of[form].enough);
  const values = { form: t(`form.${cheapest}`), amount: money(amount(cheapest), currency, language) };
  if (others.length === 0) return t("verdict.only", values);
  const next = others.reduce((one, other) => (amount(other) < amount(one) ? other : one));
  return t("verdict", {
    ...values,
    next: t(`form.${next}`),
    next_amount: money(amount(next), currency, language),
  });
}

/** Which of two forms is cheaper at which volume. */
export function pairWords(pair: BreakEven, volumes: Volumes, t: Translate, language: Language): string {
  const sentence = t(keyOf(pair), valuesOf(pair, volumes, t, language));
  if (pair.limit === null || isWithin(pair)) return sentence;
  return sentence + t("pair.limit", { volume: volumeWords(pair.limit, volumes, t, language) });
}

/** Whether its one sentence says how far the GPUs go. */
function isWithin({ stretches }: BreakEven): boolean {
  return stretches.length === 1 && stretches[0]?.cheaper !== null;
}

function keyOf({ stretches, limit, settled }: BreakEven): string {
  if (stretches.length === 1) {
    if (stretches[0]?.cheaper === null) return "pair.same";
    if (limit !== null) return "pair.never.limit";
    return settled ? "pair.never" : "pair.never.so_far";
  }
  if (!settled) return "pair.open";
  return stretches.length === 2 ? "pair.once" : "pair.often";
}

function valuesOf(pair: BreakEven, volumes: Volumes, t: Translate, language: Language) {
  const { stretches, one, other } = pair;
  const [first, second] = stretches;
  const last = stretches.at(-1);
  const name = (form: Form | null | undefined) => (form ? t(`form.${form}`) : t("neither"));
  const volume = (start: typeof first) => (start ? volumeWords(start.start, volumes, t, language) : "");
  return {
    one: t(`form.${one}`),
    other: t(`form.${other}`),
    first: name(first?.cheaper),
    dearer: name(first?.cheaper === one ? other : one),
    begin: volume(second),
    last: name(last?.cheaper),
    end: volume(last),
    times: stretches.length - 3,
    limit: pair.limit ? volumeWords(pair.limit, volumes, t, language) : "",
  };
}
