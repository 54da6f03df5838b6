// Everything that the chart, its table and its summary show, worked out once from state and settings.
import { useMemo } from "preact/hooks";
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import type { BarSettings, DrawsPayload } from "../../session/payloads";
import { measureOf, measureShown, valuesOf } from "./axis/measures";
import { NOT_RETURNED, observed, type Tally, tallyOf } from "./draws/tally";
import type { Look } from "./rows/describe";
import { headRows, type Rest, type Row, restOf, rowAt, rowOf, unknownOf } from "./rows/rows";
import type { Source } from "./rows/source";
import type { Found } from "./tools/use_find";

export interface Sight {
  readonly source: Source;
  readonly rows: readonly Row[];
  /** The row of the token that came, where it is not among the others. */
  readonly apart: Row | null;
  readonly came: Row | null;
  readonly greedy: Row | null;
  /** null where the rows are those of a search: then they are few, and the others nearly all. */
  readonly rest: Rest | null;
  /** What a server did not return; null where every token is known. */
  readonly unknown: Rest | null;
  readonly look: Look;
  /** Draws of known tokens that have no row. */
  readonly elsewhere: number;
}

interface Ask {
  readonly source: Source | null;
  readonly settings: BarSettings;
  readonly found: Found | null;
  readonly draws: DrawsPayload | null;
  /** The token that someone guessed; -1 for none. */
  readonly guess: number;
  /** How many of the draws count so far. */
  readonly n: number;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function useSight({ source, settings, found, draws, guess, n, t, numbers }: Ask): Sight | null {
  const { k, scale: scaleName } = settings;
  const name = measureShown(settings.measure, source?.distribution ?? null);
  const measure = useMemo(() => measureOf(name, scaleName), [name, scaleName]);
  const shown = useMemo(() => (source ? shownRows(source, k, found) : null), [source, k, found]);
  const scale = useMemo(() => {
    if (!shown) return null;
    const { rows, apart, rest, unknown } = shown;
    const sums = [rest, unknown].filter((one) => one !== null);
    return measure.scale(
      valuesOf(measure, apart ? [...rows, apart] : rows, sums, draws ? sharesOf(shown, draws) : []),
    );
  }, [shown, measure, draws]);
  const tally = useMemo(() => (draws ? tallyOf(draws, n) : null), [draws, n]);
  return useMemo(() => {
    if (!source || !shown || !scale) return null;
    const active = source.chain.stages.length > 0;
    const look: Look = {
      ...{ measure, scale, active, tally, ranked: found !== null, t, numbers },
      came: shown.came?.id ?? -1,
      greedy: shown.greedy?.id ?? -1,
      guess,
    };
    return { ...shown, source, look, elsewhere: tally ? drawnElsewhere(shown, tally) : 0 };
  }, [source, shown, scale, measure, tally, found, guess, t, numbers]);
}

type Shown = Pick<Sight, "rows" | "apart" | "came" | "greedy" | "rest" | "unknown">;

function shownRows(source: Source, k: number, found: Found | null): Shown {
  const { came: token } = source.distribution;
  const rows = found ? found.rows : headRows(source, k);
  const came = token ? rowOf(source, token) : null;
  const among = came !== null && rows.some((row) => row.id === came.id);
  const apart = came && !among && found === null ? came : null;
  const { greedy } = source.chain;
  return {
    rows,
    apart,
    came,
    greedy: greedy < 0 ? null : rowAt(source, greedy),
    rest: found ? null : restOf(source, apart ? [...rows, apart] : rows),
    unknown: found ? null : unknownOf(source),
  };
}

/** The shares of all draws and their spread, though they fill in: a scale that moved with them would hide how they settle. */
function sharesOf(shown: Shown, draws: DrawsPayload): readonly number[] {
  if (draws.n < 2) return [];
  const tally = tallyOf(draws, draws.n);
  const { rows, apart, rest, unknown } = shown;
  const seen = (apart ? [...rows, apart] : rows).map((row) =>
    observed(tally.of(row.id), row.sampled, draws.n),
  );
  if (rest) seen.push(observed(drawnElsewhere(shown, tally), rest.sampled, draws.n));
  if (unknown) seen.push(observed(tally.of(NOT_RETURNED), unknown.sampled, draws.n));
  return seen.flatMap(({ share, high }) => [share, high]);
}

function drawnElsewhere({ rows, apart }: Shown, tally: Tally): number {
  const counted = (apart ? [...rows, apart] : rows).reduce((sum, row) => sum + tally.of(row.id), 0);
  return tally.n - counted - tally.of(NOT_RETURNED);
}
