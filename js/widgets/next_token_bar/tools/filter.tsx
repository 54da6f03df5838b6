// A field that filters as one types. What is being composed waits; the field keeps what is typed by itself, so that nothing disturbs it.
import { useComposition } from "../../../lib/composition";
import { type Language, sayError, type Translate } from "../../../lib/i18n";
import { numbersIn } from "../../../lib/numbers";
import { useQuiet } from "../../../lib/quiet";
import type { Row } from "../rows/rows";
import type { Found } from "./use_find";

interface Props {
  readonly onFilter: (query: string) => void;
  readonly t: Translate;
}

export function Filter({ onFilter, t }: Props) {
  const { handlers } = useComposition<HTMLInputElement>((field) => onFilter(field.value));
  return (
    <input
      type="search"
      class="llmw-filter"
      dir="auto"
      spellcheck={false}
      autocomplete="off"
      aria-label={t("filter.label")}
      placeholder={t("filter")}
      {...handlers}
    />
  );
}

/** One character of several bytes: where no token holds it whole, it is written in parts of it. */
function isOneWideCharacter(query: string): boolean {
  return [...query].length === 1 && new TextEncoder().encode(query).length > 1;
}

interface FoundLineProps {
  readonly found: Found;
  readonly query: string;
  readonly connected: boolean;
  readonly t: Translate;
  readonly language: Language;
}

/** What was found, of how much, and where it was looked for. */
export function FoundLine({ found, query, connected, t, language }: FoundLineProps) {
  const numbers = numbersIn(language);
  const { rows, total, among, whole, waiting, refused } = found;
  const mass = (pick: (row: Row) => number) => numbers.percent(rows.reduce((sum, row) => sum + pick(row), 0));
  const key =
    total === 0
      ? isOneWideCharacter(query) && whole
        ? "none.bytes"
        : "none"
      : rows.length < total
        ? "some"
        : total === 1
          ? "one"
          : "all";
  const values = {
    query,
    shown: numbers.count(rows.length),
    total: numbers.count(total),
    count: numbers.count(among),
    mass: mass((row) => row.raw),
  };
  const parts = [
    waiting && total === 0 ? "" : t(`found.${key}`, values),
    whole ? "" : t(waiting ? "found.waiting" : connected ? "found.head" : "found.gone", values),
  ].filter((part) => part !== "");
  const error = refused && sayError(t, refused);
  return (
    <>
      <p class="llmw-found">
        {parts.map((part, at) => (
          <span key={part}>
            {at > 0 && t("sentence")}
            {part}
          </span>
        ))}
      </p>
      {error && (
        <p class="llmw-notice llmw-notice-error" role="alert">
          <strong>{error.message}</strong> {error.hint}
        </p>
      )}
      <p class="llmw-visually-hidden" role="status">
        {useQuiet(waiting ? "" : parts.join(t("sentence")))}
      </p>
    </>
  );
}
