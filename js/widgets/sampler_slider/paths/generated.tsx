// The generated tokens of the way of now as chips: choosing one shows what else could have come there.
import { useEffect, useRef, useState } from "preact/hooks";
import { decode } from "../../../lib/arrays";
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { Piece } from "../../../lib/piece";
import { spell } from "../../../lib/pieces";
import type { PathsPayload } from "../../../session/payloads";
import type { SessionState, Store } from "../../../session/store";
import { Alternatives } from "./alternatives";

const SHOWN = 200;

interface Props {
  readonly store: Store;
  readonly state: SessionState;
  readonly paths: PathsPayload;
  readonly blocked: string | null;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Generated({ store, state, paths, blocked, t, numbers }: Props) {
  const [shown, setShown] = useState(SHOWN);
  const [chosen, setChosen] = useState<number | null>(null);
  const [focused, setFocused] = useState<number | null>(null);
  const strip = useRef<HTMLDivElement>(null);
  const places = decode(paths.places);
  const probabilities = decode(paths.probabilities);
  const drawn = decode(paths.drawn_with);
  const forced = new Set(paths.forced);
  const first = Math.max(0, places.length - shown);
  const numbersOfChips = [...Array(places.length - first).keys()].map((at) => first + at);
  const open = chosen !== null && places.includes(chosen) ? chosen : null;
  const stop = Math.max(first, Math.min(focused ?? places.length - 1, places.length - 1));

  useEffect(() => {
    // the newest tokens are in sight while they come
    if (strip.current && state.status.state === "generating")
      strip.current.scrollTop = strip.current.scrollHeight;
  }, [places.length, state.status.state]);

  const focus = (at: number) => {
    const target = Math.max(first, Math.min(places.length - 1, at));
    setFocused(target);
    strip.current?.querySelectorAll<HTMLElement>("button")[target - first]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = { ArrowRight: stop + 1, ArrowLeft: stop - 1, Home: first, End: places.length - 1 }[
      event.key
    ];
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    focus(next);
  };
  const close = () => {
    const at = places.indexOf(chosen ?? -1);
    setChosen(null);
    if (at >= 0) focus(at);
  };

  return (
    <section class="llmw-generated" aria-label={t("generated")}>
      <h4>
        {t("generated")} <span class="llmw-muted">{t("generated.hint")}</span>
      </h4>
      {first > 0 && (
        <button type="button" class="llmw-link" onClick={() => setShown(shown + SHOWN)}>
          {t("generated.earlier", { count: numbers.count(first) })}
        </button>
      )}
      <div
        ref={strip}
        class="llmw-strip"
        role="toolbar"
        aria-label={t("generated.keys")}
        onKeyDown={onKeyDown}
      >
        {numbersOfChips.map((at) => {
          const index = places[at] ?? -1;
          const [piece, bytes] = [state.tokens.piece(index), state.tokens.bytes(index)];
          const label = t(forced.has(at) ? "chip.forced" : "chip", {
            piece: spell(piece, bytes),
            model: numbers.percent(probabilities[at] ?? 0),
            drawn: numbers.percent(drawn[at] ?? 0),
          });
          return (
            <button
              key={index}
              type="button"
              class="llmw-chip"
              data-forced={forced.has(at)}
              data-special={state.tokens.isSpecial(index)}
              tabIndex={at === stop ? 0 : -1}
              aria-pressed={index === open}
              aria-label={label}
              title={label}
              onFocus={() => setFocused(at)}
              onClick={() => setChosen(index === open ? null : index)}
            >
              <span class="llmw-piece">
                <Piece piece={piece} bytes={bytes} />
              </span>
              <i aria-hidden="true" style={{ width: `${100 * (probabilities[at] ?? 0)}%` }} />
            </button>
          );
        })}
      </div>
      {open !== null && (
        <Alternatives
          store={store}
          state={state}
          index={open}
          blocked={blocked}
          onClose={close}
          t={t}
          numbers={numbers}
        />
      )}
    </section>
  );
}
