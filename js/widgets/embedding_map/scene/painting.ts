// When the ground is painted: in a frame, once for all that has changed since the last, and together with the words where these move.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Frame } from "./camera";
import type { Lie } from "./ground";
import { GroundCanvas } from "./ground_canvas";
import type { Motion } from "./motion";
import type { Colours } from "./palette";
import type { SceneProps } from "./types";

interface Props extends Pick<SceneProps, "ground" | "chosen" | "lit" | "litGround"> {
  readonly canvas: { current: HTMLCanvasElement | null };
  /** null where the ground is not of this picture. */
  readonly lie: Lie | null;
  readonly frame: Frame;
  readonly grain: number;
  readonly colours: Colours | null;
  readonly hidden: number;
  readonly motion: Motion;
}

/** Paints, and returns how many of the ground's points are in the picture, as of its last rest. */
export function usePainting(props: Props): number {
  const { canvas, ground, lie, frame, grain, colours, hidden, chosen, lit, litGround, motion } = props;
  const [seen, setSeen] = useState(0);
  const painter = useRef<GroundCanvas | null>(null);
  const dim = lit.length > 0 || litGround.length > 0;
  const paint = () => {
    if (!canvas.current || frame.width === 0) return;
    painter.current ??= new GroundCanvas(canvas.current);
    if (!ground || !lie || !colours) {
      painter.current.clear();
      return;
    }
    const crowding = lie.crowding / frame.scale ** 2;
    const look = { hidden, chosen: chosen?.ground ?? null, dim, crowding, grain };
    const count = painter.current.show({ ground, frame, colours, look, lit: litGround });
    canvas.current.dataset.shown = String(count);
    if (!motion.moving) setSeen(count);
  };
  useLayoutEffect(() => {
    if (motion.inFrame()) {
      paint();
      return;
    }
    const waiting = requestAnimationFrame(paint);
    return () => cancelAnimationFrame(waiting);
  }, [ground, lie, frame, colours, hidden, chosen, dim, litGround, grain, motion.moving]);
  useEffect(() => () => painter.current?.free(), []);
  return seen;
}
