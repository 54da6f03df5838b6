// A view's questions to the kernel, as hooks.
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef } from "preact/hooks";
import { createLookup, type Lookup } from "../session/lookup";
import type { WidgetModel } from "../session/model";
import type { Answer } from "../session/payloads";

/** See createLookup. `blank` is read once. */
export function useLookup<Question extends object, Finding extends NonNullable<Answer["result"]>>(
  model: WidgetModel,
  blank: object,
): Lookup<Question, Finding> {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const [lookup, controller] = useMemo(() => {
    const controller = new AbortController();
    const made = createLookup<Question, Finding>(model, blank, () => again(undefined), controller.signal);
    return [made, controller] as const;
  }, [model]);
  // before anything is painted: a view may be taken away as soon as it is drawn
  useLayoutEffect(() => () => controller.abort(), [controller]);
  return lookup;
}

/** Asks once for each key, as soon as it may. */
export function useQuestion(ready: boolean, key: string, ask: () => void): void {
  const asked = useRef<string | null>(null);
  useEffect(() => {
    if (!ready || asked.current === key) return;
    asked.current = key;
    ask();
  });
}
