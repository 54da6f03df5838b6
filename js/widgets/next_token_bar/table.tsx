// The chart as a table, with every number.
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import { signed } from "./axis/measures";
import { type Observed, observed } from "./draws/tally";
import { drawnText, type Look } from "./rows/describe";
import { restKept, restName } from "./rows/rest";
import { Name, Tag } from "./rows/row";
import type { Rest, Row } from "./rows/rows";
import type { Sight } from "./sight";

interface Props {
  readonly sight: Sight;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Table({ sight, t, numbers }: Props) {
  const { rows, apart, rest, look, source, elsewhere } = sight;
  const { active, tally } = look;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard
    <section class="llmw-scroll" tabIndex={0} aria-label={t("table")}>
      <table class="llmw-table">
        <thead>
          <tr>
            <th scope="col">{t("rank")}</th>
            <th scope="col" class="llmw-left">
              {t("piece")}
            </th>
            <th scope="col">{t("id")}</th>
            <th scope="col">{t("measure.logit")}</th>
            <th scope="col">{t("measure.log_probability")}</th>
            <th scope="col">{t("legend.raw")}</th>
            {active && (
              <>
                <th scope="col">{t("score")}</th>
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
              <td>{rankText(row.rank, row.rankAbout, t, numbers)}</td>
              <th scope="row" class="llmw-left">
                <Name {...row} />
                {row.id === look.came && <Tag of="came" text={t("came")} />}
                {tally && row.id === look.greedy && <Tag of="greedy" text={t("greedy")} />}
              </th>
              <td>{row.id}</td>
              <td>{exact(row.logit)}</td>
              <td>{signed(row.logRaw)}</td>
              <td>{numbers.percent(row.raw)}</td>
              {active && <After row={row} t={t} numbers={numbers} />}
              {tally && <Drawn seen={observed(tally.of(row.id), row.sampled, tally.n)} look={look} />}
            </tr>
          ))}
          {rest && rest.tokens > 0 && (
            <RestLine
              rest={rest}
              sight={sight}
              drawn={elsewhere}
              kept={restKept(rest, source.chain, t, numbers)}
            />
          )}
        </tbody>
      </table>
    </section>
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
  readonly t: Translate;
  readonly numbers: Numbers;
}

function After({ row, t, numbers }: AfterProps) {
  if (row.removedBy !== null)
    return (
      <>
        <td>{exact(row.score)}</td>
        <td>{signed(row.logSampled)}</td>
        <td colSpan={2}>
          <span class="llmw-removed">{t("removed", { stage: row.removedBy })}</span>
        </td>
      </>
    );
  return (
    <>
      <td>{exact(row.score)}</td>
      <td>{signed(row.logSampled)}</td>
      <td>{rankText(row.rankAfter, row.rankAfterAbout, t, numbers)}</td>
      <td>{numbers.percent(row.sampled)}</td>
    </>
  );
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
  readonly rest: Rest;
  readonly sight: Sight;
  readonly drawn: number;
  readonly kept: string;
}

function RestLine({ rest, sight, drawn, kept }: RestLineProps) {
  const { look } = sight;
  const { active, tally, numbers, t } = look;
  return (
    <tr>
      <td />
      <th scope="row" class="llmw-left" colSpan={3}>
        {restName(rest, t, numbers)}
        {active && <span class="llmw-rest-kept">{kept}</span>}
      </th>
      <td>{signed(Math.log(rest.raw))}</td>
      <td>{numbers.percent(rest.raw)}</td>
      {active && (
        <>
          <td />
          <td>{signed(Math.log(rest.sampled))}</td>
          <td />
          <td>{numbers.percent(rest.sampled)}</td>
        </>
      )}
      {tally && <Drawn seen={observed(drawn, rest.sampled, tally.n)} look={look} />}
    </tr>
  );
}
