// How much of the text the model sees where it looks: what stands before, or both sides. A picture in small, and the same in words.
import type { Translate } from "../../lib/i18n";

interface Props {
  /** Index of the token looked at, or after which the model looks. */
  readonly current: number;
  readonly count: number;
  readonly both: boolean;
  readonly t: Translate;
}

export function Sees({ current, count, both, t }: Props) {
  const before = both ? current : current + 1;
  const behind = count - current - 1;
  // at the end a decoder sees all there is
  if (current < 0 || (!both && behind === 0)) return null;
  return (
    <p class="llmw-sees" data-both={both}>
      <span class="llmw-sight" aria-hidden="true">
        <i class="llmw-seen" style={{ flexGrow: before }} />
        <i class="llmw-unknown">?</i>
        <i class={both ? "llmw-seen" : "llmw-hidden"} style={{ flexGrow: behind }} />
      </span>
      <span class="llmw-muted">{t(both ? "sees.both" : "sees.before", { before, behind, count })}</span>
    </p>
  );
}
