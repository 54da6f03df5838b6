// The points that are chosen: shown as chosen at once, and told to Python, which may choose others.
import { useMemo, useRef } from "preact/hooks";
import { useLookup } from "../../../lib/lookup";
import type { WidgetModel } from "../../../session/model";
import type { ChosenPayload, ErrorPayload } from "../../../session/payloads";
import { useHeld } from "../read";
import type { Chosen } from "../scene/types";
import { countBits, fromBase64, toBase64 } from "./bits";

export interface Choosing {
  readonly chosen: Chosen | null;
  readonly count: number;
  /** What the kernel says of them; null until it has. */
  readonly payload: ChosenPayload | null;
  readonly refused: ErrorPayload | null;
  choose(chosen: Chosen | null): void;
}

interface Asked {
  readonly points: readonly number[];
  readonly ground: string;
  readonly number: number;
}

/** `number` of the ground that is shown, -1 for none: what is chosen in another is not shown. */
export function useChosen(model: WidgetModel, number: number): Choosing {
  const held = useHeld(model, "chosen");
  const lookup = useLookup<Asked, never>(model, { kind: "choose" });
  const own = useRef<Chosen | null>(null);
  if (!lookup.waiting) own.current = null;
  const payload = held && held.count > 0 && (held.ground === "" || held.number === number) ? held : null;
  const told = useMemo<Chosen | null>(
    () =>
      payload && {
        points: payload.points,
        ground: payload.ground === "" ? null : fromBase64(payload.ground),
      },
    [payload],
  );
  const chosen = lookup.waiting ? own.current : told;
  return {
    chosen,
    count: lookup.waiting
      ? (chosen?.points.length ?? 0) + (chosen?.ground ? countBits(chosen.ground) : 0)
      : (payload?.count ?? 0),
    payload: lookup.waiting ? null : payload,
    refused: lookup.refused,
    choose(next) {
      own.current = next;
      const ground = next?.ground ? toBase64(next.ground) : "";
      lookup.ask({ points: next?.points ?? [], ground, number: Math.max(number, 0) });
    },
  };
}
