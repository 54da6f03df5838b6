// The candidates, most probable first: a bar each, its tokens, and what is to be said of it.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { Piece } from "../../../lib/piece";
import { spell } from "../../../lib/pieces";
import type { ContinuationSettings } from "../../../session/payloads";
import { nats, probability, quoted } from "../words";
import { Chain } from "./chain";
import { EditField } from "./edit_field";
import type { Measure, Row } from "./rows";
import { lacksSpace } from "./spacing";

export interface ListProps {
  readonly prompt: string;
  readonly rows: readonly Row[];
  readonly measure: Measure;
  readonly scale: ContinuationSettings["scale"];
  readonly readOnly: boolean;
  /** `null` takes the candidate away. */
  readonly onReplace: (text: string, by: string | null) => void;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function List({ prompt, rows, measure, scale, readOnly, onReplace, t, numbers }: ListProps) {
  const list = useRef<HTMLOListElement>(null);
  const [editing, setEditing] = useState<string | null>(null);
  const shown = useOrder(rows, editing);
  const goTo = useFocusOn(list, shown);
  useKeptFocus(list);
  const values = rows.map((row) => row.by(measure)).filter(Number.isFinite);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return (
    <ol ref={list} class="llmw-candidates" aria-label={t("candidates")}>
      {shown.map((row, at) => (
        <li key={row.text} data-rank={row.rank ?? "none"}>
          <div class="llmw-candidate">
            <span class="llmw-rank" title={t("rank")}>
              {row.rank ?? "–"}
            </span>
            {editing === row.text ? (
              <EditField
                text={row.text}
                onDone={(by, leaves) => {
                  setEditing(null);
                  if (!leaves) goTo(by ?? row.text, "edit");
                  if (by !== null) onReplace(row.text, by);
                }}
                t={t}
              />
            ) : (
              <span class="llmw-candidate-text" dir="auto">
                <Piece piece={row.text} />
              </span>
            )}
            {editing !== row.text && (
              <span class="llmw-candidate-tools">
                <button
                  type="button"
                  class="llmw-tool"
                  data-tool="edit"
                  aria-label={t("edit", { candidate: row.text })}
                  title={t("edit.short")}
                  disabled={readOnly}
                  onClick={() => setEditing(row.text)}
                >
                  ✎
                </button>
                <button
                  type="button"
                  class="llmw-tool"
                  data-tool="remove"
                  aria-label={t("remove", { candidate: row.text })}
                  title={t("remove.short")}
                  disabled={readOnly}
                  onClick={() => {
                    const next = shown[at + 1] ?? shown[at - 1];
                    if (next) goTo(next.text, "remove");
                    onReplace(row.text, null);
                  }}
                >
                  ×
                </button>
              </span>
            )}
            <Bar
              row={row}
              measure={measure}
              scale={scale}
              least={least}
              most={most}
              t={t}
              numbers={numbers}
            />
          </div>
          {row.tokens && <Chain row={row} t={t} numbers={numbers} />}
          {row.fused && <Fused row={row} t={t} />}
          {lacksSpace(prompt, row.text) && (
            <p class="llmw-hint">
              {t("unspaced")}
              <button
                type="button"
                class="llmw-button llmw-small"
                disabled={readOnly}
                onClick={() => {
                  goTo(` ${row.text}`, "edit");
                  onReplace(row.text, ` ${row.text}`);
                }}
              >
                {t("unspaced.put")}
              </button>
            </p>
          )}
          {row.tokens?.length === 0 && <p class="llmw-warning">{t("no_tokens")}</p>}
        </li>
      ))}
    </ol>
  );
}

interface BarProps extends Pick<ListProps, "measure" | "scale" | "t" | "numbers"> {
  readonly row: Row;
  readonly least: number;
  readonly most: number;
}

function Bar({ row, measure, scale, least, most, t, numbers }: BarProps) {
  const value = row.by(measure);
  const share = scale === "probability" ? Math.exp(value - most) : value / Math.min(least, -1e-9);
  const width = Number.isFinite(share)
    ? 100 * Math.min(Math.max(share, 0), 1)
    : value < 0 && scale !== "probability"
      ? 100
      : 0;
  const said = scale === "probability" ? probability(value, numbers) : nats(value);
  return (
    <>
      <span class="llmw-track" data-scale={scale} aria-hidden="true">
        <i style={{ width: `${width.toFixed(2)}%` }} />
      </span>
      <span class="llmw-value">
        {row.tokens === null ? (
          <span class="llmw-muted">{t("busy")}</span>
        ) : Number.isNaN(value) ? (
          <span class="llmw-muted">{t("none")}</span>
        ) : (
          <>
            {said}
            {scale === "log_probability" && <span class="llmw-unit-name"> {t("nats")}</span>}
          </>
        )}
      </span>
    </>
  );
}

function Fused({ row, t }: { readonly row: Row; readonly t: Translate }) {
  const first = row.tokens?.[0];
  if (!first) return null;
  return (
    <p class="llmw-warning">
      {t("fused", { part: quoted(row.promptPart, "end"), token: quoted(spell(first.piece, first.bytes)) })}
    </p>
  );
}

/** Rows keep their places while one of them is edited. */
function useOrder(rows: readonly Row[], editing: string | null): readonly Row[] {
  const order = useRef<readonly string[]>([]);
  if (editing === null || !rows.some(({ text }) => text === editing)) {
    order.current = rows.map(({ text }) => text);
    return rows;
  }
  const places = new Map(order.current.map((text, at) => [text, at]));
  const place = ({ text }: Row) => places.get(text) ?? places.size;
  return [...rows].sort((one, other) => place(one) - place(other));
}

type Tool = "edit" | "remove";

/** Moves the focus to a candidate's button once its row is there. */
function useFocusOn(
  list: { readonly current: HTMLElement | null },
  shown: readonly Row[],
): (text: string, tool: Tool) => void {
  const target = useRef<{ readonly text: string; readonly tool: Tool } | null>(null);
  useLayoutEffect(() => {
    const { current } = target;
    if (!current) return;
    const row = list.current?.children[shown.findIndex(({ text }) => text === current.text)];
    const button = row?.querySelector<HTMLElement>(`[data-tool="${current.tool}"]`);
    if (!button) return;
    button.focus();
    target.current = null;
  });
  return (text, tool) => {
    target.current = { text, tool };
  };
}

/** What had the focus has it again when its row has moved: a moved element loses it. */
function useKeptFocus(list: { readonly current: HTMLElement | null }): void {
  const root = list.current?.getRootNode() as Document | ShadowRoot | undefined;
  const focused = root?.activeElement instanceof HTMLElement ? root.activeElement : null;
  const within = focused !== null && list.current?.contains(focused) === true;
  useLayoutEffect(() => {
    const now = list.current?.getRootNode() as Document | ShadowRoot | undefined;
    if (within && focused.isConnected && now?.activeElement !== focused)
      focused.focus({ preventScroll: true });
  });
}
