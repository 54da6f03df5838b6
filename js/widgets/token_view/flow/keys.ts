// Where a key leads in the flow.
import { type Layout, middleOf, rowAt, rowOf, tokenNear } from "./layout";

/** The token that a key leads to from token `from`; null for a key that leads nowhere. `page` is the height in view. */
export function destination(layout: Layout, key: string, from: number, page: number): number | null {
  const last = layout.count - 1;
  switch (key) {
    case "ArrowRight":
      return Math.min(from + 1, last);
    case "ArrowLeft":
      return Math.max(from - 1, 0);
    case "Home":
      return 0;
    case "End":
      return last;
    case "ArrowDown":
      return inRow(layout, from, rowOf(layout, from) + 1, 1);
    case "ArrowUp":
      return inRow(layout, from, rowOf(layout, from) - 1, -1);
    case "PageDown":
      return byPage(layout, from, page) ?? last;
    case "PageUp":
      return byPage(layout, from, -page) ?? 0;
    default:
      return null;
  }
}

/** The token nearest above or below in row `row`, or in the next one that has tokens; `from` where there is none. */
function inRow(layout: Layout, from: number, row: number, step: 1 | -1): number {
  const middle = middleOf(layout, from);
  for (let at = row; at >= 0 && at < layout.rows; at += step) {
    const found = tokenNear(layout, at, middle);
    if (found >= 0) return found;
  }
  return from;
}

function byPage(layout: Layout, from: number, distance: number): number | null {
  const row = rowOf(layout, from);
  const goal = rowAt(layout, (layout.tops[row] ?? 0) + distance);
  const step = distance > 0 ? 1 : -1;
  // a row higher than the page is passed all the same
  const next = goal === row ? row + step : goal;
  if (next < 0 || next >= layout.rows) return null;
  return inRow(layout, from, next, step);
}
