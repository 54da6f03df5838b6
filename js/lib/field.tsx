// A number that is typed: taken while it is allowed, kept as it was typed while it is not, with the reason below it.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Translate } from "./i18n";
import { useUniqueId } from "./id";
import { isAllowed, type Limits, parseTyped } from "./typed";

export interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly limits: Limits;
  readonly value: number | null;
  /** Where given, an empty field is allowed and means null. */
  readonly placeholder?: string;
  readonly disabled?: boolean;
  readonly onValue: (value: number | null) => void;
  /** Told when a value is refused, and when that is over. */
  readonly onRefused?: (refused: boolean) => void;
  /** How what is typed is read, and a value written; as a plain number where none is given. */
  readonly read?: (typed: string, whole: boolean) => number;
  /** The part of what is typed that `read` does not understand, "" where it does; named where it is refused. */
  readonly leftOf?: (typed: string) => string;
  readonly write?: (value: number) => string;
  readonly t: Translate;
  /** Beside the field. */
  readonly children?: ComponentChildren;
}

export function Field(props: FieldProps) {
  const { name, label, limits, value, placeholder, disabled = false, onValue, t } = props;
  const { read = parseTyped, write = String, leftOf } = props;
  const [typed, setTyped] = useState<string | null>(null);
  const known = useRef(value);
  // what was typed goes once another value comes from elsewhere
  if (known.current !== value) {
    known.current = value;
    if (typed !== null) setTyped(null);
  }
  const reason = useUniqueId();
  const fits = (text: string) =>
    text.trim() === "" ? placeholder !== undefined : isAllowed(read(text, limits.whole), limits);
  const shown = typed ?? (value === null ? "" : write(value));
  const refused = typed !== null && !fits(typed);
  const left = refused ? (leftOf?.(typed) ?? "") : "";
  const { onRefused } = props;
  useEffect(() => onRefused?.(refused), [refused, onRefused]);
  const type = (text: string) => {
    setTyped(text);
    if (!fits(text)) return;
    known.current = text.trim() === "" ? null : read(text, limits.whole);
    onValue(known.current);
  };
  return (
    <span class="llmw-field">
      <input
        type="text"
        inputMode={limits.whole ? "numeric" : "decimal"}
        class="llmw-number"
        aria-label={label}
        aria-invalid={refused}
        aria-describedby={refused ? reason : undefined}
        autocomplete="off"
        spellcheck={false}
        disabled={disabled}
        placeholder={placeholder}
        value={shown}
        onInput={(event) => type(event.currentTarget.value)}
        onBlur={() => !refused && setTyped(null)}
        onKeyDown={(event) => {
          if (event.key === "Escape" || (event.key === "Enter" && !refused)) setTyped(null);
        }}
      />
      {props.children}
      {refused && (
        <span id={reason} class="llmw-refusal" role="alert">
          {left !== "" && `${t("refuse.part", { part: left })} `}
          {t(limits.whole ? "refuse.whole" : "refuse", {
            name,
            low: limits.low,
            high: limits.high > 9999 ? limits.high.toLocaleString("en") : limits.high,
          })}
        </span>
      )}
    </span>
  );
}
