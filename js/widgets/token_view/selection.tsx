// The line about the selected tokens, and what can be done with them.
import { useEffect, useState } from "preact/hooks";
import type { Translate } from "../../lib/i18n";
import { spell } from "../../lib/pieces";
import { useQuiet } from "../../lib/quiet";
import { spanText } from "./detail";
import { textOf } from "./flow/flow";
import { placeOf, type Sections } from "./flow/sections";
import { characterSpan } from "./flow/units";
import type { Run } from "./flow/use_picking";

const TEXT_SHOWN = 60;
const SAID_MS = 2000;

interface Props {
  readonly sections: Sections;
  readonly picked: Run;
  /** Null where there is nothing that could explain it. */
  readonly onExplore: ((text: string) => void) | null;
  readonly onClear: () => void;
  readonly t: Translate;
}

export function Selection({ sections, picked, onExplore, onClear, t }: Props) {
  const place = placeOf(sections, picked[0]);
  const text = textOf(sections, picked);
  const sentence = place ? say(sections, picked, text, t) : "";
  const quiet = useQuiet(sentence);
  if (!place) return null;
  const { tokens, base } = place.section;
  const ids = Array.from(
    { length: picked[1] - picked[0] },
    (_, at) => tokens.ids[picked[0] - base + at] ?? 0,
  );
  return (
    <div class="llmw-selection">
      <span class="llmw-selected">{sentence}</span>
      <span class="llmw-visually-hidden" role="status">
        {quiet}
      </span>
      <span class="llmw-tools">
        <Copy text={`[${ids.join(", ")}]`} t={t} />
        {onExplore && (
          <button type="button" class="llmw-button" onClick={() => onExplore(text)}>
            {t("explore")}
          </button>
        )}
        <button type="button" class="llmw-button" onClick={onClear}>
          {t("clear")}
        </button>
      </span>
    </div>
  );
}

function say(sections: Sections, [from, to]: Run, text: string, t: Translate): string {
  const place = placeOf(sections, from);
  if (!place) return "";
  const { section, index } = place;
  const shown = text.length > TEXT_SHOWN ? `${text.slice(0, TEXT_SHOWN)}…` : text;
  const span = characterSpan(section.tokens, index, to - section.base - 1);
  return t(to - from === 1 ? "selected.one" : "selected", {
    tokens: to - from,
    text: spell(shown, ""),
    span:
      span === null ? t("span.none") : `${t(span[0] === span[1] ? "span.one" : "span")} ${spanText(span, t)}`,
  });
}

function Copy({ text, t }: { readonly text: string; readonly t: Translate }) {
  const [copied, setCopied] = useState<boolean | null>(null);
  useEffect(() => {
    if (copied === null) return;
    const timer = setTimeout(() => setCopied(null), SAID_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const label = copied === null ? "copy.ids" : copied ? "copied" : "copy.failed";
  return (
    <button
      type="button"
      class="llmw-button"
      aria-live="polite"
      onClick={(event) => {
        copy(text, event.currentTarget).then(setCopied);
      }}
    >
      {t(label)}
    </button>
  );
}

/** Whether it was copied. Pages on plain http have no clipboard API: there a selected textarea does it. */
async function copy(text: string, button: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text, button);
  }
}

function copySelected(text: string, button: HTMLElement): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "llmw-visually-hidden";
  button.after(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  button.focus();
  return done;
}
