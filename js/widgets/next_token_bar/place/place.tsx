// Where in the text we are: the tokens before the one that is asked for, and a way to every other position.
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { Piece } from "../../../lib/piece";
import { spell } from "../../../lib/pieces";
import { RowChooser } from "../../../lib/row_chooser";
import type { SessionState, Store } from "../../../session/store";

const CONTEXT_TOKENS = 7;

interface ContextProps {
  readonly state: SessionState;
  readonly t: Translate;
}

/** The last few tokens before the one that is asked for; with an encoder those behind it too. */
export function Context({ state, t }: ContextProps) {
  const { tokens, info, here: current } = state;
  const masked = info.predicts === "masked";
  if (current < 0) return <p class="llmw-place" />;
  const first = Math.max(0, current - CONTEXT_TOKENS + 1);
  // from the text and not from pieces: a character whose bytes fell into several tokens is whole again
  const before = tokens.text.slice(tokens.starts[first] ?? 0, tokens.starts[current] ?? 0);
  return (
    <p class="llmw-place">
      <span class="llmw-muted">{t("after")}</span>
      <span class="llmw-context" dir="ltr">
        <span class="llmw-before">
          {first > 0 && "…"}
          <Piece piece={before} />
        </span>
        <span class="llmw-before" data-last="true">
          {masked ? info.mask : <Piece piece={tokens.piece(current)} bytes={tokens.bytes(current)} />}
        </span>
      </span>
      {masked && (
        <span class="llmw-behind" dir="ltr">
          <Piece piece={behind(tokens, current)} />
        </span>
      )}
    </p>
  );
}

/** The text of the next few tokens. */
function behind(tokens: SessionState["tokens"], current: number): string {
  const last = Math.min(current + CONTEXT_TOKENS, tokens.count) - 1;
  return tokens.text.slice(tokens.ends[current] ?? 0, tokens.ends[last] ?? 0);
}

interface Props {
  readonly store: Store;
  readonly state: SessionState;
  readonly disabled: boolean;
  readonly t: Translate;
  readonly numbers: Numbers;
}

/** Each position of the text. The last one follows the end as it grows. */
export function Scrubber({ store, state, disabled, t, numbers }: Props) {
  const { tokens, info } = state;
  const last = tokens.count - 1;
  const current = state.here;
  const goTo = (index: number) => store.look(Math.max(0, Math.min(index, last)));
  if (last < 1 && info.rows <= 1) return null;
  return (
    <div class="llmw-scrubber">
      {info.rows > 1 && (
        <RowChooser store={store} state={state} disabled={disabled} t={t} numbers={numbers} />
      )}
      {last >= 1 && (
        <>
          <Step
            sign="‹"
            label={t("place.before")}
            disabled={disabled || current <= 0}
            onStep={() => goTo(current - 1)}
          />
          <input
            type="range"
            min={0}
            max={last}
            step={1}
            value={current}
            disabled={disabled}
            aria-label={t("place.label")}
            aria-valuetext={t("place.value", {
              index: numbers.count(current + 1),
              count: numbers.count(last + 1),
              piece: spell(tokens.piece(current), tokens.bytes(current)),
            })}
            style={{ "--at": String(current / last) }}
            onInput={(event) => goTo(Number(event.currentTarget.value))}
          />
          <Step
            sign="›"
            label={t("place.next")}
            disabled={disabled || current >= last}
            onStep={() => goTo(current + 1)}
          />
          <span class="llmw-muted llmw-count">
            {t("place", { index: numbers.count(current + 1), count: numbers.count(last + 1) })}
          </span>
        </>
      )}
    </div>
  );
}

interface StepProps {
  readonly sign: string;
  readonly label: string;
  readonly disabled: boolean;
  readonly onStep: () => void;
}

/** It stays in the way of the Tab key at the ends of the text, so that the focus is not lost there. */
function Step({ sign, label, disabled, onStep }: StepProps) {
  return (
    <button
      type="button"
      class="llmw-step"
      aria-label={label}
      title={label}
      aria-disabled={disabled}
      onClick={() => !disabled && onStep()}
    >
      {sign}
    </button>
  );
}
