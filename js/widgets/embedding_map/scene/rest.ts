// What waits for rest, and what is left alone in the meantime.
import { useRef } from "preact/hooks";
import type { Frame } from "./camera";
import type { ScenePoint } from "./types";
import type { WordSpot } from "./words";

/** The frame as it was when the picture last rested. */
export function useRest(frame: Frame, moving: boolean): Frame {
  const held = useRef(frame);
  if (!moving) held.current = frame;
  return held.current;
}

/** Whether points glide: they do when their coordinates change, not when the camera moves or the picture grows. */
export function useGliding(coordinates: ArrayLike<number>, { camera, width }: Frame): boolean {
  const held = useRef({ coordinates, camera, width, gliding: false });
  const last = held.current;
  const others = last.coordinates !== coordinates;
  if (others || last.camera !== camera || last.width !== width)
    held.current = { coordinates, camera, width, gliding: others };
  return held.current.gliding;
}

/** Words above what is less; with three axes the nearer above the farther, but no element moves while one has the focus: that would take it away. */
export function useOrder(
  points: readonly ScenePoint[],
  spots: readonly (WordSpot | null)[],
  axes: number,
  focused: boolean,
): readonly number[] {
  const held = useRef<readonly number[]>([]);
  const near = (index: number) => spots[index]?.near ?? 0;
  const isWord = (index: number) => Number(points[index]?.kind === "word");
  const rank = axes === 3 ? near : isWord;
  if (axes === 2 || !focused || held.current.length !== points.length) {
    held.current = points
      .map((_, index) => index)
      .sort((one, other) => rank(one) - rank(other) || other - one);
  }
  return held.current;
}
