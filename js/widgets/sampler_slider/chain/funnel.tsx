// A slice of the funnel: from the tokens before a stage to those after it, and the probability that is left.
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { type Level, type Passage, widthOf } from "./levels";

interface SliceProps {
  readonly passage: Passage;
  readonly vocabulary: number;
  /** Nothing happens here: the funnel goes on as it came. */
  readonly through: boolean;
  /** Instead of the count. */
  readonly text?: string;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Slice({ passage: { before, after }, vocabulary, through, text, t, numbers }: SliceProps) {
  return (
    <span
      class="llmw-funnel"
      data-through={through}
      style={{
        "--from": String(widthOf(before.tokens, vocabulary)),
        "--to": String(widthOf(after.tokens, vocabulary)),
      }}
    >
      <span class="llmw-remaining">{text ?? t("left", { count: countOf(after, t, numbers) })}</span>
    </span>
  );
}

export function countOf({ tokens, about, within }: Level, t: Translate, numbers: Numbers): string {
  if (within) return numbers.counts(within.left);
  return about ? t("about", { count: numbers.roughly(tokens) }) : numbers.count(tokens);
}

/** The probability that is left. */
export function massOf({ mass, within }: Level, numbers: Numbers): string {
  return within ? numbers.percents(within.mass) : numbers.percent(mass);
}

interface MassProps {
  readonly passage: Passage;
  readonly t: Translate;
  readonly numbers: Numbers;
}

/** The probability that is left, and in another colour what went here. */
export function Mass({ passage: { before, after, stage }, t, numbers }: MassProps) {
  const removed = stage?.massRemoved ?? 0;
  const reshapes = stage?.name === "temperature" || stage?.name === "repetition_penalty";
  const [least, most] = after.within?.mass ?? [after.mass, after.mass];
  const open = most - least > 1e-4;
  return (
    <span class="llmw-mass">
      <span class="llmw-mass-left">{massOf(after, numbers)}</span>
      {removed > 0 && !open && (
        <span class="llmw-gone" title={t("removed.long", { mass: numbers.percent(removed) })}>
          {t("removed", { mass: numbers.percent(before.mass - after.mass) })}
        </span>
      )}
      {reshapes && <span class="llmw-reshapes">{t("reshapes")}</span>}
      <span class="llmw-mass-bar" aria-hidden="true">
        <span class="llmw-mass-kept" style={{ width: `${100 * least}%` }} />
        {open && <span class="llmw-mass-open" style={{ width: `${100 * (most - least)}%` }} />}
        {removed > 0 && !open && (
          <span class="llmw-mass-cut" style={{ width: `${100 * (before.mass - after.mass)}%` }} />
        )}
      </span>
    </span>
  );
}
