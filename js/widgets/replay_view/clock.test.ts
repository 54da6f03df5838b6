import { expect, it } from "vitest";
import type { StepPayload } from "../../session/payloads";
import { clock, stayOf } from "./clock";

const step = (seconds: number, notes: readonly string[] = []): StepPayload => ({
  seconds,
  changes: [],
  notes,
});

it("writes minutes and seconds", () => {
  expect([0, 9.9, 65, 3600].map(clock)).toEqual(["0:00", "0:09", "1:05", "60:00"]);
});

it("keeps the pace of the class within limits, and lets a note be read", () => {
  const steps = [step(0), step(0.1), step(1.6, ["?"]), step(600), step(700)];
  expect(steps.map((_, index) => stayOf(steps, index))).toEqual([700, 1500, 5000, 2500, 2500]);
});
