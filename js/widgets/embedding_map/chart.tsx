// The map itself, as SVG: points that glide to their new places, and one of them looked at.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Translate } from "../../lib/i18n";
import type { MapPayload } from "../../session/payloads";
import { type Frame, frameOf, type Placed, placeLabels } from "./geometry";
import { describe, labelText } from "./point";

const WORD_RADIUS = 6;
const TOKEN_RADIUS = 4;
const NEAREST_LINES = 3;

interface Props {
  readonly map: MapPayload;
  readonly coordinates: ArrayLike<number>;
  /** Points to bring out: the one looked at first, then those it is compared with. */
  readonly lit: readonly number[];
  readonly onLook: (point: number | null) => void;
  readonly stale: boolean;
  readonly t: Translate;
}

export function Chart({ map, coordinates, lit, onLook, stale, t }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder);
  const size = { width, height: Math.round(Math.min(Math.max(width * 0.68, 280), 640)) };
  const large = width >= 900;
  const fontSize = large ? 17 : width < 420 ? 13 : 15;
  const frame = useMemo(() => frameOf(coordinates, size), [coordinates, size.width, size.height]);
  const order = useMemo(() => wordsFirst(map), [map]);
  const places = useMemo(
    () => (width > 0 ? placeAll(map, coordinates, order, frame, fontSize) : []),
    [map, coordinates, order, frame, fontSize, width],
  );
  const keys = useMemo(() => pointKeys(map), [map]);
  const [stop, setStop] = useState(0);
  const tabbed = Math.min(stop, map.labels.length - 1);
  const [looked, ...compared] = lit;

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = neighbour(event.key, tabbed, coordinates, map.labels.length);
    if (next === null) return;
    event.preventDefault();
    setStop(next);
    holder.current?.querySelector<SVGElement>(`[data-point="${next}"]`)?.focus();
  };

  return (
    <div
      ref={holder}
      class="llmw-chart"
      data-stale={stale}
      role="listbox"
      tabIndex={-1}
      aria-label={t("chart")}
      onKeyDown={onKeyDown}
      onPointerOver={(event) => onLook(pointOf(event))}
      onPointerLeave={() => onLook(null)}
      onFocusIn={(event) => {
        const point = pointOf(event);
        if (point !== null) setStop(point);
        onLook(point);
      }}
      onFocusOut={() => onLook(null)}
    >
      {width > 0 && (
        <svg
          role="none"
          width={size.width}
          height={size.height}
          viewBox={`0 0 ${size.width} ${size.height}`}
          style={{ fontSize: `${fontSize}px` }}
          data-lit={lit.length > 0}
        >
          <Axes frame={frame} variance={map.variance} t={t} />
          {looked !== undefined &&
            compared.map((other) => (
              <line
                key={other}
                class="llmw-tie"
                x1={frame.x(coordinates[2 * looked] ?? 0)}
                y1={frame.y(coordinates[2 * looked + 1] ?? 0)}
                x2={frame.x(coordinates[2 * other] ?? 0)}
                y2={frame.y(coordinates[2 * other + 1] ?? 0)}
              />
            ))}
          {/* words are painted last, above the text's tokens */}
          {[...order].reverse().map((point) => (
            <Point
              key={keys[point]}
              map={map}
              point={point}
              x={frame.x(coordinates[2 * point] ?? 0)}
              y={frame.y(coordinates[2 * point + 1] ?? 0)}
              place={places[point] ?? null}
              lit={lit.includes(point)}
              looked={looked === point}
              tabbed={point === tabbed}
              flip={frame.x(coordinates[2 * point] ?? 0) > size.width / 2}
              t={t}
            />
          ))}
        </svg>
      )}
    </div>
  );
}

/** The points to bring out for one that is looked at: itself and its nearest. */
export function withNearest(map: MapPayload, point: number): readonly number[] {
  return [point, ...(map.nearest[point] ?? []).slice(0, NEAREST_LINES).map(([other]) => other)];
}

interface PointProps {
  readonly map: MapPayload;
  readonly point: number;
  readonly x: number;
  readonly y: number;
  readonly place: Placed | null;
  readonly lit: boolean;
  readonly looked: boolean;
  readonly tabbed: boolean;
  readonly flip: boolean;
  readonly t: Translate;
}

function Point({ map, point, x, y, place, lit, looked, tabbed, flip, t }: PointProps) {
  const word = map.kinds[point] === "word";
  const label = map.labels[point] ?? "";
  const radius = word ? WORD_RADIUS : TOKEN_RADIUS;
  // a label that found no place shows while its point is looked at
  const at = place ?? (lit ? { dx: (flip ? -1 : 1) * (radius + 5), dy: 0, led: false } : null);
  return (
    <g
      class="llmw-point"
      data-kind={map.kinds[point]}
      data-point={point}
      data-lit={lit}
      data-looked={looked}
      role="option"
      aria-selected={looked}
      aria-label={describe(map, point, t)}
      tabindex={tabbed ? 0 : -1}
      style={{ transform: `translate(${x}px, ${y}px)` }}
    >
      {at?.led && <line class="llmw-lead" x2={at.dx * 0.8} y2={at.dy * 0.8} />}
      <circle class="llmw-reach" r={12} />
      {word ? (
        <circle class="llmw-dot" r={radius} />
      ) : (
        <rect class="llmw-dot" x={-radius} y={-radius} width={2 * radius} height={2 * radius} rx={1} />
      )}
      {at && (
        <text
          class="llmw-label"
          style={{ transform: `translate(${at.dx}px, ${at.dy}px)` }}
          text-anchor={place ? "middle" : flip ? "end" : "start"}
          dominant-baseline="central"
        >
          {labelText(label)}
        </text>
      )}
    </g>
  );
}

