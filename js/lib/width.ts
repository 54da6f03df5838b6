// How wide an element is.
import { useEffect, useLayoutEffect, useState } from "preact/hooks";

/** In whole CSS pixels, followed; 0 until it is shown. */
export function useWidth(holder: { current: HTMLElement | null }): number {
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
  return width;
}
