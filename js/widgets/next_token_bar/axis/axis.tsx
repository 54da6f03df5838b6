// The line over the bars: what stands where, and whose numbers are in which column.
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { pointStyle } from "./bar";
import type { Measure } from "./measures";
import type { Scale } from "./scales";

interface Props {
  readonly measure: Measure;
  readonly scale: Scale;
  readonly active: boolean;
  readonly drawn: boolean;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Axis({ measure, scale, active, drawn, t, numbers }: Props) {
  return (
    <div class="llmw-axis" aria-hidden="true">
      <span class="llmw-ticks">
        {scale.ticks.map(({ value, place }, index) => (
          <span
            key={value}
            class="llmw-tick"
            data-odd={index % 2 === 1}
            data-edge={place < 0.02 ? "start" : place > 0.98 ? "end" : undefined}
            style={pointStyle(place)}
          >
            {measure.tick(value, scale, numbers)}
          </span>
        ))}
        {scale.minor.map((place) => (
          <i key={place} class="llmw-minor" style={pointStyle(place)} />
        ))}
      </span>
      {drawn && <Legend of="drawn" sign="share" t={t} />}
      {active && <Legend of="sampled" sign="sampled" t={t} />}
      <Legend of="raw" sign={active ? "raw" : "sampled"} t={t} />
    </div>
  );
}

interface LegendProps {
  readonly of: "drawn" | "sampled" | "raw";
  readonly sign: string;
  readonly t: Translate;
}

function Legend({ of, sign, t }: LegendProps) {
  return (
    <span class="llmw-legend" data-of={of}>
      <i class={`llmw-key llmw-key-${sign}`} />
      {t(`legend.${of}`)}
    </span>
  );
}
