// The tokens, row under row: a list to move in by pointer and keyboard, of which only what is in view is drawn.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Language, Translate } from "../../../lib/i18n";
import type { Colouring } from "./colour";
import { destination } from "./keys";
import { FORM, type Layout, rowOf } from "./layout";
import { Heading, Row } from "./row";
import { countIn, placeOf, type Sections } from "./sections";
import { type Run, tokenAt, usePicking } from "./use_picking";
import { type Scroll, useScroll } from "./use_scroll";
import { useSheet } from "./use_sheet";

export interface FlowProps {
  readonly sections: Sections;
  /** The token that the model looks from, or at which the keyboard begins. */
  readonly current: number;
  /** `current` was chosen, and does not just follow the end. */
  readonly chosen: boolean;
  readonly looks: boolean;
  /** The model sees both sides of the current token, which is masked; else the tokens up to it. */
  readonly both: boolean;
  readonly picked: Run | null;
  readonly colours: Colouring;
  readonly showIds: boolean;
  /** The id of a token that is pointed at in another view; -1 for none. */
  readonly marked: number;
  /** The text has moved on: these are the tokens before. */
  readonly ahead: boolean;
  readonly writing: boolean;
  readonly t: Translate;
  readonly language: Language;
  onChoose(token: number): void;
  onPick(run: Run | null): void;
  /** The token to tell about: pointed at, else focused. */
  onPoint(token: number | null): void;
}

export function Flow(props: FlowProps) {
  const { sections, current, looks, picked, showIds, ahead, colours, t, onPoint, onPick } = props;
  const list = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<number | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const count = countIn(sections);
  const stop = Math.min(focused ?? current, count - 1);
  const { layout, remeasure } = useSheet(list, sections, looks && !props.both ? current : -1, showIds);
  const scroll = useScroll(list, layout);
  const picking = usePicking({ sections, stop, onChoose: props.onChoose, onPick });
  const goal = useRef<number | null>(null);
  const rows = layout ? rowsToDraw(layout, scroll, stop) : [];
  const slots = useSlots(
    rows.map((row) => (layout?.firsts[row] ?? 0) + (layout?.forms[row] === FORM.head ? 0.5 : 0)),
  );

  useLayoutEffect(remeasure);
  useReveal(props, layout, scroll);
  useEffect(() => onPoint(pointed ?? focused), [pointed, focused]);
  useLayoutEffect(() => {
    if (goal.current === null) return;
    list.current
      ?.querySelector<HTMLElement>(`[data-index="${goal.current}"]`)
      ?.focus({ preventScroll: true });
    goal.current = null;
  });

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !layout) return;
    if (event.key === "Enter" || event.key === " ") props.onChoose(stop);
    else if (event.key === "Escape" && picked) onPick(null);
    else {
      const next = destination(layout, event.key, stop, scroll.page);
      if (next === null) return;
      picking.move(next, event.shiftKey);
      goal.current = next;
      setFocused(next);
      scroll.reveal(next);
    }
    event.preventDefault();
  };

  return (
    <div
      ref={list}
      class="llmw-flow"
      role="listbox"
      aria-label={t("flow")}
      aria-orientation="horizontal"
      aria-multiselectable={!looks}
      tabIndex={-1}
      data-ahead={ahead}
      data-ids={showIds}
      data-stale={colours.stale}
      onScroll={scroll.onScroll}
      onKeyDown={onKeyDown}
      onPointerDown={picking.onPointerDown}
      onPointerMove={picking.onPointerMove}
      onClick={(event) => {
        setFocused(tokenAt(event));
        picking.onClick(event);
      }}
      onCopy={(event) => {
        const text = picked && textOf(sections, picked);
        if (!text) return;
        event.clipboardData?.setData("text/plain", text);
        event.preventDefault();
      }}
      onFocusIn={(event) => setFocused(tokenAt(event))}
      onFocusOut={() => setFocused(null)}
      onPointerOver={(event) => setPointed(tokenAt(event))}
      onPointerLeave={() => setPointed(null)}
    >
      <div class="llmw-sheet" role="none" style={{ height: `${layout?.tops[layout.rows] ?? 0}px` }}>
        {layout && rows.map((row, at) => drawRow(row, slots[at] ?? row, layout, stop, props))}
      </div>
    </div>
  );
}

