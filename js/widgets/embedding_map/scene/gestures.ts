// Pointers, wheel and double clicks, as what they mean: pulling, turning, zooming, and drawing a shape around points.
import { useEffect, useMemo, useRef } from "preact/hooks";
import { zoomOf } from "../../../lib/zoom";
import type { Spot } from "./camera";
import type { Tool } from "./types";

const CLICK_REACH = 4;
/** Nearer vertices than this add nothing to a lasso. */
const LASSO_STEP = 2;

export interface Shape {
  readonly kind: "box" | "lasso";
  readonly path: readonly Spot[];
}

export interface Handlers {
  readonly tool: Tool;
  readonly axes: 2 | 3;
  readonly engaged: boolean;
  readonly pan: (right: number, down: number) => void;
  readonly turn: (right: number, down: number) => void;
  readonly zoom: (at: Spot, factor: number) => void;
  readonly leap: (at: Spot, factor: number) => void;
  readonly hover: (at: Spot | null, target: EventTarget | null) => void;
  readonly click: (at: Spot, target: EventTarget | null, adds: boolean) => void;
  /** The shape so far, null when it is dropped. */
  readonly draw: (shape: Shape | null) => void;
  readonly close: (shape: Shape, adds: boolean) => void;
  /** The wheel turned over a picture that does not take it. */
  readonly decline: () => void;
}

interface Drag {
  readonly kind: "pan" | "turn" | "box" | "lasso";
  readonly adds: boolean;
  readonly from: Spot;
  readonly target: EventTarget | null;
  path: readonly Spot[];
  moved: boolean;
}

export function useGestures(holder: { current: HTMLElement | null }, handlers: Handlers) {
  const latest = useRef(handlers);
  latest.current = handlers;
  const gestures = useMemo(() => new Gestures(holder, latest), [holder]);
  useEffect(() => () => gestures.stop(), [gestures]);
  return gestures;
}

class Gestures {
  private readonly pointers = new Map<number, Spot>();
  private drag: Drag | null = null;
  private hovering = 0;

  constructor(
    private readonly holder: { current: HTMLElement | null },
    private readonly latest: { current: Handlers },
  ) {}

  stop(): void {
    cancelAnimationFrame(this.hovering);
    this.hovering = 0;
  }

  /** Whether a shape was being drawn; it is dropped. */
  drop(): boolean {
    const drawing = this.drag?.kind === "box" || this.drag?.kind === "lasso";
    this.drag = null;
    if (drawing) this.latest.current.draw(null);
    return drawing;
  }

  readonly onPointerDown = (event: PointerEvent): void => {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    const at = this.spot(event);
    this.pointers.set(event.pointerId, at);
    if (this.pointers.size > 1) {
      this.drop();
      return;
    }
    const { kind, adds } = this.meaning(event);
    this.drag = { kind, adds, from: at, target: event.target, path: [at], moved: false };
  };

  readonly onPointerMove = (event: PointerEvent): void => {
    const at = this.spot(event);
    const last = this.pointers.get(event.pointerId);
    if (!last) {
      if (this.pointers.size === 0) this.hover(at, event.target);
      return;
    }
    if (this.pointers.size === 2) this.pinch(event.pointerId, last, at);
    else if (this.drag) this.follow(this.drag, event, last, at);
    this.pointers.set(event.pointerId, at);
  };

  readonly onPointerUp = (event: PointerEvent): void => {
    if (!this.pointers.delete(event.pointerId)) return;
    const { drag } = this;
    this.drag = null;
    if (!drag) return;
    const { click, close, draw } = this.latest.current;
    if (!drag.moved) {
      click(drag.from, drag.target, event.shiftKey);
    } else if (drag.kind === "box" || drag.kind === "lasso") {
      draw(null);
      close({ kind: drag.kind, path: drag.path }, drag.adds);
    }
  };

  readonly onPointerCancel = (event: PointerEvent): void => {
    this.pointers.delete(event.pointerId);
    this.drop();
  };

