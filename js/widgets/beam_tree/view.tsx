// Beam search while it runs: the tree of the beams, what became of each, and the ranking of those that live or have finished.
import { useMemo, useState } from "preact/hooks";
import { sayAbsent } from "../../lib/abilities";
import type { Translate } from "../../lib/i18n";
import { useTrait, type ViewProps } from "../../lib/mount";
import { Notice } from "../../lib/notice";
import { type Numbers, numbersIn } from "../../lib/numbers";
import { spell } from "../../lib/pieces";
import { useQuiet } from "../../lib/quiet";
import { RowChooser } from "../../lib/row_chooser";
import type { BeamTreePayload } from "../../session/payloads";
import { Detail } from "./detail";
import { Ranking } from "./ranking";
import { type BeamNode, type BeamTree as Beams, keyOf, readTree, wayTo } from "./read";
import { Table } from "./table";
import { Tree } from "./tree";
import { nats } from "./words";

export function BeamTree({ store, state, model, t, language }: ViewProps) {
  const payload = useTrait<BeamTreePayload | null | undefined>(model, "tree") ?? null;
  const tree = useMemo(() => payload && readTree(payload), [payload]);
  const [asTable, setAsTable] = useState(false);
  const [candidates, setCandidates] = useState(false);
  const numbers = numbersIn(language);
  const gone = !state.connected || state.status.state === "closed";
  const unseen = sayAbsent(t, state.info, "calls");
  return (
    <>
      <header class="llmw-head">
        <h3 class="llmw-title">{t(payload?.do_sample ? "title.sample" : "title")}</h3>
        {state.info.rows > 1 && (
          <RowChooser store={store} state={state} disabled={gone} t={t} numbers={numbers} />
        )}
        {payload && <Settings payload={payload} t={t} numbers={numbers} />}
        {payload && (
          <span class="llmw-switches">
            <button
              type="button"
              class="llmw-button llmw-small"
              aria-pressed={candidates}
              title={t("candidates.title")}
              onClick={() => setCandidates(!candidates)}
            >
              {t("candidates")}
            </button>
            <button
              type="button"
              class="llmw-button llmw-small"
              aria-pressed={asTable}
              onClick={() => setAsTable(!asTable)}
            >
              {t("table")}
            </button>
          </span>
        )}
      </header>
      {tree ? (
        <Body tree={tree} asTable={asTable} candidates={candidates} t={t} numbers={numbers} />
      ) : unseen ? (
        <p class="llmw-nothing">{unseen}</p>
      ) : (
        <div class="llmw-nothing">
          <p>{t("empty")}</p>
          <code>model.generate(**inputs, num_beams=4)</code>
        </div>
      )}
      <Notice state={state} t={t} />
    </>
  );
}

interface SettingsProps {
  readonly payload: BeamTreePayload;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Settings({ payload, t, numbers }: SettingsProps) {
  const { over, state } = payload;
  const doing = over ? `over.${over}` : `state.${state}`;
  const values = { step: numbers.count(payload.step), beams: numbers.count(payload.num_beams) };
  return (
    <p class="llmw-settings llmw-muted">
      <span>
        {t("settings", {
          ...values,
          penalty: numbers.decimal(payload.length_penalty),
          early: t(`settings.${payload.early_stopping}`),
        })}
      </span>
      <span class="llmw-doing" data-state={state}>
        {t(doing, values)}
      </span>
    </p>
  );
}

interface BodyProps {
  readonly tree: Beams;
  readonly asTable: boolean;
  readonly candidates: boolean;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Body({ tree, asTable, candidates, t, numbers }: BodyProps) {
  const { payload, byKey } = tree;
  const [chosen, setChosen] = useState<{ readonly key: string; readonly number: number } | null>(null);
  const [pointed, setPointed] = useState<string | null>(null);
  const columns = useMemo(
    () =>
      candidates
        ? tree.columns
        : tree.columns.map((column) => column.filter(({ why }) => why !== "not_kept")),
    [tree, candidates],
  );
  const shown = (key: string | undefined) => {
    const node = key === undefined ? undefined : byKey.get(key);
    return node && (candidates || node.why !== "not_kept") ? node : null;
  };
  const current = shown(chosen?.number === payload.number ? chosen.key : undefined) ?? bestOf(tree);
  const under = shown(pointed ?? undefined);
  const lit = useMemo(() => wayTo(under), [under]);
  return (
    <>
      {asTable ? (
        <Table columns={columns} payload={payload} t={t} numbers={numbers} />
      ) : (
        <>
          <Tree
            tree={tree}
            columns={columns}
            current={current}
            lit={lit}
            onGo={({ key }) => setChosen({ key, number: payload.number })}
            onPoint={(node) => setPointed(node?.key ?? null)}
            t={t}
            numbers={numbers}
          />
          <Detail node={under ?? current} payload={payload} t={t} numbers={numbers} />
        </>
      )}
      <Ranking payload={payload} onPoint={setPointed} t={t} numbers={numbers} />
      <Summary payload={payload} t={t} numbers={numbers} />
    </>
  );
}

/** Where the keyboard begins: the best beam's last node that is shown. */
function bestOf({ payload, columns, byKey }: Beams): BeamNode | null {
  for (const beam of [...payload.running, ...payload.finished]) {
    const node = byKey.get(keyOf(beam.step, beam.place));
    if (node) return node;
  }
  return columns.at(-1)?.find(({ why }) => why !== "not_kept") ?? null;
}

/** For screen readers, once the search is still. */
function Summary({ payload, t, numbers }: SettingsProps) {
  const { running, finished, state } = payload;
  const best = (state === "done" ? finished : running)[0] ?? finished[0];
  const text =
    best &&
    t(state === "done" ? "summary.over" : "summary.running", {
      step: numbers.count(payload.step),
      live: numbers.count(running.length),
      finished: numbers.count(finished.length),
      text: spell(best.text, ""),
      score: nats(best.score),
    });
  return (
    <p class="llmw-visually-hidden" role="status">
      {useQuiet(text ?? "")}
    </p>
  );
}
