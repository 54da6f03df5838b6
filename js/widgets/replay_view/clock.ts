// How long a step stays while the recording is played, and how time is written.
import type { StepPayload } from "../../session/payloads";

const [LEAST_MS, MOST_MS] = [700, 2500];

/** 1:05 */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Milliseconds until the step behind `index` is due: as in the class, but neither a flash nor a wait; a note is to be read. */
export function stayOf(steps: readonly StepPayload[], index: number): number {
  const [now, next] = [steps[index], steps[index + 1]];
  if (!now || !next) return MOST_MS;
  if (now.notes.length > 0) return 2 * MOST_MS;
  return Math.min(MOST_MS, Math.max(LEAST_MS, 1000 * (next.seconds - now.seconds)));
}
