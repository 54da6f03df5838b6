// Where a place of the data lies in the picture: one scale for all axes, what is in the middle, and with three axes from where it is seen.

export type Triple = readonly [number, number, number];

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A point of the picture, in CSS pixels. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** What is shown when nothing has been zoomed. `radius` is that of the sphere around everything, `around` that of the upright cylinder. */
export interface Bounds {
  readonly centre: Triple;
  readonly half: Triple;
  readonly radius: number;
  readonly around: number;
}

export interface Camera {
  /** The place in the middle of the picture. */
  readonly centre: Triple;
  /** 1 shows the bounds. */
  readonly zoom: number;
  /** Radians around the vertical axis, then towards the viewer; 0 with two axes. */
  readonly yaw: number;
  readonly pitch: number;
}

/** The factors of x, y and z, and what is added. */
export type Row = readonly [number, number, number, number];

/** A camera in a picture of a size: `across` and `down` give CSS pixels, `near` −1 (the far end of the bounds) to 1. */
export interface Frame extends Size {
  readonly inner: Box;
  /** Pixels a unit. */
  readonly scale: number;
  readonly camera: Camera;
  readonly across: Row;
  readonly down: Row;
  readonly near: Row;
}

/** Pixels left free on each side of the content, but on narrow pictures no more than this share of their width. */
const ROOM_FOR_LABELS = { x: 46, y: 26, most: 0.11 };
/** The scale where everything lies on one spot: any does. */
const ANY_SCALE = 100;
const LEAST_ZOOM = 0.4;
const MOST_ZOOM = 2000;
const TURN_PER_PIXEL = 0.008;
const FIRST_TURN = { yaw: -0.6, pitch: 0.35 };

const TICKS = { left: 46, right: 10, top: 10, bottom: 42 };
const EDGE = { left: 4, right: 4, top: 4, bottom: 4 };

/** The part of the picture that shows the map; the rest is for ticks and titles. */
export function innerBox({ width, height }: Size, ticks: boolean): Box {
  const margin = ticks ? TICKS : EDGE;
  return {
    left: margin.left,
    top: margin.top,
    right: width - margin.right,
    bottom: height - margin.bottom,
  };
}

/** The bounds of rows of coordinates; rows with a number that is not finite are left out. */
export function boundsOf(rows: readonly ArrayLike<number>[], axes: number): Bounds {
  const low = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const high = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let found = false;
  eachPlace(rows, axes, (x, y, z) => {
    found = true;
    const place = [x, y, z];
    for (let axis = 0; axis < 3; axis++) {
      const value = place[axis] ?? 0;
      if (value < (low[axis] ?? 0)) low[axis] = value;
      if (value > (high[axis] ?? 0)) high[axis] = value;
    }
  });
  if (!found) return { centre: [0, 0, 0], half: [0, 0, 0], radius: 0, around: 0 };
  const middle = (axis: number) => ((low[axis] ?? 0) + (high[axis] ?? 0)) / 2;
  const reach = (axis: number) => ((high[axis] ?? 0) - (low[axis] ?? 0)) / 2;
  const centre: Triple = [middle(0), middle(1), middle(2)];
  let radius = 0;
  let around = 0;
  eachPlace(rows, axes, (x, y, z) => {
    const flat = Math.hypot(x - centre[0], z - centre[2]);
    around = Math.max(around, flat);
    radius = Math.max(radius, Math.hypot(flat, y - centre[1]));
  });
  return { centre, half: [reach(0), reach(1), reach(2)], radius, around };
}

function eachPlace(
  rows: readonly ArrayLike<number>[],
  axes: number,
  visit: (x: number, y: number, z: number) => void,
): void {
  for (const numbers of rows) {
    for (let at = 0; at + axes <= numbers.length; at += axes) {
      const x = numbers[at] ?? 0;
      const y = numbers[at + 1] ?? 0;
      const z = axes === 3 ? (numbers[at + 2] ?? 0) : 0;
      if (Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(z)) visit(x, y, z);
    }
  }
}

export function sameBounds(one: Bounds, other: Bounds): boolean {
  const numbers = ({ centre, half, radius, around }: Bounds) => [...centre, ...half, radius, around];
  const others = numbers(other);
  return numbers(one).every((value, index) => value === others[index]);
}

export function homeOf(bounds: Bounds, axes: number, turned?: Camera): Camera {
  const turn = axes === 2 ? { yaw: 0, pitch: 0 } : (turned ?? FIRST_TURN);
  return { centre: bounds.centre, zoom: 1, yaw: turn.yaw, pitch: turn.pitch };
}

/** Pixels a unit at which the bounds just fit, with three axes from whatever side, as far from above as at first. */
export function fitScale(bounds: Bounds, axes: number, inner: Box): number {
  const all = inner.right - inner.left;
  const width = Math.max(all - 2 * Math.min(ROOM_FOR_LABELS.x, ROOM_FOR_LABELS.most * all), 40);
  const height = Math.max(inner.bottom - inner.top - 2 * ROOM_FOR_LABELS.y, 40);
  const { half, around } = bounds;
  const [across, up] =
    axes === 2
      ? [half[0], half[1]]
      : [around, half[1] * Math.cos(FIRST_TURN.pitch) + around * Math.sin(FIRST_TURN.pitch)];
  const scale = Math.min(width / (2 * across || 1e-9), height / (2 * up || 1e-9));
  return scale > 1e8 ? ANY_SCALE : scale;
}

