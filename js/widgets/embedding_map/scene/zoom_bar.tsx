// The buttons beside the picture, and what to do where the wheel is left to the page.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Translate } from "../../../lib/i18n";
import { ZOOM_STEP } from "./keys";

const HINT_MS = 2500;

interface BarProps {
  readonly onZoom: (factor: number) => void;
  readonly onAll: () => void;
  readonly t: Translate;
}

export function ZoomBar({ onZoom, onAll, t }: BarProps) {
  return (
    <div class="llmw-zoom">
      <button type="button" aria-label={t("zoom.in")} title={t("zoom.in")} onClick={() => onZoom(ZOOM_STEP)}>
        +
      </button>
      <button
        type="button"
        aria-label={t("zoom.out")}
        title={t("zoom.out")}
        onClick={() => onZoom(1 / ZOOM_STEP)}
      >
        −
      </button>
      <button type="button" aria-label={t("zoom.reset")} title={t("zoom.reset")} onClick={onAll}>
        <span class="llmw-fit" aria-hidden="true" />
      </button>
    </div>
  );
}

export function ZoomHint({ shown, t }: { readonly shown: boolean; readonly t: Translate }) {
  const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
  return (
    <p class="llmw-zoom-hint" data-shown={shown} aria-hidden={!shown}>
      {t("zoom.hint", { key: t(isMac ? "zoom.key.mac" : "zoom.key") })}
    </p>
  );
}

/** Whether the hint is shown, and what shows it for a while. */
export function useHint(): readonly [boolean, () => void] {
  const [shown, setShown] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const show = () => {
    setShown(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setShown(false), HINT_MS);
  };
  return [shown, show];
}
