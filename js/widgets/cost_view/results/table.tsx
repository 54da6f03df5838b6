// The plot as a table: the cost of each form at round volumes, at the workload and at the crossings.
import type { Language, Translate } from "../../../lib/i18n";
import { TableScroll } from "../../../lib/table_scroll";
import { money } from "../money";
import { rangeOf, ticksTo } from "../plot/scale";
import type { BreakEven } from "../sums/break_even";
import { capacityOf, costAt, FORMS, type Form, type Line } from "../sums/costs";
import { compare, type Fraction, fraction, numberOf, times } from "../sums/fraction";
import { type Volumes, volumeWords } from "../volume";

const ROWS = 8;
const MOST_CROSSINGS = 20;

interface Props {
  readonly lines: readonly Line[];
  readonly pairs: readonly BreakEven[];
  readonly workload: Fraction;
  readonly volumes: Volumes;
  readonly zoom: number;
  readonly currency: string;
  readonly language: Language;
  readonly t: Translate;
}

export function Table({ lines, pairs, workload, volumes, zoom, currency, language, t }: Props) {
  const rows = rowsOf(lines, pairs, workload, zoom);
  const cell = (form: Form, volume: Fraction) => {
    const line = lines.find((known) => known.form === form);
    if (!line) return t("unknown");
    const capacity = capacityOf(line);
    if (capacity !== null && compare(volume, capacity) > 0) return t("too_few");
    return money(numberOf(costAt(line, volume)), currency, language);
  };
  return (
    <TableScroll label={t("table")}>
      <table class="llmw-table">
        <thead>
          <tr>
            <th scope="col" class="llmw-left">
              {t("table.volume")}
            </th>
            {FORMS.map((form) => (
              <th key={form} scope="col">
                {t(`form.${form}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ volume, what }) => (
            <tr key={what + numberOf(volume)} data-what={what}>
              <th scope="row" class="llmw-left">
                {volumeWords(volume, volumes, t, language)}
                {what !== "" && <span class="llmw-source"> {t(`table.${what}`)}</span>}
              </th>
              {FORMS.map((form) => (
                <td key={form}>{cell(form, volume)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

interface Row {
  readonly volume: Fraction;
  readonly what: "" | "here" | "crossing";
}

function rowsOf(
  lines: readonly Line[],
  pairs: readonly BreakEven[],
  workload: Fraction,
  zoom: number,
): readonly Row[] {
  if (lines.length === 0) return [];
  const end = times(rangeOf(workload, pairs), fraction(zoom));
  const crossings = pairs
    .flatMap(({ stretches }) => stretches.slice(1).map(({ start }) => start))
    .filter((start) => compare(start, end) <= 0)
    .slice(0, MOST_CROSSINGS);
  const rows: Row[] = [
    ...ticksTo(numberOf(end), ROWS).map((volume): Row => ({ volume: fraction(volume), what: "" })),
    ...crossings.map((volume): Row => ({ volume, what: "crossing" })),
    { volume: workload, what: "here" },
  ];
  return rows
    .filter(({ volume, what }) => what !== "" || compare(volume, workload) !== 0)
    .sort((one, other) => compare(one.volume, other.volume));
}