  readonly onPointerLeave = (): void => {
    this.stop();
    this.latest.current.hover(null, null);
  };

  readonly onWheel = (event: WheelEvent): void => {
    const { engaged, zoom, decline } = this.latest.current;
    if (!engaged && !event.ctrlKey && !event.metaKey) {
      decline();
      return;
    }
    event.preventDefault();
    const pixels =
      event.deltaY *
      (event.deltaMode === WheelEvent.DOM_DELTA_LINE
        ? 25
        : event.deltaMode === WheelEvent.DOM_DELTA_PAGE
          ? 500
          : 1);
    // two fingers on a touch pad come as a wheel with Control, in small steps
    const small = event.ctrlKey && Math.abs(pixels) < 50;
    const steps = Math.min(Math.max(pixels * (small ? 0.01 : 0.002), -0.6), 0.6);
    zoom(this.spot(event), 2 ** -steps);
  };

  readonly onDblClick = (event: MouseEvent): void => {
    if (this.latest.current.tool === "pan")
      this.latest.current.leap(this.spot(event), event.shiftKey ? 0.5 : 2);
  };

  private meaning({ altKey, shiftKey }: PointerEvent): Pick<Drag, "kind" | "adds"> {
    const { tool, axes } = this.latest.current;
    if (tool !== "pan") return { kind: tool, adds: shiftKey };
    if (axes === 3) return { kind: shiftKey ? "pan" : "turn", adds: false };
    return { kind: altKey || shiftKey ? "lasso" : "pan", adds: shiftKey };
  }

  private follow(drag: Drag, event: PointerEvent, last: Spot, at: Spot): void {
    const { pan, turn, draw, hover } = this.latest.current;
    if (!drag.moved) {
      if (Math.hypot(at.x - drag.from.x, at.y - drag.from.y) < CLICK_REACH) return;
      drag.moved = true;
      this.holder.current?.setPointerCapture(event.pointerId);
      this.stop();
      hover(null, null);
      // what was moved until it counted as a drag is not lost
      this.act(drag, pan, turn, at.x - drag.from.x, at.y - drag.from.y);
    } else {
      this.act(drag, pan, turn, at.x - last.x, at.y - last.y);
    }
    if (drag.kind === "box") drag.path = [drag.from, at];
    else if (drag.kind === "lasso") {
      const end = drag.path.at(-1) ?? at;
      if (Math.hypot(at.x - end.x, at.y - end.y) >= LASSO_STEP) drag.path = [...drag.path, at];
    } else return;
    draw({ kind: drag.kind, path: drag.path });
  }

  private act(drag: Drag, pan: Handlers["pan"], turn: Handlers["turn"], right: number, down: number): void {
    if (drag.kind === "pan") pan(right, down);
    if (drag.kind === "turn") turn(right, down);
  }

  private pinch(id: number, last: Spot, at: Spot): void {
    const other = [...this.pointers].find(([pointer]) => pointer !== id)?.[1];
    if (!other) return;
    const { pan, zoom } = this.latest.current;
    const apart = (one: Spot) => Math.max(Math.hypot(one.x - other.x, one.y - other.y), 1);
    pan((at.x - last.x) / 2, (at.y - last.y) / 2);
    zoom({ x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 }, apart(at) / apart(last));
  }

  /** At most once a frame: among many points it is some work to find the nearest. */
  private hover(at: Spot, target: EventTarget | null): void {
    cancelAnimationFrame(this.hovering);
    this.hovering = requestAnimationFrame(() => this.latest.current.hover(at, target));
  }

  private spot(event: MouseEvent): Spot {
    const box = this.holder.current?.getBoundingClientRect();
    const zoom = zoomOf(this.holder.current);
    return { x: (event.clientX - (box?.left ?? 0)) / zoom, y: (event.clientY - (box?.top ?? 0)) / zoom };
  }
}
