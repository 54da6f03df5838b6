// The line below the picture that says what the picture hides: two lines of it, and the rest on demand.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Translate } from "../../../lib/i18n";
import { useUniqueId } from "../../../lib/id";

interface Props {
  readonly sentences: readonly string[];
  readonly t: Translate;
}

export function Honest({ sentences, t }: Props) {
  const text = useRef<HTMLParagraphElement>(null);
  const [open, setOpen] = useState(false);
  const [folded, setFolded] = useState(false);
  const id = useUniqueId();
  const said = sentences.join(t("sentence"));
  const measure = () => {
    const element = text.current;
    if (element && !open) setFolded(element.scrollHeight > element.clientHeight + 1);
  };
  useLayoutEffect(measure, [said, open]);
  useEffect(() => {
    if (!text.current) return;
    const observer = new ResizeObserver(measure);
    observer.observe(text.current);
    return () => observer.disconnect();
  }, [open]);
  if (said === "") return null;
  return (
    <div class="llmw-honest">
      <p ref={text} id={id} class="llmw-muted llmw-variance" data-open={open}>
        {said}
      </p>
      {(folded || open) && (
        <button
          type="button"
          class="llmw-link"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
        >
          {t(open ? "less" : "more")}
        </button>
      )}
    </div>
  );
}
