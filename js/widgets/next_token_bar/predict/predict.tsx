// Predict first, then see: until someone has guessed, the bars and all that would tell them are hidden.
import { useRef } from "preact/hooks";
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { spell } from "../../../lib/pieces";
import type { DistributionPayload } from "../../../session/payloads";
import type { SessionState, Store } from "../../../session/store";
import { Ask } from "./ask";
import type { Guessing } from "./use_guesses";
import { headline, Verdict } from "./verdict";

export interface PredictProps {
  readonly guessing: Guessing;
  readonly distribution: DistributionPayload;
  readonly store: Store;
  readonly state: SessionState;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Predict(props: PredictProps) {
  const { guessing, state, t, numbers } = props;
  const room = useRef<HTMLDivElement>(null);
  // before the part with the focus goes, and the focus with it
  const focused = room.current?.contains(room.current.ownerDocument.activeElement) ?? false;
  return (
    <div ref={room} class="llmw-predict">
      {guessing.hidden ? <Ask {...props} focused={focused} /> : <Verdict {...props} focused={focused} />}
      <Score guessing={guessing} t={t} numbers={numbers} />
      <p class="llmw-visually-hidden" role="status">
        {!guessing.hidden && !state.stale && spoken(props)}
      </p>
    </div>
  );
}

function spoken({ guessing: { guess }, distribution, t, numbers }: PredictProps): string {
  const said = headline(guess, distribution, t, numbers);
  if (guess === null) return said;
  const { token, best } = guess;
  const name = (of: typeof token) => spell(of.piece, of.bytes);
  const parts = [`${t("judged.guess")}: ${name(token)}, ${numbers.percent(guess.probability)}`];
  if (best.id !== token.id)
    parts.push(`${t("judged.best")}: ${name(best)}, ${numbers.percent(guess.best_probability)}`);
  return [said, ...parts].join(" ");
}

/** The surprisal of what the model rules out travels as the largest number that it sends. */
const INFINITE = 1e9;

interface ScoreProps {
  readonly guessing: Guessing;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Score({ guessing: { score, kept, forget }, t, numbers }: ScoreProps) {
  if (score.total === 0) return null;
  const mean = score.mean_surprisal < INFINITE ? numbers.decimal(score.mean_surprisal) : "∞";
  return (
    <p class="llmw-score">
      <span>
        {t(score.known === false ? "score.least" : "score.text", {
          right: numbers.count(score.right),
          total: numbers.count(score.total),
          near: numbers.count(score.in_top_ten),
          value: mean,
        })}
      </span>
      <button type="button" class="llmw-button llmw-ask-small" disabled={!kept} onClick={forget}>
        {t("score.forget")}
      </button>
    </p>
  );
}
