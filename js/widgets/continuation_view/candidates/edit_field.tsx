// A candidate's text while it is changed: Enter takes it, Escape leaves it as it was.
import { useEffect, useRef } from "preact/hooks";
import { useComposition } from "../../../lib/composition";
import type { Translate } from "../../../lib/i18n";
import { MOST_CHARACTERS } from "../desk";

interface Props {
  readonly text: string;
  /** Null where nothing was changed. `leaves`: the focus went elsewhere. */
  readonly onDone: (text: string | null, leaves: boolean) => void;
  readonly t: Translate;
}

export function EditField({ text, onDone, t }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  const composition = useComposition<HTMLInputElement>();
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  const end = (by: string | null, leaves = false) => {
    if (done.current) return;
    done.current = true;
    onDone(by === null || by === "" || by === text ? null : by, leaves);
  };
  return (
    <input
      ref={field}
      type="text"
      class="llmw-edit"
      dir="auto"
      autocomplete="off"
      spellcheck={false}
      maxLength={MOST_CHARACTERS}
      aria-label={t("edit", { candidate: text })}
      defaultValue={text}
      {...composition.handlers}
      onKeyDown={(event) => {
        if (composition.takes(event)) return;
        if (event.key === "Enter") {
          event.preventDefault();
          end(event.currentTarget.value);
        } else if (event.key === "Escape") end(null);
      }}
      onBlur={(event) => end(event.currentTarget.value, true)}
    />
  );
}
