// What the strip and its table are made from.
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import type { CallPayload, CellPayload, FormPayload } from "../../session/payloads";

/** The cells of an encoder, of a decoder, or of all there is. */
export interface Line {
  readonly part: string;
  readonly cells: readonly CellPayload[];
}

/** A line for each half of a model that has two; what belongs to neither goes on with the line before it. */
export function linesOf(cells: readonly CellPayload[]): Line[] {
  const lines: { part: string; cells: CellPayload[] }[] = [];
  for (const cell of cells) {
    const line = lines[lines.length - 1];
    if (line === undefined || (cell.part !== "" && cell.part !== line.part))
      lines.push({ part: cell.part, cells: [cell] });
    else line.cells.push(cell);
  }
  return lines;
}

/** 1 × 5 × 576 */
export function shapeText(shape: readonly number[], numbers: Numbers): string {
  return shape.map(numbers.count).join(" × ");
}

/** What a cell is called. */
export function nameOf(cell: CellPayload, t: Translate, numbers: Numbers): string {
  if (cell.kind !== "block") return t(`stage.${cell.kind}`);
  const count = cell.indices.length;
  return count === 1
    ? t("block", { index: cell.indices[0] ?? 0 })
    : t("blocks", { count: numbers.count(count) });
}

/** The devices of a call, each once, in the order in which it came there. */
export function devicesOf(cells: readonly CellPayload[]): string[] {
  return [...new Set(cells.flatMap((cell) => cell.forms.map((form) => form.device)))];
}

/** One block of a cell. */
export interface Block {
  readonly index: number;
  readonly seconds: number | null;
  readonly form: FormPayload;
}

export function blocksOf(cell: CellPayload): Block[] {
  const forms = cell.forms.flatMap((form) => Array.from({ length: form.count }, () => form));
  return cell.indices.flatMap((index, place) => {
    const form = forms[place];
    return form ? [{ index, seconds: cell.times[place] ?? null, form }] : [];
  });
}

/** A time as a share of another, 0 to 1; 0 where one of them is not known. */
export function share(seconds: number | null, of: number | null): number {
  return seconds === null || of === null || of <= 0 ? 0 : Math.min(1, seconds / of);
}

/** How long the call took, or as much of it as is known. */
export function wholeOf(call: CallPayload): number | null {
  if (call.seconds !== null) return call.seconds;
  const known = call.cells.flatMap((cell) => (cell.seconds === null ? [] : [cell.seconds]));
  return known.length > 0 ? known.reduce((sum, seconds) => sum + seconds, 0) : null;
}
