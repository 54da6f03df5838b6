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

const PEOPLE = ["people", "persons", "person", "students", "student", "users", "人", "名", "学生"];
const TIMES = [
  "requests",
  "request",
  "times",
  "a day",
  "per day",
  "/day",
  "requests a day",
  "回",
  "件",
  "回/日",
  "/日",
];
const DAYS = ["days", "day", "a month", "days a month", "日", "日間", "日/月"];
const TOKENS = ["tokens", "token", "a request", "tokens a request", "トークン", "/回", "トークン/回"];
const HOURS = ["hours", "hour", "h", "a day", "hours a day", "時間", "時間/日"];
const MONEY = ["円", "yen", "JPY", "ドル", "dollars", "USD", "ユーロ", "euros", "euro", "EUR"];
const WATTS = ["W", "watts", "watt", "ワット"];
const SPEED = ["tokens/s", "tok/s", "t/s", "tokens a second", "トークン/秒"];
const GPUS = ["GPUs", "GPU", "台", "枚", "基"];

/** What may stand behind a number in its field, in either language; a currency's sign may in all. */
export const UNIT_WORDS: Readonly<Record<CostName, readonly string[]>> = {
  students: PEOPLE,
  requests: TIMES,
  days: DAYS,
  tokens_in: TOKENS,
  tokens_out: TOKENS,
  hours: HOURS,
  peak: ["×", "x", "times", "× average", "倍", "× 平均"],
  bought_price: MONEY,
  bought_years: ["years", "year", "年", "年間"],
  bought_watts: WATTS,
  bought_idle_watts: WATTS,
  bought_kwh_price: per(["/kWh", "a kWh"]),
  bought_tokens_per_second: SPEED,
  bought_gpus: GPUS,
  rented_price: per(["/h", "/hour", "an hour", "/時間", "/時"]),
  rented_tokens_per_second: SPEED,
  rented_gpus: GPUS,
  api_in: per(["/1M", "/M", "/1M tokens", "/100万", "/100万トークン"]),
  api_out: per(["/1M", "/M", "/1M tokens", "/100万", "/100万トークン"]),
};

/** Money, alone or for each of something. */
function per(ends: readonly string[]): readonly string[] {
  return [...MONEY, ...ends, ...["¥", "$", "€", ...MONEY].flatMap((money) => ends.map((end) => money + end))];
}

export function unitOf(name: CostName, currency: string, t: Translate): string {
  return t(`unit.${name}`, { currency });
}
