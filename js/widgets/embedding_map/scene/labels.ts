// Labels beside dots that do not run into each other.
import type { Box, Size } from "./camera";

export interface Dot {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** A label that may stand far off, and over dots that are not so important themselves. */
  readonly important: boolean;
  /** Size of the label in pixels. */
  readonly label: Size;
}

/** A label's middle relative to its dot; `led` where it stands so far off that a line must lead to it. */
export interface Placed {
  readonly dx: number;
  readonly dy: number;
  readonly led: boolean;
}

const DIRECTIONS = [
  [1, 0],
  [0, -1],
  [0, 1],
  [-1, 0],
  [0.8, -1],
  [-0.8, -1],
  [0.8, 1],
  [-0.8, 1],
] as const;
const GAPS = [6, 13];
const FAR_GAPS = [...GAPS, 24, 40, 60, 84, 110];

/** A place for each label that meets no other label, nothing of what is `taken` and no dot of its rank, earlier dots first; null where there is none. */
export function placeLabels(
  dots: readonly Dot[],
  within: Box,
  taken: readonly Box[] = [],
): readonly (Placed | null)[] {
  const boxes = dots.map(({ x, y, radius }) => around(x, y, 2 * radius, 2 * radius));
  const labels: Box[] = [...taken];
  return dots.map((dot, own) => {
    const obstacles = boxes.filter((_, index) => index !== own && (dots[index]?.important || !dot.important));
    obstacles.push(...labels);
    for (const gap of dot.important ? FAR_GAPS : GAPS) {
      for (const [right, down] of DIRECTIONS) {
        const dx = right * (dot.radius + gap + dot.label.width / 2);
        const dy = down * (dot.radius + gap * 0.7 + dot.label.height / 2);
        const box = around(dot.x + dx, dot.y + dy, dot.label.width, dot.label.height);
        if (!fits(box, within) || obstacles.some((other) => meet(box, other))) continue;
        labels.push(box);
        return { dx, dy, led: gap > 13 };
      }
    }
    return null;
  });
}

function around(x: number, y: number, width: number, height: number): Box {
  return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
}

function fits(box: Box, within: Box): boolean {
  return (
    box.left >= within.left &&
    box.right <= within.right &&
    box.top >= within.top &&
    box.bottom <= within.bottom
  );
}

function meet(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}
