// Cosine similarities as a table that can be read as a picture: colour and number in each cell, in the order one likes.
import type { VNode } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Translate } from "../../../lib/i18n";
import { TableScroll } from "../../../lib/table_scroll";
import { cosineText, labelText } from "../point";
import { orderOf, type Sort } from "./order";

const LONGEST_FLAT_HEADING = 8;
const MANY = 14;

interface Props {
  readonly labels: readonly string[];
  /** Row by row. */
  readonly similarities: ArrayLike<number>;
  /** The words so that similar ones stand together. */
  readonly grouped: readonly number[];
  readonly dimensions: number;
  /** Rows and columns to bring out, by index into `labels`. */
  readonly lit: readonly number[];
  readonly onLook: (pair: readonly [number, number] | null) => void;
  readonly stale: boolean;
  readonly t: Translate;
  readonly language: string;
}

export function Heat(props: Props) {
  const { labels, similarities, grouped, dimensions, lit, onLook, stale, t, language } = props;
  const [sort, setSort] = useState<Sort>({ by: "typed" });
  const order = useMemo(
    () => orderOf(sort, labels, similarities, grouped, language),
    [sort, labels, similarities, grouped, language],
  );
  const texts = useMemo(() => labels.map(labelText), [labels]);
  const upright = labels.length > MANY || texts.some((text) => width(text) > LONGEST_FLAT_HEADING);
  const like = sort.by === "like" && labels.includes(sort.word) ? sort.word : null;
  const chooseLike = (word: string) => setSort(word === like ? { by: "typed" } : { by: "like", word });
  return (
    <figure class="llmw-heat" data-stale={stale}>
      <figcaption>
        <strong>{t("similarities")}</strong>
        {dimensions > 0 && <span class="llmw-muted">{t("similarities.of", { dimensions })}</span>}
        <SortChoice sort={sort} like={like} grouped={grouped.length > 0} onSort={setSort} t={t} />
      </figcaption>
      <TableScroll label={t("similarities")}>
        <table
          onPointerOver={(event) => onLook(pairOf(event))}
          onPointerLeave={() => onLook(null)}
          data-upright={upright}
          data-many={labels.length > MANY}
        >
          <thead>
            <tr>
              <td class="llmw-corner" />
              {order.map((column) => (
                <th
                  key={labels[column]}
                  class="llmw-name llmw-column"
                  scope="col"
                  aria-sort={labels[column] === like ? "descending" : undefined}
                  data-lit={lit.includes(column)}
                >
                  <Heading
                    text={texts[column] ?? ""}
                    pressed={labels[column] === like}
                    onPress={() => chooseLike(labels[column] ?? "")}
                    t={t}
                  />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {order.map((row) => (
              <Row
                key={labels[row]}
                row={row}
                order={order}
                labels={labels}
                similarities={similarities}
                lit={lit.includes(row)}
                litColumns={lit.length > 1 && lit[0] === row ? lit : NONE}
                heading={
                  <Heading
                    text={texts[row] ?? ""}
                    pressed={labels[row] === like}
                    onPress={() => chooseLike(labels[row] ?? "")}
                    t={t}
                  />
                }
              />
            ))}
          </tbody>
        </table>
      </TableScroll>
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

const NONE: readonly number[] = [];

interface SortProps {
  readonly sort: Sort;
  readonly like: string | null;
  readonly grouped: boolean;
  readonly onSort: (sort: Sort) => void;
  readonly t: Translate;
}

function SortChoice({ sort, like, grouped, onSort, t }: SortProps) {
  const choices = ["typed", "alphabet", ...(grouped ? ["grouped"] : [])] as const;
  return (
    <label class="llmw-sort">
      <span class="llmw-visually-hidden">{t("sort")}</span>
      <select
        value={like === null ? (sort.by === "like" ? "typed" : sort.by) : "like"}
        onChange={(event) => {
          const by = event.currentTarget.value;
          if (by === "typed" || by === "alphabet" || by === "grouped") onSort({ by });
        }}
      >
        {choices.map((by) => (
          <option key={by} value={by}>
            {t(`sort.${by}`)}
          </option>
        ))}
        {like !== null && <option value="like">{t("sort.like", { word: labelText(like) })}</option>}
      </select>
    </label>
  );
}

interface HeadingProps {
  readonly text: string;
  readonly pressed: boolean;
  readonly onPress: () => void;
  readonly t: Translate;
}

function Heading({ text, pressed, onPress, t }: HeadingProps) {
  return (
    <button
      type="button"
      class="llmw-heading"
      aria-pressed={pressed}
      title={`${text}: ${t("sort.by")}`}
      onClick={onPress}
    >
      {text}
    </button>
  );
}

interface RowProps {
  readonly row: number;
  readonly order: readonly number[];
  readonly labels: readonly string[];
  readonly similarities: ArrayLike<number>;
  readonly lit: boolean;
  readonly litColumns: readonly number[];
  readonly heading: VNode;
}

/** Drawn anew only where something in it changed: a hundred words are ten thousand cells. */
function Row({ row, order, labels, similarities, lit, litColumns, heading }: RowProps) {
  const count = labels.length;
  const known = similarities.length === count * count;
  const cells = useMemo(
    () =>
      order.map((column) => {
        const value = known ? (similarities[row * count + column] ?? Number.NaN) : Number.NaN;
        const strength = Math.min(Math.abs(value) || 0, 1);
        return (
          <td
            key={labels[column]}
            data-pair={`${row} ${column}`}
            data-self={row === column}
            data-sign={value < 0 ? "minus" : "plus"}
            data-strong={strength > 0.8 ? 2 : strength > 0.72 ? 1 : 0}
            data-lit={row !== column && litColumns.includes(column)}
            style={{ "--strength": `${(100 * strength).toFixed(0)}%` }}
          >
            {cosineText(value)}
          </td>
        );
      }),
    [row, order, labels, similarities, litColumns],
  );
  return (
    <tr>
      <th class="llmw-name llmw-row" scope="row" data-lit={lit}>
        {heading}
      </th>
      {cells}
    </tr>
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
