// Which rows are in view, and how the view moves: the browser scrolls, and rows are drawn where it has scrolled to.
import type { RefObject } from "preact";
import { useLayoutEffect, useReducer, useRef } from "preact/hooks";
import { type Layout, rowAt, rowOf } from "./layout";

/** What is drawn beyond the edges of what is in view, in pixels. */
const MARGIN = 100;
/** Rows come and go by so many at once. */
const STEP = 2;

export interface Scroll {
  /** The rows to draw: `first` to `end` (exclusive). */
  readonly first: number;
  readonly end: number;
  /** The height that is in view. */
  readonly page: number;
  onScroll(): void;
  /** Moves as little as is needed to have a token in view. */
  reveal(token: number): void;
  toEnd(): void;
}

export function useScroll(list: RefObject<HTMLElement | null>, layout: Layout | null): Scroll {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const top = useRef(0);
  const page = useRef(440);
  const before = useRef<Layout | null>(null);

  if (layout !== before.current) {
    if (layout && before.current?.sections === layout.sections) {
      top.current = anchored(before.current, layout, top.current);
    }
    before.current = layout;
  }
  const bottom = layout?.tops[layout.rows] ?? 0;
  top.current = Math.max(0, Math.min(top.current, bottom - page.current));
  const [first, end] = inView(layout, top.current, page.current);

  useLayoutEffect(() => {
    const element = list.current;
    if (!element || !layout) return;
    page.current = Number.parseFloat(getComputedStyle(element).maxHeight) || page.current;
    if (Math.abs(element.scrollTop - top.current) >= 1) element.scrollTop = top.current;
  }, [layout]);

  const moveTo = (value: number) => {
    const element = list.current;
    if (!element) return;
    element.scrollTop = value;
    top.current = element.scrollTop;
    again(undefined);
  };
  return {
    first,
    end,
    page: page.current,
    onScroll() {
      const element = list.current;
      if (!element) return;
      top.current = element.scrollTop;
      const [nowFirst, nowEnd] = inView(layout, top.current, page.current);
      if (nowFirst !== first || nowEnd !== end) again(undefined);
    },
    reveal(token) {
      if (!layout) return;
      const row = rowOf(layout, token);
      const begins = layout.tops[row] ?? 0;
      const ends = layout.tops[row + 1] ?? begins;
      if (begins < top.current || ends - begins > page.current) moveTo(begins);
      else if (ends > top.current + page.current) moveTo(ends - page.current + EDGE);
    },
    toEnd: () => moveTo(bottom),
  };
}

/** The flow's padding under its last row. */
const EDGE = 6;

function inView(layout: Layout | null, top: number, page: number): readonly [number, number] {
  if (!layout || layout.rows === 0) return [0, 0];
  const first = rowAt(layout, top - MARGIN);
  const last = rowAt(layout, top + page + MARGIN);
  return [first - (first % STEP), Math.min(layout.rows, last + STEP - (last % STEP))];
}

/** Where to scroll so that what was at the top of the view stays there. */
function anchored(before: Layout, after: Layout, top: number): number {
  const row = rowAt(before, top);
  if (row === 0 && after.tops[1] === before.tops[1]) return top;
  const token = before.firsts[row] ?? 0;
  const height = (after.tops[rowOf(after, token) + 1] ?? 0) - (after.tops[rowOf(after, token)] ?? 0);
  const inside = Math.min(top - (before.tops[row] ?? 0), height);
  return (after.tops[rowOf(after, token)] ?? 0) + inside;
}
