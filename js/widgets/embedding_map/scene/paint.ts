// The ground's points as pixels: each leaves a soft dot, dots add up, and what has added up is developed into colour and opacity.
import type { Frame } from "./camera";
import type { Ground } from "./types";

export const CLASSES = 16;
/** Pixels beyond each edge, so that a dot at the edge needs no cutting. */
export const MARGIN = 16;

/** What a whole dot leaves in its middle. */
const WHOLE = 16;
/** More whole dots than these in one pixel look alike. */
const MOST = 32;
const STEPS = WHOLE * MOST;
/** Where no more are chosen, each is at least so large, in CSS pixels. */
const FEW = 500;
const FEW_RADIUS = 1.8;
/** A pixel before it is developed: what it has, and above that the class of its last point. */
const HAS = 0xff_ffff;
const CLASS_SHIFT = 24;

/** [red, green, blue], 0 to 255. */
export type Colour = readonly [number, number, number];

export interface Look {
  /** CLASSES of them, and the one that those fade to which are not chosen. */
  readonly colours: readonly Colour[];
  readonly faded: Colour;
  /** A bit a class. */
  readonly hidden: number;
  readonly chosen: Uint8Array | null;
  /** Everything a little weaker, since something else is lit. */
  readonly dim: boolean;
  /** Points a square CSS pixel where a point typically lies. */
  readonly crowding: number;
  /** Pixels of the screen in a CSS pixel. */
  readonly grain: number;
}

/** A picture of pixels that is `MARGIN` larger on each side than what is seen of it. */
export interface Plate {
  readonly pixels: Uint32Array;
  readonly width: number;
  readonly height: number;
}

interface Dot {
  readonly right: Int32Array;
  readonly down: Int32Array;
  readonly weight: Int32Array;
}

/** A disc of a radius in pixels around the middle of one, the pixels at its rim in part. */
export function dotOf(radius: number): Dot {
  const reach = Math.min(Math.ceil(radius), MARGIN - 1);
  const cells: [number, number, number][] = [];
  for (let down = -reach; down <= reach; down++) {
    for (let right = -reach; right <= reach; right++) {
      const cover = Math.min(Math.max(radius + 0.5 - Math.hypot(right, down), 0), 1);
      const weight = right === 0 && down === 0 ? WHOLE : Math.round(WHOLE * cover);
      if (weight > 1) cells.push([right, down, weight]);
    }
  }
  return {
    right: Int32Array.from(cells, ([right]) => right),
    down: Int32Array.from(cells, ([, down]) => down),
    weight: Int32Array.from(cells, ([, , weight]) => weight),
  };
}

/** The radius of a dot in CSS pixels: smallest where they crowd, growing as zooming draws them apart. */
export function radiusOf(crowding: number): number {
  const apart = 1 / Math.sqrt(Math.max(crowding, 1e-6));
  return Math.min(0.5 + 0.22 * apart, 4.5);
}

/** The opacity of one dot: where points typically lie, dots add up to nearly full. */
export function opacityOf(crowding: number, radius: number): number {
  const layers = Math.max(crowding * Math.PI * radius * radius, 1);
  return Math.min(Math.max(1 - 0.12 ** (1 / layers), 0.1), 0.88);
}

/** The opacity of so many dots in one pixel; a part of a dot, at its rim, is that part of its opacity. */
export function toneOf(dots: number, opacity: number): number {
  return dots <= 1 ? dots * opacity : 1 - (1 - opacity) ** dots;
}

/** Colour and opacity for each class (from 1 on; those that are not chosen after the CLASSES) and each step of what a pixel has. */
function developer(look: Look, opacity: number): Uint32Array {
  const table = new Uint32Array((2 * CLASSES + 1) * STEPS);
  for (let index = 0; index < 2 * CLASSES; index++) {
    const rest = index >= CLASSES;
    const [red, green, blue] = (rest ? look.faded : look.colours[index]) ?? look.faded;
    const most = 255 * (rest ? 0.35 : look.dim ? 0.5 : 1);
    // what is chosen among others has to be seen even alone
    const each = look.chosen && !rest ? Math.max(opacity, 0.7) : opacity;
    for (let step = 1; step < STEPS; step++) {
      const alpha = Math.round(most * toneOf(step / WHOLE, each));
      table[(index + 1) * STEPS + step] = (alpha << 24) | (blue << 16) | (green << 8) | red;
    }
  }
  return table;
}

