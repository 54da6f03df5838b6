// A point in words: for labels, screen readers and the line below the map.
import type { Translate } from "../../lib/i18n";
import { spell } from "../../lib/pieces";
import type { MapPayload } from "../../session/payloads";

const LONGEST_LABEL = 24;

/** The label as one string, its white space visible; long ones are cut. */
export function labelText(label: string): string {
  const characters = [...label];
  const cut = characters.length > LONGEST_LABEL;
  return spell(cut ? characters.slice(0, LONGEST_LABEL).join("") : label, "") + (cut ? "…" : "");
}

export function cosineText(value: number): string {
  return Number.isFinite(value)
    ? value
        .toFixed(2)
        .replace(/^-0\.00$/, "0.00")
        .replace("-", "−")
    : "–";
}

export function nearestText(map: MapPayload, point: number): string {
  return (map.nearest[point] ?? [])
    .map(([other, cosine]) => `${labelText(map.labels[other] ?? "")} ${cosineText(cosine)}`)
    .join(", ");
}

export function describe(map: MapPayload, point: number, t: Translate): string {
  return t("point", {
    label: labelText(map.labels[point] ?? ""),
    tokens: (map.pieces[point] ?? []).map((piece) => spell(piece, "")).join(" | "),
    norm: (map.norms[point] ?? 0).toFixed(2),
    nearest: nearestText(map, point) || "–",
  });
}
