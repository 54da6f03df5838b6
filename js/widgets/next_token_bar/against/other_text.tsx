// The field for the text on the right. What is being composed waits.
import { useTextArea } from "../../../lib/composition";
import { sayError, type Translate } from "../../../lib/i18n";
import { useUniqueId } from "../../../lib/id";
import type { Other } from "./use_other";

interface Props {
  readonly other: Other;
  readonly gone: boolean;
  readonly t: Translate;
}

export function OtherText({ other, gone, t }: Props) {
  const id = useUniqueId();
  const { field } = useTextArea(other.text, other.edit);
  const said = other.refused ? sayError(t, other.refused) : null;
  return (
    <div class="llmw-against-edit">
      <label for={id}>{t("against.edit")}</label>
      <textarea
        {...field}
        id={id}
        rows={1}
        dir="auto"
        spellcheck={false}
        autocomplete="off"
        placeholder={t("against.edit.placeholder")}
        readOnly={gone}
        aria-invalid={said !== null}
        aria-describedby={`${id}-said`}
      />
      <p id={`${id}-said`} class="llmw-against-said" data-wrong={said !== null} role="status">
        {said ? `${said.message} ${said.hint}` : gone && t("against.edit.gone")}
      </p>
    </div>
  );
}
