// Where things go on the map: an equal scale on both axes, round ticks, and labels that do not run into each other.

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Frame extends Size {
  readonly inner: Box;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly ticksX: readonly number[];
  readonly ticksY: readonly number[];
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const MARGIN = { left: 46, right: 10, top: 10, bottom: 42 };
const ROOM_FOR_LABELS = { x: 46, y: 26 };
const TICKS_ACROSS = 7;

/** Fits the coordinates (x, y, x, y, …) into the size: one unit is as long across as it is upwards. */
export function frameOf(coordinates: ArrayLike<number>, { width, height }: Size): Frame {
  const inner = {
    left: MARGIN.left,
    top: MARGIN.top,
    right: width - MARGIN.right,
    bottom: height - MARGIN.bottom,
  };
  const [minX, maxX] = extent(coordinates, 0);
  const [minY, maxY] = extent(coordinates, 1);
  const room = {
    width: Math.max(inner.right - inner.left - 2 * ROOM_FOR_LABELS.x, 40),
    height: Math.max(inner.bottom - inner.top - 2 * ROOM_FOR_LABELS.y, 40),
  };
  const scale = Math.min(room.width / (maxX - minX || 1e-9), room.height / (maxY - minY || 1e-9));
  // points that all lie on one spot: any scale does
  const perUnit = scale > 1e8 ? 100 : scale;
  const centre = { x: (minX + maxX) / 2, y: (minY + maxY) / 2 };
  const middle = { x: (inner.left + inner.right) / 2, y: (inner.top + inner.bottom) / 2 };
  const x = (value: number) => middle.x + (value - centre.x) * perUnit;
  const y = (value: number) => middle.y - (value - centre.y) * perUnit;
  const step = roundStep(Math.min(Math.max(width / TICKS_ACROSS, 44), 110) / perUnit);
  const reach = {
    x: (inner.right - inner.left) / 2 / perUnit,
    y: (inner.bottom - inner.top) / 2 / perUnit,
  };
  return {
    width,
    height,
    inner,
    x,
    y,
    ticksX: ticks(centre.x - reach.x, centre.x + reach.x, step),
    ticksY: ticks(centre.y - reach.y, centre.y + reach.y, step),
  };
}

function extent(coordinates: ArrayLike<number>, axis: 0 | 1): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let index = axis; index < coordinates.length; index += 2) {
    const value = coordinates[index] ?? 0;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? [0, 0] : [low, high];
}

function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((digit) => digit * power >= least) ?? 10);
}

function ticks(from: number, to: number, step: number): readonly number[] {
  const first = Math.ceil(from / step);
  const count = Math.max(Math.floor(to / step) - first + 1, 0);
  return Array.from({ length: count }, (_, index) => (first + index) * step);
}

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

/** A place for each label that meets no other label and no dot of its rank, earlier dots first; null where there is none. */
export function placeLabels(dots: readonly Dot[], within: Box): readonly (Placed | null)[] {
  const boxes = dots.map(({ x, y, radius }) => around(x, y, 2 * radius, 2 * radius));
  const labels: Box[] = [];
  return dots.map((dot, own) => {
    const obstacles = boxes.filter((_, index) => index !== own && (dots[index]?.important || !dot.important));
    obstacles.push(...labels);
    for (const gap of dot.important ? FAR_GAPS : GAPS) {
      for (const [right, down] of DIRECTIONS) {
        const dx = right * (dot.radius + gap + dot.label.width / 2);
        const dy = down * (dot.radius + gap * 0.7 + dot.label.height / 2);
        const box = around(dot.x + dx, dot.y + dy, dot.label.width, dot.label.height);
        if (!inside(box, within) || obstacles.some((other) => meet(box, other))) continue;
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

function inside(box: Box, within: Box): boolean {
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
