// Typing with an input method: what is being composed is no text yet, and the Enter that ends it chooses a conversion.
import { useLayoutEffect, useRef } from "preact/hooks";

type Field = HTMLInputElement | HTMLTextAreaElement;

interface Typing<Of extends Field> {
  readonly currentTarget: Of;
}

export interface Composition<Of extends Field> {
  readonly composing: boolean;
  /** Whether the input method takes the key. */
  takes(event: KeyboardEvent): boolean;
  /** For the field. */
  readonly handlers: {
    onCompositionStart(): void;
    onCompositionEnd(event: Typing<Of>): void;
    onInput(event: Typing<Of>): void;
  };
}

const ignore = () => {};

/** `onTyped` hears of everything that is typed, of what is composed once it is whole. */
export function useComposition<Of extends Field>(onTyped: (field: Of) => void = ignore): Composition<Of> {
  const composing = useRef(false);
  return {
    get composing() {
      return composing.current;
    },
    // Safari sends the Enter that ends a composition after it, with code 229
    takes: (event) => event.isComposing || composing.current || event.keyCode === 229,
    handlers: {
      onCompositionStart() {
        composing.current = true;
      },
      onCompositionEnd({ currentTarget }) {
        composing.current = false;
        onTyped(currentTarget);
      },
      onInput({ currentTarget }) {
        if (!composing.current) onTyped(currentTarget);
      },
    },
  };
}

/** A textarea that shows a value which may come from elsewhere; what is being composed is not disturbed. */
export function useTextArea(value: string, onText: (text: string) => void) {
  const ref = useRef<HTMLTextAreaElement>(null);
  const composition = useComposition<HTMLTextAreaElement>((field) => onText(field.value));
  // a textarea holds line feeds only
  const held = value.replace(/\r\n?/g, "\n");
  useLayoutEffect(() => {
    const field = ref.current;
    if (field && !composition.composing && field.value !== held) field.value = held;
  }, [held]);
  return { field: { ref, ...composition.handlers }, takes: composition.takes };
}
