// A field that asks as one types, and again at Enter. What is being composed waits.
import { useLayoutEffect, useRef } from "preact/hooks";
import { useUniqueId } from "../../../lib/id";

interface Props {
  readonly value: string;
  readonly label: string;
  readonly placeholder: string;
  readonly disabled: boolean;
  readonly invalid: boolean;
  readonly onAsk: (value: string) => void;
  readonly onEnter: () => void;
}

export function AskField({ value, label, placeholder, disabled, invalid, onAsk, onEnter }: Props) {
  const id = useUniqueId();
  const field = useRef<HTMLTextAreaElement>(null);
  const composing = useRef(false);
  useLayoutEffect(() => {
    const element = field.current;
    if (element && !composing.current && element.value !== value) element.value = value;
  }, [value]);
  return (
    <p class="llmw-ask">
      <label for={id}>{label}</label>
      <textarea
        ref={field}
        id={id}
        rows={1}
        dir="auto"
        spellcheck={false}
        autocomplete="off"
        placeholder={placeholder}
        readOnly={disabled}
        aria-invalid={invalid}
        onCompositionStart={() => {
          composing.current = true;
        }}
        onCompositionEnd={(event) => {
          composing.current = false;
          onAsk(event.currentTarget.value);
        }}
        onInput={(event) => {
          if (!composing.current) onAsk(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          onEnter();
        }}
      />
    </p>
  );
}
