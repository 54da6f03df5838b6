// What is known of a point: from the map at once, and more with the kernel's answer.
import type { LookPayload, MapPayload, NamePayload, NearPayload } from "../../../session/payloads";
import { nameOfLabel } from "../point";

export interface Subject {
  readonly name: NamePayload;
  readonly kind: "word" | "token" | "ground";
  readonly pieces: readonly Pick<NamePayload, "id" | "piece" | "bytes">[];
  readonly norm: number | null;
  /** So many of its `counted` nearest are not so in the picture; null where that is not known. */
  readonly lost: number | null;
  readonly counted: number;
  readonly nearest: readonly NearPayload[];
}

export function subjectOfPoint(map: MapPayload, point: number, look: LookPayload | null): Subject {
  const ids = map.ids[point] ?? [];
  const own = nameOfLabel(map.labels[point] ?? "", ids.length === 1 ? ids[0] : -1);
  const nearest = (map.nearest[point] ?? []).map(
    ([index, value]): NearPayload => ({
      on: "points",
      index,
      name: nameOfLabel(map.labels[index] ?? ""),
      value,
      own: false,
    }),
  );
  return {
    name: look?.name ?? own,
    kind: map.kinds[point] ?? "word",
    pieces: (map.pieces[point] ?? []).map((piece, at) => ({ piece, bytes: "", id: ids[at] ?? -1 })),
    norm: map.norms[point] ?? null,
    lost: look ? look.lost : (map.lost[point] ?? null),
    counted: look?.counted ?? map.counted,
    nearest: look?.nearest ?? nearest,
  };
}

/** A point of which only its name may be known. */
export function subjectOf(name: NamePayload, kind: Subject["kind"], look: LookPayload | null): Subject {
  return {
    name: look?.name ?? name,
    kind,
    pieces: [look?.name ?? name],
    norm: look?.norm ?? null,
    lost: look?.lost ?? null,
    counted: look?.counted ?? 0,
    nearest: look?.nearest ?? [],
  };
}
