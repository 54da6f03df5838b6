// What a NextTokenBar shows and how.
import { type Desk, useDesk } from "../../lib/desk";
import type { WidgetModel } from "../../session/model";
import type { BarSettings } from "../../session/payloads";

export const MOST_BARS = 200;
const DEFAULT_K = 10;
const BLANK = { kind: "bar", k: null, measure: null, scale: null, text: null, token: null };

export type BarDesk = Desk<BarSettings>;

export function useBarDesk(model: WidgetModel): BarDesk {
  return useDesk<BarSettings>(model, BLANK, (held) => {
    const settings = { ...NEUTRAL, ...held };
    const whole = Math.round(settings.k) || DEFAULT_K;
    return { ...settings, k: Math.max(1, Math.min(MOST_BARS, whole)) };
  });
}

/** What counts where the kernel holds no settings: in a notebook saved before there were any. */
const NEUTRAL = { k: DEFAULT_K, measure: "probability", scale: "linear", predict: false, seen: {} } as const;
