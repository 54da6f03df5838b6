// Keeps the newest step in sight while the tree grows, unless the reader has scrolled away from it.
import { useLayoutEffect, useRef, useState } from "preact/hooks";

const NEAR = 32;

export interface Newest {
  readonly ref: { readonly current: HTMLDivElement | null };
  readonly away: boolean;
  onScroll(): void;
  go(): void;
}

/** `first` and `step`: what is drawn; `column` its width. Another `number` is another search. */
export function useNewest(number: number, first: number, step: number, column: number): Newest {
  const ref = useRef<HTMLDivElement>(null);
  const [away, setAway] = useState(false);
  const drawn = useRef({ number, first });
  const stay = away && drawn.current.number === number;
  useLayoutEffect(() => {
    const box = ref.current;
    const moved = first - drawn.current.first;
    drawn.current = { number, first };
    if (!box) return;
    // what was in sight stays there while columns leave at the beginning
    if (stay) box.scrollLeft = Math.max(0, box.scrollLeft - moved * column);
    else {
      box.scrollLeft = box.scrollWidth;
      setAway(false);
    }
  }, [number, first, step]);
  return {
    ref,
    away,
    onScroll() {
      const box = ref.current;
      if (box) setAway(box.scrollLeft + box.clientWidth < box.scrollWidth - NEAR);
    },
    go() {
      const box = ref.current;
      if (box) box.scrollLeft = box.scrollWidth;
    },
  };
}
