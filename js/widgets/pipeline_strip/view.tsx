// The last call of the model: its stages as connected cells, the blocks folded into one, and below them what else is known of it.
import { useState } from "preact/hooks";
import { sayAbsent } from "../../lib/abilities";
import { useTrait, type ViewProps } from "../../lib/mount";
import { Notice } from "../../lib/notice";
import { numbersIn } from "../../lib/numbers";
import { useQuiet } from "../../lib/quiet";
import { time } from "../../lib/units";
import type { CallPayload } from "../../session/payloads";
import { factsOf } from "./facts";
import { linesOf, shapeText, wholeOf } from "./stages";
import { Strip } from "./strip";
import { CallTable } from "./table";

export function PipelineStrip({ state, model, t, language }: ViewProps) {
  const call = useTrait<CallPayload | null>(model, "call");
  const [asTable, setAsTable] = useState(false);
  const numbers = numbersIn(language);
  const whole = call && wholeOf(call);
  const took = whole === null ? "" : time(whole, numbers);
  const input = call && shapeText([call.batch, call.tokens], numbers);
  const values = { number: numbers.count(call?.number ?? 0), input: input ?? "", took };
  const unseen = sayAbsent(t, state.info, "calls");
  const said = useQuiet(call ? t(took ? "summary" : "summary.untimed", values) : "");
  return (
    <>
      <header class="llmw-head">
        <h3 class="llmw-title">{t("title")}</h3>
        {call && (
          <>
            <span class="llmw-muted llmw-model">{call.model}</span>
            <span class="llmw-muted">{t("number", values)}</span>
            <span class="llmw-took" title={t("took.title")}>
              {took}
            </span>
            <button
              type="button"
              class="llmw-button llmw-as-table"
              aria-pressed={asTable}
              onClick={() => setAsTable(!asTable)}
            >
              {t("table")}
            </button>
          </>
        )}
      </header>
      {call === null && unseen && <p class="llmw-nothing">{unseen}</p>}
      {call === null && !unseen && (
        <p class="llmw-nothing">
          {t("nothing")} <code>model(**inputs)</code>
        </p>
      )}
      {call && asTable && <CallTable call={call} whole={whole} t={t} numbers={numbers} />}
      {call && !asTable && (
        <Strip lines={linesOf(call.cells)} call={call} whole={whole} t={t} numbers={numbers} />
      )}
      {call && !call.complete && <p class="llmw-muted llmw-unseen">{t("unseen")}</p>}
      {call && (
        <div class="llmw-facts">
          <ul aria-label={t("facts")}>
            {factsOf(call, t, numbers).map(({ text, title }) => (
              <li key={text} title={title}>
                {text}
              </li>
            ))}
          </ul>
        </div>
      )}
      <p class="llmw-visually-hidden" role="status">
        {said}
      </p>
      <Notice state={state} t={t} />
    </>
  );
}
