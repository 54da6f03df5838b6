// The ground's points: asked for by number, unpacked once, shown only while they are of the picture that is shown.
import { useMemo, useRef } from "preact/hooks";
import { useLookup, useQuestion } from "../../../lib/lookup";
import { bytesOf } from "../../../lib/packed";
import type { WidgetModel } from "../../../session/model";
import type { ErrorPayload, GroundPayload, GroundPoints } from "../../../session/payloads";
import { question, useHeld } from "../read";
import { unpack } from "../scene/ground";
import type { Ground } from "../scene/types";

export interface Grounded {
  readonly payload: GroundPayload | null;
  readonly points: Ground | null;
  /** So many of the points, drawn at random, are in a page that was handed out; 0 where all are there. */
  readonly sampled: number;
  /** The points are on their way. */
  readonly waiting: boolean;
  readonly refused: ErrorPayload | null;
}

interface Known {
  readonly payload: GroundPayload;
  readonly points: Ground;
}

export function useGround(model: WidgetModel, reachable: boolean): Grounded {
  const held = useHeld(model, "ground");
  const payload = held && held.error === null && held.count > 0 ? held : null;
  const lookup = useLookup<{ readonly number: number }, GroundPoints>(model, question("ground"));
  const known = useRef<Known | null>(null);
  const number = payload?.number ?? 0;
  useQuestion(reachable && payload !== null, String(number), () => lookup.ask({ number }));
  const { result, buffer, waiting } = lookup;
  useMemo(() => {
    if (payload && buffer?.byteLength === 4 * payload.count && result?.number === number)
      known.current = { payload, points: unpack(payload, buffer) };
  }, [buffer, number]);
  if (known.current && !(payload && isPlacedLike(known.current.payload, payload))) known.current = null;
  const kept = useHeld(model, "kept");
  const saved = useMemo(
    () =>
      kept && payload && kept.number === payload.number
        ? unpack({ ...payload, count: kept.count }, new DataView(bytesOf(kept.points).buffer))
        : null,
    [kept, payload],
  );
  const points = known.current?.points ?? saved;
  return {
    payload: held,
    points,
    sampled: payload && points && points.count < payload.count ? points.count : 0,
    waiting: payload !== null && waiting && reachable,
    refused: held?.error ?? lookup.refused,
  };
}

/** The same points at the same places: at most the colours are others. */
function isPlacedLike(one: GroundPayload, other: GroundPayload): boolean {
  const key = ({ kind, count, axes, low, high, method }: GroundPayload) =>
    JSON.stringify([kind, count, axes, low, high, method]);
  return one.number === other.number || key(one) === key(other);
}
