// The cells in a row, a row for each half of a model; a cell of blocks opens the list of its blocks below its row.
import { Fragment } from "preact";
import { useState } from "preact/hooks";
import type { Translate } from "../../lib/i18n";
import { useUniqueId } from "../../lib/id";
import type { Numbers } from "../../lib/numbers";
import { time } from "../../lib/units";
import type { CallPayload, CellPayload } from "../../session/payloads";
import { Blocks } from "./blocks";
import { devicesOf, type Line, nameOf, shapeText, share } from "./stages";

interface Shared {
  readonly call: CallPayload;
  readonly whole: number | null;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Strip({ lines, ...shared }: Shared & { readonly lines: readonly Line[] }) {
  return (
    <div class="llmw-lines">
      {lines.map((line, index) => (
        <Row key={index} line={line} named={lines.length > 1} {...shared} />
      ))}
    </div>
  );
}

function Row({ line, named, ...shared }: Shared & { readonly line: Line; readonly named: boolean }) {
  const { t, numbers } = shared;
  const [open, setOpen] = useState(false);
  const id = useUniqueId();
  return (
    <section class="llmw-line" aria-label={named ? t(`part.${line.part}`) : t("stages")}>
      {named && <h4>{t(`part.${line.part}`)}</h4>}
      <ol>
        {line.cells.map((cell, index) =>
          isFold(cell) ? (
            <Fragment key={index}>
              <li title={cell.detail}>
                <button
                  type="button"
                  class="llmw-cell llmw-fold"
                  aria-expanded={open}
                  aria-controls={id}
                  onClick={() => setOpen(!open)}
                >
                  <Inside cell={cell} {...shared} />
                </button>
              </li>
              <li id={id} class="llmw-opened" hidden={!open}>
                {open && <Blocks cell={cell} t={t} numbers={numbers} />}
              </li>
            </Fragment>
          ) : (
            <li key={index} title={cell.detail}>
              <div class="llmw-cell">
                <Inside cell={cell} {...shared} />
              </div>
            </li>
          ),
        )}
      </ol>
    </section>
  );
}

function isFold(cell: CellPayload): boolean {
  return cell.indices.length > 1;
}

function Inside({ cell, call, whole, t, numbers }: Shared & { readonly cell: CellPayload }) {
  const form = cell.forms[cell.forms.length - 1];
  const devices = devicesOf([cell]);
  return (
    <>
      <span class="llmw-name">{nameOf(cell, t, numbers)}</span>
      <span class="llmw-shape">{shapeText(form?.shape ?? [], numbers)}</span>
      <span class="llmw-form">
        {[form?.dtype, ...(devicesOf(call.cells).length > 1 ? devices : [])].join(" · ")}
      </span>
      <span class="llmw-time" data-known={cell.seconds !== null}>
        {cell.seconds === null ? "" : time(cell.seconds, numbers)}
      </span>
      <span class="llmw-bar" aria-hidden="true">
        <i style={{ width: `${100 * share(cell.seconds, whole)}%` }} />
      </span>
    </>
  );
}
