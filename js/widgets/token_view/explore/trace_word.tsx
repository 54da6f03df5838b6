// One word on its way to tokens, by the method of its tokenizer.
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { Piece } from "../../../lib/piece";
import { spell } from "../../../lib/pieces";
import type { MergePayload, SymbolPayload, WordPayload } from "../../../session/payloads";
import { SymbolChip } from "./chip";
import { type Frame, framesOf } from "./trace_steps";

const FIRST = "M2 2h2v10H2zM12 2v10L5 7z";
const PREVIOUS = "M11 2v10L3 7z";
const NEXT = "M3 2v10l8-5z";
const LAST = "M10 2h2v10h-2zM2 2v10l7-5z";

interface Props {
  readonly word: WordPayload;
  readonly onToken: (id: number) => void;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function WordSteps({ word, onToken, t, numbers }: Props) {
  const frames = useMemo(() => framesOf(word), [word]);
  const stepped = frames.length > 1;
  return (
    <>
      <h4>
        {t("trace.pieces")} <span class="llmw-muted">{t(`trace.method.${word.method}`)}</span>
      </h4>
      {stepped && <Stepper key={word.text} word={word} frames={frames} t={t} numbers={numbers} />}
      {!stepped && word.method === "bpe" && <p class="llmw-muted">{t("trace.no.merges")}</p>}
      <p class="llmw-muted llmw-outcome">{t("trace.tokens", { count: numbers.count(word.pieces.length) })}</p>
      <p class="llmw-symbols">
        {word.pieces.map((piece, index) => (
          <SymbolChip key={index} symbol={piece} onToken={onToken} t={t}>
            {word.scores[index] !== undefined && (
              <span class="llmw-score">
                {t("trace.score", { score: numbers.decimal(word.scores[index] ?? 0) })}
              </span>
            )}
          </SymbolChip>
        ))}
      </p>
      {word.scores.length > 0 && (
        <p class="llmw-muted llmw-sum">
          {t("trace.sum", { sum: numbers.decimal(word.scores.reduce((sum, score) => sum + score, 0)) })}
        </p>
      )}
    </>
  );
}

interface StepperProps extends Pick<Props, "word" | "t" | "numbers"> {
  readonly frames: readonly Frame[];
}

function Stepper({ word, frames, t, numbers }: StepperProps) {
  const [step, setStep] = useState(0);
  const last = frames.length - 1;
  const frame = frames[step] as Frame;
  const count = { step: numbers.count(step), last: numbers.count(last) };
  return (
    <div class="llmw-stepper">
      <div class="llmw-steps">
        <Step label={t("trace.first")} icon={FIRST} disabled={step === 0} onStep={() => setStep(0)} />
        <Step
          label={t("trace.previous")}
          icon={PREVIOUS}
          disabled={step === 0}
          onStep={() => setStep(step - 1)}
        />
        <input
          type="range"
          min={0}
          max={last}
          value={step}
          aria-label={t("trace.step")}
          aria-valuetext={t("trace.step.of", count)}
          onInput={(event) => setStep(event.currentTarget.valueAsNumber)}
        />
        <Step label={t("trace.next")} icon={NEXT} disabled={step === last} onStep={() => setStep(step + 1)} />
        <Step label={t("trace.last")} icon={LAST} disabled={step === last} onStep={() => setStep(last)} />
        <span class="llmw-muted">{t("trace.step.of", count)}</span>
      </div>
      <p class="llmw-symbols" data-method={word.method}>
        {frame.symbols.map((symbol, at) => (
          <SymbolChip key={at} symbol={symbol} state={stateOf(word, frame, at)} t={t} />
        ))}
        {frame.rest !== "" && (
          <span class="llmw-rest">
            <Piece piece={frame.rest} />
          </span>
        )}
      </p>
      <p class="llmw-sentence" role="status">
        {sentence(word, frame, step, t, numbers)}
      </p>
      {word.method === "bpe" && (
        <MergeList word={word} frames={frames} step={step} onStep={setStep} t={t} numbers={numbers} />
      )}
    </div>
  );
}

function stateOf(word: WordPayload, frame: Frame, at: number): "next" | "found" | "" {
  if (frame.next < 0) return "";
  if (word.method === "bpe") return at === frame.next || at === frame.next + 1 ? "next" : "";
  return at === frame.next ? "found" : "";
}

function sentence(word: WordPayload, frame: Frame, step: number, t: Translate, numbers: Numbers): string {
  if (word.method === "wordpiece") {
    const found = word.symbols[step - 1];
    if (!found) return t("trace.match.start");
    return t(frame.rest === "" ? "trace.match.end" : "trace.match", {
      piece: quoted(found, t),
      rest: frame.rest,
    });
  }
  const merge = word.merges[step];
  if (!merge) return t("trace.merges.end");
  return t("trace.merge.next", {
    ...mergeParts(frame, merge, t),
    rank: numbers.count(merge.rank),
  });
}

function mergeParts({ symbols, next }: Frame, merge: MergePayload, t: Translate) {
  return {
    left: quoted(symbols[next], t),
    right: quoted(symbols[next + 1], t),
    whole: quoted(merge.symbol, t),
  };
}

function quoted(symbol: SymbolPayload | undefined, t: Translate): string {
  const piece = spell(symbol?.piece ?? "", symbol?.bytes ?? "");
  return symbol?.bytes ? piece : t("quoted", { piece });
}

interface StepProps {
  readonly label: string;
  readonly icon: string;
  readonly disabled: boolean;
  readonly onStep: () => void;
}

function Step({ label, icon, disabled, onStep }: StepProps) {
  return (
    <button
      type="button"
      class="llmw-button"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onStep}
    >
      <svg viewBox="0 0 14 14" aria-hidden="true">
        <path d={icon} />
      </svg>
    </button>
  );
}