/** Those in view, and the one where the keyboard is. */
function rowsToDraw(layout: Layout, { first, end }: Scroll, stop: number): readonly number[] {
  const rows = Array.from({ length: end - first }, (_, index) => first + index);
  const kept = rowOf(layout, stop);
  if (kept < first) return [kept, ...rows];
  return kept >= end ? [...rows, kept] : rows;
}

/**
 * A slot for each row that is drawn: a row keeps its own while it is drawn, and one that comes takes over the elements of one that
 * went. To change elements costs half of making them.
 */
function useSlots(rows: readonly number[]): readonly number[] {
  const slots = useRef<ReadonlyMap<number, number>>(new Map());
  const kept = new Map(
    rows.flatMap((row) => (slots.current.has(row) ? [[row, slots.current.get(row) ?? 0] as const] : [])),
  );
  const taken = new Set(kept.values());
  let next = 0;
  for (const row of rows) {
    if (kept.has(row)) continue;
    while (taken.has(next)) next++;
    kept.set(row, next++);
  }
  slots.current = kept;
  return rows.map((row) => kept.get(row) ?? 0);
}

function drawRow(row: number, slot: number, layout: Layout, stop: number, props: FlowProps) {
  const { sections, firsts, tops, forms } = layout;
  const top = tops[row] ?? 0;
  const form = forms[row] ?? FORM.plain;
  if (form === FORM.head) {
    const section = sections[forms.subarray(0, row + 1).filter((each) => each === FORM.head).length - 1];
    return section && <Heading key={slot} section={section} top={top} t={props.t} />;
  }
  const place = placeOf(sections, firsts[row] ?? 0);
  return (
    place && (
      <Row
        key={slot}
        section={place.section}
        first={place.index}
        end={(firsts[row + 1] ?? 0) - place.section.base}
        form={form}
        top={top}
        height={(tops[row + 1] ?? top) - top}
        here={props.current}
        stop={stop}
        picked={props.picked}
        looks={props.looks}
        both={props.both}
        total={layout.count}
        colours={props.colours}
        marked={props.marked}
        language={props.language}
        t={props.t}
      />
    )
  );
}

/** Has in view what just changed: the text where it differs from the one before, or the position. */
function useReveal(
  { sections, current, chosen, writing }: FlowProps,
  layout: Layout | null,
  scroll: Scroll,
): void {
  const before = useRef<{ sections: Sections; current: number; drawn: boolean } | null>(null);
  const drawn = layout !== null;
  useLayoutEffect(() => {
    const last = before.current;
    before.current = { sections, current, drawn };
    if (!drawn) return;
    const edited = last?.drawn && last.sections !== sections;
    const moved = last === null || !last.drawn || last.current !== current;
    if (writing) scroll.toEnd();
    else if (chosen && moved) scroll.reveal(current);
    else if (edited) {
      const change = firstDifference(last.sections, sections);
      if (change !== null) scroll.reveal(change);
    } else if (moved && last?.drawn) scroll.reveal(current);
  }, [sections, current, writing, drawn]);
}

function firstDifference(before: Sections, after: Sections): number | null {
  const [old, now] = [before[0]?.tokens, after[0]?.tokens];
  if (!old || !now) return null;
  const shorter = Math.min(old.count, now.count);
  for (let index = 0; index < shorter; index++) if (old.ids[index] !== now.ids[index]) return index;
  return old.count === now.count ? null : Math.min(shorter, now.count - 1);
}

/** The text that a run of tokens covers. */
export function textOf(sections: Sections, [from, to]: Run): string {
  const place = placeOf(sections, from);
  if (!place) return "";
  const { tokens, base } = place.section;
  return tokens.text.slice(tokens.starts[place.index], tokens.ends[to - base - 1]);
}
