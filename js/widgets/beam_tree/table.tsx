// The tree as a table, with every number.
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import { Piece } from "../../lib/piece";
import { TableScroll } from "../../lib/table_scroll";
import type { BeamTreePayload } from "../../session/payloads";
import type { BeamNode } from "./read";
import { fateWords, nats } from "./words";

interface Props {
  readonly columns: readonly (readonly BeamNode[])[];
  readonly payload: BeamTreePayload;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Table({ columns, payload, t, numbers }: Props) {
  return (
    <TableScroll label={t("table")}>
      <table class="llmw-table">
        <thead>
          <tr>
            <th scope="col">{t("table.step")}</th>
            <th scope="col" class="llmw-left">
              {t("table.after")}
            </th>
            <th scope="col" class="llmw-left">
              {t("table.token")}
            </th>
            <th scope="col">{t("probability")}</th>
            <th scope="col">{t("sum")}</th>
            <th scope="col" class="llmw-left">
              {t("table.fate")}
            </th>
          </tr>
        </thead>
        <tbody>
          {columns.flat().map((node) => (
            <tr key={node.key} data-state={node.state}>
              <td>{numbers.count(node.step + 1)}</td>
              <td class="llmw-left">
                {node.parent && <Piece piece={node.parent.piece} bytes={node.parent.bytes} />}
              </td>
              <th scope="row" class="llmw-left">
                <Piece piece={node.piece} bytes={node.bytes} />
              </th>
              <td>{numbers.percent(Math.exp(node.gained))}</td>
              <td>{nats(node.logProb)}</td>
              <td class="llmw-left llmw-words">{fateWords(node, payload, t, numbers)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
