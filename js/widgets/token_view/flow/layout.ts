// Which tokens stand in which row of the flow, and where each row stands: by arithmetic, so that only the rows in view are drawn.
import type { Tokens } from "../../../lib/tokens";
import { countIn, placeOf, type Section, type Sections } from "./sections";
import { lastSharing } from "./units";
import type { Widths } from "./widths";

/** `tall`: with tokens joined under a character. `wide`: one unit that is wider than the flow and wraps inside itself. */
export const FORM = { head: 0, plain: 1, tall: 2, wide: 3 } as const;

export interface Layout {
  readonly sections: Sections;
  readonly widths: Widths;
  readonly mark: number;
  /** How many tokens there are. */
  readonly count: number;
  readonly rows: number;
  /** The number of each row's first token, and the count: a heading has none of its own. */
  readonly firsts: Int32Array;
  readonly forms: Uint8Array;
  /** Where each row begins, and where the last one ends. */
  readonly tops: Float64Array;
}

/** One token, or the tokens `from` to `to` that share characters. */
export interface Unit {
  readonly from: number;
  readonly to: number;
}

/** The longest dropped text that is written out. */
export const GHOST_SHOWN = 24;

/** What a row of form `wide` was measured to be high, by its `wideKey`. */
export type Measured = ReadonlyMap<string, number>;

class Rows {
  readonly firsts: number[] = [];
  readonly forms: number[] = [];
  readonly tops: number[] = [];
  private top = 0;

  add(first: number, form: number, height: number): void {
    this.firsts.push(first);
    this.forms.push(form);
    this.tops.push(this.top);
    this.top += height;
  }

  done(count: number): Pick<Layout, "rows" | "firsts" | "forms" | "tops"> {
    return {
      rows: this.forms.length,
      firsts: Int32Array.from([...this.firsts, count]),
      forms: Uint8Array.from(this.forms),
      tops: Float64Array.from([...this.tops, this.top]),
    };
  }
}

/** `mark` is the token after which the sign of the next one stands; -1 for none. */
export function layOut(
  sections: Sections,
  widths: Widths,
  width: number,
  mark: number,
  measured: Measured,
): Layout {
  const rows = new Rows();
  sections.forEach((section, place) => {
    if (section.name !== null) rows.add(section.base, FORM.head, widths.metrics.headRow);
    breakRows(section, place, rows, widths, width, mark, measured);
  });
  const count = countIn(sections);
  return { sections, widths, mark, count, ...rows.done(count) };
}

function breakRows(
  section: Section,
  place: number,
  rows: Rows,
  widths: Widths,
  width: number,
  mark: number,
  measured: Measured,
): void {
  const { tokens, base } = section;
  const { plainRow, tallRow } = widths.metrics;
  const breaks = Uint8Array.from(tokens.pieces, (piece) => (piece.includes("\n") ? 1 : 0));
  const measure = unitWidths(section, widths);
  let first = 0;
  let x = 0;
  let form: number = FORM.plain;
  const close = (next: number) => {
    if (next > first) {
      const key = form === FORM.wide ? wideKey(place, tokens, first, next - 1) : "";
      const height =
        form === FORM.wide
          ? (measured.get(key) ?? estimate(x, width, widths))
          : form === FORM.tall
            ? tallRow
            : plainRow;
      rows.add(base + first, form, height);
    }
    first = next;
    x = 0;
    form = FORM.plain;
  };
  for (let from = 0; from < tokens.count; ) {
    const to = unitEnd(tokens, from);
    let unit = measure(from, to);
    if (mark >= base + from && mark <= base + to) unit += widths.metrics.mark;
    if (x + unit > width || startsLine(section, from)) close(from);
    x += unit;
    if (unit > width) form = FORM.wide;
    else if (to > from && form < FORM.tall) form = FORM.tall;
    from = to + 1;
    if (breaks[tokens.kinds[to] ?? -1] === 1) close(from);
  }
  close(tokens.count);
}

/** The last token of the unit that begins with token `from`. */
export function unitEnd(tokens: Tokens, from: number): number {
  // few tokens overlap: ask the two numbers first
  if ((tokens.starts[from + 1] ?? Number.POSITIVE_INFINITY) >= (tokens.ends[from] ?? 0)) return from;
  return lastSharing(tokens, from);
}

