// The colours of the ground's classes: they stand in scene.css, light and dark; here they are named, and read for the canvas.
import { useLayoutEffect, useState } from "preact/hooks";
import { CLASSES, type Colour } from "./paint";

export interface Colours {
  readonly classes: readonly Colour[];
  readonly faded: Colour;
  readonly surface: string;
}

/** The colour of a class as CSS has it. */
export function classColour(index: number, count: number, scale: boolean): string {
  return `var(${nameOf(index, count, scale)})`;
}

function nameOf(index: number, count: number, scale: boolean): string {
  if (!scale) return `--llmw-class-${index % CLASSES}`;
  return `--llmw-step-${count > 1 ? Math.round((index * (CLASSES - 1)) / (count - 1)) : CLASSES - 1}`;
}

/** The colours of the theme that an element stands in, followed. */
export function useColours(
  holder: { current: HTMLElement | null },
  count: number,
  scale: boolean,
): Colours | null {
  const [colours, setColours] = useState<Colours | null>(null);
  useLayoutEffect(() => {
    const element = holder.current;
    if (!element) return;
    const read = () => setColours(coloursAt(element, count, scale));
    read();
    const root = element.closest("[data-theme]");
    if (!root) return;
    const observer = new MutationObserver(read);
    observer.observe(root, { attributes: true, attributeFilter: ["data-theme"] });
    return () => observer.disconnect();
  }, [holder, count, scale]);
  return colours;
}

function coloursAt(element: Element, count: number, scale: boolean): Colours {
  const style = getComputedStyle(element);
  const value = (name: string) => style.getPropertyValue(name).trim();
  return {
    classes: Array.from({ length: CLASSES }, (_, index) =>
      parse(value(nameOf(Math.min(index, Math.max(count - 1, 0)), count, scale))),
    ),
    faded: parse(value("--llmw-faded")),
    surface: value("--llmw-surface"),
  };
}

/** "#rrggbb" as numbers. */
function parse(hex: string): Colour {
  const number = Number.parseInt(hex.slice(1), 16) || 0;
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255];
}
