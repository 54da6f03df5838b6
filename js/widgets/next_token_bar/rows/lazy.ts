// Rows that are out of sight follow once things are still: a move of a slider then costs what is seen, not 200 rows.
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef } from "preact/hooks";
import { type Described, describeRow, type Look } from "./describe";
import type { Row } from "./rows";

const STILL_MS = 150;
/** So many rows beyond either edge count as seen. */
const MARGIN = 4;

interface Known {
  readonly row: Row;
  readonly look: Look;
  readonly described: Described;
}

/** What each row shows. `apart` says its rank, though the others do not. */
export function useDescribed(
  list: RefObject<HTMLElement | null>,
  rows: readonly Row[],
  apart: Row | null,
  look: Look,
): readonly Described[] {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const known = useRef<ReadonlyMap<number, Known>>(new Map());
  const still = useRef(true);
  const sight = useSight(list, rows.length, () => again(undefined));
  let late = false;
  const described = rows.map((row, index): Known => {
    const old = known.current.get(row.id);
    if (old?.row === row && old.look === look) return old;
    const waits = !still.current && !sight.holds(index) && old?.look.measure === look.measure;
    late ||= waits;
    if (waits && old) return old;
    return { row, look, described: describeRow(look, row, look.ranked || row === apart) };
  });
  known.current = new Map(described.map((one, index) => [rows[index]?.id ?? -1, one]));
  still.current = false;

  useEffect(() => {
    if (!late) return;
    const timer = setTimeout(() => {
      still.current = true;
      again(undefined);
    }, STILL_MS);
    return () => clearTimeout(timer);
  });
  return described.map((one) => one.described);
}

interface Sight {
  holds(index: number): boolean;
}

/** Which rows of a list that scrolls are seen. Measured when it scrolls or has other rows, since measuring costs a layout. */
function useSight(list: RefObject<HTMLElement | null>, count: number, onScroll: () => void): Sight {
  const seen = useRef({ from: 0, to: Number.POSITIVE_INFINITY });
  useLayoutEffect(() => {
    const box = list.current;
    if (!box) return;
    const measure = () => {
      const height = box.scrollHeight / Math.max(1, box.childElementCount);
      const first = Math.floor(box.scrollTop / height);
      seen.current = { from: first - MARGIN, to: first + Math.ceil(box.clientHeight / height) + MARGIN };
    };
    const scrolled = () => {
      measure();
      onScroll();
    };
    measure();
    box.addEventListener("scroll", scrolled, { passive: true });
    return () => box.removeEventListener("scroll", scrolled);
  }, [count]);
  return { holds: (index) => index >= seen.current.from && index <= seen.current.to };
}
