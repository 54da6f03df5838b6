// How the tokens came about: a word's way through the tokenizer, and the vocabulary that it ends in.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Language, Translate } from "../../../lib/i18n";
import { useUniqueId } from "../../../lib/id";
import type { Tokens } from "../../../lib/tokens";
import type { WidgetModel } from "../../../session/model";
import { Trace } from "./trace";
import { Vocabulary, type Wanted } from "./vocabulary";

/** A word handed over: what was clicked or selected, "" where nothing was. A larger `opens` opens the panel for it. */
export interface Handed {
  readonly word: string;
  readonly opens: number;
}

export interface ExploreProps {
  readonly model: WidgetModel;
  readonly tokens: Tokens;
  /** The tokenizers: the main one first, then those compared. */
  readonly names: readonly string[];
  readonly handed: Handed;
  readonly connected: boolean;
  readonly t: Translate;
  readonly language: Language;
}

const TABS = ["trace", "vocabulary"] as const;
type Tab = (typeof TABS)[number];

export function Explore({ model, tokens, names, handed, connected, t, language }: ExploreProps) {
  const id = useUniqueId();
  const [open, setOpen] = useState(false);
  const [visited, setVisited] = useState(false);
  const [tab, setTab] = useState<Tab>("trace");
  const [chosen, setRow] = useState(0);
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const row = Math.min(chosen, names.length - 1);
  const name = names[row] ?? "";
  const opened = useRef(handed.opens);

  const show = (shown: boolean) => {
    setOpen(shown);
    if (shown) setVisited(true);
  };
  useEffect(() => {
    if (opened.current === handed.opens) return;
    opened.current = handed.opens;
    show(true);
    setTab("trace");
  }, [handed.opens]);

  return (
    <section class="llmw-explore">
      <button
        type="button"
        class="llmw-button llmw-disclose"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => show(!open)}
      >
        {t("explore.title")}
      </button>
      <div id={id} class="llmw-explore-body" hidden={!open}>
        {visited && (
          <>
            <div class="llmw-explore-head">
              <Tabs tab={tab} id={id} onTab={setTab} t={t} />
              {names.length > 1 && <Choice names={names} row={row} onRow={setRow} t={t} />}
            </div>
            {!connected && (
              <p class="llmw-notice" role="status">
                {t("explore.gone")}
              </p>
            )}
            <div
              id={`${id}-trace`}
              role="tabpanel"
              aria-labelledby={`${id}-tab-trace`}
              hidden={tab !== "trace"}
            >
              <Trace
                model={model}
                row={row}
                name={name}
                handed={handed}
                active={open && tab === "trace"}
                connected={connected}
                onToken={(token) => {
                  setTab("vocabulary");
                  setWanted({ id: token });
                }}
                t={t}
                language={language}
              />
            </div>
            <div
              id={`${id}-vocabulary`}
              role="tabpanel"
              aria-labelledby={`${id}-tab-vocabulary`}
              hidden={tab !== "vocabulary"}
            >
              <Vocabulary
                model={model}
                row={row}
                name={name}
                tokens={row === 0 && tokens.count > 0 ? tokens : null}
                wanted={wanted}
                active={open && tab === "vocabulary"}
                connected={connected}
                t={t}
                language={language}
              />
            </div>
          </>
        )}
      </div>
    </section>
  );
}

interface TabsProps {
  readonly tab: Tab;
  readonly id: string;
  readonly onTab: (tab: Tab) => void;
  readonly t: Translate;
}

function Tabs({ tab, id, onTab, t }: TabsProps) {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = (TABS.indexOf(tab) + step + TABS.length) % TABS.length;
    onTab(TABS[next] as Tab);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  };
  return (
    <div ref={list} class="llmw-tabs" role="tablist" aria-label={t("explore.title")} onKeyDown={onKeyDown}>
      {TABS.map((each) => (
        <button
          key={each}
          type="button"
          id={`${id}-tab-${each}`}
          class="llmw-tab"
          role="tab"
          aria-selected={each === tab}
          aria-controls={`${id}-${each}`}
          tabIndex={each === tab ? 0 : -1}
          onClick={() => onTab(each)}
        >
          {t(`explore.${each}`)}
        </button>
      ))}
    </div>
  );
}

interface ChoiceProps {
  readonly names: readonly string[];
  readonly row: number;
  readonly onRow: (row: number) => void;
  readonly t: Translate;
}

function Choice({ names, row, onRow, t }: ChoiceProps) {
  return (
    <label class="llmw-choice">
      <span class="llmw-muted">{t("explore.tokenizer")}</span>
      <select value={row} onChange={(event) => onRow(event.currentTarget.selectedIndex)}>
        {names.map((name, at) => (
          <option key={at} value={at}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
