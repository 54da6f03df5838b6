// What the picture shows of a layer, as a table.
import type { Translate } from "../../../lib/i18n";
import { TableScroll } from "../../../lib/table_scroll";
import type { NamePayload } from "../../../session/payloads";
import { Name } from "../look/near";
import { coordinateText } from "../table";

interface Props {
  readonly names: readonly NamePayload[];
  readonly places: ArrayLike<number>;
  readonly axes: number;
  readonly norms: ArrayLike<number>;
  readonly lost: ArrayLike<number>;
  readonly counted: number;
  readonly titles: readonly string[];
  readonly t: Translate;
}

export function ContextTable({ names, places, axes, norms, lost, counted, titles, t }: Props) {
  return (
    <TableScroll label={t("table")}>
      <table class="llmw-table">
        <thead>
          <tr>
            <th scope="col">{t("contexts.number")}</th>
            <th scope="col">{t("point.kind.token")}</th>
            <th scope="col">{t("point.ids")}</th>
            <th scope="col">{t("point.norm")}</th>
            {titles.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
            {counted > 0 && <th scope="col">{t("table.lost", { counted })}</th>}
          </tr>
        </thead>
        <tbody>
          {names.map((name, at) => (
            <tr key={at}>
              <td>{at + 1}</td>
              <th scope="row">
                <Name name={name} />
              </th>
              <td>{name.id}</td>
              <td>{(norms[at] ?? 0).toFixed(2)}</td>
              {Array.from({ length: axes }, (_, axis) => (
                <td key={axis}>{coordinateText(places[at * axes + axis])}</td>
              ))}
              {counted > 0 && <td>{lost[at]}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
