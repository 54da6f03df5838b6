// Where labels go: those of the words first, then those of the ground's points that are few enough to be named.
import { createRuler } from "../../../lib/measure";
import { labelText } from "../point";
import type { Box, Frame, Spot } from "./camera";
import { type Dot, type Placed, placeLabels } from "./labels";
import { MARK_RADIUS } from "./lines";
import type { ScenePoint } from "./types";
import { radiusOf, type WordSpot } from "./words";

/** Bold and hinted text comes out a little wider than its sum. */
const SLACK = 1.06;

export interface Named {
  readonly index: number;
  readonly spot: Spot;
  readonly name: string;
}

export interface Places {
  readonly marks: readonly (Placed | null)[];
  readonly points: readonly (Placed | null)[];
  /** By the ground point's index. */
  readonly ground: ReadonlyMap<number, Placed>;
}

const RANK = { word: 0, token: 1, faint: 2 };

export function placeAll(
  marks: readonly (Spot & { readonly text: string })[],
  points: readonly ScenePoint[],
  spots: readonly (WordSpot | null)[],
  named: readonly Named[],
  frame: Frame,
  font: { readonly size: number; readonly family: string },
): Places {
  const ruler = createRuler();
  const label = (text: string, size: number, weight: number) => ({
    width: ruler.width(text, `${weight} ${size}px ${font.family}`) * SLACK + 4,
    height: size * 1.25,
  });
  const order = points
    .map((_, index) => index)
    .filter((index) => spots[index] && points[index]?.kind !== "faint")
    .sort((one, other) => rankOf(points[one]) - rankOf(points[other]) || one - other);
  const dots: Dot[] = marks.map(({ x, y, text }) => ({
    x,
    y,
    radius: MARK_RADIUS,
    important: true,
    label: label(text, font.size, 650),
  }));
  for (const index of order) {
    const point = points[index] as ScenePoint;
    const spot = spots[index] as WordSpot;
    const word = point.kind === "word";
    dots.push({
      x: spot.x,
      y: spot.y,
      radius: radiusOf(point, spot.near),
      important: word,
      label: label(labelText(point.label), word ? font.size : font.size * 0.8, word ? 600 : 400),
    });
  }
  for (const { spot, name } of named) {
    dots.push({ ...spot, radius: 4, important: false, label: label(labelText(name), font.size * 0.8, 400) });
  }
  const placed = placeLabels(dots, frame.inner, [buttonsOf(frame)]);
  const ofPoints: (Placed | null)[] = points.map(() => null);
  order.forEach((point, index) => {
    ofPoints[point] = placed[marks.length + index] ?? null;
  });
  const ofGround = new Map<number, Placed>();
  named.forEach(({ index }, at) => {
    const place = placed[marks.length + order.length + at];
    if (place) ofGround.set(index, place);
  });
  return { marks: placed.slice(0, marks.length), points: ofPoints, ground: ofGround };
}

/** A picture of fewer pixels across has smaller buttons. */
const NARROW = 400;

/** Where the zoom buttons stand, as scene.css has it. */
function buttonsOf({ width }: Frame): Box {
  const [across, down] = width < NARROW ? [28, 78] : [42, 100];
  return { left: width - across, right: width, top: 0, bottom: down };
}

function rankOf(point: ScenePoint | undefined): number {
  return point ? RANK[point.kind] : 0;
}
