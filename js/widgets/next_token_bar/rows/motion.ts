// Rows move to their new places, where the eye can follow.
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { isStill } from "../../../lib/motion";

const MOVE: KeyframeAnimationOptions = { duration: 220, easing: "cubic-bezier(.2, .7, .3, 1)" };
// a change that follows sooner is not moved to: at this pace one only sees a flicker
const APART_MS = 400;

/** Moves the children of `list`, which is positioned, whenever `order` changes, unless that happens fast. */
export function useMotion(list: RefObject<HTMLElement | null>, order: string): void {
  const places = useRef(new Map<HTMLElement, number>());
  const changed = useRef(Number.NEGATIVE_INFINITY);
  useLayoutEffect(() => {
    const box = list.current;
    if (!box) return;
    const before = places.current;
    const rows = [...box.children].filter((row): row is HTMLElement => row instanceof HTMLElement);
    const now = performance.now();
    const moves = before.size > 0 && now - changed.current > APART_MS && !isStill();
    changed.current = now;
    places.current = new Map(rows.map((row) => [row, row.offsetTop]));
    if (!moves) return;
    const [top, bottom] = [box.scrollTop, box.scrollTop + box.clientHeight];
    for (const [row, place] of places.current) {
      const from = before.get(row);
      const inSight = (at: number) => at > top - 60 && at < bottom + 60;
      if (!inSight(place) && (from === undefined || !inSight(from))) continue;
      if (from === undefined) row.animate([{ opacity: 0 }, { opacity: 1 }], MOVE);
      else if (from !== place)
        row.animate([{ transform: `translateY(${from - place}px)` }, { transform: "none" }], MOVE);
    }
  }, [order]);
}
