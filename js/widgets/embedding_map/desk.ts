// What an EmbeddingMap shows and how.
import { type Desk, useDesk } from "../../lib/desk";
import type { WidgetModel } from "../../session/model";
import type { MapSettings } from "../../session/payloads";

export const MOST_WORDS = 100;

const BLANK = {
  kind: "map",
  words: null,
  show: null,
  show_tokens: null,
  ground: null,
  method: null,
  axes: null,
  layer: null,
  pooling: null,
  leading_space: null,
  measure: null,
  color_by: null,
  expression: null,
};

/** What counts until the kernel has told its settings, and in a notebook saved before there were any. */
const NEUTRAL: MapSettings = {
  words: [],
  show: "words",
  show_tokens: false,
  ground: false,
  method: "pca",
  axes: 2,
  layer: "input",
  pooling: "mean",
  leading_space: false,
  measure: "cosine",
  color_by: "kind",
  expression: "",
  can_type: false,
  can_contexts: false,
  can_tokens: false,
  can_space: false,
  layers: [],
  poolings: [],
  methods: ["pca"],
  colors: [],
  ground_kind: "",
  ground_count: 0,
  dimensions: 0,
  tied: null,
  seen: {},
};

export type MapDesk = Desk<MapSettings>;

export function useMapDesk(model: WidgetModel): MapDesk {
  return useDesk<MapSettings>(model, BLANK, (held) => ({ ...NEUTRAL, ...held }));
}

/** Whether many points are asked for as the ground. */
export function isGrounded({ ground, ground_kind }: MapSettings): boolean {
  return ground_kind === "vectors" || (ground_kind !== "" && ground);
}
