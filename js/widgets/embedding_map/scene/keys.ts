// The keyboard: from point to point, around the map, and into it.
import type { Spot } from "./camera";
import { drawnAt } from "./target";
import type { Target } from "./types";

export const ZOOM_STEP = 1.6;
const PAN_STEP = 48;
const TURN_STEP = 24;

export interface Acts {
  readonly axes: 2 | 3;
  /** Where the points are, and the one that the walk starts from. */
  readonly spots: readonly (Spot | null)[];
  readonly from: number;
  readonly zoomBy: (factor: number) => void;
  readonly showAll: () => void;
  readonly pan: (right: number, down: number) => void;
  readonly turn: (right: number, down: number) => void;
  /** Whether there was something to drop or to clear. */
  readonly escape: () => boolean;
  readonly pick: (target: Target) => void;
  readonly toggle: (target: Target) => void;
  readonly focus: (point: number) => void;
}

const ARROWS: Readonly<Record<string, Spot>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** Does what a key means; whether it meant something. */
export function takeKey({ key, shiftKey, target }: KeyboardEvent, acts: Acts): boolean {
  const focused = drawnAt(target);
  const arrow = ARROWS[key];
  if (key === "+" || key === "=") acts.zoomBy(ZOOM_STEP);
  else if (key === "-" || key === "_") acts.zoomBy(1 / ZOOM_STEP);
  else if (key === "0") acts.showAll();
  else if (key === "Escape") return acts.escape();
  else if (arrow && shiftKey) {
    if (acts.axes === 2) acts.pan(-arrow.x * PAN_STEP, -arrow.y * PAN_STEP);
    else acts.turn(arrow.x * TURN_STEP, arrow.y * TURN_STEP);
  } else if (key === "Enter" && focused) acts.pick(focused);
  else if (key === " " && focused) acts.toggle(focused);
  else {
    const next = neighbour(key, acts.from, acts.spots);
    if (next === null) return false;
    acts.focus(next);
  }
  return true;
}

/** The point that a key goes to; null where it goes nowhere. */
function neighbour(key: string, from: number, spots: readonly (Spot | null)[]): number | null {
  const arrow = ARROWS[key];
  if (key !== "Home" && key !== "End" && !arrow) return null;
  const across = arrow?.x !== 0;
  const value = (point: number) => {
    const spot = spots[point];
    return spot ? (across ? spot.x : spot.y) : 0;
  };
  const ranked = spots
    .flatMap((spot, point) => (spot ? [point] : []))
    .sort((one, other) => value(one) - value(other) || one - other);
  if (!arrow) return (key === "Home" ? ranked[0] : ranked.at(-1)) ?? null;
  return ranked[ranked.indexOf(from) + arrow.x + arrow.y] ?? from;
}
