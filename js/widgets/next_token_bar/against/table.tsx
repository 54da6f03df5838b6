// The table twin of the mirrored bars.
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { Piece } from "../../../lib/piece";
import { TableScroll } from "../../../lib/table_scroll";
import type { PairPayload } from "../../../session/payloads";
import { name } from "./mirror";
import type { Absent } from "./pairs";

interface Props {
  readonly pairs: readonly PairPayload[];
  readonly absent: Absent;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function PairTable({ pairs, absent, t, numbers }: Props) {
  const share = (value: number | null) =>
    value === null ? t(`against.row.${absent}`) : numbers.percent(value);
  const id = (value: number) => (value < 0 ? t("against.none") : value);
  return (
    <TableScroll label={t("table")}>
      <table class="llmw-table">
        <thead>
          <tr>
            <th scope="col" class="llmw-left">
              {t("against.token")}
            </th>
            <th scope="col">
              {t("against.id")} ({t("against.left")})
            </th>
            <th scope="col">
              {t("against.id")} ({t("against.right")})
            </th>
            <th scope="col">{t("against.left")}</th>
            <th scope="col">{t("against.right")}</th>
            <th scope="col">{t("against.difference")}</th>
          </tr>
        </thead>
        <tbody>
          {pairs.map((pair) => (
            <tr key={`${pair.id} ${pair.other_id}`}>
              <th scope="row" class="llmw-left">
                <span class="llmw-piece" data-special={pair.special}>
                  <Piece piece={pair.piece || (pair.bytes === "" ? name(pair) : "")} bytes={pair.bytes} />
                </span>
              </th>
              <td>{id(pair.id)}</td>
              <td>{id(pair.other_id)}</td>
              <td>{share(pair.p)}</td>
              <td>{share(pair.q)}</td>
              <td>{pair.p === null || pair.q === null ? "" : difference(pair.q - pair.p, numbers)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function difference(value: number, numbers: Numbers): string {
  const sign = value > 0 ? "+" : value < 0 ? "−" : "";
  return sign + numbers.percent(Math.abs(value));
}
