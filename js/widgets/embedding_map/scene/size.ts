// How large the picture is.
import { useWidth } from "../../../lib/width";
import { zoomOf } from "../../../lib/zoom";
import type { Size } from "./camera";

/** The size for an element's width, followed; of width 0 until it is shown. */
export function useSize(holder: { current: HTMLElement | null }): Size {
  const width = useWidth(holder);
  return { width, height: Math.round(Math.min(Math.max(width * 0.68, 280), 640)) };
}

/** Pixels of the screen in a pixel of the element, at most 2. */
export function grainNow(element: Element | null): number {
  return Math.min(Math.max((window.devicePixelRatio || 1) * zoomOf(element), 1), 2);
}
