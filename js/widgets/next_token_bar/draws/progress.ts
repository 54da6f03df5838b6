// Draws fill in over a moment, a few at first and then more and more, so that one sees the shares settle.
import { useEffect, useReducer, useRef } from "preact/hooks";
import { isStill } from "../../../lib/motion";
import type { DrawsPayload } from "../../../session/payloads";
import { isWatched } from "./tally";

const FILL_MS = 1500;

export interface Progress {
  /** Draws that count so far. */
  readonly n: number;
  readonly running: boolean;
  play(): void;
  skip(): void;
}

/** Those that were there before the view was drawn are there at once. */
export function useProgress(draws: DrawsPayload | null): Progress {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const begun = useRef<{ number: number; at: number | null }>({ number: draws?.number ?? -1, at: null });
  const all = draws?.n ?? 0;
  const started = draws !== null && begun.current.number !== draws.number;
  const still = draws === null || all < 2 || !isWatched(draws) || isStill();
  if (started) begun.current = { number: draws.number, at: still ? null : performance.now() };
  const { at } = begun.current;
  const part = at === null || draws === null ? 1 : Math.min(1, (performance.now() - at) / FILL_MS);
  const running = part < 1;

  useEffect(() => {
    if (!running) return;
    const frame = requestAnimationFrame(() => again(undefined));
    return () => cancelAnimationFrame(frame);
  });

  const begin = (when: number | null) => {
    begun.current = { number: draws?.number ?? -1, at: when };
    again(undefined);
  };
  return {
    // two at least: one alone has no share
    n: running ? Math.min(all, Math.max(2, Math.round(all ** part))) : all,
    running,
    play: () => begin(still ? null : performance.now()),
    skip: () => begin(null),
  };
}