/** Paints the ground and returns how many of its points are in the picture. `frame` is in pixels of the screen, from the plate's seen corner. */
export function paint(
  plate: Plate,
  ground: Ground,
  frame: Pick<Frame, "across" | "down">,
  look: Look,
): number {
  const { pixels } = plate;
  pixels.fill(0);
  const radius = radiusOf(look.crowding);
  const dot = dotOf(radius * look.grain);
  let seen = 0;
  if (look.chosen) {
    seen += stamp(plate, ground, frame, look, dot, CLASSES, (bits, point) => !hasBit(bits, point));
    const marked = dotOf(Math.max(radius, isFew(look.chosen) ? FEW_RADIUS : 0.9) * look.grain);
    seen += stamp(plate, ground, frame, look, marked, 0, hasBit);
  } else {
    seen = stamp(plate, ground, frame, look, dot, 0, null);
  }
  const table = developer(look, opacityOf(look.crowding, radius));
  for (let at = 0; at < pixels.length; at++) {
    const value = pixels[at] ?? 0;
    if (value === 0) continue;
    const has = value & HAS;
    pixels[at] = table[(value >>> CLASS_SHIFT) * STEPS + (has < STEPS ? has : STEPS - 1)] ?? 0;
  }
  return seen;
}

/** Whether so few are chosen that each may be larger. */
function isFew(bits: Uint8Array): boolean {
  let count = 0;
  for (let byte of bits) for (; byte > 0; byte &= byte - 1) count++;
  return count <= FEW;
}

export function hasBit(bits: Uint8Array, point: number): boolean {
  return (((bits[point >> 3] ?? 0) >> (point & 7)) & 1) === 1;
}

function stamp(
  { pixels, width, height }: Plate,
  { count, axes, xyz, classes }: Ground,
  { across, down }: Pick<Frame, "across" | "down">,
  { hidden, chosen }: Look,
  dot: Dot,
  firstClass: number,
  takes: ((bits: Uint8Array, point: number) => boolean) | null,
): number {
  const [ax, ay, az, a0] = across;
  const [dx, dy, dz, d0] = down;
  const [right, bottom] = [width - 2 * MARGIN, height - 2 * MARGIN];
  const steps = dot.right.map((step, index) => step + (dot.down[index] ?? 0) * width);
  const { weight } = dot;
  const size = steps.length;
  const stride = strideOf(count);
  let seen = 0;
  let point = 0;
  for (let turn = 0; turn < count; turn++) {
    // one after the other would let the last classes cover the first
    point += stride;
    if (point >= count) point -= count;
    const kind = classes[point] ?? 0;
    if ((hidden >> kind) & 1) continue;
    if (chosen && takes && !takes(chosen, point)) continue;
    const at = point * axes;
    const x = xyz[at] ?? 0;
    const y = xyz[at + 1] ?? 0;
    const z = axes === 3 ? (xyz[at + 2] ?? 0) : 0;
    const column = ax * x + ay * y + az * z + a0;
    const row = dx * x + dy * y + dz * z + d0;
    if (!(column >= 0 && row >= 0 && column < right && row < bottom)) continue;
    seen++;
    const middle = ((row | 0) + MARGIN) * width + (column | 0) + MARGIN;
    const mark = (firstClass + kind + 1) << CLASS_SHIFT;
    for (let step = 0; step < size; step++) {
      const pixel = middle + (steps[step] ?? 0);
      pixels[pixel] = mark | (((pixels[pixel] ?? 0) & HAS) + (weight[step] ?? 0));
    }
  }
  return seen;
}

/** A step that visits all of `count` points once, far apart: near the golden section, and with no factor in common. */
export function strideOf(count: number): number {
  const divides = (one: number, other: number): number => (other === 0 ? one : divides(other, one % other));
  let stride = Math.max(Math.round(count * 0.618034), 1);
  while (count > 1 && divides(stride, count) !== 1) stride++;
  return count > 1 ? stride % count || 1 : 0;
}
