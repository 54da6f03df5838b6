// The most probable next tokens as bars: what the model says, what the sampler makes of it, and all the others as one more bar.
import { useEffect, useMemo, useState } from "preact/hooks";
import { Late } from "../../lib/late";
import { useTrait, type ViewProps } from "../../lib/mount";
import { Notice } from "../../lib/notice";
import { numbersIn } from "../../lib/numbers";
import type { Asked } from "../../session/outbox";
import type { ComparisonPayload } from "../../session/payloads";
import type { SessionState } from "../../session/store";
import { Against } from "./against/against";
import { Chart } from "./chart";
import { Draw } from "./draws/draw";
import { useProgress } from "./draws/progress";
import { Figures } from "./figures";
import { Came } from "./place/came";
import { Context, Scrubber } from "./place/place";
import { Predict } from "./predict/predict";
import { useGuesses } from "./predict/use_guesses";
import type { Row } from "./rows/rows";
import { sourceOf } from "./rows/source";
import { useBarDesk } from "./settings";
import { useSight } from "./sight";
import { Summary } from "./summary";
import { Table } from "./table";
import { FoundLine } from "./tools/filter";
import { BarCount, Toolbar } from "./tools/toolbar";
import { useFind } from "./tools/use_find";

const ASKED: readonly Asked[] = ["append", "fill", "draw", "position", "row"];

export function NextTokenBar({ store, state, model, t: translate, language }: ViewProps) {
  // the same function as long as the language is, so that what was described is not described again
  const t = useMemo(() => translate, [language, state.info.predicts]);
  useEffect(() => () => store.pointing.point([]), [store]);
  const numbers = numbersIn(language);
  const desk = useBarDesk(model);
  const guessing = useGuesses(desk.settings.predict, state, model);
  const comparison = useTrait<ComparisonPayload | null | undefined>(model, "compared") ?? null;
  const [asTable, setAsTable] = useState(false);
  const [query, setQuery] = useState("");
  const [cleared, setCleared] = useState(-1);
  const { distribution, sampler } = state;
  const { chain } = store;
  const source = useMemo(
    () => (distribution && chain ? sourceOf(distribution, chain, sampler) : null),
    [distribution, chain, sampler],
  );
  const gone = !state.connected || state.status.state === "closed";
  const found = useFind(model, source, query, !gone && !state.stale);
  const draws = state.draws && state.draws.number > cleared ? state.draws : null;
  const progress = useProgress(draws);
  const sight = useSight({
    source,
    settings: desk.settings,
    found,
    draws,
    guess: guessing.guess?.token.id ?? -1,
    n: progress.n,
    t,
    numbers,
  });
  const blocked = blockedBy(state);

  const take = (row: Row) => {
    const came = row.id === distribution?.came?.id;
    if (state.info.predicts === "masked") {
      if (!came) store.fill(state.here, row.id);
    } else if (!came) store.append(row.id);
    // the token that came is there already: one goes on to what follows it
    else store.look(Math.min(distribution.position + 1, state.tokens.count - 1));
  };
  return (
    <>
      <header class="llmw-head">
        <h3 class="llmw-title">{t("title")}</h3>
        <Context state={state} t={t} />
        <button
          type="button"
          class="llmw-button llmw-small"
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        >
          {t("table")}
        </button>
      </header>
      <Scrubber store={store} state={state} disabled={gone} t={t} numbers={numbers} />
      {distribution && guessing.on && (
        <Predict
          guessing={guessing}
          distribution={distribution}
          store={store}
          state={state}
          t={t}
          numbers={numbers}
        />
      )}
      {guessing.hidden && distribution ? null : comparison ? (
        <>
          <div class="llmw-tools">
            <BarCount desk={desk} t={t} />
          </div>
          <Against
            comparison={comparison}
            state={state}
            model={model}
            k={desk.settings.k}
            asTable={asTable}
            t={t}
            numbers={numbers}
          />
        </>
      ) : sight ? (
        <div class="llmw-body" data-stale={state.stale} aria-busy={state.stale}>
          <Figures source={sight.source} t={t} numbers={numbers} />
          {sight.came && guessing.guess === null && (
            <Came
              came={sight.came}
              vocabulary={sight.source.distribution.vocabulary}
              t={t}
              numbers={numbers}
            />
          )}
          <Toolbar
            desk={desk}
            distribution={sight.source.distribution}
            filtered={query !== ""}
            onFilter={setQuery}
            t={t}
          />
          {found && <FoundLine found={found} query={query} connected={!gone} t={t} language={language} />}
          {asTable ? (
            <Table sight={sight} t={t} numbers={numbers} />
          ) : (
            <Chart
              sight={sight}
              blocked={blocked}
              hint={t(hintFor(state, blocked, found !== null && found.rows.length === 0))}
              onTake={take}
              onPoint={(row) => store.pointing.point(row && row.id >= 0 ? [row.id] : [])}
              t={t}
            />
          )}
          <Draw
            sight={sight}
            draws={draws}
            progress={progress}
            blocked={gone || state.stale || state.status.state === "generating"}
            onDraw={store.draw}
            onClear={() => setCleared(draws?.number ?? -1)}
            t={t}
            numbers={numbers}
          />
          <Summary sight={sight} state={state} t={t} numbers={numbers} />
        </div>
      ) : (
        <p class="llmw-nothing">{t(emptyKey(state))}</p>
      )}
      <Late state={state} of={ASKED} t={t} />
      <Notice state={{ ...state, refused: state.refused ?? desk.refused }} t={t} />
    </>
  );
}

function emptyKey(state: SessionState): string {
  if (state.status.error) return "empty.failed";
  return state.status.state === "busy" ? "empty.busy" : "empty";
}

/** Why no token can be appended now, as a key of the catalogue; null where one can. */
function blockedBy(state: SessionState): string | null {
  if (state.status.state === "closed") return "blocked.closed";
  if (!state.connected) return "blocked.kernel";
  if (!state.info.can_edit) return "blocked.fixed";
  if (state.status.state === "generating") return "blocked.generating";
  return state.stale ? "blocked.stale" : null;
}

function hintFor(state: SessionState, blocked: string | null, empty: boolean): string {
  if (state.stale) return "stale";
  if (blocked) return blocked;
  if (empty) return "hint.empty";
  return state.distribution?.came ? "hint.cut" : "hint";
}
