// The text, editable. What is being typed is never disturbed: not by the kernel's answer, not in the middle of a composition.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useComposition } from "../../lib/composition";

interface Props {
  readonly text: string;
  readonly readOnly: boolean;
  readonly label: string;
  readonly placeholder: string;
  readonly onEdit: (text: string) => void;
}

/**
 * Chromium lays out a textarea's whole text when its value is set: half a second at 400,000 characters, where a typed letter
 * costs 5 ms. From this length on a text from elsewhere comes in when nothing else is to be drawn.
 */
const LONG = 20_000;
const STILL_MS = 120;

export function Editor({ text, readOnly, label, placeholder, onEdit }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  // the text that the textarea is known to hold: to read it back is to copy it
  const held = useRef("");
  // and the one that it shall hold: a long text comes in late, and its place is kept from the start
  const wanted = useRef(0);
  const [waiting, setWaiting] = useState(false);
  const composition = useComposition<HTMLTextAreaElement>((element) => {
    held.current = element.value;
    wanted.current = held.current.length;
    onEdit(held.current);
  });

  useLayoutEffect(() => {
    const element = area.current;
    // a textarea holds line feeds only
    const value = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
    wanted.current = value.length;
    if (!element || composition.composing || held.current === value) return;
    const take = () => {
      held.current = value;
      if (element.value !== value) replaceKeepingCaret(element, value);
      grow(element);
      setWaiting(false);
    };
    if (value.length < LONG) return take();
    grow(element, value.length);
    setWaiting(true);
    return afterPaint(take, STILL_MS);
  }, [text]);

  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    let width = 0;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth === width) return;
      width = element.clientWidth;
      grow(element, wanted.current);
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
      aria-busy={waiting}
      placeholder={waiting ? "" : placeholder}
      readOnly={readOnly || waiting}
      {...composition.handlers}
      onInput={(event) => {
        grow(event.currentTarget, held.current.length);
        composition.handlers.onInput(event);
      }}
    />
  );
}

/** Calls once the next frame is painted and a while has passed. Returns what calls it off. */
function afterPaint(call: () => void, delay: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const frame = requestAnimationFrame(() => {
    timer = setTimeout(call, delay);
  });
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}

/** As high as its text, up to the style's own limit; a long text reaches that in any width, and is not measured. */
function grow(element: HTMLTextAreaElement, length = element.value.length): void {
  const long = length >= LONG;
  if (long && element.dataset.long === "true") return;
  element.dataset.long = String(long);
  element.style.height = long ? "" : "auto";
  if (long || element.clientWidth === 0) return;
  element.style.height = `${element.scrollHeight + element.offsetHeight - element.clientHeight}px`;
}

/** The caret stays with the characters that it stood between: those before the change, or those after it. Who has selected all still has. */
function replaceKeepingCaret(element: HTMLTextAreaElement, value: string): void {
  const { value: old, selectionStart, selectionEnd, selectionDirection } = element;
  const shorter = Math.min(old.length, value.length);
  let head = 0;
  while (head < shorter && old.charCodeAt(head) === value.charCodeAt(head)) head++;
  let tail = 0;
  while (tail < shorter - head && fromEnd(old, tail) === fromEnd(value, tail)) tail++;
  const move = (offset: number) => {
    if (offset <= head) return offset;
    if (offset >= old.length - tail) return offset + value.length - old.length;
    return value.length - tail;
  };
  const all = old !== "" && selectionStart === 0 && selectionEnd === old.length;
  const { scrollTop } = element;
  element.value = value;
  if (element.matches(":focus")) {
    const end = all ? value.length : move(selectionEnd);
    element.setSelectionRange(all ? 0 : move(selectionStart), end, selectionDirection);
    element.scrollTop = scrollTop;
  }
}

function fromEnd(text: string, offset: number): number {
  return text.charCodeAt(text.length - 1 - offset);
}
