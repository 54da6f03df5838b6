// The stop texts: one field, and a chip for each that was added with Enter.
import { useComposition } from "../../../lib/composition";
import type { Translate } from "../../../lib/i18n";
import { useUniqueId } from "../../../lib/id";
import { Piece } from "../../../lib/piece";
import { spell } from "../../../lib/pieces";
import { parseStop, stopsOf } from "./stops";

interface Props {
  readonly added: readonly string[];
  readonly typed: string;
  readonly onChange: (added: readonly string[], typed: string) => void;
  readonly t: Translate;
}

export function StopTexts({ added, typed, onChange, t }: Props) {
  const help = useUniqueId();
  const composition = useComposition<HTMLInputElement>();
  const onKeyDown = (event: KeyboardEvent) => {
    if (composition.takes(event)) return;
    if (event.key === "Enter" && typed !== "") onChange(stopsOf(added, typed), "");
    else if (event.key === "Backspace" && typed === "") onChange(added.slice(0, -1), "");
  };
  return (
    <span class="llmw-pair llmw-until">
      <span class="llmw-unit" aria-hidden="true">
        {t("until")}
      </span>
      {added.map((text) => (
        <button
          key={text}
          type="button"
          class="llmw-stop-chip"
          title={t("until.remove", { text: spell(text, "") })}
          aria-label={t("until.remove", { text: spell(text, "") })}
          onClick={() =>
            onChange(
              added.filter((other) => other !== text),
              typed,
            )
          }
        >
          <Piece piece={text} />
          <span aria-hidden="true">×</span>
        </button>
      ))}
      <input
        type="text"
        class="llmw-number llmw-stop-text"
        aria-label={t("until.label")}
        aria-describedby={help}
        title={t("until.help")}
        placeholder={t(added.length === 0 ? "until.none" : "until.another")}
        autocomplete="off"
        spellcheck={false}
        value={typed}
        {...composition.handlers}
        onInput={(event) => onChange(added, event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {/\s|\\/.test(typed) && (
        <span class="llmw-unit llmw-meant" aria-hidden="true">
          <Piece piece={parseStop(typed)} />
        </span>
      )}
      <span class="llmw-visually-hidden" id={help}>
        {t("until.help")}
      </span>
    </span>
  );
}
