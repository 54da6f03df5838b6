// The flow's layout, kept in step with its width, its style, its fonts and its tokens.
import type { RefObject } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { createRuler } from "../../../lib/measure";
import { type Layout, layOut, type Measured, wideKey } from "./layout";
import { probe } from "./probe";
import { placeOf, type Sections } from "./sections";
import { type Metrics, Widths } from "./widths";

interface Paper {
  readonly metrics: Metrics;
  readonly width: number;
  /** Counts the fonts that arrived: what was measured before is void. */
  readonly fonts: number;
}

export interface Sheet {
  /** Null while the flow is not drawn. */
  readonly layout: Layout | null;
  /** Looks at the wide rows that are drawn; what they are high is known only then. */
  remeasure(): void;
}

export function useSheet(
  list: RefObject<HTMLElement | null>,
  sections: Sections,
  mark: number,
  showIds: boolean,
): Sheet {
  const paper = usePaper(list);
  const [measured, setMeasured] = useState<Measured>(new Map());
  const widths = useMemo(
    () => paper && new Widths(createRuler(), paper.metrics, showIds),
    [paper?.metrics, paper?.fonts, showIds],
  );
  const layout = useMemo(
    () => widths && paper && layOut(sections, widths, paper.width, mark, measured),
    [sections, widths, paper?.width, mark, measured],
  );
  // heights hold for one width and one set of chips
  const valid = useRef(measured);
  useLayoutEffect(() => {
    if (valid.current.size > 0) setMeasured(new Map());
    valid.current = new Map();
  }, [widths, paper?.width]);

  const remeasure = () => {
    const element = list.current;
    if (!element || !layout) return;
    const found = new Map(valid.current);
    let changed = false;
    for (const row of element.querySelectorAll<HTMLElement>('.llmw-line[data-wide="true"]')) {
      const key = keyOf(layout, Number(row.dataset.first));
      const height = row.offsetHeight;
      if (height === 0 || Math.abs((found.get(key) ?? 0) - height) < 1) continue;
      found.set(key, height);
      changed = true;
    }
    if (!changed) return;
    valid.current = found;
    setMeasured(found);
  };
  return { layout, remeasure };
}

function keyOf(layout: Layout, first: number): string {
  const place = placeOf(layout.sections, first);
  if (!place) return "";
  const row = layout.firsts.indexOf(first);
  // a heading begins with the same token as the row under it
  const next = layout.firsts[layout.firsts[row + 1] === first ? row + 2 : row + 1] ?? first + 1;
  return wideKey(place.row, place.section.tokens, place.index, place.index + next - first - 1);
}

function usePaper(list: RefObject<HTMLElement | null>): Paper | null {
  const [paper, setPaper] = useState<Paper | null>(null);
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    let now: Paper | null = null;
    const look = (fonts = now?.fonts ?? 0) => {
      const width = innerWidth(element);
      if (width <= 0) return;
      if (now !== null && now.width === width && now.fonts === fonts) return;
      const metrics = probe(element);
      if (metrics === null) return;
      // the same style keeps its object, and with it every width that was measured
      const kept = now && JSON.stringify(now.metrics) === JSON.stringify(metrics) ? now.metrics : metrics;
      now = { metrics: kept, width, fonts };
      setPaper(now);
    };
    look();
    const observer = new ResizeObserver(() => look());
    observer.observe(element);
    const loaded = () => look((now?.fonts ?? 0) + 1);
    document.fonts.addEventListener("loadingdone", loaded);
    return () => {
      observer.disconnect();
      document.fonts.removeEventListener("loadingdone", loaded);
    };
  }, []);
  return paper;
}

function innerWidth(element: HTMLElement): number {
  const { paddingLeft, paddingRight } = getComputedStyle(element);
  return element.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
}
