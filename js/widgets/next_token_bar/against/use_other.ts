// The other side's text, as typed here: shown at once, and never overwritten by what answers an older one.
import { useRef, useState } from "preact/hooks";
import { useLookup } from "../../../lib/lookup";
import type { WidgetModel } from "../../../session/model";
import type { BarRequest, ComparisonPayload, ErrorPayload, FindPayload } from "../../../session/payloads";

export interface Other {
  /** What the field shows. */
  readonly text: string;
  /** What was typed is not compared yet. */
  readonly ahead: boolean;
  readonly refused: ErrorPayload | null;
  edit(text: string): void;
}

const BLANK: Omit<BarRequest, "rid" | "client"> = {
  kind: "against",
  k: null,
  measure: null,
  scale: null,
  text: null,
  token: null,
  revision: null,
};

export function useOther({ other_text }: ComparisonPayload, model: WidgetModel): Other {
  const lookup = useLookup<{ readonly text: string }, FindPayload>(model, BLANK);
  const [typed, setTyped] = useState<string | null>(null);
  // what was on its way here when the typing began, and everything typed since: answers to these are no news
  const known = useRef(new Set<string>());
  const arrived = typed === null || other_text === typed;
  const overtaken = !lookup.waiting && lookup.refused === null && !known.current.has(other_text);
  const local = arrived || overtaken ? null : typed;
  return {
    text: local ?? other_text,
    ahead: local !== null,
    refused: local === null ? null : lookup.refused,
    edit(text) {
      if (local === null) known.current = new Set([other_text]);
      known.current.add(text);
      setTyped(text);
      lookup.ask({ text });
    },
  };
}
