// What else could have come at a generated token; another one put in its place makes a fork.
import { useRef } from "preact/hooks";
import { decode } from "../../../lib/arrays";
import { sayError, type Translate } from "../../../lib/i18n";
import { useQuestion } from "../../../lib/lookup";
import type { Numbers } from "../../../lib/numbers";
import { Piece } from "../../../lib/piece";
import { spell } from "../../../lib/pieces";
import type { AlternativesPayload } from "../../../session/payloads";
import type { SessionState, Store } from "../../../session/store";

interface Props {
  readonly store: Store;
  readonly state: SessionState;
  readonly index: number;
  readonly blocked: string | null;
  readonly onClose: () => void;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Alternatives({ store, state, index, blocked, onClose, t, numbers }: Props) {
  const { alternatives } = store;
  const { tokens } = state;
  // what came before and the token itself: another of either asks anew
  const key = `${index} ${tokens.ids[index] ?? -1} ${tokens.text.slice(0, tokens.starts[index] ?? 0)}`;
  useQuestion(state.connected && state.status.state !== "closed", key, () => alternatives.ask({ index }));
  const found = useFound(alternatives, key, index);
  const piece = spell(tokens.piece(index), tokens.bytes(index));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes the panel from any of its buttons
    <div class="llmw-alternatives" onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <div class="llmw-alternatives-head">
        <span>
          {t("alternatives", { piece, place: numbers.count(index + 1) })}
          {found && <span class="llmw-muted"> {t(`how.${found.how}`)}</span>}
        </span>
        <button type="button" class="llmw-link" onClick={onClose}>
          {t("close")}
        </button>
      </div>
      {blocked !== null && <p class="llmw-muted">{t(blocked)}</p>}
      <Finding
        found={found}
        refused={alternatives.refused}
        waiting={state.connected}
        came={tokens.ids[index] ?? -1}
        blocked={blocked !== null}
        onFork={(token) => store.fork(index, token)}
        t={t}
        numbers={numbers}
      />
    </div>
  );
}

/** What was found for `key`. Kept, since another view of the session may ask of another token. */
function useFound(
  { result, waiting }: Store["alternatives"],
  key: string,
  index: number,
): AlternativesPayload | null {
  const kept = useRef<Kept>({ key, older: result, found: null });
  if (kept.current.key !== key) kept.current = { key, older: result, found: null };
  if (!waiting && result !== kept.current.older && result?.index === index) kept.current.found = result;
  return kept.current.found;
}

interface Kept {
  readonly key: string;
  /** What was there before the question. */
  readonly older: AlternativesPayload | null;
  found: AlternativesPayload | null;
}

interface FindingProps {
  readonly found: AlternativesPayload | null;
  readonly refused: Store["alternatives"]["refused"];
  /** An answer may still come. */
  readonly waiting: boolean;
  readonly came: number;
  readonly blocked: boolean;
  readonly onFork: (token: number) => void;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Finding({ found, refused, waiting, came, blocked, onFork, t, numbers }: FindingProps) {
  if (refused) {
    const { message, hint } = sayError(t, refused);
    return (
      <p class="llmw-notice llmw-notice-error" role="alert">
        <strong>{message}</strong> {hint}
      </p>
    );
  }
  if (found === null)
    return (
      <p class="llmw-muted" role="status">
        {waiting && t("alternatives.waiting")}
      </p>
    );
  const probabilities = decode(found.probabilities);
  const drawn = decode(found.drawn_with);
  const highest = Math.max(...probabilities, ...drawn, 1e-9);
  const width = (value: number) => `${(100 * value) / highest}%`;
  return (
    <>
      <div class="llmw-alternative llmw-alternative-title" aria-hidden="true">
        <span>{t("token")}</span>
        <span />
        <span>{t("model")}</span>
        <span>{t("sampled")}</span>
      </div>
      <ul class="llmw-candidates" aria-label={t("alternatives.list")}>
        {found.candidates.map(({ id, piece, bytes, special }, at) => {
          const [model, sampled] = [probabilities[at] ?? 0, drawn[at] ?? 0];
          const chosen = id === came;
          return (
            <li key={id}>
              <button
                type="button"
                class="llmw-alternative"
                aria-current={chosen}
                aria-disabled={chosen || blocked}
                aria-label={t(chosen ? "candidate.came" : "candidate", {
                  piece: spell(piece, bytes),
                  model: numbers.percent(model),
                  drawn: numbers.percent(sampled),
                })}
                onClick={() => !chosen && !blocked && onFork(id)}
              >
                <span class="llmw-piece" data-special={special}>
                  <Piece piece={piece} bytes={bytes} />
                </span>
                <span class="llmw-alternative-bars" aria-hidden="true">
                  <i data-of="model" style={{ width: width(model) }} />
                  <i data-of="sampled" style={{ width: width(sampled) }} />
                </span>
                <span>{numbers.percent(model)}</span>
                <span>{sampled > 0 ? numbers.percent(sampled) : t("removed.short")}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}
