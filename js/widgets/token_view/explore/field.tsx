// A field that asks as one types, and again at Enter. What is being composed waits.
import { useTextArea } from "../../../lib/composition";
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
  const { field, takes } = useTextArea(value, onAsk);
  return (
    <p class="llmw-ask">
      <label for={id}>{label}</label>
      <textarea
        {...field}
        id={id}
        rows={1}
        dir="auto"
        spellcheck={false}
        autocomplete="off"
        placeholder={placeholder}
        readOnly={disabled}
        aria-invalid={invalid}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || takes(event)) return;
          event.preventDefault();
          onEnter();
        }}
      />
    </p>
  );
}
