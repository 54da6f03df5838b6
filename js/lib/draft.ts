// A setting that is typed: refused, it stays to be mended, whatever else changes.
import { useRef } from "preact/hooks";
import type { ErrorPayload } from "../session/payloads";
import type { Desk, Seen } from "./desk";

export interface Draft<Value, Settings = object> {
  readonly value: Value;
  /** Why it was refused. */
  readonly refused: ErrorPayload | null;
  /** `besides` are settings that change with it. */
  ask(value: Value, besides?: Partial<Settings>): void;
}

export function useDraft<Settings extends Seen, Key extends keyof Settings>(
  desk: Desk<Settings>,
  key: Key,
): Draft<Settings[Key], Settings> {
  const draft = useRef<{ readonly value: Settings[Key]; readonly refused: ErrorPayload | null } | null>(null);
  const held = desk.settings[key];
  const { current } = draft;
  if (current && current.refused === null && !desk.waiting) {
    const taken = desk.refused === null || JSON.stringify(held) === JSON.stringify(current.value);
    draft.current = taken ? null : { value: current.value, refused: desk.refused };
  }
  return {
    value: draft.current?.value ?? held,
    refused: draft.current?.refused ?? null,
    ask(value, besides) {
      draft.current = { value, refused: null };
      desk.ask({ ...besides, [key]: value } as Partial<Settings>);
    },
  };
}
