// The vocabulary: searched by text or ID, each token with a page of its own.
import { useEffect, useState } from "preact/hooks";
import { type Language, sayError, type Translate } from "../../../lib/i18n";
import { useQuestion } from "../../../lib/lookup";
import { numbersIn } from "../../../lib/numbers";
import type { Tokens } from "../../../lib/tokens";
import type { WidgetModel } from "../../../session/model";
import type { SearchPayload } from "../../../session/payloads";
import { SymbolChip } from "./chip";
import { AskField } from "./field";
import { type Finding, useQuestions } from "./questions";
import { TokenPage } from "./vocabulary_token";

/** A token to open, asked for elsewhere; a new object asks again. */
export interface Wanted {
  readonly id: number;
}

interface Props {
  readonly model: WidgetModel;
  readonly row: number;
  readonly name: string;
  /** The tokens shown, where they are those of the tokenizer looked into. */
  readonly tokens: Tokens | null;
  readonly wanted: Wanted | null;
  readonly active: boolean;
  readonly connected: boolean;
  readonly t: Translate;
  readonly language: Language;
}

export function Vocabulary({ model, row, name, tokens, wanted, active, connected, t, language }: Props) {
  const lookup = useQuestions(model);
  const [query, setQuery] = useState("");
  const [trail, setTrail] = useState<readonly (Finding | null)[]>([]);
  const numbers = numbersIn(language);

  const ask = () => {
    setTrail([]);
    if (query === "") lookup.show(null);
    else lookup.ask({ what: "search", row, text: query });
  };
  useQuestion(active && connected, JSON.stringify([row, name, query]), ask);
  useEffect(() => {
    if (wanted) open(wanted.id);
  }, [wanted]);

  function open(id: number): void {
    if (!connected) return;
    setTrail((before) =>
      before.length > 0 && before.at(-1) === lookup.result ? before : [...before, lookup.result],
    );
    lookup.ask({ what: "token", row, id });
  }
  function back(): void {
    lookup.show(trail.at(-1) ?? null);
    setTrail(trail.slice(0, -1));
  }

  const { result } = lookup;
  const refused = lookup.refused && sayError(t, lookup.refused);
  return (
    <>
      <AskField
        value={query}
        label={t("vocabulary.field")}
        placeholder={t("vocabulary.placeholder")}
        disabled={!connected}
        invalid={refused !== null}
        onAsk={setQuery}
        onEnter={ask}
      />
      {trail.length > 0 && (
        <button type="button" class="llmw-button llmw-back" onClick={back}>
          <span aria-hidden="true">←</span> {t("vocabulary.back")}
        </button>
      )}
      {refused ? (
        <p class="llmw-notice llmw-notice-error" role="alert">
          <strong>{refused.message}</strong> {refused.hint}
        </p>
      ) : (
        <div class="llmw-found" data-waiting={lookup.waiting} aria-busy={lookup.waiting}>
          {result?.kind === "search" && <Matches found={result} onToken={open} t={t} count={numbers.count} />}
          {result?.kind === "token" && (
            <TokenPage token={result} tokens={tokens} onToken={open} t={t} numbers={numbers} />
          )}
          {result === null && !lookup.waiting && <p class="llmw-nothing">{t("vocabulary.nothing")}</p>}
        </div>
      )}
    </>
  );
}

interface MatchesProps {
  readonly found: SearchPayload;
  readonly onToken: (id: number) => void;
  readonly t: Translate;
  readonly count: (value: number) => string;
}

function Matches({ found, onToken, t, count }: MatchesProps) {
  const { matches, total, query } = found;
  const values = { query, shown: count(matches.length), total: count(total) };
  const key = total === 0 ? "none" : matches.length < total ? "some" : "all";
  return (
    <>
      <p class="llmw-muted" role="status">
        {t(`vocabulary.found.${key}`, values)}
      </p>
      <ul class="llmw-symbols">
        {matches.map((match) => (
          <li key={match.id}>
            <SymbolChip symbol={match} onToken={onToken} t={t} />
          </li>
        ))}
      </ul>
    </>
  );
}
