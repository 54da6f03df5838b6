// Which points lie under the pointer, inside a shape, or in the picture.
import { type Box, type Frame, inside, type Spot } from "./camera";
import { hasBit } from "./paint";
import type { Chosen, Ground } from "./types";

export type Area = (x: number, y: number) => boolean;

/** Calls for each ground point inside a box that is not of a hidden class with its place in the picture. */
function eachWithin(
  box: Box,
  { count, axes, xyz, classes }: Ground,
  { across, down }: Frame,
  hidden: number,
  visit: (point: number, x: number, y: number) => void,
): void {
  const [ax, ay, az, a0] = across;
  const [dx, dy, dz, d0] = down;
  const { left, right, top, bottom } = box;
  for (let point = 0; point < count; point++) {
    const at = point * axes;
    const px = xyz[at] ?? 0;
    const py = xyz[at + 1] ?? 0;
    const pz = axes === 3 ? (xyz[at + 2] ?? 0) : 0;
    const x = ax * px + ay * py + az * pz + a0;
    const y = dx * px + dy * py + dz * pz + d0;
    if (x < left || x > right || y < top || y > bottom) continue;
    if (((hidden >> (classes[point] ?? 0)) & 1) === 0) visit(point, x, y);
  }
}

/** The ground point nearest to a spot, at most `reach` pixels away. */
export function nearestGround(
  ground: Ground,
  frame: Frame,
  hidden: number,
  spot: Spot,
  reach: number,
): number | null {
  let best: number | null = null;
  let least = reach * reach;
  const { x: left, y: top } = spot;
  const box = { left: left - reach, right: left + reach, top: top - reach, bottom: top + reach };
  eachWithin(box, ground, frame, hidden, (point, x, y) => {
    const distance = (x - left) ** 2 + (y - top) ** 2;
    if (distance > least) return;
    least = distance;
    best = point;
  });
  return best;
}

/** The ground points in the picture; null where there are more than `most`. */
export function fewGround(
  ground: Ground,
  frame: Frame,
  hidden: number,
  most: number,
): readonly number[] | null {
  let seen = 0;
  const few: number[] = [];
  eachWithin(frame.inner, ground, frame, hidden, (point) => {
    seen++;
    if (seen <= most) few.push(point);
  });
  return seen > most ? null : few;
}

/** Inside the box between two corners, its edge included. */
export function boxArea(one: Spot, other: Spot): Area {
  const [left, right] = [Math.min(one.x, other.x), Math.max(one.x, other.x)];
  const [top, bottom] = [Math.min(one.y, other.y), Math.max(one.y, other.y)];
  return (x, y) => x >= left && x <= right && y >= top && y <= bottom;
}

/** Inside a polygon by the even-odd rule. Its edges are sorted by the rows of pixels that they cross: each point meets few of them. */
export function polygonArea(path: readonly Spot[]): Area {
  const top = Math.floor(Math.min(...path.map(({ y }) => y)));
  const edges: (readonly [Spot, Spot])[][] = [];
  path.forEach((one, index) => {
    const other = path[(index + 1) % path.length] ?? one;
    const first = Math.floor(Math.min(one.y, other.y)) - top;
    const last = Math.floor(Math.max(one.y, other.y)) - top;
    for (let row = first; row <= last; row++) {
      const crossing = edges[row] ?? [];
      crossing.push([one, other]);
      edges[row] = crossing;
    }
  });
  return (x, y) => {
    let within = false;
    for (const [one, other] of edges[Math.floor(y) - top] ?? []) {
      if (one.y > y === other.y > y) continue;
      if (x < ((other.x - one.x) * (y - one.y)) / (other.y - one.y) + one.x) within = !within;
    }
    return within;
  };
}

/** What lies in the picture and inside an area: null where nothing does. */
export function chosenIn(
  area: Area,
  spots: readonly (Spot | null)[],
  ground: Ground | null,
  frame: Frame,
  hidden: number,
): Chosen | null {
  const points = spots.flatMap((spot, point) =>
    spot && inside(frame.inner, spot) && area(spot.x, spot.y) ? [point] : [],
  );
  let bits: Uint8Array | null = null;
  if (ground) {
    eachWithin(frame.inner, ground, frame, hidden, (point, x, y) => {
      if (!area(x, y)) return;
      bits ??= new Uint8Array(Math.ceil(ground.count / 8));
      bits[point >> 3] = (bits[point >> 3] ?? 0) | (1 << (point & 7));
    });
  }
  return points.length > 0 || bits ? { points, ground: bits } : null;
}

/** Both together. */
export function joined(one: Chosen | null, other: Chosen | null): Chosen | null {
  if (!one || !other) return one ?? other;
  const points = [...new Set([...one.points, ...other.points])].sort((a, b) => a - b);
  const [bits, others] = [one.ground, other.ground];
  return {
    points,
    ground: bits && others ? bits.map((byte, at) => byte | (others[at] ?? 0)) : (bits ?? others),
  };
}

/** With one more, or without it where it was in. */
export function toggled(
  chosen: Chosen | null,
  on: "points" | "ground",
  index: number,
  groundCount: number,
): Chosen | null {
  const points = chosen?.points ?? [];
  let bits = chosen?.ground ?? null;
  if (on === "points") {
    const without = points.filter((point) => point !== index);
    const next = without.length < points.length ? without : [...points, index].sort((a, b) => a - b);
    return next.length > 0 || bits ? { points: next, ground: bits } : null;
  }
  bits = bits ? bits.slice() : new Uint8Array(Math.ceil(groundCount / 8));
  bits[index >> 3] = (bits[index >> 3] ?? 0) ^ (1 << (index & 7));
  const some = bits.some((byte) => byte !== 0);
  return points.length > 0 || some ? { points, ground: some ? bits : null } : null;
}

export function isChosen(chosen: Chosen, on: "points" | "ground", index: number): boolean {
  if (on === "points") return chosen.points.includes(index);
  return chosen.ground !== null && hasBit(chosen.ground, index);
}
