// The buttons that draw: step, generate, stop, undo, the stop texts and the seed.
import { useState } from "preact/hooks";
import { Field } from "../../../lib/field";
import type { Translate } from "../../../lib/i18n";
import type { SessionState, Store } from "../../../session/store";
import { StopTexts } from "./stop_texts";
import { stopsOf } from "./stops";

const DEFAULT_COUNT = 32;
const COUNT_LIMITS = { low: 1, high: 100_000, whole: true };
const SEED_LIMITS = { low: 0, high: Number.MAX_SAFE_INTEGER, whole: true };

interface Props {
  readonly store: Store;
  readonly state: SessionState;
  readonly t: Translate;
}

export function Actions({ store, state, t }: Props) {
  const blocked = blockedBy(state);
  return (
    <>
      <div class="llmw-actions">
        {state.info.can_edit && <Writing store={store} state={state} blocked={blocked} t={t} />}
        <Seed seed={state.sampler.seed} onSeed={(seed) => store.tune({ seed })} t={t} />
      </div>
      {blocked !== null && <p class="llmw-blocked llmw-muted">{t(blocked)}</p>}
    </>
  );
}

/** Why no token can be written, as a key of the catalogue; null where one can. */
export function blockedBy({ info, status, connected }: SessionState): string | null {
  if (!info.can_edit) return "blocked.fixed";
  if (status.state === "closed") return "blocked.closed";
  if (!connected) return "blocked.kernel";
  if (info.predicts === "masked") return "blocked.encoder";
  return info.can_predict ? null : "blocked.model";
}

interface StopState {
  readonly added: readonly string[];
  readonly typed: string;
}

function Writing({ store, state, blocked: why, t }: Props & { readonly blocked: string | null }) {
  const blocked = why !== null;
  // what was put in a place of the text can be taken back, though an encoder does not write
  const undoable = !blocked || why === "blocked.encoder";
  const [count, setCount] = useState(DEFAULT_COUNT);
  const [refused, setRefused] = useState(false);
  const [{ added, typed }, setStops] = useState<StopState>({ added: [], typed: "" });
  const generating = state.status.state === "generating";
  const ready = !blocked && state.tokens.count > 0 && !generating;
  return (
    <>
      <button
        type="button"
        class="llmw-button llmw-primary"
        title={t("step.title")}
        disabled={!ready}
        onClick={store.step}
      >
        {t("step")}
      </button>
      <span class="llmw-pair">
        <button
          type="button"
          class="llmw-button"
          title={refused ? t("generate.refused") : undefined}
          disabled={!ready || refused}
          onClick={() => store.generate(count, stopsOf(added, typed))}
        >
          {t("generate")}
        </button>
        <Field
          name={t("count")}
          label={t("count.label")}
          limits={COUNT_LIMITS}
          value={count}
          onValue={(value) => value !== null && setCount(value)}
          onRefused={setRefused}
          t={t}
        >
          <span class="llmw-unit">{t("count")}</span>
        </Field>
      </span>
      <StopTexts added={added} typed={typed} onChange={(added, typed) => setStops({ added, typed })} t={t} />
      <span class="llmw-pair">
        <button type="button" class="llmw-button" disabled={!generating || blocked} onClick={store.stop}>
          {t("stop")}
        </button>
        <button
          type="button"
          class="llmw-button"
          disabled={!state.content.can_undo || !undoable || generating}
          onClick={store.undo}
        >
          {t("undo")}
        </button>
      </span>
    </>
  );
}

interface SeedProps {
  readonly seed: number | null;
  readonly onSeed: (seed: number | null) => void;
  readonly t: Translate;
}

function Seed({ seed, onSeed, t }: SeedProps) {
  return (
    <span class="llmw-pair llmw-seed">
      <span class="llmw-unit" aria-hidden="true">
        {t("seed")}
      </span>
      <Field
        name={t("seed")}
        label={t("seed.label")}
        limits={SEED_LIMITS}
        value={seed}
        placeholder={t("seed.random")}
        onValue={onSeed}
        t={t}
      >
        <button
          type="button"
          class="llmw-button llmw-dice"
          title={t("seed.new")}
          aria-label={t("seed.new")}
          onClick={() => onSeed(newSeed())}
        >
          <Dice />
        </button>
      </Field>
    </span>
  );
}

function Dice() {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" fill="currentColor">
      <path d="M4 1h8a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3H4a3 3 0 0 1-3-3V4a3 3 0 0 1 3-3zm0 1.4A1.6 1.6 0 0 0 2.400 4v8A1.6 1.6 0 0 0 4 13.600h8a1.6 1.6 0 0 0 1.600-1.600V4A1.6 1.6 0 0 0 12 2.400z" />
      <circle cx="5.200" cy="5.200" r="1.150" />
      <circle cx="8" cy="8" r="1.150" />
      <circle cx="10.800" cy="10.800" r="1.150" />
    </svg>
  );
}

/** Four digits: short enough to be said in class. */
function newSeed(): number {
  return 1000 + Math.floor(9000 * Math.random());
}
