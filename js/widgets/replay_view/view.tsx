// The stepper of a recorded class: it asks the kernel for a step, and every view of the session goes along.
import { useEffect, useState } from "preact/hooks";
import type { Translate } from "../../lib/i18n";
import { useTrait, type ViewProps } from "../../lib/mount";
import { Notice } from "../../lib/notice";
import { numbersIn } from "../../lib/numbers";
import { useQuiet } from "../../lib/quiet";
import type { StepPayload } from "../../session/payloads";
import { Buttons } from "./buttons";
import { Changes } from "./changes";
import { clock, stayOf } from "./clock";
import { Scrubber } from "./scrubber";
import { useStepping } from "./stepping";

export function ReplayView(props: ViewProps) {
  const { state, model, t, language } = props;
  const steps = useTrait<readonly StepPayload[] | undefined>(model, "steps") ?? [];
  const stepping = useStepping(props, steps.length);
  const [playing, setPlaying] = useState(false);
  const { step, first, last, off } = stepping;
  const shown = steps[step];

  useEffect(() => {
    if (!playing) return;
    if (off || step >= last) return setPlaying(false);
    // the next one is due once this one is there
    if (stepping.waiting) return;
    const timer = setTimeout(() => stepping.ask(step + 1), stayOf(steps, step));
    return () => clearTimeout(timer);
  }, [playing, step, off, stepping.waiting]);

  if (!shown) return null;
  const go = (to: number) => {
    setPlaying(false);
    const place = Math.min(last, Math.max(first, to));
    if (place !== step) stepping.ask(place);
  };
  const play = (wanted: boolean) => {
    if (wanted && step === last) stepping.ask(first);
    setPlaying(wanted);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = placeFor(event.key, step, first, last);
    // the bar to drag knows these keys itself
    if (to === null || off || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    go(to);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of what has the focus within
    <div onKeyDown={onKeyDown}>
      <header class="llmw-head">
        <h3 class="llmw-title">{t("title")}</h3>
        <span class="llmw-count">{t("count", { step: step + 1, steps: steps.length })}</span>
        <span class="llmw-muted llmw-time">{t("time", { time: clock(shown.seconds) })}</span>
      </header>
      <div class="llmw-stepper">
        <Buttons
          step={step}
          first={first}
          last={last}
          playing={playing}
          off={off}
          onGo={go}
          onPlay={play}
          t={t}
        />
        <Scrubber steps={steps} step={step} off={off} onGo={go} t={t} />
      </div>
      <Changes step={shown} t={t} numbers={numbersIn(language)} />
      {shown.notes.length > 0 && <Notes notes={shown.notes} t={t} />}
      <Summary step={step} steps={steps} t={t} />
      {stepping.kept ? (
        <Part first={first} last={last} steps={steps.length} t={t} />
      ) : (
        <Notice
          state={{ ...state, status: { ...state.status, error: null }, refused: stepping.refused }}
          t={t}
          own
        />
      )}
    </div>
  );
}

function placeFor(key: string, step: number, first: number, last: number): number | null {
  if (key === "ArrowLeft") return step - 1;
  if (key === "ArrowRight") return step + 1;
  if (key === "Home") return first;
  return key === "End" ? last : null;
}

function Notes({ notes, t }: { readonly notes: readonly string[]; readonly t: Translate }) {
  return (
    <section class="llmw-notes" aria-label={t("notes")}>
      {notes.map((note, index) => (
        <p key={index} dir="auto">
          {note}
        </p>
      ))}
    </section>
  );
}

interface PartProps {
  readonly first: number;
  readonly last: number;
  readonly steps: number;
  readonly t: Translate;
}

/** That a page which was handed out has not room for all steps. */
function Part({ first, last, steps, t }: PartProps) {
  if (last - first + 1 === steps) return null;
  return (
    <p class="llmw-notice llmw-notice-calm" role="status">
      {t("part", { first: first + 1, last: last + 1, steps })}
    </p>
  );
}

interface SummaryProps {
  readonly step: number;
  readonly steps: readonly StepPayload[];
  readonly t: Translate;
}

/** For screen readers, once the step stays. */
function Summary({ step, steps, t }: SummaryProps) {
  const now = steps[step];
  const said = t("scrubber.value", { step: step + 1, steps: steps.length, time: clock(now?.seconds ?? 0) });
  return (
    <p class="llmw-visually-hidden" role="status">
      {useQuiet([said, ...(now?.notes ?? [])].join(". "))}
    </p>
  );
}
