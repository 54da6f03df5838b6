// The picture of a map: the ground's many points on a canvas, and above it as SVG the words, arrows, labels and what is being chosen.
import { useMemo, useRef, useState } from "preact/hooks";
import { useUniqueId } from "../../../lib/id";
import { CrossOfAxes, FlatAxes } from "./axes";
import { placesOf, rowsOf, useBounds } from "./bounds";
import { boundsOf, frameOf, inside, middleOf, panned, showing, spotOf, turned, zoomedAt } from "./camera";
import { boxArea, chosenIn, isChosen, joined, polygonArea, toggled } from "./choose";
import { type Handlers, type Shape, useGestures } from "./gestures";
import { lieOf } from "./ground";
import { GroundLabels } from "./ground_labels";
import { takeKey } from "./keys";
import { useNamed, usePlaces } from "./labelling";
import { Lines, Marks } from "./lines";
import { useMotion } from "./motion";
import { usePainting } from "./painting";
import { useColours } from "./palette";
import { useGliding, useOrder, useRest } from "./rest";
import { ShapeOutline } from "./shape";
import { grainNow, useSize } from "./size";
import { drawnAt, targetAt, useLook } from "./target";
import type { SceneProps, Target } from "./types";
import { Word } from "./words";
import { useHint, ZoomBar, ZoomHint } from "./zoom_bar";

