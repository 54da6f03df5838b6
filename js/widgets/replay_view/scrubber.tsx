// The bar to drag, with a tick for each step and a mark where a note is.
import type { Translate } from "../../lib/i18n";
import type { StepPayload } from "../../session/payloads";
import { clock } from "./clock";

/** More ticks than this would be a grey bar. */
const MOST_TICKS = 120;

interface Props {
  readonly steps: readonly StepPayload[];
  readonly step: number;
  readonly off: boolean;
  readonly onGo: (step: number) => void;
  readonly t: Translate;
}

export function Scrubber({ steps, step, off, onGo, t }: Props) {
  const last = steps.length - 1;
  const time = clock(steps[step]?.seconds ?? 0);
  const marks = steps.flatMap(({ notes }, index) => (notes.length > 0 ? [index] : []));
  const ticks = steps.length <= MOST_TICKS ? steps.map((_, index) => index) : [];
  const at = (index: number) => `${last > 0 ? (100 * index) / last : 0}%`;
  return (
    <div class="llmw-scrubber">
      <input
        type="range"
        min={0}
        max={last}
        step={1}
        value={step}
        disabled={off || last === 0}
        aria-label={t("scrubber")}
        aria-valuetext={t("scrubber.value", { step: step + 1, steps: steps.length, time })}
        title={t("keys")}
        onInput={(event) => onGo(Number(event.currentTarget.value))}
      />
      <div class="llmw-ticks" aria-hidden="true">
        {ticks.map((index) => (
          <i key={index} style={{ insetInlineStart: at(index) }} data-passed={index <= step || undefined} />
        ))}
        {marks.map((index) => (
          <b
            key={`note${index}`}
            style={{ insetInlineStart: at(index) }}
            title={steps[index]?.notes.join("\n")}
          />
        ))}
      </div>
    </div>
  );
}
