// What the picture of the words shows, as a table; of the ground what was found in it.
import type { Translate } from "../../lib/i18n";
import { Piece } from "../../lib/piece";
import { TableScroll } from "../../lib/table_scroll";
import type { MapPayload, MapSettings, NamePayload } from "../../session/payloads";
import { Name } from "./look/near";
import { labelText, nearestText } from "./point";

interface Props {
  readonly map: MapPayload;
  readonly coordinates: ArrayLike<number>;
  readonly axes: number;
  readonly titles: readonly string[];
  readonly measure: MapSettings["measure"];
  /** Names of ground points: found by text, or chosen. */
  readonly ground: readonly NamePayload[];
  readonly t: Translate;
}

export function Table({ map, coordinates, axes, titles, measure, ground, t }: Props) {
  const { counted } = map;
  return (
    <TableScroll label={t("table")}>
      {map.labels.length > 0 && (
        <table class="llmw-table">
          <thead>
            <tr>
              <th scope="col">{t("point.kind.word")}</th>
              <th scope="col">{t("point.tokens")}</th>
              <th scope="col">{t("point.norm")}</th>
              {Array.from({ length: axes }, (_, axis) => (
                <th key={axis} scope="col">
                  {titles[axis] || t("axis.bare", { number: axis + 1 })}
                </th>
              ))}
              {counted > 0 && <th scope="col">{t("table.lost", { counted })}</th>}
              <th scope="col">{t("point.nearest")}</th>
            </tr>
          </thead>
          <tbody>
            {map.labels.map((label, point) => (
              <tr key={`${point} ${label}`}>
                <th scope="row">
                  {labelText(label)}
                  {map.kinds[point] === "token" && <span class="llmw-muted"> {t("point.kind.token")}</span>}
                </th>
                <td>
                  {(map.pieces[point] ?? []).map((piece, index) => (
                    <span key={index} class="llmw-token">
                      <Piece piece={piece} /> <span class="llmw-id">{map.ids[point]?.[index]}</span>
                    </span>
                  ))}
                </td>
                <td>{(map.norms[point] ?? 0).toFixed(2)}</td>
                {Array.from({ length: axes }, (_, axis) => (
                  <td key={axis}>{coordinateText(coordinates[axes * point + axis])}</td>
                ))}
                {counted > 0 && <td>{map.lost[point]}</td>}
                <td>{nearestText(map, point, measure)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {map.labels.length + ground.length === 0 && <p class="llmw-nothing">{t("table.nothing")}</p>}
      {ground.length > 0 && (
        <table class="llmw-table llmw-ground-table">
          <thead>
            <tr>
              <th scope="col">{t("point.kind.ground")}</th>
              <th scope="col">{t("point.ids")}</th>
            </tr>
          </thead>
          <tbody>
            {ground.map((name, at) => (
              <tr key={at}>
                <th scope="row">
                  <Name name={name} />
                </th>
                <td>{name.id < 0 ? "–" : name.id}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </TableScroll>
  );
}

export function coordinateText(value: number | undefined): string {
  return value === undefined ? "–" : value.toFixed(3).replace("-", "−");
}
