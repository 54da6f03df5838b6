// An expression of words, worked out in the full space: what was typed, what it comes to, and the words that lie nearest.
import { useEffect, useRef, useState } from "preact/hooks";
import { useComposition } from "../../../lib/composition";
import type { Draft } from "../../../lib/draft";
import { sayError, type Translate } from "../../../lib/i18n";
import { useUniqueId } from "../../../lib/id";
import type { ArithmeticPayload, ErrorPayload, MapSettings, NearPayload } from "../../../session/payloads";
import { canBeWord, Name } from "../look/near";
import { labelText, valueText } from "../point";
import { Switch } from "../tools/switch";
import { withWord } from "./with_word";

const SHOWN = 10;

interface Props {
  readonly draft: Draft<string>;
  /** Put into the field from elsewhere; each new object once. */
  readonly handed: { readonly word: string } | null;
  readonly arithmetic: ArithmeticPayload | null;
  readonly measure: MapSettings["measure"];
  readonly waiting: boolean;
  readonly gone: boolean;
  /** Words are read as they are typed, where a space in front would make others of them: reads them so. */
  readonly onSpace: (() => void) | null;
  readonly onPick: (near: NearPayload) => void;
  readonly onAdd: ((near: NearPayload) => void) | null;
  /** A term of the expression: to be looked at, or to become a word. */
  readonly onTerm: (label: string) => void;
  readonly t: Translate;
}

export function Arithmetic(props: Props) {
  const { draft, handed, arithmetic, measure, waiting, gone, onSpace, onPick, onAdd, onTerm, t } = props;
  const field = useRef<HTMLInputElement>(null);
  const composition = useComposition<HTMLInputElement>();
  const reason = useUniqueId();
  const { value } = draft;
  const error = draft.refused ?? errorOf(arithmetic, value);
  useEffect(() => {
    if (field.current && !composition.composing && document.activeElement !== field.current)
      field.current.value = value;
  }, [value]);
  useEffect(() => {
    if (!handed || !field.current) return;
    field.current.value = withWord(field.current.value, handed.word);
    field.current.focus();
  }, [handed]);
  const submit = () => {
    const typed = field.current?.value.trim() ?? "";
    if (!gone && typed !== value) draft.ask(typed);
  };
  return (
    <section class="llmw-arithmetic" aria-label={t("arithmetic")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!composition.composing) submit();
        }}
      >
        <label>
          <span class="llmw-arithmetic-title">{t("arithmetic")}</span>
          <input
            ref={field}
            type="text"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            placeholder={t("arithmetic.placeholder")}
            title={t("arithmetic.hint")}
            aria-invalid={error !== null}
            aria-describedby={error ? reason : undefined}
            readOnly={gone}
            {...composition.handlers}
            onKeyDown={(event) => {
              if (composition.takes(event)) {
                if (event.key === "Enter") event.preventDefault();
                return;
              }
              if (event.key !== "Enter") return;
              event.preventDefault();
              submit();
            }}
          />
        </label>
        <button type="submit" class="llmw-button" disabled={gone}>
          =<span class="llmw-visually-hidden">{t("arithmetic.work")}</span>
        </button>
        {value !== "" && (
          <button
            type="button"
            class="llmw-button"
            disabled={gone}
            title={t("arithmetic.clear")}
            aria-label={t("arithmetic.clear")}
            onClick={() => {
              if (field.current) field.current.value = "";
              draft.ask("");
            }}
          >
            ×
          </button>
        )}
      </form>
      {error && <Refusal id={reason} error={error} t={t} />}
      {arithmetic && !error && value !== "" && arithmetic.terms.length > 0 && (
        <Result
          arithmetic={arithmetic}
          measure={measure}
          stale={waiting || arithmetic.expression !== value}
          onPick={onPick}
          onAdd={onAdd}
          onTerm={onTerm}
          t={t}
        />
      )}
      {onSpace && arithmetic && !error && value !== "" && (
        <p class="llmw-muted llmw-spaced">
          {t("arithmetic.space")}{" "}
          <button type="button" class="llmw-link" disabled={gone} onClick={onSpace}>
            {t("arithmetic.space.do")}
          </button>
        </p>
      )}
    </section>
  );
}

function errorOf(arithmetic: ArithmeticPayload | null, expression: string): ErrorPayload | null {
  return arithmetic && arithmetic.expression === expression ? arithmetic.error : null;
}

function Refusal({
  id,
  error,
  t,
}: {
  readonly id: string;
  readonly error: ErrorPayload;
  readonly t: Translate;
}) {
  const { message, hint } = sayError(t, error);
  return (
    <p id={id} class="llmw-notice llmw-notice-error llmw-close" role="alert">
      <strong>{message}</strong> {hint}
    </p>
  );
}

interface ResultProps extends Pick<Props, "measure" | "onPick" | "onAdd" | "onTerm" | "t"> {
  readonly arithmetic: ArithmeticPayload;
  readonly stale: boolean;
}

function Result({ arithmetic, measure, stale, onPick, onAdd, onTerm, t }: ResultProps) {
  const [whole, setWhole] = useState(false);
  const { terms, nearest, sums } = arithmetic;
  const shown = nearest.filter(({ own }) => whole || !own).slice(0, SHOWN);
  const best = Math.max(...shown.map(({ value }) => Math.abs(value)), 1e-9);
  return (
    <div class="llmw-result" data-stale={stale} aria-busy={stale}>
      <p class="llmw-terms">
        {terms.map(({ sign, label }, at) => (
          <span key={at}>
            {(at > 0 || sign === "-") && <span class="llmw-muted">{sign === "-" ? "−" : "+"} </span>}
            <button
              type="button"
              class="llmw-term"
              title={t("arithmetic.term")}
              onClick={() => onTerm(label)}
            >
              {labelText(label)}
            </button>{" "}
          </span>
        ))}
        <span class="llmw-muted">≈</span>
      </p>
      <ol aria-label={t("arithmetic.nearest", { measure: t(`measure.${measure}.name`) })}>
        {shown.map((near) => (
          <li key={`${near.on} ${near.index}`} data-own={near.own}>
            <button type="button" class="llmw-near-name" onClick={() => onPick(near)}>
              <Name name={near.name} />
            </button>
            <span class="llmw-near-bar" aria-hidden="true">
              <span style={{ width: `${((100 * Math.max(near.value, 0)) / best).toFixed(1)}%` }} />
            </span>
            <span class="llmw-near-value">{valueText(near.value, measure)}</span>
            {onAdd && near.on === "ground" && canBeWord(near.name) && (
              <button
                type="button"
                class="llmw-near-add"
                title={t("add.word")}
                aria-label={t("add.word.of", { word: labelText(near.name.piece) })}
                onClick={() => onAdd(near)}
              >
                +
              </button>
            )}
          </li>
        ))}
      </ol>
      <Switch label={t("arithmetic.own")} checked={whole} onSwitch={setWhole} />
      {sums.shape[0] === 0 && <p class="llmw-muted llmw-no-arrows">{t("arithmetic.no.arrows")}</p>}
    </div>
  );
}
