// A place whose text changes under the pointer, below which nothing may move.
import { useLayoutEffect, useRef } from "preact/hooks";
import { zoomOf } from "./zoom";

/** Keeps an element as high as it has been, as long as it is as wide: what stands below stays where the pointer is about to press. */
export function useSteadyHeight() {
  const element = useRef<HTMLDivElement>(null);
  const tallest = useRef({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const shown = element.current;
    if (!shown) return;
    const width = shown.clientWidth;
    if (width !== tallest.current.width) {
      shown.style.minHeight = "";
      tallest.current = { width, height: 0 };
    }
    const height = shown.getBoundingClientRect().height / zoomOf(shown);
    if (height <= tallest.current.height) return;
    tallest.current = { width, height };
    shown.style.minHeight = `${height}px`;
  });
  return element;
}
