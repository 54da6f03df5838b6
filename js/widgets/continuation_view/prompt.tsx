// The prompt, and what stands in front of it.
import { useTextArea } from "../../lib/composition";
import { useDraft } from "../../lib/draft";
import { sayError, type Translate } from "../../lib/i18n";
import { useUniqueId } from "../../lib/id";
import { Piece } from "../../lib/piece";
import type { ContinuationDesk } from "./desk";

interface Props {
  readonly desk: ContinuationDesk;
  readonly readOnly: boolean;
  readonly t: Translate;
}

export function Prompt({ desk, readOnly, t }: Props) {
  const id = useUniqueId();
  const { follows, can_edit } = desk.settings;
  const draft = useDraft(desk, "prompt");
  const { field } = useTextArea(draft.value, (text) => draft.ask(text, { follows: false }));
  const said = draft.refused ? sayError(t, draft.refused) : null;
  return (
    <div class="llmw-prompt">
      <div class="llmw-prompt-head">
        <label for={id}>{t("prompt")}</label>
        <button
          type="button"
          class="llmw-button llmw-small"
          aria-pressed={follows}
          title={t("follows.title")}
          disabled={readOnly}
          onClick={() => desk.ask({ follows: !follows })}
        >
          {t("follows")}
        </button>
      </div>
      <textarea
        {...field}
        id={id}
        rows={1}
        dir="auto"
        spellcheck={false}
        autocomplete="off"
        placeholder={t("prompt.placeholder")}
        readOnly={readOnly || !can_edit}
        aria-invalid={said !== null}
        aria-describedby={`${id}-said`}
      />
      <p id={`${id}-said`} class="llmw-refusal" role="status">
        {said ? `${said.message} ${said.hint}` : !can_edit && t("prompt.cut")}
      </p>
      <Begin desk={desk} readOnly={readOnly} t={t} />
    </div>
  );
}

function Begin({ desk, readOnly, t }: Props) {
  const { begin, beginning, begin_own, prompt } = desk.settings;
  const own = begin_own ? "begin.own" : "begin.not_own";
  return (
    <div class="llmw-begin">
      {beginning.length === 0 ? (
        <span class="llmw-muted">{t("begin.none")}</span>
      ) : (
        <label>
          <input
            type="checkbox"
            checked={begin}
            disabled={readOnly}
            onChange={(event) => desk.ask({ begin: event.currentTarget.checked })}
          />
          <span>{t("begin")}</span>
          {beginning.map((token) => (
            <code key={token.id}>
              <Piece piece={token.piece} bytes={token.bytes} />
            </code>
          ))}
          <span class="llmw-muted">{t(own)}</span>
        </label>
      )}
      {prompt === "" && !begin && <p class="llmw-warning">{t("begin.nothing")}</p>}
    </div>
  );
}
