// Where the numbers of the calculation come from, the twin of llmwidgets/stages/cost_numbers.py.
import {
  COST_ASSUMED,
  COST_EXAMPLES,
  COST_LIMITS,
  COST_MEASURED,
  type CostMeasured,
  type CostSettings,
} from "../../../session/payloads";

export type CostName = keyof typeof COST_LIMITS;
export type Source = "typed" | "measured" | "example" | "assumed" | "";

export interface Known {
  readonly value: number | null;
  readonly source: Source;
}

export interface Numbers {
  readonly rentedHours: CostSettings["rented_hours"];
  readonly of: Readonly<Record<CostName, Known>>;
  /** What would stand there if it were not typed. */
  readonly without: Readonly<Record<CostName, Known>>;
}

export const COST_NAMES = Object.keys(COST_LIMITS) as readonly CostName[];

export function numbersOf(settings: CostSettings, measured: CostMeasured): Numbers {
  const without = {} as Record<CostName, Known>;
  const of = {} as Record<CostName, Known>;
  for (const name of COST_NAMES) {
    const typed = settings.values[name];
    without[name] = untyped(name, settings, measured);
    of[name] = typed === undefined ? without[name] : { value: typed, source: "typed" };
  }
  return { rentedHours: settings.rented_hours, of, without };
}

function untyped(name: CostName, { currency, examples }: CostSettings, measured: CostMeasured): Known {
  const found = measuredOf(name, measured);
  if (found !== null) return { value: found, source: "measured" };
  const example = examples ? lookUp(lookUp(COST_EXAMPLES, currency), name) : undefined;
  if (example !== undefined) return { value: example, source: "example" };
  const assumed = lookUp<number>(COST_ASSUMED, name);
  return assumed === undefined ? { value: null, source: "" } : { value: assumed, source: "assumed" };
}

function measuredOf(name: CostName, measured: CostMeasured): number | null {
  if (!(COST_MEASURED as readonly string[]).includes(name)) return null;
  const value = name.endsWith("_tokens_per_second")
    ? measured.tokens_per_second
    : measured[name as "tokens_in" | "tokens_out"];
  const { low, high } = COST_LIMITS[name];
  return value !== null && value >= low && value <= high ? value : null;
}

function lookUp<Value>(table: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return table && Object.hasOwn(table, name) ? table[name] : undefined;
}
