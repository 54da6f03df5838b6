// The words: as typed, those on their way, those without a place, and what is to be said of them.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useDraft } from "../../../lib/draft";
import type { Translate } from "../../../lib/i18n";
import type { ErrorPayload, MapPayload } from "../../../session/payloads";
import { type MapDesk, MOST_WORDS } from "../desk";
import { labelText } from "../point";

export interface Words {
  /** For the editor. */
  readonly editor: {
    readonly words: readonly string[];
    readonly coming: ReadonlySet<string>;
    readonly placeless: ReadonlySet<string>;
    readonly onWords: (words: readonly string[]) => void;
  };
  readonly refused: ErrorPayload | null;
  readonly add: (words: readonly string[]) => void;
  readonly notes: (t: Translate) => ComponentChildren;
}

export function useWords(desk: MapDesk, map: MapPayload): Words {
  const draft = useDraft(desk, "words");
  const [cut, setCut] = useState(false);
  const words = draft.value;
  const placed = new Set(map.labels.filter((_, point) => map.kinds[point] === "word"));
  const missing = words.filter((word) => !placed.has(word));
  // of a map that was not made nobody knows which words would have had a place
  const settled = !desk.waiting && draft.refused === null && map.error === null;
  const placeless = new Set(settled ? missing : []);
  const onWords = (asked: readonly string[]) => {
    setCut(asked.length > MOST_WORDS);
    draft.ask(asked.slice(0, MOST_WORDS));
  };
  return {
    editor: { words, coming: new Set(settled ? [] : missing), placeless, onWords },
    refused: draft.refused,
    add(more) {
      const all = [...new Set([...words, ...more])];
      if (all.length > words.length) onWords(all);
    },
    notes: (t) => (
      <>
        {placeless.size > 0 && (
          <p class="llmw-muted llmw-placeless">
            {t("unknown", { words: [...placeless].map(labelText).join(", ") })}
          </p>
        )}
        {cut && words.length >= MOST_WORDS && (
          <p class="llmw-notice llmw-close" role="status">
            {t("too.many", { max: MOST_WORDS })}
          </p>
        )}
      </>
    ),
  };
}
