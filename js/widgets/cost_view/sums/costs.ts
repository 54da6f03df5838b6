// What a workload costs a month in each form of execution, the twin of llmwidgets/stages/cost.py.
import { COST_NEEDS } from "../../../session/payloads";
import {
  ceil,
  compare,
  type Fraction,
  floor,
  fraction,
  greatest,
  least,
  minus,
  over,
  plus,
  sign,
  times,
  wholeOf,
  ZERO,
} from "./fraction";
import type { CostName, Numbers } from "./numbers";

export type Form = keyof typeof COST_NEEDS;
export const FORMS: readonly Form[] = ["bought", "rented", "api"];
export type PartName = "purchase" | "power" | "idle_power" | "rent" | "tokens_in" | "tokens_out";

export const HOURS_A_MONTH = 730;
const HOURS = fraction(HOURS_A_MONTH);
const SECONDS = fraction(3600);
const MILLION = fraction(1_000_000);

/** The cost over requests a month v: `fixed` for each GPU, and `slope` for each request, which needs `step` GPUs in the busiest moment. */
export interface Line {
  readonly form: Form;
  readonly fixed: Fraction;
  readonly slope: Fraction;
  readonly step: Fraction;
  /** How many there are; null as many as needed. */
  readonly gpus: bigint | null;
}

export interface Part {
  readonly name: PartName;
  readonly cost: Fraction;
}

export interface Cost {
  readonly form: Form;
  /** Without these it is unknown. */
  readonly missing: readonly CostName[];
  readonly parts: readonly Part[];
  /** A month; null where it is unknown. */
  readonly total: Fraction | null;
  readonly gpus: bigint | null;
  readonly needed: bigint | null;
  /** The share of the month in which each GPU computes. */
  readonly busy: Fraction | null;
  readonly upfront: Fraction;
  /** Whether the GPUs can do the workload. */
  readonly enough: boolean;
}

export interface Load {
  /** Requests a month. */
  readonly volume: Fraction;
  readonly tokens: Fraction;
  readonly openHours: Fraction;
  /** Tokens a second in the busiest moment, for one request a month. */
  readonly peakRate: Fraction;
}

export interface Costs {
  readonly load: Load;
  readonly of: Readonly<Record<Form, Cost>>;
  readonly cheapest: Form | null;
}

export function costsOf(numbers: Numbers): Costs {
  const load = loadOf(numbers);
  const of = {
    bought: onGpus("bought", numbers, load),
    rented: onGpus("rented", numbers, load),
    api: ofApi(numbers, load),
  };
  return { load, of, cheapest: cheapestOf(of) };
}

/** Months after which the purchase has been saved, instead of the other form; null where it never is, or is unknown. */
export function paybackOf({ of }: Costs, against: Form): Fraction | null {
  const { bought } = of;
  const other = of[against];
  if (other.total === null || bought.total === null || !bought.enough || !other.enough) return null;
  const running = sumOf(bought.parts.filter(({ name }) => name !== "purchase"));
  const saved = minus(other.total, running);
  return sign(saved) > 0 ? over(bought.upfront, saved) : null;
}

export function linesOf(numbers: Numbers, load: Load): readonly Line[] {
  return FORMS.filter((form) => missingOf(form, numbers).length === 0).map((form) =>
    lineOf(form, numbers, load),
  );
}

/** Requests a month that the GPUs can do; null where there is no end. */
export function capacityOf({ gpus, step }: Line): Fraction | null {
  return gpus === null || sign(step) === 0 ? null : over(wholeOf(gpus), step);
}

/** The cost of so many requests a month. */
export function costAt(line: Line, volume: Fraction): Fraction {
  const gpus = line.gpus ?? neededFor(times(volume, line.step));
  return plus(times(line.fixed, wholeOf(gpus)), times(line.slope, volume));
}

/** GPUs just behind `low`. */
export function gpusBehind(line: Line, low: Fraction): bigint {
  return line.gpus ?? floor(times(low, line.step)) + 1n;
}

/** Whether its cost jumps with each further GPU. */
export function hasSteps({ gpus, step, fixed }: Line): boolean {
  return gpus === null && sign(step) > 0 && sign(fixed) > 0;
}

export function missingOf(form: Form, numbers: Numbers): readonly CostName[] {
  return COST_NEEDS[form].filter((name) => numbers.of[name].value === null);
}

function loadOf(numbers: Numbers): Load {
  const [days, hours] = [exact(numbers, "days"), exact(numbers, "hours")];
  const tokens = plus(exact(numbers, "tokens_in"), exact(numbers, "tokens_out"));
  const openHours = least(times(days, hours), HOURS);
  return {
    volume: times(exact(numbers, "students"), exact(numbers, "requests"), days),
    tokens,
    openHours,
    peakRate: over(times(tokens, exact(numbers, "peak")), times(openHours, SECONDS)),
  };
}

/** What is not there is 0. */
function exact(numbers: Numbers, name: CostName): Fraction {
  return fraction(numbers.of[name].value ?? 0);
}

