// Who shows a step: the kernel, or a page that was handed out with its steps.
import { useState } from "preact/hooks";
import { useDesk } from "../../lib/desk";
import type { ViewProps } from "../../lib/mount";
import type { ErrorPayload, ReplaySettings } from "../../session/payloads";
import { useMoments } from "./moments";

export interface Stepping {
  readonly step: number;
  /** The steps from `first` to `last` can be shown, of all that there are. */
  readonly first: number;
  readonly last: number;
  readonly off: boolean;
  /** They are in this page. */
  readonly kept: boolean;
  /** The step that was asked for is not there yet. */
  readonly waiting: boolean;
  readonly refused: ErrorPayload | null;
  ask(step: number): void;
}

const BLANK = { kind: "replay", step: 0 };

const completed = (held: Partial<ReplaySettings>): ReplaySettings => ({ step: 0, seen: {}, ...held });

export function useStepping({ store, state, model }: ViewProps, count: number): Stepping {
  const desk = useDesk<ReplaySettings>(model, BLANK, completed);
  const moments = useMoments(model, state.handedOut);
  const [here, setHere] = useState<number | null>(null);
  const told = Math.min(desk.settings.step, count - 1);
  // they are in the page, and not yet unpacked
  const coming = state.handedOut && moments === null && (model.get("moments") ?? null) !== null;
  if (!moments)
    return {
      step: told,
      first: 0,
      last: count - 1,
      kept: coming,
      off: !state.connected || state.status.state === "closed",
      waiting: desk.waiting,
      refused: desk.refused,
      ask: (step) => desk.ask({ step }),
    };
  const { first, held } = moments;
  return {
    step: here ?? told,
    first,
    last: first + held.length - 1,
    kept: true,
    off: held.length < 2,
    waiting: false,
    refused: null,
    ask(step) {
      store.show(held[step - first] ?? {});
      setHere(step);
    },
  };
}
