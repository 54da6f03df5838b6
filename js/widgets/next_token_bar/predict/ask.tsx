// The question: a field for a guess, or four tokens to choose from.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useComposition } from "../../../lib/composition";
import { sayError, type Translate } from "../../../lib/i18n";
import { useUniqueId } from "../../../lib/id";
import type { Numbers } from "../../../lib/numbers";
import { Piece } from "../../../lib/piece";
import { spell } from "../../../lib/pieces";
import type { DistributionPayload } from "../../../session/payloads";
import type { SessionState } from "../../../session/store";
import { choicesOf, ranked } from "./judge";
import type { Guessing } from "./use_guesses";

export interface AskProps {
  readonly guessing: Guessing;
  readonly distribution: DistributionPayload;
  readonly state: SessionState;
  /** The reader was in this room: the field takes the focus. */
  readonly focused: boolean;
  readonly t: Translate;
  readonly numbers: Numbers;
}

const LONGEST = 200;

export function Ask({ guessing, distribution, state, focused, t, numbers }: AskProps) {
  const id = useUniqueId();
  const field = useRef<HTMLInputElement>(null);
  const composition = useComposition<HTMLInputElement>();
  const [text, setText] = useState("");
  const [empty, setEmpty] = useState(false);
  const [choosing, setChoosing] = useState(false);
  useEffect(() => {
    if (focused) field.current?.focus();
  }, []);

  const pause = pauseOf(guessing, state);
  const said = sayOf(guessing, empty, ranked(distribution).length, t, numbers);
  const change = (value: string) => {
    setText(value);
    setEmpty(false);
    guessing.clear();
  };
  const submit = () => {
    if (pause !== "") return;
    setEmpty(text === "");
    if (text !== "") guessing.ask({ text });
    else field.current?.focus();
  };
  return (
    <section class="llmw-ask-next" aria-labelledby={`${id}-title`}>
      <h4 id={`${id}-title`} class="llmw-ask-title">
        {t("predict.title")}
      </h4>
      <div class="llmw-ask-line">
        <input
          ref={field}
          type="text"
          class="llmw-guess"
          dir="auto"
          maxLength={LONGEST}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          enterkeyhint="done"
          aria-label={t("predict.field")}
          aria-describedby={`${id}-said`}
          aria-invalid={said.wrong}
          placeholder={t("predict.placeholder")}
          value={text}
          readOnly={guessing.waiting}
          {...composition.handlers}
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            if (!composition.takes(event) && !event.repeat) submit();
          }}
        />
        <button type="button" class="llmw-button llmw-primary" aria-disabled={pause !== ""} onClick={submit}>
          {t("predict.button")}
        </button>
      </div>
      <p id={`${id}-said`} class="llmw-said" data-wrong={said.wrong} role="status">
        {pause !== "" ? t(pause) : said.text}
      </p>
      {choosing && (
        <Choices
          distribution={distribution}
          disabled={pause !== ""}
          onPick={(token) => pause === "" && guessing.ask({ token })}
          t={t}
        />
      )}
      <p class="llmw-ask-more">
        <button
          type="button"
          class="llmw-button llmw-ask-small"
          aria-pressed={choosing}
          onClick={() => setChoosing(!choosing)}
        >
          {t("predict.choices")}
        </button>
        <button type="button" class="llmw-button llmw-ask-small" onClick={guessing.reveal}>
          {t("predict.skip")}
        </button>
      </p>
    </section>
  );
}

/** Why no guess can go now, as a key of the catalogue; "" where one can. */
function pauseOf(guessing: Guessing, state: SessionState): string {
  if (state.status.state === "generating") return "predict.generating";
  if (state.stale) return "predict.stale";
  return guessing.waiting ? "predict.waiting" : "";
}

function sayOf(
  { refused, unknown, kept }: Guessing,
  empty: boolean,
  known: number,
  t: Translate,
  numbers: Numbers,
): { readonly text: string; readonly wrong: boolean } {
  const count = numbers.count(known);
  if (empty) return { text: t("predict.empty"), wrong: true };
  if (unknown !== "") return { text: t("predict.unknown", { text: unknown, count }), wrong: true };
  if (refused) {
    const { message, hint } = sayError(t, refused);
    return { text: `${message} ${hint}`, wrong: true };
  }
  return { text: t(kept ? "predict.hint" : "predict.gone", { count }), wrong: false };
}

interface ChoicesProps {
  readonly distribution: DistributionPayload;
  readonly disabled: boolean;
  readonly onPick: (token: number) => void;
  readonly t: Translate;
}

function Choices({ distribution, disabled, onPick, t }: ChoicesProps) {
  const choices = useMemo(() => choicesOf(distribution), [distribution]);
  return (
    <ul class="llmw-choices" aria-label={t("predict.choices.label")}>
      {choices.map(({ id, piece, bytes, special }) => (
        <li key={id}>
          <button
            type="button"
            class="llmw-button llmw-choice"
            aria-disabled={disabled}
            title={spell(piece, bytes)}
            onClick={() => onPick(id)}
          >
            <span class="llmw-piece" data-special={special}>
              <Piece piece={piece} bytes={bytes} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
