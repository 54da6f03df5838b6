// Which numbers stand in which card, and in which unit.
import type { Translate } from "../../../lib/i18n";
import type { Form } from "../sums/costs";
import type { CostName } from "../sums/numbers";

export const WORKLOAD: readonly CostName[] = [
  "students",
  "requests",
  "days",
  "tokens_in",
  "tokens_out",
  "hours",
  "peak",
];

export const OF_FORM: Readonly<Record<Form, readonly CostName[]>> = {
  bought: [
    "bought_price",
    "bought_years",
    "bought_watts",
    "bought_idle_watts",
    "bought_kwh_price",
    "bought_tokens_per_second",
    "bought_gpus",
  ],
  rented: ["rented_price", "rented_tokens_per_second", "rented_gpus"],
  api: ["api_in", "api_out"],
};

/** What stands in an empty field that may stay empty. */
export const EMPTY: Partial<Readonly<Record<CostName, string>>> = {
  bought_gpus: "empty.gpus",
  rented_gpus: "empty.gpus",
  bought_idle_watts: "empty.zero",
};

export function unitOf(name: CostName, currency: string, t: Translate): string {
  return t(`unit.${name}`, { currency });
}
