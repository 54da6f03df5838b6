// The words on the map as chips, and the line in which new ones are typed, pasted or dropped.
import { useRef, useState } from "preact/hooks";
import { useComposition } from "../../../lib/composition";
import type { Translate } from "../../../lib/i18n";
import { Piece } from "../../../lib/piece";
import { MOST_WORDS } from "../desk";
import { labelText } from "../point";
import { readDropped } from "./drop";
import { isList, joinWords, splitWords } from "./split";

interface Props {
  readonly words: readonly string[];
  /** Words that are asked for and not on the map yet, and those that have no place there. */
  readonly coming: ReadonlySet<string>;
  readonly placeless: ReadonlySet<string>;
  readonly readOnly: boolean;
  readonly onWords: (words: readonly string[]) => void;
  readonly t: Translate;
}

export function WordEditor({ words, coming, placeless, readOnly, onWords, t }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const composition = useComposition<HTMLInputElement>();
  const [over, setOver] = useState(false);
  const [strange, setStrange] = useState<string | null>(null);

  /** `draft` is what goes on being typed. */
  const add = (text: string, draft = "") => {
    setStrange(null);
    const all = [...new Set([...words, ...splitWords(text)])];
    if (all.length > words.length) onWords(all);
    // what finds no room stays to be used later
    if (input.current) input.current.value = `${draft} ${joinWords(all.slice(MOST_WORDS))}`.trim();
  };
  const remove = (word: string) => {
    onWords(words.filter((other) => other !== word));
    input.current?.focus();
  };
  const drop = async (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (readOnly || !event.dataTransfer) return;
    const { text, refused } = await readDropped(event.dataTransfer);
    if (text !== "") add(text, input.current?.value);
    if (refused !== null) setStrange(refused);
  };

  return (
    <>
      <form
        class="llmw-words"
        data-read-only={readOnly}
        data-over={over}
        onSubmit={(event) => {
          event.preventDefault();
          // the Enter that ends a composition chooses a conversion; it adds no word yet
          if (!readOnly && !composition.composing) add(input.current?.value ?? "");
        }}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(!readOnly);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <div>
          <ul aria-label={t("words")}>
            {words.map((word) => {
              const place = coming.has(word) ? "coming" : placeless.has(word) ? "none" : "map";
              return (
                <li key={word} class="llmw-chip" data-place={place}>
                  <span class="llmw-chip-text">
                    <Piece piece={word} />
                  </span>
                  <button
                    type="button"
                    aria-label={t("remove", { word: labelText(word) })}
                    disabled={readOnly}
                    onClick={() => remove(word)}
                  >
                    ×
                  </button>
                </li>
              );
            })}
          </ul>
          <input
            ref={input}
            type="text"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            aria-label={t("words.hint")}
            placeholder={t("words.placeholder")}
            title={t("words.hint")}
            readOnly={readOnly}
            enterkeyhint="done"
            {...composition.handlers}
            onKeyDown={(event) => {
              if (composition.takes(event)) {
                if (event.key === "Enter") event.preventDefault();
                return;
              }
              if (readOnly) return;
              // JupyterLab keeps the key press that would submit the form from it
              if (event.key === "Enter") {
                event.preventDefault();
                add(event.currentTarget.value);
                return;
              }
              const last = words.at(-1);
              if (event.key === "Backspace" && event.currentTarget.value === "" && last !== undefined)
                remove(last);
            }}
            onPaste={(event) => {
              const pasted = event.clipboardData?.getData("text/plain") ?? "";
              if (readOnly || !isList(pasted)) return;
              event.preventDefault();
              add(`${event.currentTarget.value} ${pasted}`);
            }}
          />
        </div>
        <button type="submit" class="llmw-button" disabled={readOnly}>
          {t("add")}
        </button>
      </form>
      {strange !== null && (
        <p class="llmw-notice llmw-notice-error llmw-close" role="alert">
          {t("drop.refused", { name: labelText(strange) })}
        </p>
      )}
    </>
  );
}
