// The text, editable. What is being typed is never disturbed: not by the kernel's answer, not in the middle of a composition.
import { useLayoutEffect, useRef } from "preact/hooks";

interface Props {
  readonly text: string;
  readonly readOnly: boolean;
  readonly label: string;
  readonly placeholder: string;
  readonly onEdit: (text: string) => void;
}

export function Editor({ text, readOnly, label, placeholder, onEdit }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const composing = useRef(false);

  useLayoutEffect(() => {
    const element = area.current;
    if (!element || composing.current) return;
    // a textarea holds line feeds only
    const value = text.replace(/\r\n?/g, "\n");
    if (element.value !== value) replaceKeepingCaret(element, value);
    grow(element);
  }, [text]);

  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    let width = 0;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth === width) return;
      width = element.clientWidth;
      grow(element);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  return (
    <textarea
      ref={area}
      class="llmw-editor"
      rows={1}
      dir="auto"
      spellcheck={false}
      aria-label={label}
      placeholder={placeholder}
      readOnly={readOnly}
      onCompositionStart={() => {
        composing.current = true;
      }}
      onCompositionEnd={(event) => {
        composing.current = false;
        onEdit(event.currentTarget.value);
      }}
      onInput={(event) => {
        grow(event.currentTarget);
        if (!composing.current) onEdit(event.currentTarget.value);
      }}
    />
  );
}

function grow(element: HTMLTextAreaElement): void {
  if (element.clientWidth === 0) return;
  element.style.height = "auto";
  element.style.height = `${element.scrollHeight + element.offsetHeight - element.clientHeight}px`;
}

/** The caret stays with the characters that it stood between: those before the change, or those after it. */
function replaceKeepingCaret(element: HTMLTextAreaElement, value: string): void {
  const { value: old, selectionStart, selectionEnd, selectionDirection } = element;
  const shorter = Math.min(old.length, value.length);
  let head = 0;
  while (head < shorter && old[head] === value[head]) head++;
  let tail = 0;
  while (tail < shorter - head && old[old.length - 1 - tail] === value[value.length - 1 - tail]) tail++;
  const move = (offset: number) => {
    if (offset <= head) return offset;
    if (offset >= old.length - tail) return offset + value.length - old.length;
    return value.length - tail;
  };
  element.value = value;
  if (element.matches(":focus")) {
    element.setSelectionRange(move(selectionStart), move(selectionEnd), selectionDirection);
  }
}
