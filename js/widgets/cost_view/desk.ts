// What a CostView calculates with: what the kernel holds, and what was typed here since.
import { type Desk, useDesk } from "../../lib/desk";
import { useTrait } from "../../lib/mount";
import type { WidgetModel } from "../../session/model";
import type { CostMeasured, CostSettings } from "../../session/payloads";
import type { CostName } from "./sums/numbers";

const BLANK = { kind: "cost", values: null, currency: null, rented_hours: null, examples: null };

const NEUTRAL: CostSettings = { values: {}, currency: "¥", rented_hours: "open", examples: true, seen: {} };

const NOTHING: CostMeasured = {
  tokens_in: null,
  tokens_out: null,
  tokens_per_second: null,
  tokens_computed: 0,
  seconds: 0,
  model: "",
  device: "",
};

export type CostDesk = Desk<CostSettings>;

export function useCostDesk(model: WidgetModel): CostDesk {
  return useDesk<CostSettings>(model, BLANK, (held) => ({ ...NEUTRAL, ...held }));
}

export function useMeasured(model: WidgetModel): CostMeasured {
  const found = useTrait<Partial<CostMeasured> | undefined>(model, "measured");
  return { ...NOTHING, ...found };
}

/** Types a number, or takes it back. */
export function typeNumber(desk: CostDesk, name: CostName, value: number | null): void {
  const { [name]: _before, ...others } = desk.settings.values;
  desk.ask({ values: value === null ? others : { ...others, [name]: value } });
}