function Axes({ frame, variance, t }: { frame: Frame; variance: readonly number[]; t: Translate }) {
  const { inner } = frame;
  const title = (axis: number) =>
    t("axis", { number: axis + 1, share: ((variance[axis] ?? 0) * 100).toFixed(0) });
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in an SVG's group takes the focus
    <g class="llmw-axes" aria-hidden="true">
      {frame.ticksX.map((tick) => (
        <g key={`x${tick}`} data-zero={Math.abs(tick) < 1e-12}>
          <line x1={frame.x(tick)} x2={frame.x(tick)} y1={inner.top} y2={inner.bottom} />
          <text x={frame.x(tick)} y={inner.bottom + 14} text-anchor="middle">
            {tickText(tick)}
          </text>
        </g>
      ))}
      {frame.ticksY.map((tick) => (
        <g key={`y${tick}`} data-zero={Math.abs(tick) < 1e-12}>
          <line x1={inner.left} x2={inner.right} y1={frame.y(tick)} y2={frame.y(tick)} />
          <text x={inner.left - 6} y={frame.y(tick)} text-anchor="end" dominant-baseline="central">
            {tickText(tick)}
          </text>
        </g>
      ))}
      <text
        class="llmw-axis-title"
        x={(inner.left + inner.right) / 2}
        y={frame.height - 8}
        text-anchor="middle"
      >
        {title(0)}
      </text>
      <text
        class="llmw-axis-title"
        transform={`translate(11 ${(inner.top + inner.bottom) / 2}) rotate(-90)`}
        text-anchor="middle"
      >
        {title(1)}
      </text>
    </g>
  );
}

function tickText(tick: number): string {
  return (Math.abs(tick) < 1e-12 ? "0" : String(Number(tick.toPrecision(4)))).replace("-", "−");
}

/** The width of an element, followed; 0 while it is hidden. */
function useWidth(holder: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (holder.current) setWidth(Math.floor(holder.current.clientWidth));
  }, [holder]);
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      // a hidden cell measures 0: the last picture stays
      if (element.clientWidth > 0) setWidth(Math.floor(element.clientWidth));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [holder]);
  return width;
}

function wordsFirst(map: MapPayload): readonly number[] {
  const points = map.labels.map((_, index) => index);
  const isWord = (point: number) => Number(map.kinds[point] === "word");
  return points.sort((one, other) => isWord(other) - isWord(one) || one - other);
}

/** A point keeps its element, and so glides, as long as its word stays on the map. */
function pointKeys(map: MapPayload): readonly string[] {
  const times = new Map<string, number>();
  return map.labels.map((label, point) => {
    const name = `${map.kinds[point]} ${label}`;
    const count = times.get(name) ?? 0;
    times.set(name, count + 1);
    return `${name} ${count}`;
  });
}

function placeAll(
  map: MapPayload,
  coordinates: ArrayLike<number>,
  order: readonly number[],
  frame: Frame,
  fontSize: number,
): readonly (Placed | null)[] {
  const measure = measurer();
  const dots = order.map((point) => {
    const word = map.kinds[point] === "word";
    const size = word ? fontSize : fontSize * 0.8;
    return {
      x: frame.x(coordinates[2 * point] ?? 0),
      y: frame.y(coordinates[2 * point + 1] ?? 0),
      radius: word ? WORD_RADIUS : TOKEN_RADIUS,
      important: word,
      label: {
        width: measure(labelText(map.labels[point] ?? ""), size, word) + 4,
        height: size * 1.25,
      },
    };
  });
  const placed = placeLabels(dots, frame.inner);
  const places: (Placed | null)[] = map.labels.map(() => null);
  order.forEach((point, index) => {
    places[point] = placed[index] ?? null;
  });
  return places;
}

function measurer(): (text: string, size: number, bold: boolean) => number {
  const context = document.createElement("canvas").getContext("2d");
  return (text, size, bold) => {
    if (!context) return text.length * size;
    context.font = `${bold ? 600 : 400} ${size}px system-ui, sans-serif`;
    return context.measureText(text).width * 1.06;
  };
}

function neighbour(key: string, from: number, coordinates: ArrayLike<number>, count: number): number | null {
  const along = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowDown: [1, -1], ArrowUp: [1, 1] }[key];
  if (key !== "Home" && key !== "End" && !along) return null;
  const [axis = 0, step = 1] = along ?? [0, key === "Home" ? -1 : 1];
  const ranked = Array.from({ length: count }, (_, point) => point).sort(
    (one, other) => (coordinates[2 * one + axis] ?? 0) - (coordinates[2 * other + axis] ?? 0) || one - other,
  );
  if (!along) return ranked[step < 0 ? 0 : count - 1] ?? null;
  return ranked[ranked.indexOf(from) + step] ?? from;
}

function pointOf(event: Event): number | null {
  const point = event.target instanceof Element ? event.target.closest("[data-point]") : null;
  return point ? Number(point.getAttribute("data-point")) : null;
}
