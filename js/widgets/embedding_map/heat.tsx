// Cosine similarities as a table that can be read as a picture: colour and number in each cell.
import type { Translate } from "../../lib/i18n";
import { cosineText, labelText } from "./point";

const LONGEST_FLAT_HEADING = 8;

interface Props {
  readonly labels: readonly string[];
  /** Row by row. */
  readonly similarities: ArrayLike<number>;
  readonly dimensions: number;
  /** Rows and columns to bring out, by index into `labels`. */
  readonly lit: readonly number[];
  readonly onLook: (pair: readonly [number, number] | null) => void;
  readonly stale: boolean;
  readonly t: Translate;
}

export function Heat({ labels, similarities, dimensions, lit, onLook, stale, t }: Props) {
  const texts = labels.map(labelText);
  const upright = texts.some((text) => width(text) > LONGEST_FLAT_HEADING);
  const count = labels.length;
  const known = similarities.length === count * count;
  return (
    <figure class="llmw-heat" data-stale={stale}>
      <figcaption>
        <strong>{t("similarities")}</strong>{" "}
        <span class="llmw-muted">{t("similarities.of", { dimensions })}</span>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard */}
      <section class="llmw-scroll" tabIndex={0} aria-label={t("similarities")}>
        <table
          onPointerOver={(event) => onLook(pairOf(event))}
          onPointerLeave={() => onLook(null)}
          data-upright={upright}
        >
          <thead>
            <tr>
              <td />
              {texts.map((text, column) => (
                <th
                  key={labels[column]}
                  class="llmw-name llmw-column"
                  scope="col"
                  data-lit={lit.includes(column)}
                >
                  <span class="llmw-heading" title={text}>
                    {text}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {texts.map((text, row) => (
              <tr key={labels[row]}>
                <th class="llmw-name llmw-row" scope="row" data-lit={lit.includes(row)}>
                  <span class="llmw-heading" title={text}>
                    {text}
                  </span>
                </th>
                {labels.map((label, column) => {
                  const value = known ? (similarities[row * count + column] ?? Number.NaN) : Number.NaN;
                  const strength = Math.min(Math.abs(value) || 0, 1);
                  return (
                    <td
                      key={label}
                      data-pair={`${row} ${column}`}
                      data-self={row === column}
                      data-sign={value < 0 ? "minus" : "plus"}
                      data-strong={strength > 0.8 ? 2 : strength > 0.72 ? 1 : 0}
                      data-lit={lit.length > 1 && row !== column && lit[0] === row && lit.includes(column)}
                      style={{ "--strength": `${(100 * strength).toFixed(0)}%` }}
                    >
                      {cosineText(value)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <div class="llmw-legend" role="img" aria-label={t("legend")}>
        <span>−1</span>
        <span class="llmw-scale">
          <span class="llmw-zero">0</span>
        </span>
        <span>1</span>
      </div>
    </figure>
  );
}

/** Columns of a terminal: a Japanese character is as wide as two Latin ones. */
function width(text: string): number {
  return [...text].reduce((sum, character) => sum + (character > "\u2e80" ? 2 : 1), 0);
}

function pairOf(event: Event): readonly [number, number] | null {
  const cell = event.target instanceof Element ? event.target.closest("[data-pair]") : null;
  const [row, column] = (cell?.getAttribute("data-pair") ?? "").split(" ").map(Number);
  return row === undefined || column === undefined ? null : [row, column];
}