/** `grain`: pixels of the screen in a CSS pixel; the picture moves by whole ones, so that points do not tremble one by one. */
export function frameOf(
  bounds: Bounds,
  camera: Camera,
  axes: number,
  size: Size,
  ticks: boolean,
  grain = 1,
): Frame {
  const inner = innerBox(size, ticks);
  const scale = fitScale(bounds, axes, inner) * camera.zoom;
  const [right, up, near] = turnOf(camera);
  const middle = middleOf(inner);
  const whole = (value: number) => Math.round(value * grain) / grain;
  const depth = 1 / (bounds.radius || 1);
  return {
    ...size,
    inner,
    scale,
    camera,
    across: [
      right[0] * scale,
      right[1] * scale,
      right[2] * scale,
      whole(middle.x - scale * dot(right, camera.centre)),
    ],
    down: [-up[0] * scale, -up[1] * scale, -up[2] * scale, whole(middle.y + scale * dot(up, camera.centre))],
    near: [near[0] * depth, near[1] * depth, near[2] * depth, -depth * dot(near, bounds.centre)],
  };
}

/** The directions to the right, upwards and towards the viewer. */
function turnOf({ yaw, pitch }: Camera): readonly [Triple, Triple, Triple] {
  const [cosYaw, sinYaw, cosPitch, sinPitch] = [
    Math.cos(yaw),
    Math.sin(yaw),
    Math.cos(pitch),
    Math.sin(pitch),
  ];
  return [
    [cosYaw, 0, sinYaw],
    [sinYaw * sinPitch, cosPitch, -cosYaw * sinPitch],
    [-sinYaw * cosPitch, sinPitch, cosYaw * cosPitch],
  ];
}

function dot(one: Triple, other: Triple): number {
  return one[0] * other[0] + one[1] * other[1] + one[2] * other[2];
}

export function middleOf(box: Box): Spot {
  return { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
}

export function along([a, b, c, d]: Row, x: number, y: number, z: number): number {
  return a * x + b * y + c * z + d;
}

/** Where a place lies in the picture, and how near. */
export function spotOf(frame: Frame, [x = 0, y = 0, z = 0]: readonly number[]): Spot & { near: number } {
  return { x: along(frame.across, x, y, z), y: along(frame.down, x, y, z), near: along(frame.near, x, y, z) };
}

/** The camera after the picture has been pulled by so many pixels; the middle stays near the content. */
export function panned(frame: Frame, bounds: Bounds, right: number, down: number): Camera {
  const [across, up] = turnOf(frame.camera);
  const moved = (axis: 0 | 1 | 2) =>
    frame.camera.centre[axis] + (-across[axis] * right + up[axis] * down) / frame.scale;
  return { ...frame.camera, centre: kept(bounds, [moved(0), moved(1), moved(2)]) };
}

function kept(bounds: Bounds, place: Triple): Triple {
  const axis = (index: 0 | 1 | 2) => {
    const reach = 1.2 * bounds.half[index] + 1e-9;
    const middle = bounds.centre[index];
    return Math.min(Math.max(place[index], middle - reach), middle + reach);
  };
  return [axis(0), axis(1), axis(2)];
}

/** The camera after zooming by a factor, with what lies at the spot staying there. */
export function zoomedAt(frame: Frame, bounds: Bounds, spot: Spot, factor: number): Camera {
  const zoom = Math.min(Math.max(frame.camera.zoom * factor, LEAST_ZOOM), MOST_ZOOM);
  const share = 1 - frame.camera.zoom / zoom;
  const middle = middleOf(frame.inner);
  const pulled = panned(frame, bounds, -(spot.x - middle.x) * share, -(spot.y - middle.y) * share);
  return { ...pulled, zoom };
}

export function turned(camera: Camera, right: number, down: number): Camera {
  const pitch = camera.pitch + down * TURN_PER_PIXEL;
  return {
    ...camera,
    yaw: camera.yaw + right * TURN_PER_PIXEL,
    pitch: Math.min(Math.max(pitch, -Math.PI / 2), Math.PI / 2),
  };
}

/** The camera on its way, `part` from 0 to 1: zooming evenly to the eye, and around one spot where both have it in common. */
export function between(from: Camera, to: Camera, part: number): Camera {
  if (part >= 1) return to;
  const zoom = from.zoom * (to.zoom / from.zoom) ** part;
  const way = 1 / from.zoom - 1 / to.zoom;
  const share = Math.abs(way) < 1e-12 ? part : (1 / from.zoom - 1 / zoom) / way;
  const mix = (one: number, other: number, by: number) => one + (other - one) * by;
  const axis = (index: 0 | 1 | 2) => mix(from.centre[index], to.centre[index], share);
  return {
    centre: [axis(0), axis(1), axis(2)],
    zoom,
    yaw: mix(from.yaw, to.yaw, part),
    pitch: mix(from.pitch, to.pitch, part),
  };
}

/** The camera that shows all of `everything` in a picture whose zoom counts from `bounds`. */
export function showing(
  everything: Bounds,
  bounds: Bounds,
  camera: Camera,
  axes: number,
  inner: Box,
): Camera {
  const zoom = fitScale(everything, axes, inner) / fitScale(bounds, axes, inner);
  return {
    ...homeOf(everything, axes),
    zoom: axes === 2 ? zoom : Math.min(zoom, 1e3),
    ...turnBack(camera, axes),
  };
}

function turnBack(camera: Camera, axes: number): Pick<Camera, "yaw" | "pitch"> {
  if (axes === 2) return { yaw: 0, pitch: 0 };
  // the shortest way back to the first view
  const rounds = Math.round((camera.yaw - FIRST_TURN.yaw) / (2 * Math.PI));
  return { yaw: FIRST_TURN.yaw + rounds * 2 * Math.PI, pitch: FIRST_TURN.pitch };
}

export function inside(box: Box, { x, y }: Spot, margin = 0): boolean {
  return (
    x >= box.left - margin && x <= box.right + margin && y >= box.top - margin && y <= box.bottom + margin
  );
}
