// One text as several tokenizers cut it, character under character, and how many tokens each needs.
import { useMemo, useRef } from "preact/hooks";
import { type Language, sayError, type Translate } from "../../../lib/i18n";
import { numbersIn } from "../../../lib/numbers";
import type { Tokens } from "../../../lib/tokens";
import type { LanguagePayload, RowPayload } from "../../../session/payloads";
import { Bands } from "./bands";
import { inStep, type Lane, lanesOf } from "./lanes";
import { Languages, Summary } from "./tables";

export interface CompareProps {
  readonly main: Tokens;
  readonly mainName: string;
  readonly rows: readonly RowPayload[];
  readonly languages: readonly LanguagePayload[];
  readonly t: Translate;
  readonly language: Language;
}

export function Compare({ main, mainName, rows, languages, t, language }: CompareProps) {
  const asked = useMemo(() => lanesOf(main, mainName, rows), [main, mainName, rows]);
  const lanes = useLastInStep(asked);
  const cut = useMemo(() => lanes.filter((lane) => lane.error === null), [lanes]);
  const numbers = numbersIn(language);
  return (
    <section class="llmw-compare" aria-label={t("compare.title")} data-stale={lanes !== asked}>
      <Summary lanes={lanes} t={t} numbers={numbers} />
      {lanes.map(
        ({ name, error }) => error !== null && <Failure key={name} name={name} error={error} t={t} />,
      )}
      {cut[0]?.tokens.text === "" && cut.every(({ tokens }) => tokens.count === 0) ? (
        <p class="llmw-nothing">{t("compare.nothing")}</p>
      ) : (
        <Bands lanes={cut} t={t} numbers={numbers} />
      )}
      <Languages languages={languages} lanes={lanes} t={t} numbers={numbers} />
    </section>
  );
}

/** The newest lanes that cut one text; those before, while some lag behind. */
function useLastInStep(lanes: readonly Lane[]): readonly Lane[] {
  const last = useRef<readonly Lane[] | null>(null);
  if (inStep(lanes)) last.current = lanes;
  return last.current ?? lanes.slice(0, 1);
}

interface FailureProps {
  readonly name: string;
  readonly error: NonNullable<Lane["error"]>;
  readonly t: Translate;
}

function Failure({ name, error, t }: FailureProps) {
  const { message, hint } = sayError(t, error);
  return (
    <p class="llmw-notice llmw-notice-error" role="alert">
      <strong>
        {name}: {message}
      </strong>{" "}
      {hint}
    </p>
  );
}
