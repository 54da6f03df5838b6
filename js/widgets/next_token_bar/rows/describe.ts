// A row in words and styles: everything that its button shows, as plain values.
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { spell } from "../../../lib/pieces";
import type { Range } from "../../../lib/sampling";
import { barStyle, pointStyle, rangeStyles, spanStyle } from "../axis/bar";
import type { Measure } from "../axis/measures";
import type { Scale } from "../axis/scales";
import { type Observed, observed, type Tally } from "../draws/tally";
import type { RowProps, TrackProps, ValuesProps } from "./row";
import { isUnknown, type Rest, type Row } from "./rows";

export interface Look {
  readonly measure: Measure;
  readonly scale: Scale;
  /** A sampler is on. */
  readonly active: boolean;
  readonly tally: Tally | null;
  /** The token that the text goes on with, the one that greedy takes, and the one that someone guessed: ids, -1 for none. */
  readonly came: number;
  readonly greedy: number;
  readonly guess: number;
  /** Each row says its rank, since the rows are not the first ones. */
  readonly ranked: boolean;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export type Described = Omit<RowProps, "index" | "reachable" | "blocked" | "hint">;

export function describeRow(look: Look, row: Row, ranked = look.ranked): Described {
  const { tally, t } = look;
  const { id, piece, bytes, special } = row;
  const seen = tally && observed(tally.of(id), row.sampled, tally.n);
  const came = id === look.came;
  const greedy = tally !== null && id === look.greedy;
  const hit = tally?.n === 1 && tally.last === id;
  return {
    ...{ id, piece, bytes, special },
    label: labelOf(look, row, seen, { came, greedy, ranked }),
    rank: ranked && !isUnknown(row) ? rankText(row.rank, row.rankAbout, look) : "",
    came: came ? t("came") : "",
    greedy: greedy ? t("greedy") : "",
    guess: id === look.guess ? t("judged.guess") : "",
    hit: hit ? t("hit") : "",
    ...barsOf(look, look.measure.raw(row), row.removedBy === null ? look.measure.sampled(row) : Number.NaN),
    ...openBarsOf(look, look.active ? row.sampledWithin : row.rawWithin),
    ...marksOf(look, seen),
    removedBar: row.removedBy !== null,
    ...numbersOf(look, row, seen),
  };
}

type Bars = Pick<TrackProps, "rawBar" | "sampledBar" | "openBar">;

function barsOf({ scale, active }: Look, raw: number, sampled: number): Bars {
  return active
    ? { rawBar: barStyle(scale, raw), sampledBar: barStyle(scale, sampled), openBar: "" }
    : { rawBar: "", sampledBar: barStyle(scale, raw), openBar: "" };
}

/** What is certain of a probability as the bar, and how far it may go as an open one behind it. A rank and a logit have no such range. */
function openBarsOf({ measure, scale }: Look, within: Range | null): Partial<Bars> {
  if (within === null || !isShare(measure)) return {};
  const { sure, open } = rangeStyles(scale, within.map(measure.share) as [number, number]);
  return { sampledBar: sure, openBar: open };
}

function isShare(measure: Measure): boolean {
  return !Number.isNaN(measure.share(1));
}

type Marks = Pick<TrackProps, "spread" | "share" | "astray">;

/** The share of the draws beside what was to be expected. One draw has no share to speak of. */
function marksOf({ measure, scale, tally }: Look, seen: Observed | null): Marks {
  if (seen === null || tally === null || tally.n < 2 || !isShare(measure))
    return { spread: "", share: "", astray: false };
  const place = (probability: number) => scale.place(measure.share(probability));
  return {
    spread: seen.expected > 0 ? spanStyle(place(seen.low), place(seen.high)) : "",
    share: seen.count > 0 || measure.share(0) === 0 ? pointStyle(place(seen.share)) : "",
    astray: !seen.within,
  };
}

function numbersOf(look: Look, row: Row, seen: Observed | null): ValuesProps {
  const { active } = look;
  return {
    drawn: seen ? drawnText(seen, look) : "",
    raw: rawText(look, row),
    sampled: active ? sampledText(look, row) : "",
    removed: active ? (row.removedBy ?? "") : "",
  };
}

function rawText(look: Look, row: Row): string {
  const { measure } = look;
  if (row.rawWithin && isUnknown(row)) return belowText(look, row.rawWithin[1]);
  return valueText(look, measure.raw(row), measure.name === "rank" && row.rankAbout);
}

/** Of a token that was not returned: less than the last that was, behind its rank. */
function belowText({ measure, t, numbers }: Look, most: number): string {
  return isShare(measure) ? t("below", { value: measure.text(measure.share(most), numbers) }) : "–";
}

/** What a share can be at least and at most. */
export function rangeText({ measure, numbers }: Pick<Look, "measure" | "numbers">, within: Range): string {
  if (measure.name === "probability") return numbers.percents(within);
  const [least, most] = within.map((p) => measure.text(measure.share(p), numbers));
  return least === most ? `${most}` : `${least} – ${most}`;
}

function sampledText(look: Look, row: Row): string {
  const { measure } = look;
  if (row.removedBy === null && isUnknown(row)) return belowText(look, row.sampledWithin?.[1] ?? 1);
  if (row.sampledWithin && isShare(measure)) return rangeText(look, row.sampledWithin);
  const about = measure.name === "rank" ? row.rankAfterAbout : row.about;
  if (row.removedBy === null) return valueText(look, measure.sampled(row), about);
  // beside the stage that removed it
  return measure.name === "logit" || measure.name === "log_probability" ? "−∞ " : "";
}

function valueText({ measure, t, numbers }: Look, value: number, about: boolean): string {
  if (!about) return measure.text(value, numbers);
  return t("roughly", {
    value: measure.name === "rank" ? numbers.roughly(value) : measure.text(value, numbers),
  });
}

function rankText(rank: number, about: boolean, { t, numbers }: Look): string {
  return about
    ? t("rank.about", { rank: numbers.roughly(rank) })
    : t("rank.short", { rank: numbers.count(rank) });
}

/** One draw needs no share. */
export function drawnText({ count, share }: Observed, { tally, numbers, t }: Look): string {
  const values = { count: numbers.count(count), share: numbers.percent(share) };
  return tally && tally.n > 1 ? t("drawn.share", values) : values.count;
}

interface Marked {
  readonly came: boolean;
  readonly greedy: boolean;
  readonly ranked: boolean;
}

function labelOf(look: Look, row: Row, seen: Observed | null, { came, greedy, ranked }: Marked): string {
  const { t, numbers, measure, active } = look;
  const key = !active ? "label" : row.removedBy !== null ? "label.removed" : "label.sampled";
  const unknown = isUnknown(row);
  const parts = [
    t(key, {
      piece: nameOf(row, t),
      id: row.id,
      raw: unknown
        ? t("label.unknown", { value: numbers.percent(row.rawWithin?.[1] ?? 1) })
        : numbers.percent(row.raw),
      sampled: row.sampledWithin ? numbers.percents(row.sampledWithin) : numbers.percent(row.sampled),
      stage: row.removedBy ?? "",
    }),
  ];
  if (unknown) return [...parts, ...(came ? [t("label.came")] : [])].join(t("label.and"));
  if (measure.name !== "probability" && measure.name !== "rank")
    parts.push(
      t("label.value", {
        measure: t(`measure.${measure.name}`),
        value: measure.text(measure.raw(row), numbers),
      }),
    );
  if (ranked || measure.name === "rank") parts.push(t("label.rank", { rank: numbers.count(row.rank) }));
  if (came) parts.push(t("label.came"));
  if (greedy) parts.push(t("label.greedy"));
  if (row.id === look.guess) parts.push(t("judged.guess"));
  if (seen)
    parts.push(t("label.drawn", { count: numbers.count(seen.count), n: numbers.count(look.tally?.n ?? 0) }));
  return parts.join(t("label.and"));
}

/** A token in words; one without a name by its id. */
export function nameOf({ id, piece, bytes }: Pick<Row, "id" | "piece" | "bytes">, t: Translate): string {
  return piece === "" && bytes === "" ? t("nameless", { id }) : spell(piece, bytes);
}

export interface DescribedRest extends TrackProps, ValuesProps {}

/** Many tokens as one bar. A sum has no logit and no rank. */
export function describeRest(look: Look, rest: Rest, drawn: number): DescribedRest {
  const { measure, active, tally, numbers } = look;
  const seen = tally && observed(drawn, rest.sampled, tally.n);
  const say = (probability: number) =>
    isShare(measure) ? measure.text(measure.share(probability), numbers) : "–";
  const { sampledWithin } = rest;
  const sampled = rest.kept > 0 ? measure.share(rest.sampled) : Number.NaN;
  return {
    ...barsOf(look, measure.share(rest.raw), sampled),
    ...openBarsOf(look, active ? sampledWithin : null),
    ...marksOf(look, seen),
    removedBar: rest.kept === 0,
    drawn: seen ? drawnText(seen, look) : "",
    sampled: !active
      ? ""
      : sampledWithin && isShare(measure)
        ? rangeText(look, sampledWithin)
        : say(rest.sampled),
    removed: "",
    raw: say(rest.raw),
  };
}
