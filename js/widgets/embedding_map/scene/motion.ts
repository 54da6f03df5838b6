// The camera as it moves: whatever asks for a move within a frame is shown in the next, and rest is known when it comes.
import { useEffect, useMemo, useReducer, useRef } from "preact/hooks";
import { isStill } from "../../../lib/motion";
import { type Bounds, between, type Camera, homeOf } from "./camera";

const REST_MS = 140;
const GLIDE_MS = 220;

export interface Motion {
  readonly camera: Camera;
  readonly moving: boolean;
  /** Whether what is rendered now belongs to a frame that has begun: it can be painted at once. */
  readonly inFrame: () => boolean;
  readonly now: () => Camera;
  /** Where it is going. */
  readonly goal: () => Camera;
  readonly move: (to: Camera) => void;
  readonly glide: (to: Camera) => void;
}

/** The camera over some bounds; others bring it home. */
export function useMotion(bounds: Bounds, axes: number): Motion {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const held = useRef<{ bounds: Bounds; camera: Camera } | null>(null);
  const driver = useMemo(() => new Driver(held, () => again(undefined)), []);
  if (held.current?.bounds !== bounds) {
    driver.stop();
    held.current = { bounds, camera: homeOf(bounds, axes, held.current?.camera) };
  }
  useEffect(() => () => driver.stop(), [driver]);
  return {
    camera: held.current.camera,
    moving: driver.moving,
    inFrame: () => driver.inFrame,
    now: driver.now,
    goal: driver.goal,
    move: driver.move,
    glide: driver.glide,
  };
}

class Driver {
  moving = false;
  inFrame = false;
  private frame = 0;
  private rest: ReturnType<typeof setTimeout> | undefined;
  private way: { from: Camera; to: Camera; since: number | null } | null = null;

  constructor(
    private readonly held: { current: { bounds: Bounds; camera: Camera } | null },
    private readonly again: () => void,
  ) {}

  readonly now = (): Camera => {
    if (!this.held.current) throw new Error("a camera is asked for before it stands");
    return this.held.current.camera;
  };

  readonly goal = (): Camera => this.way?.to ?? this.now();

  readonly move = (to: Camera): void => {
    this.way = null;
    this.put(to);
    this.ask();
  };

  readonly glide = (to: Camera): void => {
    if (isStill()) {
      this.move(to);
      return;
    }
    this.way = { from: this.now(), to, since: null };
    this.ask();
  };

  stop(): void {
    this.way = null;
    this.moving = false;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    clearTimeout(this.rest);
  }

  private put(camera: Camera): void {
    if (this.held.current) this.held.current = { ...this.held.current, camera };
  }

  private ask(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(this.step);
  }

  private readonly step = (time: number): void => {
    this.frame = 0;
    if (this.way) {
      this.way.since ??= time;
      const part = Math.min((time - this.way.since) / GLIDE_MS, 1);
      this.put(between(this.way.from, this.way.to, 1 - (1 - part) ** 3));
      if (part < 1) this.ask();
      else this.way = null;
    }
    this.moving = true;
    clearTimeout(this.rest);
    this.rest = setTimeout(this.settle, REST_MS);
    // Preact renders in a microtask, asked for before the one that ends this
    this.inFrame = true;
    this.again();
    queueMicrotask(() => {
      this.inFrame = false;
    });
  };

  private readonly settle = (): void => {
    if (this.way) return;
    this.moving = false;
    this.again();
  };
}
