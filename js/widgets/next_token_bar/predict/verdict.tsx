// What the model makes of the guess, beside its first choice and what came, and the way on.
import { useEffect, useRef } from "preact/hooks";
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { Piece } from "../../../lib/piece";
import { spell } from "../../../lib/pieces";
import type { CandidatePayload, DistributionPayload, GuessPayload } from "../../../session/payloads";
import type { SessionState, Store } from "../../../session/store";
import { isOpen, isWhole, probabilityOf, ranked } from "./judge";
import type { Guessing } from "./use_guesses";

export interface VerdictProps {
  readonly guessing: Guessing;
  readonly distribution: DistributionPayload;
  readonly store: Store;
  readonly state: SessionState;
  /** The reader was in this room: the way on takes the focus. */
  readonly focused: boolean;
  readonly t: Translate;
  readonly numbers: Numbers;
}

const NEAR = 10;

export function Verdict({ guessing, distribution, store, state, focused, t, numbers }: VerdictProps) {
  const { guess, score, kept } = guessing;
  const onward = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (focused) onward.current?.querySelector("button")?.focus();
  }, []);
  const inScore = guess === null || score.guesses.includes(guess);
  return (
    <section class="llmw-judged" data-stale={state.stale}>
      <p class="llmw-judged-head" data-right={guess?.token.rank === 1 && !isOpen(guess)}>
        {headline(guess, distribution, t, numbers)}
      </p>
      {guess && !isWhole(guess) && !isOpen(guess) && (
        <p class="llmw-judged-note">
          {t("judged.part", { text: guess.text, piece: spell(guess.token.piece, guess.token.bytes) })}
        </p>
      )}
      {!inScore && <p class="llmw-judged-note">{t("judged.unkept")}</p>}
      {guess && <Lines guess={guess} distribution={distribution} t={t} numbers={numbers} />}
      <p ref={onward} class="llmw-onward">
        <Onward store={store} state={state} distribution={distribution} kept={kept} t={t} />
      </p>
    </section>
  );
}

/** What a screen reader hears as well. */
export function headline(
  guess: GuessPayload | null,
  { vocabulary, partial }: DistributionPayload,
  t: Translate,
  numbers: Numbers,
): string {
  if (guess === null) return t("judged.skipped");
  const { rank } = guess.token;
  if (guess.known === false)
    return t("judged.unknown", {
      count: numbers.count(vocabulary - (partial?.tokens ?? 0)),
      most: numbers.percent(guess.probability),
    });
  if (isOpen(guess))
    return t("judged.open", {
      text: guess.text,
      piece: spell(guess.token.piece, guess.token.bytes),
      rank: numbers.count(rank),
    });
  const key = rank === 1 ? "judged.right" : rank <= NEAR ? "judged.near" : "judged.far";
  return t(key, { rank: numbers.count(rank), count: numbers.count(vocabulary) });
}

interface Line {
  readonly names: readonly string[];
  readonly token: CandidatePayload;
  readonly probability: number;
  /** Else the token was not returned, and the probability is the most that it can have. */
  readonly known: boolean;
}

interface LinesProps {
  readonly guess: GuessPayload;
  readonly distribution: DistributionPayload;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Lines({ guess, distribution, t, numbers }: LinesProps) {
  const lines = linesOf(guess, distribution);
  const most = Math.max(...lines.map(({ probability }) => probability));
  return (
    <ul class="llmw-lines">
      {lines.map(({ names, token, probability, known }) => (
        <li key={token.id} class="llmw-line" data-guess={names.includes("judged.guess")}>
          <span class="llmw-line-name">{names.map((name) => t(name)).join(" · ")}</span>
          <span class="llmw-line-token">
            <span class="llmw-piece" data-special={token.special} title={spell(token.piece, token.bytes)}>
              <Piece piece={token.piece} bytes={token.bytes} />
            </span>
          </span>
          <span class="llmw-line-track" aria-hidden="true">
            <i data-open={!known} style={{ width: `${(100 * probability) / most}%` }} />
          </span>
          <span class="llmw-line-value">
            {known ? numbers.percent(probability) : t("below", { value: numbers.percent(probability) })}
          </span>
          <span class="llmw-line-rank">
            {known ? t("judged.rank", { rank: numbers.count(token.rank) }) : t("judged.not_returned")}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** The guess, the first choice and what came; a token that is two of these has one line. */
function linesOf(guess: GuessPayload, distribution: DistributionPayload): readonly Line[] {
  const { came } = distribution;
  const all: Line[] = [
    {
      names: ["judged.guess"],
      token: guess.token,
      probability: guess.probability,
      known: guess.known !== false,
    },
    { names: ["judged.best"], token: guess.best, probability: guess.best_probability, known: true },
  ];
  const most = came && came.rank === 0 ? distribution.partial?.ceiling : undefined;
  if (came)
    all.push({
      names: ["judged.came"],
      token: came,
      probability: most ?? probabilityOf(came, distribution),
      known: most === undefined,
    });
  const lines = new Map<number, Line>();
  for (const line of all) {
    const before = lines.get(line.token.id);
    lines.set(line.token.id, before ? { ...before, names: [...before.names, ...line.names] } : line);
  }
  return [...lines.values()];
}

interface OnwardProps {
  readonly store: Store;
  readonly state: SessionState;
  readonly distribution: DistributionPayload;
  readonly kept: boolean;
  readonly t: Translate;
}

/** To the next place of the text, or, at its end, to a longer text; of logits alone, to the batch's next row. */
function Onward({ store, state, distribution, kept, t }: OnwardProps) {
  const { info, here, tokens } = state;
  const last = tokens.count - 1;
  const idle = kept && !state.stale && state.status.state !== "generating";
  if (here < last) {
    return (
      <button
        type="button"
        class="llmw-button llmw-primary"
        aria-disabled={!idle}
        onClick={() => idle && store.look(here + 1)}
      >
        {t("next.look")}
      </button>
    );
  }
  if (info.row + 1 < info.rows) {
    return (
      <button
        type="button"
        class="llmw-button llmw-primary"
        aria-disabled={!idle}
        onClick={() => idle && store.showRow(info.row + 1)}
      >
        {t("next.row")}
      </button>
    );
  }
  const [best] = ranked(distribution);
  if (!info.can_edit || info.predicts === "masked" || best === undefined) return null;
  return (
    <>
      <button
        type="button"
        class="llmw-button llmw-primary"
        aria-disabled={!idle}
        onClick={() => idle && store.append(best.id)}
      >
        {t("next.append", { piece: spell(best.piece, best.bytes) })}
      </button>
      <button type="button" class="llmw-button" aria-disabled={!idle} onClick={() => idle && store.step()}>
        {t("next.step")}
      </button>
    </>
  );
}
