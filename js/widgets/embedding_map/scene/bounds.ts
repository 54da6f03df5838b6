// What the picture shows when nothing has been zoomed, and when that changes.
import { useMemo, useRef } from "preact/hooks";
import { type Bounds, boundsOf, sameBounds } from "./camera";
import type { Lie } from "./ground";
import type { Place, SceneProps } from "./types";

/** A place for each point, null where a number of it is not finite. */
export function placesOf({ points, coordinates, axes }: SceneProps): readonly (Place | null)[] {
  return points.map((_, point) => {
    const place = Array.from({ length: axes }, (_, axis) => coordinates[point * axes + axis] ?? Number.NaN);
    return place.every(Number.isFinite) ? place : null;
  });
}

/** Everything that has a place: rows of coordinates. */
export function rowsOf(props: SceneProps, lie: Lie | null): readonly ArrayLike<number>[] {
  const { coordinates, axes, arrows, marks, ground } = props;
  const aside = [...arrows.flatMap(({ from, to }) => [from, to]), ...marks.map(({ at }) => at)];
  return [...(lie && ground ? [ground.xyz] : []), coordinates, ...aside.map((place) => place.slice(0, axes))];
}

/** On a ground they stay as they are while words come and go; without one they follow the words. */
export function useBounds(props: SceneProps, lie: Lie | null): Bounds {
  const held = useRef<{ lie: Lie | null; axes: number; bounds: Bounds } | null>(null);
  const { coordinates, axes, arrows, marks, extent } = props;
  const own = useMemo(
    () => (lie ? null : boundsOf(extent ?? rowsOf(props, null), axes)),
    [lie, coordinates, axes, arrows, marks, extent],
  );
  const last = held.current?.axes === axes ? held.current : null;
  let bounds = last?.bounds;
  if (lie) {
    if (!last?.lie || !sameBounds(last.lie.bounds, lie.bounds)) bounds = undefined;
    bounds ??= boundsOf([props.ground?.xyz ?? [], coordinates], axes);
  } else if (own && (!bounds || last?.lie || !sameBounds(bounds, own))) bounds = own;
  if (!bounds) throw new Error("a scene has bounds of its ground or of its own");
  held.current = { lie, axes, bounds };
  return bounds;
}
