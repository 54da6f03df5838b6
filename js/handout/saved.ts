// A hand-out as Python wrote it into the page: the models with their state, and each bundle once however many use it.

import { bytesOf } from "../lib/packed";

/** A widget that brings its own module. `module` and `sheet` count from 0; -1 where there is no sheet. */
export interface SavedWidget {
  readonly kind: "widget";
  readonly module: number;
  readonly sheet: number;
  readonly state: Readonly<Record<string, unknown>>;
  /** What is binary in the state, in base64, and where it belongs. */
  readonly buffers: readonly { readonly path: readonly (string | number)[]; readonly data: string }[];
}

/** Other models in a row or below each other. */
export interface SavedBox {
  readonly kind: "box";
  readonly direction: "row" | "column";
  readonly children: readonly string[];
}

export interface Saved {
  readonly language: "" | "en" | "ja";
  readonly models: Readonly<Record<string, SavedWidget | SavedBox>>;
}

/** The state with its binary parts in their places. */
export function wholeState({ state, buffers }: SavedWidget): Record<string, unknown> {
  const whole = buffers.length > 0 ? structuredClone(state) : state;
  for (const { path, data } of buffers) put(whole as Node, path, new DataView(bytesOf(data).buffer));
  return { ...whole };
}

type Node = Record<string | number, unknown>;

function put(root: Node, path: readonly (string | number)[], value: unknown): void {
  const last = path.at(-1);
  if (last === undefined) return;
  let node = root;
  for (const step of path.slice(0, -1)) {
    node[step] ??= {};
    node = node[step] as Node;
  }
  node[last] = value;
}
