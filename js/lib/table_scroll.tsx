// A table's place in a view: it scrolls by itself where the table is wider or longer, and is reached by keyboard for that.
import type { ComponentChildren } from "preact";

interface Props {
  /** What a screen reader calls the region. */
  readonly label: string;
  readonly children: ComponentChildren;
}

export function TableScroll({ label, children }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard
    <section class="llmw-table-scroll" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
