// The layer that is shown: points move to the one that is chosen, or through all of them.
import { useEffect, useState } from "preact/hooks";
import { isStill } from "../../../lib/motion";

const LAYER_MS = 450;
const STILL_LAYER_MS = 900;

export interface Play {
  /** Between two layers while something moves. */
  readonly at: number;
  /** The layer that is chosen, or passed. */
  readonly layer: number;
  readonly playing: boolean;
  go(layer: number): void;
  toggle(): void;
}

export function usePlay(last: number): Play {
  const [at, setAt] = useState(0);
  const [goal, setGoal] = useState(0);
  const [playing, setPlaying] = useState(false);
  const from = Math.min(at, last);
  const to = Math.min(goal, last);

  useEffect(() => {
    if (!playing) return from === to ? undefined : glide(from, to, setAt);
    return run(from, last, setAt, () => {
      setGoal(last);
      setPlaying(false);
    });
  }, [playing, to, last]);

  return {
    at: from,
    layer: playing ? Math.round(from) : to,
    playing,
    go(layer) {
      setPlaying(false);
      setGoal(layer);
    },
    toggle() {
      if (playing) setGoal(Math.round(from));
      else if (from >= last) setAt(0);
      setPlaying(!playing && last > 0);
    },
  };
}

/** From layer to layer; whoever wishes for stillness sees each of them rest. */
function run(from: number, last: number, show: (at: number) => void, end: () => void): () => void {
  const still = isStill();
  return animate((passed) => {
    const at = Math.min(from + passed / (still ? STILL_LAYER_MS : LAYER_MS), last);
    show(still ? Math.floor(at) : at);
    if (at >= last) end();
    return at < last;
  });
}

function glide(from: number, to: number, show: (at: number) => void): () => void {
  if (isStill()) {
    show(to);
    return () => {};
  }
  return animate((passed) => {
    const part = Math.min(passed / LAYER_MS, 1);
    show(from + (to - from) * part * part * (3 - 2 * part));
    return part < 1;
  });
}

/** Calls once a frame with the milliseconds since the first, as long as it is told to. */
function animate(step: (passed: number) => boolean): () => void {
  let first: number | null = null;
  const frame = (time: number) => {
    first ??= time;
    if (step(time - first)) waiting = requestAnimationFrame(frame);
  };
  let waiting = requestAnimationFrame(frame);
  return () => cancelAnimationFrame(waiting);
}
