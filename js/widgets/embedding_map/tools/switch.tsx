interface Props {
  readonly label: string;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly title?: string;
  readonly onSwitch: (on: boolean) => void;
}

export function Switch({ label, checked, disabled = false, title, onSwitch }: Props) {
  return (
    <button
      type="button"
      role="switch"
      class="llmw-switch"
      aria-checked={checked}
      disabled={disabled}
      title={title}
      onClick={() => onSwitch(!checked)}
    >
      <span class="llmw-knob" aria-hidden="true" />
      {label}
    </button>
  );
}