interface MergeListProps extends StepperProps {
  readonly step: number;
  readonly onStep: (step: number) => void;
}

/** The merges in the order in which they happen. Arrow keys go along the list and step as they go. */
function MergeList({ word, frames, step, onStep, t, numbers }: MergeListProps) {
  const list = useRef<HTMLDivElement>(null);
  const last = word.merges.length - 1;
  const current = Math.min(step, last);
  useLayoutEffect(() => {
    const line = list.current?.querySelectorAll<HTMLElement>("[role=option]")[current];
    if (list.current && line) reveal(list.current, line);
  }, [current]);
  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(last, to));
    onStep(next);
    list.current?.querySelectorAll<HTMLElement>("[role=option]")[next]?.focus();
  };
  return (
    <div
      ref={list}
      class="llmw-merges"
      role="listbox"
      tabIndex={-1}
      aria-label={t("trace.merges")}
      onKeyDown={onKeyDown}
    >
      {word.merges.map((merge, at) => (
        <MergeLine
          key={at}
          merge={merge}
          frame={frames[at] as Frame}
          done={at < step}
          current={at === step}
          tabbed={at === current}
          onStep={() => onStep(at)}
          t={t}
          numbers={numbers}
        />
      ))}
    </div>
  );
}

/** Scrolls the list alone: the page stays where it is. */
function reveal(list: HTMLElement, line: HTMLElement): void {
  const below = line.offsetTop + line.offsetHeight - list.clientHeight;
  if (list.scrollTop > line.offsetTop) list.scrollTop = line.offsetTop;
  else if (list.scrollTop < below) list.scrollTop = below;
}

interface MergeLineProps extends Pick<Props, "t" | "numbers"> {
  readonly merge: MergePayload;
  readonly frame: Frame;
  readonly done: boolean;
  readonly current: boolean;
  readonly tabbed: boolean;
  readonly onStep: () => void;
}

function MergeLine({ merge, frame, done, current, tabbed, onStep, t, numbers }: MergeLineProps) {
  const rank = numbers.count(merge.rank);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list around it has the keys
    <div
      class="llmw-merge"
      role="option"
      aria-selected={current}
      aria-label={t("trace.merge", { ...mergeParts(frame, merge, t), rank })}
      tabIndex={tabbed ? 0 : -1}
      data-done={done}
      onClick={onStep}
    >
      <Part symbol={frame.symbols[frame.next]} />
      <span class="llmw-muted">+</span>
      <Part symbol={frame.symbols[frame.next + 1]} />
      <span class="llmw-muted">→</span>
      <Part symbol={merge.symbol} />
      <span class="llmw-rank llmw-muted">{t("trace.rank", { rank })}</span>
    </div>
  );
}

function Part({ symbol }: { readonly symbol: SymbolPayload | undefined }) {
  return (
    <span class="llmw-part">
      <Piece piece={symbol?.piece ?? ""} bytes={symbol?.bytes ?? ""} />
    </span>
  );
}
