// How the model itself goes on, to compare with: greedily, and by the session's sampler.
import { Field } from "../../../lib/field";
import { sayError, type Translate } from "../../../lib/i18n";
import { Piece } from "../../../lib/piece";
import type { Lookup } from "../../../session/lookup";
import type { FindPayload, WrittenPayload } from "../../../session/payloads";
import { type ContinuationDesk, MOST_NEW_TOKENS } from "../desk";

interface Props {
  readonly desk: ContinuationDesk;
  readonly written: readonly WrittenPayload[];
  readonly stale: boolean;
  readonly readOnly: boolean;
  readonly writing: Lookup<object, FindPayload>;
  readonly onCompare: (text: string) => void;
  readonly t: Translate;
}

const LENGTHS = { low: 0, high: MOST_NEW_TOKENS, whole: true };

export function WrittenPart({ desk, written, stale, readOnly, writing, onCompare, t }: Props) {
  const { new_tokens, candidates } = desk.settings;
  const idle = written.some(({ state }) => state === "idle");
  const busy = written.some(({ state }) => state === "writing" || state === "waiting");
  return (
    <section class="llmw-written" aria-label={t("written")}>
      <div class="llmw-written-head">
        <h4>{t("written")}</h4>
        <span class="llmw-length">
          <Field
            name={t("length")}
            label={t("length")}
            limits={LENGTHS}
            value={new_tokens}
            disabled={readOnly}
            onValue={(value) => value !== null && desk.ask({ new_tokens: value })}
            t={t}
          />
          <span class="llmw-muted">{t("tokens")}</span>
        </span>
        <button
          type="button"
          class="llmw-button llmw-small"
          disabled={readOnly || new_tokens === 0 || busy}
          title={t("write.title")}
          onClick={() => writing.ask({})}
        >
          {t(idle ? "write" : "write.again")}
        </button>
      </div>
      {written.length === 0 && <p class="llmw-muted">{t("written.none")}</p>}
      <dl data-stale={stale}>
        {written.map((each) => (
          <Written
            key={each.how}
            written={each}
            known={candidates.includes(each.text)}
            readOnly={readOnly || stale}
            onCompare={onCompare}
            t={t}
          />
        ))}
      </dl>
    </section>
  );
}

interface WrittenProps extends Pick<Props, "readOnly" | "onCompare" | "t"> {
  readonly written: WrittenPayload;
  readonly known: boolean;
}

function Written({ written, known, readOnly, onCompare, t }: WrittenProps) {
  const { how, state, text, seed, reason, error } = written;
  const said = error ? sayError(t, error) : null;
  const name = how === "sampled" && seed !== null ? t("sampled.seed", { seed }) : t(how);
  return (
    <>
      <dt title={t(`${how}.title`)}>{name}</dt>
      <dd aria-busy={state === "writing"}>
        {said ? (
          <span class="llmw-warning">
            {said.message} {said.hint}
          </span>
        ) : (
          <>
            <span class="llmw-written-text" dir="auto">
              <Piece piece={text} />
              {state === "writing" && <span class="llmw-caret" aria-hidden="true" />}
            </span>
            {text === "" && <span class="llmw-muted">{t(`written.${state}`)}</span>}
            {reason === "eos" && <span class="llmw-muted">{t("written.ended")}</span>}
            {state === "done" && text !== "" && (
              <button
                type="button"
                class="llmw-button llmw-small"
                disabled={readOnly || known}
                onClick={() => onCompare(text)}
              >
                {t(known ? "compared" : "compare")}
              </button>
            )}
          </>
        )}
      </dd>
    </>
  );
}
