// The text and the tokens it falls into: edited here, seen here, and pointed at to choose where the model looks from.
import { useMemo, useState } from "preact/hooks";
import { sayAbsent } from "../../lib/abilities";
import { useTrait, type ViewProps } from "../../lib/mount";
import { Notice, Said } from "../../lib/notice";
import { numbersIn } from "../../lib/numbers";
import { RowChooser } from "../../lib/row_chooser";
import type { AttentionPayload, LanguagePayload, RowPayload, SurprisalPayload } from "../../session/payloads";
import { AttentionReading } from "./attention";
import { Compare } from "./compare/compare";
import { DecodeField } from "./decode/decode";
import { useTokenDesk } from "./desk";
import { Editor } from "./editor";
import { Explore, type Handed } from "./explore/explore";
import type { Reading } from "./flow/attention";
import { byAttention, colouring } from "./flow/colour";
import { countIn, sectionOfText, sectionsOfRows } from "./flow/sections";
import { About, Doing } from "./foot";
import { Counts, Toggle } from "./head";
import { ColorChooser, Scale, TemplateLegend } from "./legend";
import { Tokens } from "./tokens";

const NO_ROWS: readonly RowPayload[] = [];
const NO_LANGUAGES: readonly LanguagePayload[] = [];
const ALL: Reading = { layer: 0, head: 0, withoutFirst: false };

export function TokenView({ store, state, model, options, t, language }: ViewProps) {
  const { content, info, status } = state;
  const desk = useTokenDesk(model);
  const { kind, color_by, can_score, can_attend, tokenizer } = desk.settings;
  const rows = useTrait<readonly RowPayload[] | undefined>(model, "rows") ?? NO_ROWS;
  const languages = useTrait<readonly LanguagePayload[] | undefined>(model, "languages") ?? NO_LANGUAGES;
  const surprisal = useTrait<SurprisalPayload | null | undefined>(model, "surprisal") ?? null;
  const attention = useTrait<AttentionPayload | null | undefined>(model, "attention") ?? null;
  const [reading, setReading] = useState<Reading>(ALL);
  const [showIds, setShowIds] = useState(options.show_ids !== false);
  const [asTable, setAsTable] = useState(false);
  const [handed, setHanded] = useState<Handed>({ word: "", opens: 0 });
  const numbers = numbersIn(language);

  const batch = kind === "batch";
  const template = JSON.stringify(content.template);
  const sections = useMemo(
    () => (batch ? sectionsOfRows(rows) : sectionOfText(state.tokens, content.template)),
    [batch, batch ? rows : state.tokens, template],
  );
  const scored = color_by === "surprisal";
  const attended = color_by === "attention";
  const asked = attended ? attention : scored ? surprisal : null;
  const revision = scored || attended ? content.revision : 0;
  const colours = useMemo(
    () =>
      attended
        ? byAttention(attention, reading, info.predicts !== "next", revision, t, numbers)
        : colouring(color_by, surprisal, revision, t, numbers),
    [color_by, asked, reading, revision, language, info.predicts],
  );

  const editable = info.can_edit && !batch;
  const ahead = editable && state.text !== content.text;
  const gone = !state.connected || status.state === "closed";
  const unscored = sayAbsent(t, info, "surprisals");
  const unattended = sayAbsent(t, info, "attentions");
  const lacks = (scored && unscored !== null) || (attended && unattended !== null);
  const shown = { sections, colours, asTable, showIds, ahead };
  return (
    <>
      <header class="llmw-head">
        <h3 class="llmw-title">{t("title")}</h3>
        <Counts state={state} sections={sections} ahead={ahead} t={t} numbers={numbers} />
        <span class="llmw-tools">
          {info.rows > 1 && !batch && (
            <RowChooser store={store} state={state} disabled={gone} t={t} numbers={numbers} />
          )}
          {content.add_special !== null && content.add_special !== undefined && !batch && (
            <Toggle
              pressed={content.add_special}
              onPress={store.addSpecial}
              label={t("special.tokens")}
              disabled={gone}
            />
          )}
          {kind !== "compare" && (
            <>
              <ColorChooser
                by={color_by}
                canScore={can_score}
                unscored={unscored}
                canAttend={can_attend}
                unattended={unattended}
                onChange={(by) => desk.ask({ color_by: by })}
                t={t}
              />
              <Toggle pressed={showIds} onPress={setShowIds} label={t("ids")} disabled={asTable} />
              <Toggle pressed={asTable} onPress={setAsTable} label={t("table")} />
            </>
          )}
        </span>
      </header>
      {editable && (
        <Editor
          text={state.text}
          readOnly={gone}
          label={t("editor")}
          placeholder={t("placeholder", { mask: info.mask })}
          onEdit={store.edit}
        />
      )}
      {kind === "compare" ? (
        <Compare
          main={state.tokens}
          mainName={tokenizer}
          rows={rows}
          languages={languages}
          t={t}
          language={language}
        />
      ) : countIn(sections) === 0 ? (
        <p class="llmw-nothing">{t(editable ? "nothing" : "nothing.fixed")}</p>
      ) : (
        <>
          <div class="llmw-legends">
            <Scale
              by={lacks || asked?.error ? "token" : color_by}
              computing={(scored || attended) && colours.stale && !gone && !asked?.error}
              t={t}
            />
            {attended && !lacks && !asked?.error && (
              <AttentionReading
                attention={attention}
                reading={reading}
                sections={sections}
                onRead={setReading}
                t={t}
                numbers={numbers}
              />
            )}
            {sections.some(({ written }) => written !== null) && <TemplateLegend t={t} />}
          </div>
          {asked?.error && <Said error={asked.error} t={t} />}
          <Tokens
            {...shown}
            store={store}
            state={state}
            desk={desk}
            onWord={(word, open) => setHanded(({ opens }) => ({ word, opens: open ? opens + 1 : opens }))}
            t={t}
            language={language}
          />
        </>
      )}
      <Explore
        model={model}
        tokens={state.tokens}
        names={[tokenizer || info.tokenizer, ...(kind === "compare" ? rows.map(({ name }) => name) : [])]}
        handed={handed}
        connected={!gone}
        t={t}
        language={language}
      />
      {editable && <DecodeField store={store} state={state} t={t} />}
      <Notice state={{ ...state, refused: state.refused ?? desk.refused }} t={t} />
      <footer class="llmw-foot">
        <About state={state} t={t} numbers={numbers} />
        <Doing state={state} ahead={ahead} t={t} />
      </footer>
    </>
  );
}
