// How probable candidates are that a prompt goes on with, token by token and ranked; beside them what the model itself writes.
import { useMemo, useState } from "preact/hooks";
import type { Translate } from "../../lib/i18n";
import { useLookup } from "../../lib/lookup";
import type { ViewProps } from "../../lib/mount";
import { Notice, Said } from "../../lib/notice";
import { type Numbers, numbersIn } from "../../lib/numbers";
import { useQuiet } from "../../lib/quiet";
import { Segments } from "../../lib/segments";
import type { ContinuationSettings, FindPayload } from "../../session/payloads";
import { Add } from "./candidates/add";
import { List } from "./candidates/list";
import { MEASURES, type Measure, type Row, rankedRows, STEPS } from "./candidates/rows";
import { Table } from "./candidates/table";
import { BLANK, type ContinuationDesk, useAnswers, useContinuationDesk } from "./desk";
import { Prompt } from "./prompt";
import { quoted, times } from "./words";
import { WrittenPart } from "./written/written";

const SCALES: readonly ContinuationSettings["scale"][] = ["probability", "log_probability"];

export function ContinuationView({ state, model, t, language }: ViewProps) {
  const numbers = numbersIn(language);
  const desk = useContinuationDesk(model);
  const { scored, written, stale } = useAnswers(model, desk);
  const writing = useLookup<object, FindPayload>(model, { ...BLANK, kind: "write" });
  const [asTable, setAsTable] = useState(false);
  const { candidates, measure, scale } = desk.settings;
  const known = JSON.stringify(candidates);
  const rows = useMemo(() => rankedRows(candidates, scored, measure), [known, scored, measure]);
  const readOnly = !state.connected || state.status.state === "closed";
  const error = stale ? null : (scored?.error ?? null);
  const replace = (text: string, by: string | null) => {
    const kept = candidates.flatMap((each) => (each !== text ? [each] : by === null ? [] : [by]));
    desk.ask({ candidates: [...new Set(kept)] });
  };
  const verdict = stale || error ? "" : verdictOf(rows, measure, t, numbers);
  return (
    <>
      <header class="llmw-head">
        <h3 class="llmw-title">{t("title")}</h3>
        <button
          type="button"
          class="llmw-button llmw-small"
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        >
          {t("table")}
        </button>
      </header>
      <Prompt desk={desk} readOnly={readOnly} t={t} />
      <Tools desk={desk} measure={measure} scale={scale} t={t} />
      <div class="llmw-body" data-stale={stale && scored !== null} aria-busy={stale}>
        {error && <Said error={error} t={t} />}
        {candidates.length === 0 ? (
          <p class="llmw-nothing">{t("nothing")}</p>
        ) : asTable ? (
          <Table rows={rows} measure={measure} t={t} numbers={numbers} />
        ) : (
          <List
            prompt={desk.settings.prompt}
            rows={rows}
            measure={measure}
            scale={scale}
            readOnly={readOnly}
            onReplace={replace}
            t={t}
            numbers={numbers}
          />
        )}
      </div>
      <Add
        candidates={candidates}
        readOnly={readOnly}
        onAdd={(all) => desk.ask({ candidates: [...all] })}
        t={t}
      />
      <p class="llmw-verdict">{stale && scored !== null && !readOnly ? t("stale.question") : verdict}</p>
      {!asTable && rows.some((row) => row.tokens !== null) && <Legend t={t} />}
      <WrittenPart
        desk={desk}
        written={written}
        stale={stale}
        readOnly={readOnly}
        writing={writing}
        onCompare={(text) => desk.ask({ candidates: [...new Set([...candidates, text])] })}
        t={t}
      />
      <Summary text={verdict} />
      <Notice
        state={{
          ...state,
          refused: writing.refused ?? desk.refused,
          status: { ...state.status, error: null },
        }}
        t={t}
      />
    </>
  );
}

interface ToolsProps {
  readonly desk: ContinuationDesk;
  readonly measure: Measure;
  readonly scale: ContinuationSettings["scale"];
  readonly t: Translate;
}

function Tools({ desk, measure, scale, t }: ToolsProps) {
  return (
    <div class="llmw-tools">
      <span class="llmw-choice">
        <span class="llmw-muted" aria-hidden="true">
          {t("measure")}
        </span>
        <Segments
          name={t("measure")}
          value={measure}
          segments={MEASURES.map((value) => ({
            value,
            label: t(`measure.${value}`),
            title: t(`measure.${value}.title`),
          }))}
          onChoose={(value) => desk.ask({ measure: value })}
        />
      </span>
      <span class="llmw-choice">
        <span class="llmw-muted" aria-hidden="true">
          {t("scale")}
        </span>
        <Segments
          name={t("scale")}
          value={scale}
          segments={SCALES.map((value) => ({
            value,
            label: t(`scale.${value}`),
            title: t(`scale.${value}.title`),
          }))}
          onChoose={(value) => desk.ask({ scale: value })}
        />
      </span>
    </div>
  );
}

function Legend({ t }: { readonly t: Translate }) {
  return (
    <section class="llmw-legend" aria-label={t("legend")}>
      <span class="llmw-muted">{t("legend")}</span>
      <span class="llmw-swatches">
        {STEPS.map((start, step) => (
          <span key={start} class={`llmw-swatch llmw-heat-${step}`}>
            {start}
            {step === STEPS.length - 1 && "+"}
          </span>
        ))}
      </span>
      <span class="llmw-muted">{t("bits")}</span>
    </section>
  );
}

/** For screen readers, once the numbers are still. */
function Summary({ text }: { readonly text: string }) {
  return (
    <p class="llmw-visually-hidden" role="status">
      {useQuiet(text)}
    </p>
  );
}

function verdictOf(rows: readonly Row[], measure: Measure, t: Translate, numbers: Numbers): string {
  const [first, second] = rows.filter(({ rank }) => rank !== null);
  if (!first || !second) return "";
  const difference = first.by(measure) - second.by(measure);
  if (!(difference > 0)) return t("verdict.same", { first: quoted(first.text), second: quoted(second.text) });
  return t(measure === "sum" ? "verdict" : "verdict.mean", {
    first: quoted(first.text),
    second: quoted(second.text),
    times: times(difference, numbers),
    measure: t(`measure.${measure}`),
  });
}