function cheapestOf(of: Readonly<Record<Form, Cost>>): Form | null {
  let best: { readonly form: Form; readonly total: Fraction } | null = null;
  for (const form of FORMS) {
    const { total, enough } = of[form];
    if (total !== null && enough && (best === null || compare(total, best.total) < 0)) best = { form, total };
  }
  return best?.form ?? null;
}

function lineOf(form: Form, numbers: Numbers, load: Load): Line {
  if (form === "api") {
    const slope = plus(...(apiParts(numbers).map(({ cost }) => cost) as [Fraction, Fraction]));
    return { form, fixed: ZERO, slope, step: ZERO, gpus: null };
  }
  const { hours, step, gpus } = demandOf(form, numbers, load);
  if (form === "bought") {
    const { idle, watts } = powerOf(numbers);
    const fixed = plus(purchaseOf(numbers), times(idle, HOURS));
    return { form, fixed, slope: times(hours, minus(watts, idle)), step, gpus };
  }
  const price = exact(numbers, "rented_price");
  if (numbers.rentedHours === "busy") return { form, fixed: ZERO, slope: times(hours, price), step, gpus };
  return { form, fixed: times(price, paidHours(numbers, load)), slope: ZERO, step, gpus };
}

/** Of one request a month: hours of computing, and GPUs in the busiest moment; and how many GPUs there are. */
function demandOf(form: "bought" | "rented", numbers: Numbers, load: Load) {
  const speed = exact(numbers, `${form}_tokens_per_second`);
  const given = numbers.of[`${form}_gpus`].value;
  return {
    hours: over(load.tokens, times(speed, SECONDS)),
    step: over(load.peakRate, speed),
    gpus: given === null ? null : BigInt(given),
  };
}

/** Of one GPU, a month. */
function purchaseOf(numbers: Numbers): Fraction {
  return over(exact(numbers, "bought_price"), times(exact(numbers, "bought_years"), fraction(12)));
}

/** The cost of an hour of one GPU that idles, and of one that computes. */
function powerOf(numbers: Numbers): { readonly idle: Fraction; readonly watts: Fraction } {
  const price = over(exact(numbers, "bought_kwh_price"), fraction(1000));
  return {
    idle: times(exact(numbers, "bought_idle_watts"), price),
    watts: times(exact(numbers, "bought_watts"), price),
  };
}

function paidHours(numbers: Numbers, load: Load): Fraction {
  return numbers.rentedHours === "open" ? load.openHours : HOURS;
}

/** Of one request. */
function apiParts(numbers: Numbers): readonly Part[] {
  return (["in", "out"] as const).map((way) => ({
    name: `tokens_${way}`,
    cost: over(times(exact(numbers, `tokens_${way}`), exact(numbers, `api_${way}`)), MILLION),
  }));
}

const UNKNOWN = { parts: [], total: null, gpus: null, needed: null, busy: null, upfront: ZERO, enough: true };

function ofApi(numbers: Numbers, load: Load): Cost {
  const missing = missingOf("api", numbers);
  if (missing.length > 0) return { ...UNKNOWN, form: "api", missing };
  const parts = apiParts(numbers).map(({ name, cost }) => ({ name, cost: times(load.volume, cost) }));
  return { ...UNKNOWN, form: "api", missing, parts, total: sumOf(parts) };
}

function onGpus(form: "bought" | "rented", numbers: Numbers, load: Load): Cost {
  const missing = missingOf(form, numbers);
  if (missing.length > 0) return { ...UNKNOWN, form, missing };
  const { hours, step, gpus: given } = demandOf(form, numbers, load);
  const needed = neededFor(times(load.volume, step));
  const gpus = given ?? needed;
  const computing = times(load.volume, hours);
  const month = times(wholeOf(gpus), HOURS);
  const parts =
    form === "bought"
      ? boughtParts(numbers, gpus, computing, minus(month, computing))
      : [rentOf(numbers, load, gpus, computing)];
  return {
    form,
    missing,
    parts,
    total: sumOf(parts),
    gpus,
    needed,
    busy: over(computing, month),
    upfront: form === "bought" ? times(wholeOf(gpus), exact(numbers, "bought_price")) : ZERO,
    enough: gpus >= needed,
  };
}

function boughtParts(
  numbers: Numbers,
  gpus: bigint,
  computing: Fraction,
  resting: Fraction,
): readonly Part[] {
  const { idle, watts } = powerOf(numbers);
  return [
    { name: "purchase", cost: times(wholeOf(gpus), purchaseOf(numbers)) },
    { name: "power", cost: times(computing, watts) },
    { name: "idle_power", cost: times(resting, idle) },
  ];
}

function rentOf(numbers: Numbers, load: Load, gpus: bigint, computing: Fraction): Part {
  const paid = numbers.rentedHours === "busy" ? computing : times(wholeOf(gpus), paidHours(numbers, load));
  return { name: "rent", cost: times(paid, exact(numbers, "rented_price")) };
}

/** At least one. */
function neededFor(gpus: Fraction): bigint {
  return ceil(greatest(gpus, fraction(1)));
}

function sumOf(parts: readonly Part[]): Fraction {
  return parts.reduce((sum, { cost }) => plus(sum, cost), ZERO);
}
