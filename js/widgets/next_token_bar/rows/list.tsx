// The rows: arrow keys move, a click or Enter takes a token. Rows are known by their token, so that each stays itself as others come and go.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Translate } from "../../../lib/i18n";
import type { Described, Look } from "./describe";
import { useDescribed } from "./lazy";
import { useMotion } from "./motion";
import { RowButton } from "./row";
import type { Row } from "./rows";

const LONG = 25;
const PAGE = 10;

/** So many rows that they scroll in a place of their own. */
export function isLong(rows: readonly Row[]): boolean {
  return rows.length > LONG;
}

interface Props {
  readonly rows: readonly Row[];
  /** A token that stands apart behind them. */
  readonly apart: Row | null;
  readonly look: Look;
  /** The text that the rows belong to: another keeps the focus at its place, the same keeps it at its token. */
  readonly of: string;
  readonly blocked: boolean;
  readonly hint: string;
  readonly onTake: (row: Row) => void;
  /** The row that the pointer is over or the keyboard at. */
  readonly onPoint: (row: Row | null) => void;
  readonly t: Translate;
}

export function List({ rows, apart, look, of, blocked, hint, onTake, onPoint, t }: Props) {
  const list = useRef<HTMLOListElement>(null);
  const [focused, setFocused] = useState(0);
  const all = apart ? [...rows, apart] : rows;
  const stop = Math.min(focused, all.length - 1);
  const order = all.map((row) => row.id).join(" ");
  useMotion(list, order);
  useFocus(list, all, order, of, stop, setFocused);
  const described = useDescribed(list, all, apart, look);

  const onKeyDown = (event: KeyboardEvent) => {
    const next = {
      ArrowDown: stop + 1,
      ArrowUp: stop - 1,
      PageDown: stop + PAGE,
      PageUp: stop - PAGE,
      Home: 0,
      End: all.length - 1,
    }[event.key];
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const target = Math.max(0, Math.min(all.length - 1, next));
    setFocused(target);
    buttons(list.current)[target]?.focus();
  };

  return (
    <ol
      ref={list}
      class="llmw-rows"
      aria-label={t("list")}
      data-long={isLong(rows)}
      onKeyDown={onKeyDown}
      onFocusIn={(event) => {
        const index = indexOf(event.target);
        if (index >= 0) setFocused(index);
        onPoint(all[index] ?? null);
      }}
      onFocusOut={() => onPoint(null)}
      onPointerOver={(event) => onPoint(all[indexOf(event.target)] ?? null)}
      onPointerLeave={() => onPoint(null)}
      onClick={(event) => {
        const row = all[indexOf(event.target)];
        if (row && !blocked) onTake(row);
      }}
    >
      {all.map((row, index) => (
        <li key={row.id} data-apart={row === apart}>
          <RowButton
            {...(described[index] as Described)}
            index={index}
            reachable={index === stop}
            blocked={blocked}
            hint={hint}
          />
        </li>
      ))}
    </ol>
  );
}

function buttons(list: HTMLElement | null): readonly HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>("button") ?? [])];
}

function indexOf(target: EventTarget | null): number {
  const button = target instanceof Element ? target.closest<HTMLElement>("[data-index]") : null;
  return button ? Number(button.dataset.index) : -1;
}

/** A row that is moved in the document loses the focus, and one that goes takes it along: it is given back. */
function useFocus(
  list: { readonly current: HTMLElement | null },
  rows: readonly Row[],
  order: string,
  of: string,
  stop: number,
  onMove: (index: number) => void,
): void {
  const before = useRef({ of, order, id: -1 });
  const had = holdsFocus(list.current);
  useLayoutEffect(() => {
    const { current } = before;
    const moved = current.order !== order;
    const kept = moved && current.of === of ? rows.findIndex((row) => row.id === current.id) : -1;
    const target = kept < 0 ? stop : kept;
    before.current = { of, order, id: rows[target]?.id ?? -1 };
    if (target !== stop) onMove(target);
    if (had && moved) buttons(list.current)[target]?.focus({ preventScroll: true });
  });
}

function holdsFocus(list: HTMLElement | null): boolean {
  const root = list?.getRootNode();
  const active = root instanceof Document || root instanceof ShadowRoot ? root.activeElement : null;
  return list?.contains(active) ?? false;
}
