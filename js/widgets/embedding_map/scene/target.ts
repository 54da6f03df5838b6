// What lies under the pointer: something drawn, else the nearest word, else the nearest point of the ground.
import { useRef } from "preact/hooks";
import { type Frame, inside, type Spot } from "./camera";
import { nearestGround } from "./choose";
import type { Ground, SceneProps, Target } from "./types";

const WORD_REACH = 12;
const GROUND_REACH = 8;

export function targetAt(
  at: Spot,
  element: EventTarget | null,
  spots: readonly (Spot | null)[],
  ground: Ground | null,
  frame: Frame,
  hidden: number,
): Target | null {
  const drawn = drawnAt(element);
  if (drawn) return drawn;
  if (!inside(frame.inner, at)) return null;
  const word = nearestSpot(spots, at);
  if (word !== null) return { on: "points", index: word };
  const index = ground && nearestGround(ground, frame, hidden, at, GROUND_REACH);
  return index === null ? null : { on: "ground", index };
}

/** What an element belongs to: a word, or the label of a ground point. */
export function drawnAt(element: EventTarget | null): Target | null {
  const drawn = element instanceof Element ? element.closest("[data-point], [data-ground]") : null;
  if (!drawn) return null;
  const on = drawn.hasAttribute("data-point") ? "points" : "ground";
  return { on, index: Number(drawn.getAttribute(on === "points" ? "data-point" : "data-ground")) };
}

function nearestSpot(spots: readonly (Spot | null)[], at: Spot): number | null {
  let best: number | null = null;
  let least = WORD_REACH * WORD_REACH;
  spots.forEach((spot, index) => {
    const distance = spot ? (spot.x - at.x) ** 2 + (spot.y - at.y) ** 2 : Number.POSITIVE_INFINITY;
    if (distance > least) return;
    least = distance;
    best = index;
  });
  return best;
}

/** Tells what is looked at whenever that is another. */
export function useLook(onLook: SceneProps["onLook"]): (target: Target | null) => void {
  const last = useRef<Target | null>(null);
  return (target) => {
    if (target?.on === last.current?.on && target?.index === last.current?.index) return;
    last.current = target;
    onLook(target);
  };
}
