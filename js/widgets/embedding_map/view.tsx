// The geometry of a model: words on the ground of its whole vocabulary, or the text's tokens in their contexts, layer by layer.
import { useMemo, useState } from "preact/hooks";
import { useDraft } from "../../lib/draft";
import type { ViewProps } from "../../lib/mount";
import { Notice } from "../../lib/notice";
import { numbersIn } from "../../lib/numbers";
import { Segments } from "../../lib/segments";
import { Contexts } from "./contexts/contexts";
import { isGrounded, useMapDesk } from "./desk";
import { useMap } from "./read";
import type { Tool } from "./scene/types";
import { SearchField } from "./search/search";
import { Toolbar } from "./tools/toolbar";
import { WordEditor } from "./words/editor";
import { useWords } from "./words/use_words";
import { WordsRoom } from "./words/words_room";

export function EmbeddingMap({ store, state, model, options, t: translate, language }: ViewProps) {
  // the same function as long as the language is, so that what was described is not described again
  const t = useMemo(() => translate, [language]);
  const numbers = numbersIn(language);
  const desk = useMapDesk(model);
  const map = useMap(model);
  const expression = useDraft(desk, "expression");
  const words = useWords(desk, map);
  const [tool, setTool] = useState<Tool>("pan");
  const [asTable, setAsTable] = useState(false);
  const [query, setQuery] = useState("");
  const { settings } = desk;
  const gone = !state.connected || state.status.state === "closed";
  const inContexts = settings.show === "contexts";
  const editable = options.editable !== false && settings.can_type;
  const room = { store, state, model, desk, tool, asTable, query, gone, t, language, numbers };
  // what was refused in a field is said there
  const lacking = map.error?.code === "not_offered";
  const refused = words.refused ?? (expression.refused ? null : desk.refused) ?? map.error;
  return (
    <>
      <header class="llmw-head">
        <h3 class="llmw-title">{t("title")}</h3>
        {settings.can_contexts && (
          <Segments
            name={t("show")}
            value={settings.show}
            disabled={gone}
            segments={[
              { value: "words", label: t("show.words"), title: t("show.words.title") },
              { value: "contexts", label: t("show.contexts"), title: t("show.contexts.title") },
            ]}
            onChoose={(show) => desk.ask({ show })}
          />
        )}
        <span class="llmw-doing" data-doing={desk.waiting && !gone}>
          {t("busy")}
        </span>
        <span class="llmw-tools">
          {!inContexts && !lacking && <SearchField onQuery={setQuery} t={t} />}
          <button
            type="button"
            class="llmw-button"
            aria-pressed={asTable}
            disabled={lacking || (!inContexts && map.labels.length === 0 && !isGrounded(settings))}
            onClick={() => setAsTable(!asTable)}
          >
            {t("table")}
          </button>
        </span>
      </header>
      {!inContexts && editable && <WordEditor {...words.editor} readOnly={gone} t={t} />}
      {!inContexts && words.notes(t)}
      {!lacking && <Toolbar desk={desk} tool={tool} onTool={setTool} gone={gone} t={t} numbers={numbers} />}
      {/* beside what was asked; a text that was refused is another view's matter */}
      <Notice state={{ ...state, refused }} t={t} />
      {lacking ? null : inContexts ? (
        <Contexts {...room} />
      ) : (
        <WordsRoom
          {...room}
          map={map}
          expression={expression}
          onWords={editable && !gone ? words.add : null}
        />
      )}
    </>
  );
}
