// Choosing tokens with pointer and keyboard: one token, or a run of them from an anchor to where the pointer or the focus is.
import { useRef } from "preact/hooks";
import { placeOf, type Sections } from "./sections";

/** Numbers of tokens: the first, and the one after the last. */
export type Run = readonly [number, number];

interface Options {
  readonly sections: Sections;
  /** Where the keyboard is. */
  readonly stop: number;
  onChoose(token: number): void;
  onPick(run: Run | null): void;
}

export interface Picking {
  onPointerDown(event: PointerEvent): void;
  onPointerMove(event: PointerEvent): void;
  onClick(event: MouseEvent): void;
  /** The focus moves on with or without Shift. */
  move(to: number, extend: boolean): void;
}

export function usePicking({ sections, stop, onChoose, onPick }: Options): Picking {
  const anchor = useRef<number | null>(null);
  const drag = useRef<{ from: number; to: number } | null>(null);
  const extendTo = (token: number) => {
    anchor.current ??= stop;
    onPick(runBetween(sections, anchor.current, token));
  };
  return {
    onPointerDown(event) {
      const token = tokenAt(event);
      drag.current = null;
      // a finger that moves scrolls
      if (token === null || event.button !== 0 || event.shiftKey || event.pointerType === "touch") return;
      drag.current = { from: token, to: token };
    },
    onPointerMove(event) {
      const token = tokenAt(event);
      if (token === null || drag.current === null || (event.buttons & 1) === 0) return;
      if (drag.current.to === token) return;
      drag.current.to = token;
      anchor.current = drag.current.from;
      onPick(runBetween(sections, drag.current.from, token));
    },
    onClick(event) {
      // a drag that ends on another token clicks on neither
      const token = tokenAt(event);
      drag.current = null;
      if (token === null) return;
      if (event.shiftKey) return extendTo(token);
      anchor.current = token;
      onChoose(token);
    },
    move(to, extend) {
      if (extend) extendTo(to);
      else anchor.current = null;
    },
  };
}

/** The tokens between two, both included, as far as they are in the first one's row of the batch. */
function runBetween(sections: Sections, from: number, to: number): Run | null {
  const section = placeOf(sections, from)?.section;
  if (!section) return null;
  const low = Math.max(Math.min(from, to), section.base);
  const high = Math.min(Math.max(from, to), section.base + section.tokens.count - 1);
  return [low, high + 1];
}

export function tokenAt(event: Event): number | null {
  const token = event.target instanceof Element ? event.target.closest("[data-index]") : null;
  return token ? Number(token.getAttribute("data-index")) : null;
}
