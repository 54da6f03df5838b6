// The candidates as a table, with every sum.
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { Piece } from "../../../lib/piece";
import { TableScroll } from "../../../lib/table_scroll";
import { nats, probability } from "../words";
import { MEASURES, type Measure, type Row } from "./rows";

interface Props {
  readonly rows: readonly Row[];
  readonly measure: Measure;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Table({ rows, measure, t, numbers }: Props) {
  return (
    <TableScroll label={t("table")}>
      <table class="llmw-table">
        <thead>
          <tr>
            <th scope="col">{t("rank")}</th>
            <th scope="col" class="llmw-left">
              {t("candidate")}
            </th>
            <th scope="col">{t("probability")}</th>
            {MEASURES.map((each) => (
              <th key={each} scope="col" data-chosen={each === measure}>
                {t(`table.${each}`)}
              </th>
            ))}
            <th scope="col">{t("table.bits")}</th>
            <th scope="col">{t("table.tokens")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.text}>
              <td>{row.rank ?? "–"}</td>
              <th scope="row" class="llmw-left">
                <Piece piece={row.text} />
                {row.fused && <span class="llmw-mark"> {t("table.fused")}</span>}
              </th>
              <td>{probability(row.by("sum"), numbers)}</td>
              {MEASURES.map((each) => (
                <td key={each} data-chosen={each === measure}>
                  {nats(row.by(each))}
                </td>
              ))}
              <td>{nats(-row.by("sum") / Math.LN2)}</td>
              <td>{row.tokens === null ? "–" : numbers.count(row.counted)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
