// Which text of a batch the session shows.
import type { SessionState, Store } from "../session/store";
import type { Translate } from "./i18n";
import type { Numbers } from "./numbers";

interface Props {
  readonly store: Store;
  readonly state: SessionState;
  readonly disabled: boolean;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function RowChooser({ store, state, disabled, t, numbers }: Props) {
  const { rows, row } = state.info;
  return (
    <label class="llmw-row-chooser">
      <span class="llmw-muted">{t("row")}</span>
      <select
        value={row}
        disabled={disabled}
        onChange={(event) => store.showRow(Number(event.currentTarget.value))}
      >
        {Array.from({ length: rows }, (_, index) => (
          <option key={index} value={index}>
            {numbers.count(index + 1)}
          </option>
        ))}
      </select>
      <span class="llmw-muted">{t("row.of", { count: numbers.count(rows) })}</span>
    </label>
  );
}
