// The ten nearest of the point that is looked at. A hand that passes over points asks for none of them.
import { useEffect, useRef } from "preact/hooks";
import { useLookup } from "../../../lib/lookup";
import type { WidgetModel } from "../../../session/model";
import type { LookPayload } from "../../../session/payloads";
import { question } from "../read";

const PATIENCE_MS = 120;

export interface Looked {
  readonly on: LookPayload["on"];
  readonly index: number;
  readonly layer: number;
}

/** What the kernel knows of `looked`; null until it has told. Of another `scope` nothing is known any more. */
export function useLook(
  model: WidgetModel,
  looked: Looked | null,
  scope: readonly unknown[],
  reachable: boolean,
): LookPayload | null {
  const lookup = useLookup<Looked, LookPayload>(model, question("look"));
  const memory = useRef<{ scope: readonly unknown[]; known: Map<string, LookPayload>; of: string }>({
    scope,
    known: new Map(),
    of: "",
  });
  if (!scope.every((part, at) => part === memory.current.scope[at]))
    memory.current = { scope, known: new Map(), of: "" };
  const { known } = memory.current;
  const { result } = lookup;
  if (result && !lookup.waiting && memory.current.of === keyOf(result)) known.set(keyOf(result), result);
  const key = looked ? keyOf(looked) : "";
  useEffect(() => {
    if (!reachable || !looked || known.has(key)) return;
    const timer = setTimeout(() => {
      memory.current.of = key;
      lookup.ask({ ...looked });
    }, PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [reachable, key, known]);
  return known.get(key) ?? null;
}

function keyOf({ on, index, layer }: Looked): string {
  return `${on} ${index} ${layer}`;
}
