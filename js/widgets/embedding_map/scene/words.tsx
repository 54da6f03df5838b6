// The words as SVG: points that glide to their new places, the nearer the larger, and their labels.
import { labelText } from "../point";
import type { Spot } from "./camera";
import type { Placed } from "./labels";
import type { ScenePoint } from "./types";

const RADIUS = { word: 6, token: 4, faint: 3 };
/** How much larger the nearest is than the middle. */
const NEARNESS = 0.3;

export type WordSpot = Spot & { readonly near: number };

export function radiusOf(point: ScenePoint, near: number): number {
  return RADIUS[point.kind] * (1 + NEARNESS * Math.min(Math.max(near, -1), 1));
}

interface Props {
  readonly point: ScenePoint;
  readonly index: number;
  readonly spot: WordSpot;
  readonly place: Placed | null;
  readonly lit: boolean;
  readonly looked: boolean;
  readonly chosen: boolean;
  /** Its place is outside the picture. */
  readonly out: boolean;
  readonly tabbed: boolean;
  /** A label without a place stands on the left. */
  readonly flip: boolean;
}

export function Word({ point, index, spot, place, lit, looked, chosen, out, tabbed, flip }: Props) {
  const radius = radiusOf(point, spot.near);
  // a label that found no place shows while its point is brought out
  const at = place ?? (lit || looked ? { dx: (flip ? -1 : 1) * (radius + 5), dy: 0, led: false } : null);
  return (
    <g
      class="llmw-point"
      data-kind={point.kind}
      data-point={index}
      data-lit={lit}
      data-looked={looked}
      data-chosen={chosen}
      data-out={out}
      role="option"
      aria-selected={looked || chosen}
      aria-label={point.description}
      tabindex={tabbed ? 0 : -1}
      style={{ transform: `translate(${spot.x}px, ${spot.y}px)` }}
    >
      {at?.led && <line class="llmw-lead" x2={at.dx * 0.8} y2={at.dy * 0.8} />}
      <circle class="llmw-reach" r={12} />
      {chosen && <circle class="llmw-ring" r={radius + 3.5} />}
      {point.kind === "token" ? (
        <rect class="llmw-dot" x={-radius} y={-radius} width={2 * radius} height={2 * radius} rx={1} />
      ) : (
        <circle class="llmw-dot" r={radius} />
      )}
      {at && (
        <text
          class="llmw-label"
          style={{ transform: `translate(${at.dx}px, ${at.dy}px)` }}
          text-anchor={place ? "middle" : flip ? "end" : "start"}
          dominant-baseline="central"
        >
          {labelText(point.label)}
        </text>
      )}
    </g>
  );
}
