// The labels of the ground's points, remembered; the kernel is asked for those that are wanted and not known.
import { useEffect, useReducer, useRef } from "preact/hooks";
import { useLookup } from "../../../lib/lookup";
import { unpacked } from "../../../lib/packed";
import type { WidgetModel } from "../../../session/model";
import type { KeptNames, NamePayload, NamesPayload } from "../../../session/payloads";
import { question, useHeld } from "../read";

const MOST_AT_ONCE = 200;
const PATIENCE_MS = 60;

export interface Names {
  of(index: number): NamePayload | null;
  /** These are about to be shown. */
  want(indices: readonly number[]): void;
  learn(indices: readonly number[], names: readonly NamePayload[]): void;
}

/** `scope` names the points: what is known of others is forgotten. */
export function useNames(model: WidgetModel, scope: string, reachable: boolean): Names {
  const lookup = useLookup<{ readonly indices: readonly number[] }, NamesPayload>(model, question("names"));
  const { result } = lookup;
  const state = useRef<State>(fresh(scope, result));
  if (state.current.scope !== scope) state.current = fresh(scope, result);
  const { known, refused, wanted } = state.current;
  if (result && state.current.taken !== result) {
    state.current.taken = result;
    learn(known, result.indices, result.names);
    for (const index of result.indices) wanted.delete(index);
  }
  // what is asked for and not answered is not asked for again
  if (lookup.refused) for (const index of state.current.asked) refused.add(index);

  const ask = () => {
    const { asked, known, refused, wanted } = state.current;
    const missing = [...wanted]
      .filter((index) => !known.has(index) && !refused.has(index))
      .slice(-MOST_AT_ONCE);
    if (missing.length === 0 || (lookup.waiting && missing.every((index) => asked.includes(index)))) return;
    state.current.asked = missing;
    lookup.ask({ indices: missing });
  };
  const kept = useHeld(model, "kept")?.names ?? "";
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    if (kept === "") return;
    let over = false;
    void unpacked(kept).then((text) => {
      if (over) return;
      namesOf(JSON.parse(text)).forEach((name, index) => {
        state.current.known.set(index, name);
      });
      again(0);
    });
    return () => {
      over = true;
    };
  }, [kept, scope]);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const askSoon = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(ask, PATIENCE_MS);
  };
  useEffect(() => {
    if (reachable && result) askSoon();
  }, [result]);

  return {
    of: (index) => known.get(index) ?? null,
    want(indices) {
      for (const index of indices) if (!known.has(index)) wanted.add(index);
      if (reachable && wanted.size > 0) askSoon();
    },
    learn: (indices, names) => learn(known, indices, names),
  };
}

function namesOf({ pieces, special, tokens }: KeptNames): readonly NamePayload[] {
  const marked = new Set(special);
  return pieces.map((each, index) => {
    const [piece, bytes] = typeof each === "string" ? [each, ""] : ["", each[0] ?? ""];
    return { id: tokens ? index : -1, piece, bytes, special: marked.has(index) };
  });
}

interface State {
  readonly scope: string;
  readonly known: Map<number, NamePayload>;
  readonly refused: Set<number>;
  readonly wanted: Set<number>;
  asked: readonly number[];
  taken: NamesPayload | null;
}

/** `taken` tells of other points. */
function fresh(scope: string, taken: NamesPayload | null): State {
  return { scope, known: new Map(), refused: new Set(), wanted: new Set(), asked: [], taken };
}

function learn(known: Map<number, NamePayload>, indices: readonly number[], names: readonly NamePayload[]) {
  indices.forEach((index, at) => {
    const name = names[at];
    if (name) known.set(index, name);
  });
}
