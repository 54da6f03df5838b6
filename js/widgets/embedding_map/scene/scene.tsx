// The picture of a map: the ground's many points on a canvas, and above it as SVG the words, arrows, labels and what is being chosen.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useUniqueId } from "../../../lib/id";
import { CrossOfAxes, FlatAxes } from "./axes";
import {
  type Bounds,
  boundsOf,
  type Frame,
  frameOf,
  inside,
  middleOf,
  panned,
  type Size,
  type Spot,
  sameBounds,
  showing,
  spotOf,
  turned,
  zoomedAt,
} from "./camera";
import {
  boxArea,
  chosenIn,
  fewGround,
  isChosen,
  joined,
  nearestGround,
  polygonArea,
  toggled,
} from "./choose";
import { type Handlers, type Shape, useGestures } from "./gestures";
import { type Lie, lieOf } from "./ground";
import { GroundCanvas } from "./ground_canvas";
import { GroundLabels } from "./ground_labels";
import { Lines, Marks, markText } from "./lines";
import { useMotion } from "./motion";
import { useColours } from "./palette";
import { type Places, placeAll } from "./places";
import { grainNow, useSize } from "./size";
import type { ScenePoint, SceneProps, Target } from "./types";
import { Word, type WordSpot } from "./words";

const BUTTON_FACTOR = 1.6;
const KEY_PAN = 48;
const KEY_TURN = 24;
const WORD_REACH = 12;
const GROUND_REACH = 8;
/** More ground points than these in the picture are not labelled. */
const MOST_NAMED = 60;
const HINT_MS = 2500;

