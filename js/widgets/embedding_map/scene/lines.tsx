// Arrows and ties between places, and marks.
import { labelText } from "../point";
import { type Frame, type Spot, spotOf } from "./camera";
import type { Placed } from "./labels";
import type { Arrow, Mark } from "./types";

const HEAD = 9;
/** An arrow ends beside the point that it leads to. */
const SHORT_OF = 8;
export const MARK_RADIUS = 9;

export function Lines({ arrows, frame }: { readonly arrows: readonly Arrow[]; readonly frame: Frame }) {
  return (
    <>
      {arrows.map((arrow, index) => {
        const [from, to] = [spotOf(frame, arrow.from), spotOf(frame, arrow.to)];
        if (![from.x, from.y, to.x, to.y].every(Number.isFinite)) return null;
        return arrow.kind === "tie" ? (
          <line key={index} class="llmw-tie" x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
        ) : (
          <ArrowLine key={index} kind={arrow.kind} from={from} to={to} />
        );
      })}
    </>
  );
}

function ArrowLine({
  kind,
  from,
  to,
}: {
  readonly kind: "step" | "copy";
  readonly from: Spot;
  readonly to: Spot;
}) {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length < SHORT_OF + HEAD)
    return <line class="llmw-arrow" data-kind={kind} x1={from.x} y1={from.y} x2={to.x} y2={to.y} />;
  const along = { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
  const back = (by: number, aside = 0) => ({
    x: to.x - along.x * by - along.y * aside,
    y: to.y - along.y * by + along.x * aside,
  });
  const end = back(SHORT_OF + HEAD * 0.7);
  const head = [back(SHORT_OF), back(SHORT_OF + HEAD, HEAD / 2), back(SHORT_OF + HEAD, -HEAD / 2)];
  return (
    <g class="llmw-arrow" data-kind={kind}>
      <line x1={from.x} y1={from.y} x2={end.x} y2={end.y} />
      <polygon points={head.map(({ x, y }) => `${x},${y}`).join(" ")} />
    </g>
  );
}

/** An expression, unlike a token, is written with its spaces. */
export function markText(label: string): string {
  return labelText(label).replaceAll("␣", " ");
}

interface MarksProps {
  readonly marks: readonly Mark[];
  readonly places: readonly (Placed | null)[];
  readonly frame: Frame;
}

export function Marks({ marks, places, frame }: MarksProps) {
  return (
    <>
      {marks.map((mark, index) => {
        const { x, y } = spotOf(frame, mark.at);
        if (!Number.isFinite(x) || !Number.isFinite(y)) return null;
        const place = places[index];
        const flip = x > frame.width * 0.7;
        return (
          <g key={index} class="llmw-mark" style={{ transform: `translate(${x}px, ${y}px)` }}>
            {place?.led && <line class="llmw-lead" x2={place.dx * 0.8} y2={place.dy * 0.8} />}
            <circle r={MARK_RADIUS} />
            <text
              x={place ? place.dx : (flip ? -1 : 1) * (MARK_RADIUS + 5)}
              y={place?.dy ?? 0}
              text-anchor={place ? "middle" : flip ? "end" : "start"}
              dominant-baseline="central"
            >
              {markText(mark.label)}
            </text>
          </g>
        );
      })}
    </>
  );
}
