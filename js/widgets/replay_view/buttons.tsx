// The buttons of the stepper.
import type { Translate } from "../../lib/i18n";

interface Props {
  readonly step: number;
  /** The steps that can be shown. */
  readonly first: number;
  readonly last: number;
  readonly playing: boolean;
  readonly off: boolean;
  readonly onGo: (step: number) => void;
  readonly onPlay: (playing: boolean) => void;
  readonly t: Translate;
}

const SHAPES = {
  first: "M4 3v10M13 3 6 8l7 5z",
  previous: "M12 3 5 8l7 5z",
  play: "M5 3l8 5-8 5z",
  pause: "M5 3v10M11 3v10",
  next: "M4 3l7 5-7 5z",
  last: "M12 3v10M3 3l7 5-7 5z",
} as const;

type Shape = keyof typeof SHAPES;

export function Buttons({ step, first, last, playing, off, onGo, onPlay, t }: Props) {
  // at an end a button stays what has the focus: one that is disabled hears no keys
  const button = (shape: Shape, atEnd: boolean, onClick: () => void) => (
    <button
      type="button"
      class={`llmw-button llmw-step${shape === "play" || shape === "pause" ? " llmw-primary" : ""}`}
      aria-label={t(shape)}
      title={t(shape)}
      disabled={off}
      aria-disabled={atEnd || undefined}
      onClick={() => !atEnd && onClick()}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <path d={SHAPES[shape]} />
      </svg>
    </button>
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset has a frame and no name of its own
    <div class="llmw-steps" role="group" aria-label={t("buttons")}>
      {button("first", step === first, () => onGo(first))}
      {button("previous", step === first, () => onGo(step - 1))}
      {button(playing ? "pause" : "play", last === first, () => onPlay(!playing))}
      {button("next", step === last, () => onGo(step + 1))}
      {button("last", step === last, () => onGo(last))}
    </div>
  );
}
