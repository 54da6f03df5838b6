// A text's way through the tokenizer: normaliser, pre-tokenizer, and then the one word that is chosen, step by step.
import { useState } from "preact/hooks";
import { type Language, sayError, type Translate } from "../../../lib/i18n";
import { useQuestion } from "../../../lib/lookup";
import { numbersIn } from "../../../lib/numbers";
import { Piece } from "../../../lib/piece";
import type { WidgetModel } from "../../../session/model";
import type { TracePayload } from "../../../session/payloads";
import type { Handed } from "./explore";
import { AskField } from "./field";
import { useQuestions } from "./questions";
import { changesBetween, type Stretch } from "./trace_changes";
import { longest } from "./trace_steps";
import { WordSteps } from "./trace_word";

interface Props {
  readonly model: WidgetModel;
  /** Which tokenizer, and its name: a change of either asks anew. */
  readonly row: number;
  readonly name: string;
  readonly handed: Handed;
  readonly active: boolean;
  readonly connected: boolean;
  readonly onToken: (id: number) => void;
  readonly t: Translate;
  readonly language: Language;
}

export function Trace({ model, row, name, handed, active, connected, onToken, t, language }: Props) {
  const lookup = useQuestions(model);
  const [text, setText] = useState(handed.word);
  // at once: an effect would run after the first frame, over what was typed meanwhile
  const [taken, setTaken] = useState(handed);
  if (taken !== handed) {
    setTaken(handed);
    setText(handed.word);
  }
  const ask = () => {
    if (text === "") lookup.show(null);
    else lookup.ask({ what: "trace", row, text });
  };
  useQuestion(active && connected, JSON.stringify([row, name, text]), ask);

  const found = lookup.result?.kind === "trace" ? lookup.result : null;
  const refused = lookup.refused && sayError(t, lookup.refused);
  return (
    <>
      <AskField
        value={text}
        label={t("trace.field")}
        placeholder={t("trace.placeholder")}
        disabled={!connected}
        invalid={refused !== null}
        onAsk={setText}
        onEnter={ask}
      />
      {refused && (
        <p class="llmw-notice llmw-notice-error" role="alert">
          <strong>{refused.message}</strong> {refused.hint}
        </p>
      )}
      {found === null || refused ? (
        text === "" && <p class="llmw-nothing">{t("trace.nothing")}</p>
      ) : (
        <div class="llmw-found" data-waiting={lookup.waiting} aria-busy={lookup.waiting}>
          <Stages trace={found} onToken={onToken} t={t} language={language} />
        </div>
      )}
    </>
  );
}

interface StagesProps extends Pick<Props, "onToken" | "t" | "language"> {
  readonly trace: TracePayload;
}

function Stages({ trace, onToken, t, language }: StagesProps) {
  const [chosen, setChosen] = useState<{ of: TracePayload; at: number } | null>(null);
  const at = chosen?.of === trace ? chosen.at : longest(trace.words);
  const word = trace.words[at];
  return (
    <ol class="llmw-stages">
      <li>
        <h4>
          {t("trace.normalizer")} <Named name={trace.normalizer} t={t} />
        </h4>
        <Normalised trace={trace} t={t} />
      </li>
      <li>
        <h4>
          {t("trace.pre_tokenizer")} <Named name={trace.pre_tokenizer} t={t} />
          {trace.words.length > 1 && <span class="llmw-muted">{t("trace.choose")}</span>}
        </h4>
        <p class="llmw-words">
          {trace.words.map(({ text }, index) => (
            <button
              type="button"
              key={index}
              class="llmw-word"
              aria-pressed={index === at}
              onClick={() => setChosen({ of: trace, at: index })}
            >
              <Piece piece={text} />
            </button>
          ))}
        </p>
      </li>
      {word && (
        <li>
          <WordSteps key={at} word={word} onToken={onToken} t={t} numbers={numbersIn(language)} />
        </li>
      )}
    </ol>
  );
}

function Named({ name, t }: { readonly name: string; readonly t: Translate }) {
  if (name === "") return <span class="llmw-muted">{t("trace.none")}</span>;
  return <code class="llmw-named">{name}</code>;
}

function Normalised({ trace, t }: { readonly trace: TracePayload; readonly t: Translate }) {
  if (trace.text === trace.normalized) {
    return (
      <p class="llmw-texts">
        <span class="llmw-text">
          <Piece piece={trace.text} />
        </span>
        <span class="llmw-muted">{t("trace.unchanged")}</span>
      </p>
    );
  }
  const [before, after] = changesBetween(trace.text, trace.normalized);
  return (
    <p class="llmw-texts">
      <span class="llmw-text">
        <Marked parts={before} mark="del" />
      </span>
      <span aria-hidden="true">→</span>
      <span class="llmw-text">
        <Marked parts={after} mark="ins" />
      </span>
    </p>
  );
}

function Marked({ parts, mark: Mark }: { readonly parts: readonly Stretch[]; readonly mark: "del" | "ins" }) {
  return (
    <>
      {parts.map(({ text, changed }, index) =>
        changed ? (
          <Mark key={index}>
            <Piece piece={text} />
          </Mark>
        ) : (
          <Piece key={index} piece={text} />
        ),
      )}
    </>
  );
}
