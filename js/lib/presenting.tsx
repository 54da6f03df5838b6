// A view in large type and high contrast, for a room: over the whole screen where the host lets it, else where it stands.
import { useLayoutEffect, useState } from "preact/hooks";
import type { Store } from "../session/store";
import { type Language, translator } from "./i18n";
import { presentingStrings } from "./presenting_strings";

interface Props {
  readonly root: HTMLElement;
  readonly store: Store;
  readonly language: Language;
}

const MARK = ".llmwidgets-presentation";

/** The button in the corner; while presenting, what leads back and out instead, with their keys. */
export function Presenting({ root, store, language }: Props) {
  const [on, setOn] = useState(false);
  const t = translator(language, presentingStrings);
  const leave = () => {
    setOn(false);
    if (document.fullscreenElement === root) document.exitFullscreen();
  };
  // before the first picture: a view within a presentation is never small first. The kernel keeps the moment at which that began: this page
  // may be drawn when the text has moved on, and drawn anew
  useLayoutEffect(() => whenShown(root, () => root.closest(MARK) && setOn(true)), [root]);
  useLayoutEffect(() => {
    root.toggleAttribute("data-presenting", on);
    if (!on) return;
    return followKeys(root, leave, store.reset);
  }, [root, store, on]);
  if (!on)
    return (
      <button
        type="button"
        class="llmw-present"
        aria-label={t("present")}
        title={t("present")}
        onClick={() => {
          store.prepare();
          setOn(true);
          fillScreen(root);
        }}
      >
        <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
          <path d="M1.5 2.5h13v8h-13zM8 10.5v3M5 13.5h6" />
        </svg>
      </button>
    );
  return (
    <div class="llmw-presenter" role="toolbar" aria-label={t("presenting")}>
      <button
        type="button"
        class="llmw-button"
        title={t("reset.title")}
        aria-keyshortcuts="R"
        disabled={!store.state.connected || store.state.handedOut}
        onClick={store.reset}
      >
        {t("reset")} <kbd>R</kbd>
      </button>
      <button type="button" class="llmw-button" aria-keyshortcuts="Escape" onClick={leave}>
        {t("leave")} <kbd>Esc</kbd>
      </button>
    </div>
  );
}

/** Calls once the element has a place in the page: a view is drawn before it is put there. */
function whenShown(root: HTMLElement, then: () => void): () => void {
  const observer = new ResizeObserver(() => {
    if (!root.isConnected) return;
    observer.disconnect();
    then();
  });
  observer.observe(root);
  return () => observer.disconnect();
}

/** Over the whole screen, and with the focus, so that keys are heard. A frame may forbid it: then the view is large where it stands. */
function fillScreen(root: HTMLElement): void {
  root.tabIndex = -1;
  root.requestFullscreen?.().catch(() => {});
  root.focus({ preventScroll: true });
}

/** R and Escape, wherever in the view the focus is but in a text that is typed. What leaves the full screen leaves presenting. */
function followKeys(root: HTMLElement, leave: () => void, reset: () => void): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  let filled = document.fullscreenElement === root;
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || types(event.target))
      return;
    if (event.key === "Escape") leave();
    else if (event.key.toLowerCase() === "r" && !event.repeat) reset();
  };
  const onScreen = () => {
    const now = document.fullscreenElement === root;
    if (filled && !now) leave();
    filled = now;
  };
  root.addEventListener("keydown", onKey, { signal });
  document.addEventListener("fullscreenchange", onScreen, { signal });
  return () => controller.abort();
}

const PLAIN_INPUTS = ["range", "checkbox", "radio", "button"];

/** Whether keys are letters of a text there. */
function types(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !PLAIN_INPUTS.includes(target.type);
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLElement && target.isContentEditable)
  );
}
