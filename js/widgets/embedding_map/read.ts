// What the kernel shows, as its traits have it: absent, {} or of an older form until the kernel has made it anew.

import { useTrait } from "../../lib/mount";
import type { WidgetModel } from "../../session/model";
import type {
  ArithmeticPayload,
  ChosenPayload,
  ContextsPayload,
  GroundPayload,
  KeptGround,
  MapPayload,
} from "../../session/payloads";

const NO_MAP: MapPayload = {
  labels: [],
  kinds: [],
  ids: [],
  pieces: [],
  norms: [],
  coordinates: { dtype: "float32", shape: [0, 2], data: "" },
  similarities: { dtype: "float32", shape: [0, 0], data: "" },
  order: [],
  nearest: [],
  lost: [],
  counted: 0,
  variance: [],
  fitted: "points",
  about: false,
  error: null,
};

interface Traits {
  readonly ground: GroundPayload;
  readonly kept: KeptGround;
  readonly contexts: ContextsPayload;
  readonly arithmetic: ArithmeticPayload;
  readonly chosen: ChosenPayload;
}

/** The map, completed once for each that arrives. */
export function useMap(model: WidgetModel): MapPayload {
  const held = useTrait<Partial<MapPayload> | null | undefined>(model, "map") ?? NO_MAP;
  const known = COMPLETED.get(held);
  if (known) return known;
  const map = { ...NO_MAP, ...held };
  COMPLETED.set(held, map);
  return map;
}

const COMPLETED = new WeakMap<object, MapPayload>();

/** What a trait holds; null where it holds nothing. */
export function useHeld<Name extends keyof Traits>(model: WidgetModel, name: Name): Traits[Name] | null {
  const held = useTrait<Traits[Name] | null | undefined>(model, name);
  return held && Object.keys(held).length > 0 ? held : null;
}

/** The fields of a question that it may leave out. */
export function question(kind: "ground" | "look" | "names" | "search" | "drift"): object {
  return { kind, number: null, on: null, index: null, other: null, layer: null, indices: null, text: null };
}
