// The line in which candidates are typed. It stands apart from the list, so that nothing that moves there takes the focus from it.
import { useRef, useState } from "preact/hooks";
import { useComposition } from "../../../lib/composition";
import type { Translate } from "../../../lib/i18n";
import { MOST_CANDIDATES, MOST_CHARACTERS } from "../desk";

interface Props {
  readonly candidates: readonly string[];
  readonly readOnly: boolean;
  readonly onAdd: (candidates: readonly string[]) => void;
  readonly t: Translate;
}

export function Add({ candidates, readOnly, onAdd, t }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const composition = useComposition<HTMLInputElement>(() => setRefusal(""));
  const [refusal, setRefusal] = useState("");

  /** One a line; what cannot be taken stays to be mended. */
  const add = (typed: string) => {
    const lines = typed.split(/\r?\n/).filter((line) => line !== "");
    const fresh = [...new Set(lines)].filter((line) => !candidates.includes(line));
    if (fresh.length === 0) {
      setRefusal(lines.length > 0 ? t("add.known") : "");
      return;
    }
    if (fresh.some((line) => line.length > MOST_CHARACTERS)) {
      setRefusal(t("add.long", { most: MOST_CHARACTERS.toLocaleString("en") }));
      return;
    }
    if (candidates.length + fresh.length > MOST_CANDIDATES) {
      setRefusal(t("add.many", { most: MOST_CANDIDATES }));
      return;
    }
    setRefusal("");
    if (field.current) field.current.value = "";
    onAdd([...candidates, ...fresh]);
  };

  return (
    <form
      class="llmw-add"
      onSubmit={(event) => {
        event.preventDefault();
        if (!readOnly && !composition.composing) add(field.current?.value ?? "");
        field.current?.focus();
      }}
    >
      <input
        ref={field}
        type="text"
        dir="auto"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        enterkeyhint="done"
        aria-label={t("add.label")}
        placeholder={t("add.placeholder")}
        readOnly={readOnly}
        aria-invalid={refusal !== ""}
        {...composition.handlers}
        onKeyDown={(event) => {
          if (composition.takes(event)) {
            // the Enter that ends a composition chooses a conversion; it adds nothing yet
            if (event.key === "Enter") event.preventDefault();
            return;
          }
          // JupyterLab keeps the key press that would submit the form from it
          if (event.key !== "Enter" || readOnly) return;
          event.preventDefault();
          add(event.currentTarget.value);
        }}
        onPaste={(event) => {
          const pasted = event.clipboardData?.getData("text/plain") ?? "";
          if (readOnly || !/\n/.test(pasted.trim())) return;
          event.preventDefault();
          add(`${event.currentTarget.value}${pasted}`);
        }}
      />
      <button type="submit" class="llmw-button" disabled={readOnly}>
        {t("add")}
      </button>
      <p class="llmw-refusal" role="status">
        {refusal}
      </p>
    </form>
  );
}
