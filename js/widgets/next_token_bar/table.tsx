// The chart as a table, with every number.
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import type { Range } from "../../lib/sampling";
import { TableScroll } from "../../lib/table_scroll";
import { signed } from "./axis/measures";
import { NOT_RETURNED, type Observed, observed } from "./draws/tally";
import { drawnText, type Look } from "./rows/describe";
import { restKept, restName, unknownName } from "./rows/rest";
import { Name, Tag } from "./rows/row";
import { isUnknown, type Rest, type Row } from "./rows/rows";
import type { Sight } from "./sight";
import { explainUnknown } from "./unknown";

interface Props {
  readonly sight: Sight;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Table({ sight, t, numbers }: Props) {
  const { rows, apart, rest, unknown, look, source, elsewhere } = sight;
  const { active, tally } = look;
  // what a server returns are log-probabilities
  const logits = !source.distribution.partial;
  return (
    <TableScroll label={t("table")}>
      <table class="llmw-table">
        <thead>
          <tr>
            <th scope="col">{t("rank")}</th>
            <th scope="col" class="llmw-left">
              {t("piece")}
            </th>
            <th scope="col">{t("id")}</th>
            {logits && <th scope="col">{t("measure.logit")}</th>}
            <th scope="col">{t("measure.log_probability")}</th>
            <th scope="col">{t("legend.raw")}</th>
            {active && (
              <>
                {logits && <th scope="col">{t("score")}</th>}
                <th scope="col">{t("log.after")}</th>
                <th scope="col">{t("rank.after")}</th>
                <th scope="col">{t("legend.sampled")}</th>
              </>
            )}
            {tally && (
              <>
                <th scope="col">{t("legend.drawn")}</th>
                <th scope="col">{t("expected")}</th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {(apart ? [...rows, apart] : rows).map((row) => (
            <tr key={row.id} data-came={row.id === look.came}>
              <td>{isUnknown(row) ? "" : rankText(row.rank, row.rankAbout, t, numbers)}</td>
              <th scope="row" class="llmw-left">
                <Name {...row} />
                {row.id === look.came && <Tag of="came" text={t("came")} />}
                {tally && row.id === look.greedy && <Tag of="greedy" text={t("greedy")} />}
              </th>
              <td>{row.id}</td>
              {logits && <td>{exact(row.logit)}</td>}
              {isUnknown(row) ? (
                <td colSpan={2}>{t("label.unknown", { value: numbers.percent(row.rawWithin?.[1] ?? 1) })}</td>
              ) : (
                <>
                  <td>{signed(row.logRaw)}</td>
                  <td>{numbers.percent(row.raw)}</td>
                </>
              )}
              {active && <After row={row} logits={logits} t={t} numbers={numbers} />}
              {tally && <Drawn seen={observed(tally.of(row.id), row.sampled, tally.n)} look={look} />}
            </tr>
          ))}
          {rest && rest.tokens > 0 && (
            <RestLine
              name={restName(rest, t, numbers)}
              explained=""
              rest={rest}
              sight={sight}
              drawn={elsewhere}
              kept={restKept(rest, source.chain, t, numbers)}
            />
          )}
          {unknown && (
            <RestLine
              name={unknownName(unknown, t, numbers)}
              explained={explainUnknown(source, t, numbers)}
              rest={unknown}
              sight={sight}
              drawn={tally?.of(NOT_RETURNED) ?? 0}
              kept={restKept(unknown, source.chain, t, numbers)}
            />
          )}
        </tbody>
      </table>
    </TableScroll>
  );
}

function exact(logit: number): string {
  return Number.isFinite(logit) ? logit.toFixed(3).replace("-", "−") : signed(logit);
}

function rankText(rank: number, about: boolean, t: Translate, numbers: Numbers): string {
  return about ? t("about", { count: numbers.roughly(rank) }) : numbers.count(rank);
}

interface AfterProps {
  readonly row: Row;
  readonly logits: boolean;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function After({ row, logits, t, numbers }: AfterProps) {
  if (row.removedBy !== null)
    return (
      <>
        {logits && <td>{exact(row.score)}</td>}
        <td>{signed(row.logSampled)}</td>
        <td colSpan={2}>
          <span class="llmw-removed">{t("removed", { stage: row.removedBy })}</span>
        </td>
      </>
    );
  return (
    <>
      {logits && <td>{exact(row.score)}</td>}
      <td>{row.sampledWithin ? logRange(row.sampledWithin) : signed(row.logSampled)}</td>
      <td>{isUnknown(row) ? "" : rankText(row.rankAfter, row.rankAfterAbout, t, numbers)}</td>
      <td>{row.sampledWithin ? numbers.percents(row.sampledWithin) : numbers.percent(row.sampled)}</td>
    </>
  );
}

function logRange(within: Range): string {
  return within.map((p) => signed(Math.log(p))).join(" – ");
}

function Drawn({ seen, look }: { readonly seen: Observed; readonly look: Look }) {
  const { numbers } = look;
  return (
    <>
      <td>{drawnText(seen, look)}</td>
      <td>
        {numbers.percent(seen.low)} – {numbers.percent(seen.high)}
      </td>
    </>
  );
}

interface RestLineProps {
  readonly name: string;
  /** "" for nothing. */
  readonly explained: string;
  readonly rest: Rest;
  readonly sight: Sight;
  readonly drawn: number;
  readonly kept: string;
}

function RestLine({ name, explained, rest, sight, drawn, kept }: RestLineProps) {
  const { look, source } = sight;
  const { active, tally, numbers } = look;
  const logits = !source.distribution.partial;
  const { sampledWithin } = rest;
  return (
    <tr>
      <td />
      <th scope="row" class="llmw-left" colSpan={logits ? 3 : 2}>
        {name}
        {explained !== "" && <span class="llmw-explained">{explained}</span>}
        {active && <span class="llmw-rest-kept">{kept}</span>}
      </th>
      <td>{signed(Math.log(rest.raw))}</td>
      <td>{numbers.percent(rest.raw)}</td>
      {active && (
        <>
          {logits && <td />}
          <td>{sampledWithin ? logRange(sampledWithin) : signed(Math.log(rest.sampled))}</td>
          <td />
          <td>{sampledWithin ? numbers.percents(sampledWithin) : numbers.percent(rest.sampled)}</td>
        </>
      )}
      {tally && <Drawn seen={observed(drawn, rest.sampled, tally.n)} look={look} />}
    </tr>
  );
}
