// A choice among a few, all of them in sight.
import type { ComponentChildren } from "preact";
import { useUniqueId } from "./id";

export interface Segment<Value extends string | number> {
  readonly value: Value;
  readonly label: ComponentChildren;
  /** What it means; why it cannot be chosen where `off`. */
  readonly title?: string;
  readonly off?: boolean;
}

interface Props<Value extends string | number> {
  readonly name: string;
  readonly value: Value;
  readonly segments: readonly Segment<Value>[];
  readonly disabled?: boolean;
  readonly onChoose: (value: Value) => void;
}

export function Segments<Value extends string | number>(props: Props<Value>) {
  const { name, value, segments, disabled = false, onChoose } = props;
  const id = useUniqueId();
  return (
    <fieldset class="llmw-segments" disabled={disabled}>
      <legend class="llmw-visually-hidden">{name}</legend>
      {segments.map((segment) => (
        <label key={segment.value} title={segment.title} data-off={segment.off === true}>
          <input
            type="radio"
            name={id}
            checked={segment.value === value}
            disabled={segment.off === true}
            onChange={() => onChoose(segment.value)}
          />
          <span>{segment.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
