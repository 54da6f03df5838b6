// Which ground points are named, and where all labels go: made anew once the picture rests.
import { useEffect, useMemo, useRef } from "preact/hooks";
import { type Frame, inside, spotOf } from "./camera";
import { fewGround } from "./choose";
import { markText } from "./lines";
import { type Named, type Places, placeAll } from "./places";
import type { Ground, Place, SceneProps } from "./types";

/** More ground points than these in the picture are not labelled. */
const MOST_NAMED = 60;

/** The ground points in the picture where they are few, those whose names have come. Asks for the others, and for the one looked at. */
export function useNamed(
  rest: Frame,
  ground: Ground | null,
  hidden: number,
  { looked, nameOf, onNames }: SceneProps,
): readonly Named[] {
  const few = useMemo(
    () => (ground && rest.width > 0 ? (fewGround(ground, rest, hidden, MOST_NAMED) ?? []) : []),
    [ground, rest, hidden],
  );
  const one = looked?.on === "ground" ? looked.index : null;
  useEffect(() => {
    const wanted = one === null ? few : [...new Set([one, ...few])];
    const unknown = wanted.filter((point) => nameOf(point) === null);
    if (unknown.length > 0) onNames(unknown);
  }, [few, one]);
  const names = few.map(nameOf);
  return useMemo(
    () =>
      few.flatMap((index, at) => {
        const name = names[at] ?? null;
        const place = ground?.xyz.subarray(index * ground.axes, (index + 1) * ground.axes);
        return name === null || !place ? [] : [{ index, name, spot: spotOf(rest, [...place]) }];
      }),
    [few, names.join("\u0000"), rest],
  );
}

export function usePlaces(
  holder: { current: HTMLElement | null },
  { points, marks }: SceneProps,
  places: readonly (Place | null)[],
  named: readonly Named[],
  rest: Frame,
  fontSize: number,
): Places {
  const held = useRef<Places>({ marks: [], points: [], ground: new Map() });
  const made = useMemo(() => {
    if (rest.width === 0) return held.current;
    const spots = places.map((place) => {
      const spot = place && spotOf(rest, place);
      return spot && inside(rest.inner, spot) ? spot : null;
    });
    const family = holder.current ? getComputedStyle(holder.current).fontFamily : "sans-serif";
    const marked = marks.map(({ at, label }) => ({ ...spotOf(rest, at), text: markText(label) }));
    return placeAll(marked, points, spots, named, rest, { size: fontSize, family });
  }, [marks, points, places, named, rest, fontSize]);
  held.current = made;
  return made;
}
