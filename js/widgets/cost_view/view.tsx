// What a workload costs on a GPU that is bought, on one that is rented, through an API, and where they break even. All of it is worked out here.
import { useMemo, useState } from "preact/hooks";
import type { Translate } from "../../lib/i18n";
import type { ViewProps } from "../../lib/mount";
import { Notice } from "../../lib/notice";
import { numbersIn } from "../../lib/numbers";
import { useQuiet } from "../../lib/quiet";
import { Segments } from "../../lib/segments";
import { COST_EXAMPLES_DATE } from "../../session/payloads";
import { type CostDesk, useCostDesk, useMeasured } from "./desk";
import { Currency } from "./inputs/currency";
import { Plot } from "./plot/plot";
import { Assumptions } from "./results/assumptions";
import { Cards } from "./results/cards";
import { Pairs } from "./results/pairs";
import { Table } from "./results/table";
import { pairWords, verdict } from "./results/words";
import { breakEvens } from "./sums/break_even";
import { costsOf, linesOf } from "./sums/costs";
import { fraction, times } from "./sums/fraction";
import { numbersOf } from "./sums/numbers";
import { isCounted, UNITS, type VolumeUnit } from "./volume";

const ZOOM = 2;
const [LEAST_ZOOM, MOST_ZOOM] = [1 / 64, 65_536];

export function CostView({ state, model, t, language }: ViewProps) {
  const desk = useCostDesk(model);
  const measured = useMeasured(model);
  const { settings } = desk;
  const known = JSON.stringify([
    settings.values,
    settings.currency,
    settings.rented_hours,
    settings.examples,
    measured,
  ]);
  const found = useMemo(() => {
    const numbers = numbersOf(settings, measured);
    const costs = costsOf(numbers);
    const lines = linesOf(numbers, costs.load);
    return { numbers, costs, lines, pairs: breakEvens(lines) };
  }, [known]);
  const [asked, setUnit] = useState<VolumeUnit>("requests");
  const [zoom, setZoom] = useState(1);
  const [asTable, setAsTable] = useState(false);
  const { numbers, costs, lines, pairs } = found;
  const digits = numbersIn(language);
  const unit = isCounted(asked, costs.load.tokens) ? asked : "requests";
  const perStudent = times(fraction(numbers.of.requests.value ?? 1), fraction(numbers.of.days.value ?? 1));
  const volumes = { unit, perStudent, perRequest: costs.load.tokens };
  const writes = state.info.can_predict && state.info.predicts !== "masked";
  const isHere = state.info.device !== "" && !state.info.capabilities?.address;
  const canMeasure = writes && isHere && state.status.state !== "closed";
  const { currency } = settings;
  const shared = { lines, pairs, workload: costs.load.volume, volumes, zoom, currency, language, t };
  return (
    <>
      <header class="llmw-head">
        <h3 class="llmw-title">{t("title")}</h3>
        <Settings desk={desk} t={t} />
      </header>
      <Cards
        desk={desk}
        numbers={numbers}
        costs={costs}
        canMeasure={canMeasure}
        digits={digits}
        language={language}
        t={t}
      />
      <section class="llmw-break-even" aria-label={t("break_even")}>
        <div class="llmw-tools">
          <h4>{t("break_even")}</h4>
          <Segments
            name={t("volume")}
            value={unit}
            segments={UNITS.map((value) => ({
              value,
              label: t(`unit.volume.${value}`),
              off: !isCounted(value, costs.load.tokens),
            }))}
            onChoose={setUnit}
          />
          <span class="llmw-zoom">
            <button
              type="button"
              class="llmw-button llmw-small"
              aria-label={t("zoom.in")}
              title={t("zoom.in")}
              disabled={zoom <= LEAST_ZOOM}
              onClick={() => setZoom(zoom / ZOOM)}
            >
              +
            </button>
            <button
              type="button"
              class="llmw-button llmw-small"
              aria-label={t("zoom.out")}
              title={t("zoom.out")}
              disabled={zoom >= MOST_ZOOM}
              onClick={() => setZoom(zoom * ZOOM)}
            >
              −
            </button>
            <button
              type="button"
              class="llmw-button llmw-small"
              disabled={zoom === 1}
              onClick={() => setZoom(1)}
            >
              {t("zoom.fit")}
            </button>
          </span>
          <button
            type="button"
            class="llmw-button llmw-small"
            aria-pressed={asTable}
            onClick={() => setAsTable(!asTable)}
          >
            {t("table")}
          </button>
        </div>
        {lines.length === 0 ? (
          <p class="llmw-nothing">{t("plot.nothing")}</p>
        ) : (
          <div class="llmw-both">
            {asTable ? <Table {...shared} /> : <Plot {...shared} />}
            <Pairs {...shared} costs={costs} />
          </div>
        )}
      </section>
      <Assumptions
        numbers={numbers}
        costs={costs}
        measured={measured}
        settings={settings}
        canMeasure={canMeasure}
        digits={digits}
        language={language}
        t={t}
      />
      <Summary
        text={[
          verdict(costs, currency, t, language),
          ...pairs.map((pair) => pairWords(pair, volumes, t, language)),
        ].join(" ")}
      />
      <Notice
        state={{
          ...state,
          refused: desk.refused,
          // what stands in the way of a next token does not stand in the way of a sum
          status: { ...state.status, error: null },
        }}
        t={t}
      />
    </>
  );
}

interface SettingsProps {
  readonly desk: CostDesk;
  readonly t: Translate;
}

function Settings({ desk, t }: SettingsProps) {
  const { currency, examples } = desk.settings;
  return (
    <span class="llmw-settings">
      <Currency currency={currency} onChoose={(chosen) => desk.ask({ currency: chosen })} t={t} />
      <button
        type="button"
        class="llmw-button llmw-small"
        aria-pressed={examples}
        title={t("examples.title", { date: COST_EXAMPLES_DATE })}
        onClick={() => desk.ask({ examples: !examples })}
      >
        {t("examples", { date: COST_EXAMPLES_DATE })}
      </button>
    </span>
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
