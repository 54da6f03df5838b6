// What is chosen, in a line: how many points, which, and what their mean is near to.
import { useState } from "preact/hooks";
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import type { MapSettings, NearPayload } from "../../../session/payloads";
import { canBeWord, Name, NearList } from "../look/near";
import { nameText, valueText } from "../point";
import type { Choosing } from "./use_chosen";

const FIRST = 8;

interface Props {
  readonly choosing: Choosing;
  readonly measure: MapSettings["measure"];
  readonly gone: boolean;
  readonly onPick: (near: NearPayload) => void;
  readonly onAdd: ((near: NearPayload) => void) | null;
  /** Null where no words can be typed. */
  readonly onWords: ((words: readonly string[]) => void) | null;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function ChosenLine(props: Props) {
  const { choosing, measure, gone, onPick, onAdd, onWords, t, numbers } = props;
  const { count, payload } = choosing;
  const [open, setOpen] = useState(false);
  if (count === 0) return null;
  const names = payload?.names ?? [];
  const shown = open ? names : names.slice(0, FIRST);
  const words = names.filter(canBeWord).map(({ piece }) => piece);
  return (
    <section class="llmw-chosen" aria-label={t("chosen")} aria-busy={payload === null}>
      <p class="llmw-chosen-head">
        <strong role="status">{t("chosen.count", { count: numbers.count(count) })}</strong>
        <button type="button" class="llmw-link" disabled={gone} onClick={() => choosing.choose(null)}>
          {t("chosen.clear")}
        </button>
        {onWords && words.length > 0 && (
          <button type="button" class="llmw-link" disabled={gone} onClick={() => onWords(words)}>
            {t("chosen.words")}
          </button>
        )}
      </p>
      {names.length > 0 && (
        <ul class="llmw-near">
          {shown.map((name, at) => (
            <li key={at} title={nameText(name)}>
              <span class="llmw-near-name">
                <Name name={name} />
              </span>
            </li>
          ))}
          {count > shown.length && (
            <li class="llmw-rest">
              {names.length > shown.length ? (
                <button type="button" class="llmw-link" onClick={() => setOpen(true)}>
                  {t("chosen.more", { count: numbers.count(count - shown.length) })}
                </button>
              ) : (
                <span class="llmw-muted">
                  {t("chosen.more", { count: numbers.count(count - shown.length) })}
                </span>
              )}
            </li>
          )}
        </ul>
      )}
      {payload && payload.nearest.length > 0 && (
        <>
          <p class="llmw-muted llmw-near-head">{t("chosen.near")}</p>
          <NearList
            near={payload.nearest.slice(0, 10)}
            value={(near) => valueText(near.value, measure)}
            onPick={onPick}
            onAdd={onAdd}
            t={t}
          />
        </>
      )}
    </section>
  );
}
