// A point in words: for labels, screen readers and the panel that tells of it.
import type { Translate } from "../../lib/i18n";
import { spell } from "../../lib/pieces";
import type { MapPayload, MapSettings, NamePayload } from "../../session/payloads";

const LONGEST_LABEL = 24;

/** The label as one string, its white space visible; long ones are cut. */
export function labelText(label: string): string {
  const characters = [...label];
  const cut = characters.length > LONGEST_LABEL;
  return spell(cut ? characters.slice(0, LONGEST_LABEL).join("") : label, "") + (cut ? "…" : "");
}

export function nameText({ piece, bytes }: Pick<NamePayload, "piece" | "bytes">): string {
  return bytes === "" ? labelText(piece) : spell("", bytes);
}

/** The text itself, or the bytes where it is none. */
export function plainText({ piece, bytes }: Pick<NamePayload, "piece" | "bytes">): string {
  return bytes === "" ? piece : spell("", bytes);
}

/** A label of the map as a name. */
export function nameOfLabel(piece: string, id = -1): NamePayload {
  return { id, piece, bytes: "", special: false };
}

export function cosineText(value: number): string {
  return Number.isFinite(value)
    ? value
        .toFixed(2)
        .replace(/^-0\.00$/, "0.00")
        .replace("-", "−")
    : "–";
}

/** A similarity by the map's measure. */
export function valueText(value: number, measure: MapSettings["measure"]): string {
  if (measure === "cosine" || !Number.isFinite(value)) return cosineText(value);
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

export function nearestText(map: MapPayload, point: number, measure: MapSettings["measure"]): string {
  return (map.nearest[point] ?? [])
    .map(([other, value]) => `${labelText(map.labels[other] ?? "")} ${valueText(value, measure)}`)
    .join(", ");
}

export function describe(
  map: MapPayload,
  point: number,
  measure: MapSettings["measure"],
  t: Translate,
): string {
  return t("point", {
    label: labelText(map.labels[point] ?? ""),
    tokens: (map.pieces[point] ?? []).map((piece) => spell(piece, "")).join(" | "),
    norm: (map.norms[point] ?? 0).toFixed(2),
    nearest: nearestText(map, point, measure) || "–",
  });
}

/** A point keeps its element, and so glides, as long as its word stays on the map. */
export function pointKeys(map: MapPayload): readonly string[] {
  const times = new Map<string, number>();
  return map.labels.map((label, point) => {
    const name = `${map.kinds[point]} ${label}`;
    const count = times.get(name) ?? 0;
    times.set(name, count + 1);
    return `${name} ${count}`;
  });
}
