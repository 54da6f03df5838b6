// What has been guessed at the distribution shown, and how guesses go to the kernel.
import { useState } from "preact/hooks";
import { useLookup } from "../../../lib/lookup";
import { useTrait } from "../../../lib/mount";
import type { WidgetModel } from "../../../session/model";
import type {
  BarRequest,
  ErrorPayload,
  FindPayload,
  GuessesPayload,
  GuessPayload,
} from "../../../session/payloads";
import type { SessionState } from "../../../session/store";
import { type Asked, judgeHere } from "./judge";

export interface Guessing {
  readonly on: boolean;
  /** Nothing may be shown that gives the answer away. */
  readonly hidden: boolean;
  /** The guess at the distribution shown. */
  readonly guess: GuessPayload | null;
  readonly score: GuessesPayload;
  /** The kernel judges and keeps the score. */
  readonly kept: boolean;
  readonly waiting: boolean;
  readonly refused: ErrorPayload | null;
  /** A text that the page alone could not judge; "" where there is none. */
  readonly unknown: string;
  ask(asked: Asked): void;
  /** Takes back what was said of the last guess. */
  clear(): void;
  reveal(): void;
  forget(): void;
}

const BLANK: Omit<BarRequest, "rid" | "client"> = {
  kind: "guess",
  k: null,
  measure: null,
  scale: null,
  text: null,
  token: null,
  revision: null,
};
const NO_SCORE: GuessesPayload = {
  guesses: [],
  total: 0,
  right: 0,
  in_top_ten: 0,
  mean_surprisal: 0,
  known: true,
};

/** What was found out for one place of one text. */
interface Local {
  readonly place: string;
  readonly guess: GuessPayload | null;
}

export function useGuesses(on: boolean, state: SessionState, model: WidgetModel): Guessing {
  const lookup = useLookup<Partial<BarRequest>, FindPayload>(model, BLANK);
  const score = useTrait<GuessesPayload | null | undefined>(model, "guessed") ?? NO_SCORE;
  const [local, setLocal] = useState<Local | null>(null);
  const [unknown, setUnknown] = useState("");
  const { distribution, connected, status } = state;
  const kept = connected && status.state !== "closed";
  const place = distribution ? `${distribution.revision} ${distribution.position}` : "";
  const here = local?.place === place ? local : null;
  const guess =
    score.guesses.findLast(
      ({ revision, position }) => revision === distribution?.revision && position === distribution.position,
    ) ??
    here?.guess ??
    null;
  return {
    on,
    hidden: on && guess === null && here === null,
    guess: on ? guess : null,
    score,
    kept,
    waiting: lookup.waiting && kept,
    refused: lookup.refused,
    unknown,
    ask(asked) {
      if (kept) return lookup.ask({ ...asked, revision: state.content.revision });
      const judged = distribution && judgeHere(distribution, asked);
      if (judged) setLocal({ place, guess: judged });
      else setUnknown("text" in asked ? asked.text : "");
    },
    clear() {
      if (unknown !== "") setUnknown("");
      if (lookup.refused) lookup.show(null);
    },
    reveal: () => setLocal({ place, guess: null }),
    forget: () => lookup.ask({ kind: "forget" }),
  };
}
