// The blocks of a stack one by one, with their times against the slowest.
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import { time } from "../../lib/units";
import type { CellPayload, FormPayload } from "../../session/payloads";
import { blocksOf, shapeText, share } from "./stages";

interface Props {
  readonly cell: CellPayload;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Blocks({ cell, t, numbers }: Props) {
  const blocks = blocksOf(cell);
  const slowest = Math.max(...blocks.map(({ seconds }) => seconds ?? 0));
  const words = ({ shape, dtype, device }: FormPayload) => [shapeText(shape, numbers), dtype, device];
  // what they have in common stands in the cell
  const told = [0, 1, 2].filter((part) => new Set(cell.forms.map((form) => words(form)[part])).size > 1);
  return (
    <div class="llmw-blocks">
      <p class="llmw-muted">{t("blocks.of", { module: cell.detail })}</p>
      <ol>
        {blocks.map(({ index, seconds, form }, place) => (
          <li key={place}>
            <span class="llmw-index">{t("block", { index })}</span>
            <span class="llmw-bar" aria-hidden="true">
              <i style={{ width: `${100 * share(seconds, slowest)}%` }} />
            </span>
            <span class="llmw-time">{seconds === null ? "–" : time(seconds, numbers)}</span>
            {told.length > 0 && (
              <span class="llmw-form">{told.map((part) => words(form)[part]).join(" · ")}</span>
            )}
          </li>
        ))}
      </ol>
    </div>
  );
}
