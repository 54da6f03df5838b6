// Says of what was asked while a cell runs that it acts when the cell ends.
import type { Asked } from "../session/outbox";
import type { SessionState } from "../session/store";
import type { Translate } from "./i18n";

interface Props {
  readonly state: SessionState;
  /** What the control beside it asks for; the catalogue says `late.` and the name. */
  readonly of: readonly Asked[];
  readonly t: Translate;
}

/** The sentence for the newest of those that wait; empty where none does. */
export function Late({ state, of, t }: Props) {
  const newest = state.connected ? state.late.filter((name) => of.includes(name)).at(-1) : undefined;
  return (
    <span class="llmw-late" role="status">
      {newest && t(`late.${newest}`)}
    </span>
  );
}
