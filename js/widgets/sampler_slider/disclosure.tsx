// What is there on demand: a row of buttons, each of which opens its panel below the row.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useUniqueId } from "../../lib/id";

export interface Panel {
  readonly name: string;
  readonly title: string;
  /** Drawn only while it is open. */
  readonly content: () => ComponentChildren;
}

export function Disclosures({ panels }: { readonly panels: readonly Panel[] }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const id = useUniqueId();
  const toggle = (name: string) => {
    const next = new Set(open);
    if (!next.delete(name)) next.add(name);
    setOpen(next);
  };
  return (
    <>
      <div class="llmw-disclosures">
        {panels.map(({ name, title }) => (
          <button
            key={name}
            type="button"
            class="llmw-disclosure"
            aria-expanded={open.has(name)}
            aria-controls={`${id}-${name}`}
            onClick={() => toggle(name)}
          >
            {title}
          </button>
        ))}
      </div>
      {panels.map(({ name, title, content }) => (
        <section
          key={name}
          id={`${id}-${name}`}
          class="llmw-panel"
          hidden={!open.has(name)}
          aria-label={title}
        >
          {open.has(name) && content()}
        </section>
      ))}
    </>
  );
}
