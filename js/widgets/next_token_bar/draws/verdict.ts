// How far the draws are from what was to be expected, over the bars shown and those of all others.
import type { Row } from "../rows/rows";
import type { Sight } from "../sight";
import { NOT_RETURNED, type Observed, observed } from "./tally";

/** Whose bar: that of a token, of all known others, of what was not returned. */
export type Whose = Row | "others" | "unknown";

export interface Verdict {
  /** Bars whose share lies within the expected spread, of all that can be drawn at all. */
  readonly within: number;
  readonly bars: number;
  /** The largest distance of a share from its probability, and whose. */
  readonly farthest: number;
  readonly of: Whose;
}

export function verdictOf({ rows, apart, rest, unknown, look, elsewhere }: Sight): Verdict | null {
  const { tally } = look;
  if (tally === null || tally.n < 2) return null;
  const shown: (readonly [Observed, Whose])[] = (apart ? [...rows, apart] : rows).map(
    (row) => [observed(tally.of(row.id), row.sampled, tally.n), row] as const,
  );
  if (rest && rest.tokens > 0) shown.push([observed(elsewhere, rest.sampled, tally.n), "others"]);
  if (unknown) shown.push([observed(tally.of(NOT_RETURNED), unknown.sampled, tally.n), "unknown"]);
  const possible = shown.filter(([{ expected, count }]) => expected > 0 || count > 0);
  const distance = ([{ share, expected }]: readonly [Observed, Whose]) => Math.abs(share - expected);
  const first = possible[0];
  if (!first) return null;
  const farthest = possible.reduce((far, bar) => (distance(bar) > distance(far) ? bar : far), first);
  return {
    within: possible.filter(([{ within }]) => within).length,
    bars: possible.length,
    farthest: distance(farthest),
    of: farthest[1],
  };
}