export function unitsOf(tokens: Tokens, first: number, end: number): readonly Unit[] {
  const units: Unit[] = [];
  for (let from = first; from < end; ) {
    const to = unitEnd(tokens, from);
    units.push({ from, to });
    from = to + 1;
  }
  return units;
}

/** A line break that the tokenizer dropped still ends the row. */
function startsLine({ tokens, changes }: Section, index: number): boolean {
  const ghost = changes.ghosts.get(index);
  return ghost !== undefined && tokens.text.slice(ghost.from, ghost.to).includes("\n");
}

function unitWidths(section: Section, widths: Widths): (from: number, to: number) => number {
  const { tokens, changes } = section;
  const chips = widths.chips(tokens);
  const alone = (index: number) => {
    const kind = tokens.kinds[index] ?? 0;
    return tokens.isSpecial(index) ? widths.specialChip(tokens, kind) : (chips[kind] ?? 0);
  };
  const { group, shared } = widths.metrics;
  const joined = (from: number, to: number) => {
    let sum = 0;
    for (let index = from; index <= to; index++) sum += widths.joinedChip(tokens, tokens.kinds[index] ?? 0);
    const spelled = widths.text(tokens.text.slice(tokens.starts[from], tokens.ends[to]));
    return group + Math.max(sum, shared + spelled);
  };
  const ghosts = changes.ghosts.size > 0;
  const ghost = (index: number) => {
    const gap = changes.ghosts.get(index);
    if (gap === undefined) return 0;
    const text = tokens.text.slice(gap.from, Math.min(gap.to, gap.from + GHOST_SHOWN));
    return widths.metrics.ghost + widths.text(text) + (gap.to > gap.from + GHOST_SHOWN ? 60 : 0);
  };
  return (from, to) => {
    const inner = from === to ? alone(from) : joined(from, to);
    if (!ghosts) return inner;
    return inner + ghost(from) + (to === tokens.count - 1 ? ghost(tokens.count) : 0);
  };
}

function estimate(unit: number, width: number, { metrics }: Widths): number {
  return metrics.plainRow + Math.floor(unit / Math.max(width, 1)) * metrics.lineHeight;
}

/** What a wide row shows: rows with the same key are equally high. */
export function wideKey(place: number, tokens: Tokens, first: number, last: number): string {
  let key = `${place}`;
  for (let index = first; index <= last; index++) key += ` ${tokens.ids[index]}`;
  return key;
}

/** The row of token number `token`: the last that begins at or before it. */
export function rowOf(layout: Layout, token: number): number {
  return lastAtMost(layout.firsts, layout.rows, token);
}

/** The row at height `y`. */
export function rowAt(layout: Layout, y: number): number {
  return lastAtMost(layout.tops, layout.rows, y);
}

function lastAtMost(sorted: ArrayLike<number>, count: number, value: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return Math.max(low, 0);
}

/** The token of a row whose middle stands nearest to `x`; -1 where the row has none. */
export function tokenNear(layout: Layout, row: number, x: number): number {
  let best = -1;
  let distance = Number.POSITIVE_INFINITY;
  for (const { token, middle } of middles(layout, row)) {
    if (Math.abs(middle - x) >= distance) break;
    best = token;
    distance = Math.abs(middle - x);
  }
  return best;
}

/** How far from the row's beginning the middle of a token stands. */
export function middleOf(layout: Layout, token: number): number {
  return middles(layout, rowOf(layout, token)).find((each) => each.token === token)?.middle ?? 0;
}

function middles(layout: Layout, row: number): readonly { token: number; middle: number }[] {
  const place = placeOf(layout.sections, layout.firsts[row] ?? 0);
  if (!place || layout.forms[row] === FORM.head) return [];
  const { section, index } = place;
  const { tokens, base } = section;
  const measure = unitWidths(section, layout.widths);
  const result: { token: number; middle: number }[] = [];
  let x = 0;
  for (const { from, to } of unitsOf(tokens, index, (layout.firsts[row + 1] ?? 0) - base)) {
    const width = measure(from, to);
    const share = width / (to - from + 1);
    for (let each = from; each <= to; each++) {
      result.push({ token: base + each, middle: x + (each - from + 0.5) * share });
    }
    x += width;
    if (layout.mark >= base + from && layout.mark <= base + to) x += layout.widths.metrics.mark;
  }
  return result;
}
