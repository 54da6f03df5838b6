// The ground: many points, as they arrive and as they lie.
import type { GroundPayload } from "../../../session/payloads";
import { type Bounds, boundsOf } from "./camera";
import type { Ground } from "./types";

/** How many values an axis has, less one, and from which bit on: with two axes, and with three. */
const FIELDS = {
  2: [
    { levels: 0x3fff, shift: 0 },
    { levels: 0x3fff, shift: 14 },
  ],
  3: [
    { levels: 0x3ff, shift: 0 },
    { levels: 0x1ff, shift: 10 },
    { levels: 0x1ff, shift: 19 },
  ],
} as const;
const CLASS_SHIFT = 28;

/**
 * The points of a buffer of 32 bits each, as GroundPayload has them. With two axes a coordinate is at most half a level off. With three the levels
 * are so few that they would show as a lattice: there each point is spread inside its own level, always alike, and at most one level off.
 */
export function unpack(payload: GroundPayload, buffer: DataView): Ground {
  const { count } = payload;
  if (buffer.byteLength !== 4 * count) {
    throw new Error(`a ground of ${count} points came with ${buffer.byteLength} bytes`);
  }
  const fields = FIELDS[payload.axes === 3 ? 3 : 2];
  const axes = fields.length;
  const xyz = new Float32Array(count * axes);
  const classes = new Uint8Array(count);
  fields.forEach(({ levels, shift }, axis) => {
    const low = payload.low[axis] ?? 0;
    const level = ((payload.high[axis] ?? 0) - low) / levels;
    for (let point = 0; point < count; point++) {
      const value = (buffer.getUint32(4 * point, true) >>> shift) & levels;
      const spread = axes === 3 ? scatter(3 * point + axis) - 0.5 : 0;
      xyz[point * axes + axis] = low + (value + spread) * level;
    }
  });
  for (let point = 0; point < count; point++) {
    classes[point] = buffer.getUint32(4 * point, true) >>> CLASS_SHIFT;
  }
  return { count, axes, xyz, classes };
}

/** A number from 0 to below 1 that looks random and is always the same. */
function scatter(seed: number): number {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}

export interface Lie {
  readonly bounds: Bounds;
  /** Points a square unit where a point of the ground typically lies, seen along the third axis. */
  readonly crowding: number;
}

const CELLS_ACROSS = 64;

export function lieOf(ground: Ground): Lie {
  const { count, axes, xyz } = ground;
  const bounds = boundsOf([xyz], axes);
  const side = Math.min(Math.max(Math.round(Math.sqrt(count / 8)), 1), CELLS_ACROSS);
  const cells = new Uint32Array(side * side);
  const [left, low] = [bounds.centre[0] - bounds.half[0], bounds.centre[1] - bounds.half[1]];
  const width = (2 * bounds.half[0]) / side;
  const height = (2 * bounds.half[1]) / side;
  if (count === 0 || width === 0 || height === 0) return { bounds, crowding: 0 };
  for (let at = 0; at < xyz.length; at += axes) {
    const column = Math.min(Math.floor(((xyz[at] ?? 0) - left) / width), side - 1);
    const row = Math.min(Math.floor(((xyz[at + 1] ?? 0) - low) / height), side - 1);
    const cell = row * side + column;
    cells[cell] = (cells[cell] ?? 0) + 1;
  }
  const squares = cells.reduce((sum, inCell) => sum + inCell * inCell, 0);
  return { bounds, crowding: squares / count / (width * height) };
}
