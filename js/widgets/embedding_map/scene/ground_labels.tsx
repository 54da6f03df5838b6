// Labels of ground points: of the few in the picture, and of the one looked at.
import { labelText } from "../point";
import { type Frame, spotOf } from "./camera";
import type { Placed } from "./labels";
import type { Named } from "./places";
import type { Ground } from "./types";

interface Props {
  readonly ground: Ground;
  readonly frame: Frame;
  readonly named: readonly Named[];
  readonly places: ReadonlyMap<number, Placed>;
  readonly looked: number | null;
  readonly nameOf: (ground: number) => string | null;
}

export function GroundLabels({ ground, frame, named, places, looked, nameOf }: Props) {
  const spot = (index: number) =>
    spotOf(frame, [...ground.xyz.subarray(index * ground.axes, (index + 1) * ground.axes)]);
  return (
    <>
      {named.map(({ index, name }) => {
        const place = places.get(index);
        if (!place) return null;
        const { x, y } = spot(index);
        return (
          <text
            key={index}
            class="llmw-ground-label"
            data-ground={index}
            data-looked={index === looked}
            style={{ transform: `translate(${x + place.dx}px, ${y + place.dy}px)` }}
            text-anchor="middle"
            dominant-baseline="central"
          >
            {labelText(name)}
          </text>
        );
      })}
      {looked !== null && looked < ground.count && (
        // a label that stands there already is not said again
        <Looked {...spot(looked)} name={places.has(looked) ? null : nameOf(looked)} frame={frame} />
      )}
    </>
  );
}

function Looked({
  x,
  y,
  name,
  frame,
}: {
  readonly x: number;
  readonly y: number;
  readonly name: string | null;
  readonly frame: Frame;
}) {
  const flip = x > frame.width * 0.7;
  return (
    <g class="llmw-ground-looked" style={{ transform: `translate(${x}px, ${y}px)` }}>
      <circle r={6} />
      {name !== null && (
        <text x={flip ? -11 : 11} text-anchor={flip ? "end" : "start"} dominant-baseline="central">
          {labelText(name)}
        </text>
      )}
    </g>
  );
}
