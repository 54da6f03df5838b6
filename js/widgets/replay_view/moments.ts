// The steps that a page holds which was handed out: widgets/replay_moments.py packs them.
import { useEffect, useState } from "preact/hooks";
import { useTrait } from "../../lib/mount";
import { unpacked } from "../../lib/packed";
import type { WidgetModel } from "../../session/model";
import type { KeptMoments } from "../../session/payloads";
import type { Moment } from "../../session/store";

export interface Moments {
  /** The first step that is here. */
  readonly first: number;
  readonly held: readonly Moment[];
}

/** The lines of what was packed, each with what it has in common with the ones before it. */
export function momentsOf(lines: string): readonly Moment[] {
  let whole: Moment = {};
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      whole = { ...whole, ...(JSON.parse(line) as Moment) };
      return whole;
    });
}

/** The steps that this page holds; null where it holds none, has a kernel to ask, or has not unpacked them yet. */
export function useMoments(model: WidgetModel, handedOut: boolean): Moments | null {
  const kept = useTrait<KeptMoments | null | undefined>(model, "moments") ?? null;
  const [moments, setMoments] = useState<Moments | null>(null);
  useEffect(() => {
    if (kept === null || !handedOut) return;
    let over = false;
    void unpacked(kept.packed).then((lines) => {
      if (!over) setMoments({ first: kept.first, held: momentsOf(lines) });
    });
    return () => {
      over = true;
    };
  }, [kept, handedOut]);
  return moments;
}
