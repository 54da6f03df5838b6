// What the scene is told to paint, and what it tells: the picture of an EmbeddingMap, without a word about where it comes from.
import type { Translate } from "../../../lib/i18n";

export interface ScenePoint {
  /** Keeps its element, and so glides, as long as its key stays. */
  readonly key: string;
  readonly label: string;
  /** Words are larger and labelled first. "faint" ones are shown without a label until they are lit. */
  readonly kind: "word" | "token" | "faint";
  /** What a screen reader says. */
  readonly description: string;
}

/** The ground's points as they arrived: `xyz` (count * axes) in data units, `classes` (count). */
export interface Ground {
  readonly count: number;
  readonly axes: number;
  readonly xyz: Float32Array;
  readonly classes: Uint8Array;
}

/** Two or three coordinates, in data units. */
export type Place = readonly number[];

export interface Arrow {
  readonly from: Place;
  readonly to: Place;
  /** "step" leads from sum to sum, "copy" is the difference of two words that a step repeats, "tie" joins what belongs together. */
  readonly kind: "step" | "copy" | "tie";
}

/** A place with a label that is no point of the map: the result of an expression. */
export interface Mark {
  readonly at: Place;
  readonly label: string;
}

export interface Target {
  readonly on: "points" | "ground";
  readonly index: number;
}

/** What is chosen: indices of points, and of the ground a bit a point, lowest bit first. */
export interface Chosen {
  readonly points: readonly number[];
  readonly ground: Uint8Array | null;
}

export type Tool = "pan" | "box" | "lasso";

export interface SceneProps {
  readonly points: readonly ScenePoint[];
  /** (points, axes), row by row. */
  readonly coordinates: ArrayLike<number>;
  readonly axes: 2 | 3;
  /** Rows of coordinates that the picture is fitted to where there is no ground, instead of what it shows: all layers of a slider. */
  readonly extent?: readonly ArrayLike<number>[];
  /** One for each axis; "" where it has no name. */
  readonly titles: readonly string[];
  /** Distances and directions mean the same on both axes, and 0 means something: ticks are shown. */
  readonly linear: boolean;
  readonly ground: Ground | null;
  /** Classes of the ground that are not painted. */
  readonly hidden: ReadonlySet<number>;
  /** The ground's classes are a scale from low to high. */
  readonly scale: boolean;
  readonly classCount: number;
  readonly arrows: readonly Arrow[];
  readonly marks: readonly Mark[];
  /** Points brought out: the one looked at first. */
  readonly lit: readonly number[];
  /** Ground points brought out: what was found, neighbours, a token pointed at elsewhere. */
  readonly litGround: readonly number[];
  readonly looked: Target | null;
  readonly chosen: Chosen | null;
  readonly tool: Tool;
  /** The label of a ground point, null while it is not known. */
  readonly nameOf: (ground: number) => string | null;
  /** These ground points are about to be labelled: their names are wanted. */
  readonly onNames: (ground: readonly number[]) => void;
  readonly onLook: (target: Target | null) => void;
  /** A click or Enter on a point keeps it in view until another; null on the empty ground. */
  readonly onPick: (target: Target | null) => void;
  readonly onChoose: (chosen: Chosen | null) => void;
  readonly stale: boolean;
  readonly t: Translate;
}
