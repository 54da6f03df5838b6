// How much is asked a month, as requests, as students who ask so much, or as tokens.
import type { Language, Translate } from "../../lib/i18n";
import { counted, short } from "./money";
import { type Fraction, numberOf, over, sign, times } from "./sums/fraction";

export const UNITS = ["students", "requests", "tokens"] as const;
export type VolumeUnit = (typeof UNITS)[number];

export interface Volumes {
  readonly unit: VolumeUnit;
  /** Requests a month of one student. */
  readonly perStudent: Fraction;
  readonly perRequest: Fraction;
}

/** How many of the unit a number of requests is. */
export function inUnit(requests: Fraction, { unit, perStudent, perRequest }: Volumes): number {
  if (unit === "students") return numberOf(over(requests, perStudent));
  return numberOf(unit === "tokens" ? times(requests, perRequest) : requests);
}

/** Whether the unit can be counted: requests without tokens have none. */
export function isCounted(unit: VolumeUnit, perRequest: Fraction): boolean {
  return unit !== "tokens" || sign(perRequest) > 0;
}

/** 12,345 requests a month (62 students) */
export function volumeWords(requests: Fraction, volumes: Volumes, t: Translate, language: Language): string {
  const count = inUnit(requests, volumes);
  const shown = count >= 1e7 ? short(count, language) : counted(count, language);
  const words = t(`volume.${volumes.unit}`, { count: shown });
  if (volumes.unit === "students") return words;
  const students = counted(inUnit(requests, { ...volumes, unit: "students" }), language);
  return t("volume.with", { volume: words, students });
}
