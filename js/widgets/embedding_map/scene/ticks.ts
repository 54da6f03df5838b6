// Round numbers along the two axes of a picture.
import type { Frame } from "./camera";

const TICKS_ACROSS = 7;

export interface Tick {
  readonly value: number;
  /** In CSS pixels, along its axis. */
  readonly at: number;
}

/** The ticks of axis 0 from left to right, or of axis 1 upwards. Only for a picture with two axes. */
export function ticksOf(frame: Frame, axis: 0 | 1): readonly Tick[] {
  const { inner, scale, across, down } = frame;
  const step = roundStep(Math.min(Math.max(frame.width / TICKS_ACROSS, 44), 110) / scale);
  const [from, to, factor, added] =
    axis === 0
      ? [(inner.left - across[3]) / scale, (inner.right - across[3]) / scale, scale, across[3]]
      : [(down[3] - inner.bottom) / scale, (down[3] - inner.top) / scale, -scale, down[3]];
  const first = Math.ceil(from / step);
  const count = Math.max(Math.floor(to / step) - first + 1, 0);
  return Array.from({ length: count }, (_, index) => {
    const value = (first + index) * step;
    return { value, at: value * factor + added };
  });
}

function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((digit) => digit * power >= least) ?? 10);
}

export function tickText({ value }: Tick): string {
  return (Math.abs(value) < 1e-12 ? "0" : String(Number(value.toPrecision(4)))).replace("-", "−");
}
