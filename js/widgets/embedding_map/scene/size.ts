// How large the picture is.
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import type { Size } from "./camera";

/** The size for an element's width, followed; of width 0 until it is shown. */
export function useSize(holder: { current: HTMLElement | null }): Size {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (holder.current) setWidth(Math.floor(holder.current.clientWidth));
  }, [holder]);
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      // a hidden cell measures 0: the last picture stays
      if (element.clientWidth > 0) setWidth(Math.floor(element.clientWidth));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [holder]);
  return { width, height: Math.round(Math.min(Math.max(width * 0.68, 280), 640)) };
}

/** Pixels of the screen in a CSS pixel, at most 2. */
export function grainNow(): number {
  return Math.min(Math.max(window.devicePixelRatio || 1, 1), 2);
}
