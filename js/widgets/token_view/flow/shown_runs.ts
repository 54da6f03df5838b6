// What a chip shows of a token's text.
import { type Run, runs } from "../../../lib/pieces";

export type { Run };

const MARK = /^\p{M}/u;

/** A mark that has no letter of its own stands on a dotted circle, else it would be drawn on the chip before. */
export function shownRuns(piece: string): readonly Run[] {
  return runs(piece).map((run) =>
    run.kind === "plain" && MARK.test(run.text) ? { kind: "plain", text: `◌${run.text}` } : run,
  );
}