export function Scene(props: SceneProps) {
  const { points, coordinates, axes, ground, looked, chosen, lit, litGround, stale, t } = props;
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(holder);
  const ticks = axes === 2 && props.linear;
  const grain = grainNow();
  const places = useMemo(() => placesOf(props), [points, coordinates, axes]);
  const lie = useMemo(() => (ground?.axes === axes ? lieOf(ground) : null), [ground, axes]);
  const bounds = useBounds(props, lie);
  const motion = useMotion(bounds, axes);
  const { camera, moving } = motion;
  const frame = useMemo(
    () => frameOf(bounds, camera, axes, size, ticks, grain),
    [bounds, camera, axes, size.width, size.height, ticks, grain],
  );
  const hidden = useMemo(() => bitsOf(props.hidden), [props.hidden]);
  const frameNow = () => frameOf(bounds, motion.now(), axes, size, ticks, grain);
  const shownGround = lie && ground;

  const spots = useMemo(() => places.map((place) => (place ? spotOf(frame, place) : null)), [places, frame]);
  const colours = useColours(holder, props.classCount, props.scale);
  const seen = useGround();
  const [shape, setShape] = useState<Shape | null>(null);
  const [engaged, setEngaged] = useState(false);
  const [hint, showHint] = useHint();
  const [stop, setStop] = useState(0);
  const tabbed = Math.min(stop, Math.max(points.length - 1, 0));
  const hovered = useRef<Target | null>(null);
  const clip = useUniqueId();
  const large = size.width >= 900;
  const fontSize = large ? 17 : size.width < 420 ? 13 : 15;
  const rest = useRest(frame, moving);
  const named = useNamed(rest, shownGround, hidden, props, size);
  const labels = usePlaces();
  const gliding = useGliding(coordinates, frame, size);

  function useGround(): number {
    const [shown, setShown] = useState(0);
    const painter = useRef<GroundCanvas | null>(null);
    const waiting = useRef(0);
    const paint = () => {
      waiting.current = 0;
      if (!canvas.current || size.width === 0) return;
      painter.current ??= new GroundCanvas(canvas.current);
      if (!shownGround || !lie || !colours) {
        painter.current.clear();
        return;
      }
      const count = painter.current.show({
        ground: shownGround,
        frame,
        colours,
        look: {
          hidden,
          chosen: chosen?.ground ?? null,
          dim: lit.length > 0 || litGround.length > 0,
          crowding: lie.crowding / frame.scale ** 2,
          grain,
        },
        lit: litGround,
      });
      canvas.current.dataset.shown = String(count);
      if (!moving) setShown(count);
    };
    useLayoutEffect(() => {
      if (motion.inFrame()) paint();
      else waiting.current = requestAnimationFrame(paint);
      return () => cancelAnimationFrame(waiting.current);
    }, [shownGround, lie, frame, colours, hidden, chosen, lit.length > 0, litGround, grain, moving]);
    useEffect(() => () => painter.current?.free(), []);
    return shown;
  }

  function usePlaces(): Places {
    const held = useRef<Places>({ marks: [], points: [], ground: new Map() });
    const made = useMemo(() => {
      if (size.width === 0) return held.current;
      const restSpots = places.map((place) => {
        const spot = place && spotOf(rest, place);
        return spot && inside(rest.inner, spot) ? spot : null;
      });
      const family = holder.current ? getComputedStyle(holder.current).fontFamily : "sans-serif";
      const marked = props.marks.map(({ at, label }) => ({ ...spotOf(rest, at), text: markText(label) }));
      return placeAll(marked, points, restSpots, named, rest, { size: fontSize, family });
    }, [props.marks, points, places, named, rest, fontSize]);
    held.current = made;
    return made;
  }

  const targetAt = (at: Spot, element: EventTarget | null): Target | null => {
    const drawn = element instanceof Element ? element.closest("[data-point], [data-ground]") : null;
    if (drawn?.hasAttribute("data-point"))
      return { on: "points", index: Number(drawn.getAttribute("data-point")) };
    if (drawn) return { on: "ground", index: Number(drawn.getAttribute("data-ground")) };
    if (!inside(frame.inner, at)) return null;
    const word = nearestSpot(spots, at, WORD_REACH);
    if (word !== null) return { on: "points", index: word };
    const index = shownGround && nearestGround(shownGround, frame, hidden, at, GROUND_REACH);
    return index === null ? null : { on: "ground", index };
  };
  const look = (target: Target | null) => {
    if (sameTarget(target, hovered.current)) return;
    hovered.current = target;
    props.onLook(target);
  };
  const toggle = ({ on, index }: Target) =>
    props.onChoose(toggled(chosen, on, index, shownGround?.count ?? 0));

  const handlers: Handlers = {
    tool: props.tool,
    axes,
    engaged,
    pan: (right, down) => motion.move(panned(frameNow(), bounds, right, down)),
    turn: (right, down) => motion.move(turned(motion.now(), right, down)),
    zoom: (at, factor) => motion.move(zoomedAt(frameNow(), bounds, at, factor)),
    leap: (at, factor) => motion.glide(zoomedAt(frameNow(), bounds, at, factor)),
    hover: (at, element) => look(at && targetAt(at, element)),
    click: (at, element, adds) => {
      const target = targetAt(at, element);
      if (target && adds) toggle(target);
      else props.onPick(target);
      if (!target && !adds && chosen) props.onChoose(null);
    },
    draw: setShape,
    close: ({ kind, path }, adds) => {
      const [from, to] = [path[0], path.at(-1)];
      if (!from || !to) return;
      const area = kind === "box" ? boxArea(from, to) : polygonArea(path);
      const within = chosenIn(area, spots, shownGround, frame, hidden);
      props.onChoose(adds ? joined(chosen, within) : within);
    },
    decline: showHint,
  };
  const gestures = useGestures(holder, handlers);

  const zoomBy = (factor: number) => handlers.leap(middleOf(frame.inner), factor);
  const showAll = () => {
    const everything = boundsOf(
      [...(ground && lie ? [ground.xyz] : []), coordinates, ...extras(props)],
      axes,
    );
    motion.glide(showing(everything, bounds, motion.now(), axes, frame.inner));
  };
  const focus = (point: number) => {
    setStop(point);
    holder.current?.querySelector<SVGElement>(`[data-point="${point}"]`)?.focus();
    const spot = spots[point];
    if (spot && !inside(frame.inner, spot)) {
      const middle = middleOf(frame.inner);
      motion.glide(panned(frameNow(), bounds, middle.x - spot.x, middle.y - spot.y));
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (takes(event)) event.preventDefault();
  };
  /** Whether the key meant something. */
  const takes = ({ key, shiftKey, target }: KeyboardEvent): boolean => {
    const focused = target instanceof Element ? target.closest("[data-point]") : null;
    const point = focused ? Number(focused.getAttribute("data-point")) : null;
    const arrow = ARROWS[key];
    if (key === "+" || key === "=") zoomBy(BUTTON_FACTOR);
    else if (key === "-" || key === "_") zoomBy(1 / BUTTON_FACTOR);
    else if (key === "0") showAll();
    else if (key === "Escape") {
      if (gestures.drop()) return true;
      if (!chosen) return false;
      props.onChoose(null);
    } else if (arrow && shiftKey) {
      if (axes === 2) handlers.pan(-arrow.x * KEY_PAN, -arrow.y * KEY_PAN);
      else handlers.turn(arrow.x * KEY_TURN, arrow.y * KEY_TURN);
    } else if (key === "Enter" && point !== null) props.onPick({ on: "points", index: point });
    else if (key === " " && point !== null) toggle({ on: "points", index: point });
    else {
      const next = neighbour(key, tabbed, spots);
      if (next === null) return false;
      focus(next);
    }
    return true;
  };

  const choosing = chosen !== null && (chosen.points.length > 0 || chosen.ground !== null);
  const order = useOrder(points, spots, axes, axes === 3 && engaged);
  return (
    <div class="llmw-scene">
      <div
        ref={holder}
        class="llmw-chart"
        data-stale={stale}
        data-moving={moving}
        data-tool={props.tool}
        data-engaged={engaged}
        role="listbox"
        tabIndex={points.length > 0 ? -1 : 0}
        aria-label={t(axes === 2 ? "scene" : "scene.3d")}
        aria-multiselectable="true"
        style={{ height: `${size.height}px` }}
        onKeyDown={onKeyDown}
        onPointerDown={gestures.onPointerDown}
        onPointerMove={gestures.onPointerMove}
        onPointerUp={gestures.onPointerUp}
        onPointerCancel={gestures.onPointerCancel}
        onPointerLeave={gestures.onPointerLeave}
        onWheel={gestures.onWheel}
        onDblClick={gestures.onDblClick}
        onFocusIn={(event) => {
          setEngaged(true);
          const target = event.target instanceof Element ? event.target.closest("[data-point]") : null;
          if (!target) return;
          const index = Number(target.getAttribute("data-point"));
          setStop(index);
          look({ on: "points", index });
        }}
        onFocusOut={(event) => {
          const to = event.relatedTarget;
          if (!(to instanceof Node && holder.current?.contains(to))) setEngaged(false);
          look(null);
        }}
      >
        {ticks && size.width > 0 && (
          <svg role="none" width={size.width} height={size.height}>
            <FlatAxes frame={frame} titles={props.titles} />
          </svg>
        )}
        <canvas
          ref={canvas}
          class="llmw-ground"
          style={{
            left: `${frame.inner.left}px`,
            top: `${frame.inner.top}px`,
            width: `${Math.max(frame.inner.right - frame.inner.left, 0)}px`,
            height: `${Math.max(frame.inner.bottom - frame.inner.top, 0)}px`,
          }}
        />
        {size.width > 0 && (
          <svg
            class="llmw-overlay"
            role="none"
            width={size.width}
            height={size.height}
            viewBox={`0 0 ${size.width} ${size.height}`}
            style={{ fontSize: `${fontSize}px` }}
            data-lit={lit.length > 0 || litGround.length > 0}
            data-choosing={choosing}
            data-gliding={gliding}
          >
            <clipPath id={clip}>
              <rect
                x={frame.inner.left}
                y={frame.inner.top}
                width={frame.inner.right - frame.inner.left}
                height={frame.inner.bottom - frame.inner.top}
              />
            </clipPath>
            {axes === 3 && <CrossOfAxes frame={frame} titles={props.titles} />}
            <g clip-path={`url(#${clip})`}>
              <Lines arrows={props.arrows} frame={frame} />
              <Marks marks={props.marks} places={labels.marks} frame={frame} />
            </g>
            {shownGround && (
              <GroundLabels
                ground={shownGround}
                frame={frame}
                named={named}
                places={labels.ground}
                looked={looked?.on === "ground" ? looked.index : null}
                nameOf={props.nameOf}
              />
            )}
            {order.map((index) => {
              const point = points[index];
              const spot = spots[index];
              return point && spot ? (
                <Word
                  key={point.key}
                  point={point}
                  index={index}
                  spot={spot}
                  place={labels.points[index] ?? null}
                  lit={lit.includes(index)}
                  looked={(looked?.on === "points" && looked.index === index) || lit[0] === index}
                  chosen={chosen !== null && isChosen(chosen, "points", index)}
                  out={!inside(frame.inner, spot, 1)}
                  tabbed={index === tabbed}
                  flip={spot.x > size.width / 2}
                />
              ) : null;
            })}
            {shape && <ShapeOutline shape={shape} />}
          </svg>
        )}
      </div>
      {points.length === 0 && !shownGround && <p class="llmw-scene-empty">{t("scene.empty")}</p>}
      <div class="llmw-zoom">
        <button
          type="button"
          aria-label={t("zoom.in")}
          title={t("zoom.in")}
          onClick={() => zoomBy(BUTTON_FACTOR)}
        >
          +
        </button>
        <button
          type="button"
          aria-label={t("zoom.out")}
          title={t("zoom.out")}
          onClick={() => zoomBy(1 / BUTTON_FACTOR)}
        >
          −
        </button>
        <button type="button" aria-label={t("zoom.reset")} title={t("zoom.reset")} onClick={showAll}>
          <span class="llmw-fit" aria-hidden="true" />
        </button>
      </div>
      <p class="llmw-zoom-hint" data-shown={hint} aria-hidden={!hint}>
        {t("zoom.hint", { key: t(isMac() ? "zoom.key.mac" : "zoom.key") })}
      </p>
      {shownGround && (
        <p class="llmw-visually-hidden" role="status">
          {t("scene.ground", { count: shownGround.count, seen })}
        </p>
      )}
    </div>
  );
}

const ARROWS: Readonly<Record<string, Spot>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

function ShapeOutline({ shape: { kind, path } }: { readonly shape: Shape }) {
  const [from, to] = [path[0], path.at(-1)];
  if (!from || !to) return null;
  if (kind === "lasso") {
    return <polygon class="llmw-shape" points={path.map(({ x, y }) => `${x},${y}`).join(" ")} />;
  }
  return (
    <rect
      class="llmw-shape"
      x={Math.min(from.x, to.x)}
      y={Math.min(from.y, to.y)}
      width={Math.abs(to.x - from.x)}
      height={Math.abs(to.y - from.y)}
    />
  );
}

/** A place for each point, null where a number of it is not finite. */
function placesOf({ points, coordinates, axes }: SceneProps): readonly (readonly number[] | null)[] {
  return points.map((_, point) => {
    const place = Array.from({ length: axes }, (_, axis) => coordinates[point * axes + axis] ?? Number.NaN);
    return place.every(Number.isFinite) ? place : null;
  });
}

/** The places of arrows and marks, as rows. */
function extras({ arrows, marks, axes }: SceneProps): readonly (readonly number[])[] {
  return [...arrows.flatMap(({ from, to }) => [from, to]), ...marks.map(({ at }) => at)].map((place) =>
    place.slice(0, axes),
  );
}

/** What the picture shows unzoomed. On a ground it stays as it is while words come and go; without one it follows the words. */
function useBounds(props: SceneProps, lie: Lie | null): Bounds {
  const held = useRef<{ lie: Lie | null; axes: number; bounds: Bounds } | null>(null);
  const { coordinates, axes, arrows, marks } = props;
  const own = useMemo(
    () => (lie ? null : boundsOf(props.extent ?? [coordinates, ...extras(props)], axes)),
    [lie, coordinates, axes, arrows, marks, props.extent],
  );
  const last = held.current;
  if (lie) {
    const stays = last?.lie && last.axes === axes && sameBounds(last.lie.bounds, lie.bounds);
    held.current = {
      lie,
      axes,
      bounds: stays ? last.bounds : boundsOf([props.ground?.xyz ?? [], coordinates], axes),
    };
  } else if (own && (!last || last.lie || last.axes !== axes || !sameBounds(last.bounds, own))) {
    held.current = { lie: null, axes, bounds: own };
  }
  return (held.current as { bounds: Bounds }).bounds;
}

/** The frame as it was when the picture last rested. */
function useRest(frame: Frame, moving: boolean): Frame {
  const held = useRef(frame);
  if (!moving) held.current = frame;
  return held.current;
}

/** Whether points glide: they do when their coordinates change, not when the camera moves. */
function useGliding(coordinates: ArrayLike<number>, frame: Frame, size: Size): boolean {
  const held = useRef({ coordinates, camera: frame.camera, size, gliding: false });
  const last = held.current;
  if (last.coordinates !== coordinates) {
    held.current = { coordinates, camera: frame.camera, size, gliding: true };
  } else if (last.camera !== frame.camera || last.size.width !== size.width) {
    held.current = { coordinates, camera: frame.camera, size, gliding: false };
  }
  return held.current.gliding;
}

/** The ground points that are labelled: those in the picture, once it rests, where they are few. */
function useNamed(
  rest: Frame,
  ground: SceneProps["ground"],
  hidden: number,
  { looked, nameOf, onNames }: SceneProps,
  size: Size,
) {
  const few = useMemo(
    () => (ground && size.width > 0 ? (fewGround(ground, rest, hidden, MOST_NAMED) ?? []) : []),
    [ground, rest, hidden, size.width],
  );
  const looks = looked?.on === "ground" ? looked.index : null;
  useEffect(() => {
    const wanted = looks === null ? few : [...new Set([looks, ...few])];
    const unknown = wanted.filter((point) => nameOf(point) === null);
    if (unknown.length > 0) onNames(unknown);
  }, [few, looks]);
  const names = few.map((point) => nameOf(point));
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

/** Words above what is less; with three axes the nearer above the farther, but no element moves while one has the focus: that would take it away. */
function useOrder(
  points: readonly ScenePoint[],
  spots: readonly (WordSpot | null)[],
  axes: number,
  holds: boolean,
) {
  const held = useRef<readonly number[]>([]);
  const near = (index: number) => spots[index]?.near ?? 0;
  const word = (index: number) => Number(points[index]?.kind === "word");
  if (!holds || held.current.length !== points.length) {
    held.current = points
      .map((_, index) => index)
      .sort((one, other) => (axes === 3 ? near(one) - near(other) : word(one) - word(other)) || other - one);
  }
  return held.current;
}

function useHint(): readonly [boolean, () => void] {
  const [shown, setShown] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const show = () => {
    setShown(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setShown(false), HINT_MS);
  };
  return [shown, show];
}

function nearestSpot(spots: readonly (Spot | null)[], at: Spot, reach: number): number | null {
  let best: number | null = null;
  let least = reach * reach;
  spots.forEach((spot, index) => {
    const distance = spot ? (spot.x - at.x) ** 2 + (spot.y - at.y) ** 2 : Number.POSITIVE_INFINITY;
    if (distance > least) return;
    least = distance;
    best = index;
  });
  return best;
}

/** The point that an arrow key goes to. */
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

function sameTarget(one: Target | null, other: Target | null): boolean {
  return one?.on === other?.on && one?.index === other?.index;
}

function bitsOf(classes: ReadonlySet<number>): number {
  let bits = 0;
  for (const index of classes) bits |= 1 << index;
  return bits;
}

function isMac(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.platform);
}