export function Scene(props: SceneProps) {
  const { points, coordinates, axes, looked, lit, litGround, tool, t } = props;
  const chosen = props.chosen?.points.length || props.chosen?.ground ? props.chosen : null;
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(holder);
  const ticks = axes === 2 && props.linear;
  const grain = grainNow(holder.current);
  const lie = useMemo(() => (props.ground?.axes === axes ? lieOf(props.ground) : null), [props.ground, axes]);
  const ground = lie && props.ground;
  const bounds = useBounds(props, lie);
  const motion = useMotion(bounds, axes);
  const { camera, moving } = motion;
  const frameAt = (at: typeof camera) => frameOf(bounds, at, axes, size, ticks, grain);
  const frame = useMemo(() => frameAt(camera), [bounds, camera, axes, size.width, size.height, ticks, grain]);
  const { inner } = frame;

  const places = useMemo(() => placesOf(props), [points, coordinates, axes]);
  const spots = useMemo(() => places.map((place) => place && spotOf(frame, place)), [places, frame]);
  const hidden = useMemo(() => bitsOf(props.hidden), [props.hidden]);
  const colours = useColours(holder, props.classCount, props.scale);
  const seen = usePainting({
    canvas,
    ground,
    lie,
    frame,
    grain,
    colours,
    hidden,
    chosen,
    lit,
    litGround,
    motion,
  });
  const rest = useRest(frame, moving);
  const fontSize = size.width >= 900 ? 17 : size.width < 420 ? 13 : 15;
  const named = useNamed(rest, ground, hidden, props);
  const labels = usePlaces(holder, props, places, named, rest, fontSize);
  const gliding = useGliding(coordinates, frame);

  const [shape, setShape] = useState<Shape | null>(null);
  const [engaged, setEngaged] = useState(false);
  const [hint, showHint] = useHint();
  const [stop, setStop] = useState(0);
  const tabbed = spots[stop] ? stop : spots.findIndex((spot) => spot !== null);
  const order = useOrder(points, spots, axes, engaged);
  const clip = useUniqueId();
  const look = useLook(props.onLook);

  const toggle = ({ on, index }: Target) => props.onChoose(toggled(chosen, on, index, ground?.count ?? 0));
  const handlers: Handlers = {
    tool,
    axes,
    engaged,
    pan: (right, down) => motion.move(panned(frameAt(motion.now()), bounds, right, down)),
    turn: (right, down) => motion.move(turned(motion.now(), right, down)),
    zoom: (at, factor) => motion.move(zoomedAt(frameAt(motion.now()), bounds, at, factor)),
    leap: (at, factor) => motion.glide(zoomedAt(frameAt(motion.goal()), bounds, at, factor)),
    hover: (at, element) => look(at && targetAt(at, element, spots, ground, frame, hidden)),
    click: (at, element, adds) => {
      const target = targetAt(at, element, spots, ground, frame, hidden);
      if (target && adds) toggle(target);
      else props.onPick(target);
      if (!target && !adds && chosen) props.onChoose(null);
    },
    draw: setShape,
    close: ({ kind, path }, adds) => {
      const [from, to] = [path[0], path.at(-1)];
      if (!from || !to) return;
      const area = kind === "box" ? boxArea(from, to) : polygonArea(path);
      const within = chosenIn(area, spots, ground, frame, hidden);
      props.onChoose(adds ? joined(chosen, within) : within);
    },
    decline: showHint,
  };
  const gestures = useGestures(holder, handlers);

  const zoomBy = (factor: number) => handlers.leap(middleOf(inner), factor);
  const showAll = () =>
    motion.glide(showing(boundsOf(rowsOf(props, lie), axes), bounds, motion.now(), axes, inner));
  const focus = (point: number) => {
    setStop(point);
    holder.current?.querySelector<SVGElement>(`[data-point="${point}"]`)?.focus();
    const spot = spots[point];
    if (!spot || inside(inner, spot)) return;
    const middle = middleOf(inner);
    motion.glide(panned(frame, bounds, middle.x - spot.x, middle.y - spot.y));
  };
  const leave = () => {
    if (gestures.drop()) return true;
    if (chosen) props.onChoose(null);
    return chosen !== null;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { pan, turn } = handlers;
    const acts = {
      axes,
      spots,
      from: tabbed,
      zoomBy,
      showAll,
      pan,
      turn,
      escape: leave,
      pick: props.onPick,
      toggle,
      focus,
    };
    if (takeKey(event, acts)) event.preventDefault();
  };

  return (
    <div class="llmw-scene">
      <div
        ref={holder}
        class="llmw-chart"
        data-stale={props.stale}
        data-moving={moving}
        data-tool={tool}
        data-engaged={engaged}
        role="listbox"
        tabIndex={tabbed < 0 ? 0 : -1}
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
          const target = drawnAt(event.target);
          if (target?.on !== "points") return;
          setStop(target.index);
          look(target);
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
            left: `${inner.left}px`,
            top: `${inner.top}px`,
            width: `${Math.max(inner.right - inner.left, 0)}px`,
            height: `${Math.max(inner.bottom - inner.top, 0)}px`,
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
            data-choosing={chosen !== null}
            data-gliding={gliding}
          >
            <clipPath id={clip}>
              <rect
                x={inner.left}
                y={inner.top}
                width={inner.right - inner.left}
                height={inner.bottom - inner.top}
              />
            </clipPath>
            {axes === 3 && <CrossOfAxes frame={frame} titles={props.titles} />}
            <g clip-path={`url(#${clip})`}>
              <Lines arrows={props.arrows} frame={frame} />
              <Marks marks={props.marks} places={labels.marks} frame={frame} />
            </g>
            {ground && (
              <GroundLabels
                ground={ground}
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
                  out={!inside(inner, spot, 1)}
                  tabbed={index === tabbed}
                  flip={spot.x > size.width / 2}
                />
              ) : null;
            })}
            {shape && <ShapeOutline shape={shape} />}
          </svg>
        )}
      </div>
      {points.length === 0 && !ground && <p class="llmw-scene-empty">{t("scene.empty")}</p>}
      <ZoomBar onZoom={zoomBy} onAll={showAll} t={t} />
      <ZoomHint shown={hint} t={t} />
      {ground && (
        <p class="llmw-visually-hidden" role="status">
          {t("scene.ground", { count: ground.count, seen })}
        </p>
      )}
    </div>
  );
}

function bitsOf(classes: ReadonlySet<number>): number {
  let bits = 0;
  for (const index of classes) bits |= 1 << index;
  return bits;
}
