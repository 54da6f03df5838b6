// Large type enlarges a whole view. What the browser tells in pixels of the page is then more than what the view reckons in.

/** Pixels of the page in a pixel of the element; 1 where the browser cannot enlarge. */
export function zoomOf(element: Element | null | undefined): number {
  return element?.currentCSSZoom ?? 1;
}
