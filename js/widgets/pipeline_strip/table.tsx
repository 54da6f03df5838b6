// The call as a table, each block for itself.
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import { TableScroll } from "../../lib/table_scroll";
import { time } from "../../lib/units";
import type { CallPayload, CellPayload, FormPayload } from "../../session/payloads";
import { blocksOf, nameOf, shapeText, share } from "./stages";

interface Props {
  readonly call: CallPayload;
  readonly whole: number | null;
  readonly t: Translate;
  readonly numbers: Numbers;
}

interface Entry {
  readonly name: string;
  readonly form: FormPayload | undefined;
  readonly seconds: number | null;
  readonly detail: string;
}

export function CallTable({ call, whole, t, numbers }: Props) {
  const halves = new Set(call.cells.map((cell) => cell.part).filter((part) => part !== ""));
  const told = (name: string, part: string) =>
    part !== "" && halves.size > 0 ? t("of.part", { name, part: t(`part.${part}`) }) : name;
  const entries = call.cells.flatMap((cell) => entriesOf(cell, t, numbers, told));
  const took = (seconds: number | null) => (seconds === null ? "" : time(seconds, numbers));
  const percent = (seconds: number | null) =>
    seconds === null || whole === null ? "" : numbers.percent(share(seconds, whole));
  return (
    <TableScroll label={t("table")}>
      <table class="llmw-table">
        <thead>
          <tr>
            <th scope="col" class="llmw-left">
              {t("stage")}
            </th>
            <th scope="col">{t("shape")}</th>
            <th scope="col" class="llmw-left">
              {t("dtype")}
            </th>
            <th scope="col" class="llmw-left">
              {t("on")}
            </th>
            <th scope="col">{t("time")}</th>
            <th scope="col">{t("share")}</th>
            <th scope="col" class="llmw-left">
              {t("module")}
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ name, form, seconds, detail }, index) => (
            <tr key={index}>
              <th scope="row" class="llmw-left">
                {name}
              </th>
              <td>{shapeText(form?.shape ?? [], numbers)}</td>
              <td class="llmw-left">{form?.dtype}</td>
              <td class="llmw-left">{form?.device}</td>
              <td>{took(seconds)}</td>
              <td>{percent(seconds)}</td>
              <td class="llmw-left llmw-module">{detail}</td>
            </tr>
          ))}
          {call.between !== null && (
            <tr>
              <th scope="row" class="llmw-left" colSpan={4}>
                {t("outside")}
              </th>
              <td>{took(call.between)}</td>
              <td>{percent(call.between)}</td>
              <td />
            </tr>
          )}
        </tbody>
        {whole !== null && (
          <tfoot>
            <tr>
              <th scope="row" class="llmw-left" colSpan={4}>
                {t("whole")}
              </th>
              <td>{took(whole)}</td>
              <td>{numbers.percent(1)}</td>
              <td />
            </tr>
          </tfoot>
        )}
      </table>
    </TableScroll>
  );
}

function entriesOf(
  cell: CellPayload,
  t: Translate,
  numbers: Numbers,
  told: (name: string, part: string) => string,
): Entry[] {
  const { part, detail, seconds } = cell;
  if (cell.kind !== "block")
    return [{ name: told(nameOf(cell, t, numbers), part), form: cell.forms[0], seconds, detail }];
  return blocksOf(cell).map((block, place) => ({
    name: told(t("block", { index: block.index }), part),
    form: block.form,
    seconds: block.seconds,
    detail: place === 0 ? detail : "",
  }));
}
