// One token in full, and where the model looks from.
import type { ComponentChildren } from "preact";
import type { Translate } from "../../lib/i18n";
import { spell } from "../../lib/pieces";
import { useSteadyHeight } from "../../lib/steady";
import { ChipText } from "./flow/chip_text";
import type { Colouring } from "./flow/colour";
import { placeOf, type Section, type Sections } from "./flow/sections";
import { bytesOf, characterSpan, coveredBy, unfinishedText } from "./flow/units";
import { Sees } from "./sees";

const BYTES_SHOWN = 16;
const POINTS_SHOWN = 5;
const TEXT_SHOWN = 40;

interface DetailProps {
  readonly sections: Sections;
  readonly token: number;
  readonly colours: Colouring;
  readonly t: Translate;
  readonly children: ComponentChildren;
}

export function Detail({ sections, token, colours, t, children }: DetailProps) {
  const place = placeOf(sections, token);
  const steady = useSteadyHeight();
  return (
    <div class="llmw-detail">
      <div ref={steady}>
        {place && <Facts section={place.section} index={place.index} colours={colours} t={t} />}
      </div>
      {children}
    </div>
  );
}

interface FactsProps {
  readonly section: Section;
  readonly index: number;
  readonly colours: Colouring;
  readonly t: Translate;
}

function Facts({ section, index, colours, t }: FactsProps) {
  const { tokens } = section;
  const partial = tokens.bytes(index) !== "";
  const points = codePoints(partial ? unfinishedText(tokens, index) : tokens.piece(index));
  const value = colours.say(section, index);
  return (
    <p class="llmw-facts">
      <TokenChip section={section} index={index} colours={colours} />
      <Fact name={t("id")} value={String(tokens.ids[index] ?? "")} />
      <Fact name={t("bytes")} value={shorten(bytesOf(tokens, index), 3 * BYTES_SHOWN)} code />
      <Fact name={t("span")} value={spanText(characterSpan(tokens, index), t)} />
      {points !== "" && <Fact name={t("points")} value={points} code />}
      {value !== "" && <strong class="llmw-value">{value}</strong>}
      {remarks(section, index, t).map((remark) => (
        <span key={remark} class="llmw-muted">
          {remark}
        </span>
      ))}
    </p>
  );
}

/** What is to be said of this token and not of most others. */
function remarks({ tokens, changes, written }: Section, index: number, t: Translate): readonly string[] {
  const change = changes.tokens.get(index);
  const values = {
    from: shorten(spell(coveredBy(tokens, index), ""), TEXT_SHOWN),
    to: shorten(spell(tokens.piece(index), ""), TEXT_SHOWN),
  };
  return [
    tokens.isPadding(index) && t("padding"),
    tokens.isSpecial(index) && !tokens.isPadding(index) && t("special"),
    tokens.bytes(index) !== "" && t("span.part"),
    written?.[index] === 1 && t("template.written"),
    change !== undefined && t(`change.${change}`, values),
  ].filter((remark) => remark !== false);
}

interface ChipProps {
  readonly section: Section;
  readonly index: number;
  readonly colours: Colouring;
}

/** A token outside the flow. */
export function TokenChip({ section, index, colours }: ChipProps) {
  const { tokens } = section;
  return (
    <span
      class={`llmw-token ${colours.className(section, index)}`}
      data-special={tokens.isSpecial(index)}
      data-part={tokens.bytes(index) !== ""}
      data-padding={tokens.isPadding(index) ? true : undefined}
    >
      <span class="llmw-piece">
        <ChipText piece={tokens.piece(index)} bytes={tokens.bytes(index)} />
      </span>
    </span>
  );
}

interface HereProps {
  readonly current: number;
  readonly count: number;
  /** The model sees both sides of the token, which is masked; else the tokens up to it. */
  readonly both: boolean;
  /** Somewhere else than where -1 leads. */
  readonly away: boolean;
  readonly onEnd: () => void;
  readonly t: Translate;
}

export function Here({ current, count, both, away, onEnd, t }: HereProps) {
  return (
    <div class="llmw-here-all">
      <p class="llmw-here">
        <span class="llmw-next" aria-hidden="true">
          ?
        </span>
        <span>
          <strong>{t("looks.here")}</strong>{" "}
          <span class="llmw-muted">{t("looks.after", { index: current + 1, count })}</span>
        </span>
        {(away || (!both && current < count - 1)) && (
          <button type="button" class="llmw-button" onClick={onEnd}>
            {t("to.end")}
          </button>
        )}
      </p>
      <Sees current={current} count={count} both={both} t={t} />
    </div>
  );
}

/** As far as it fits beside the other facts; the table has all bytes. */
function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

function codePoints(text: string): string {
  const shown: string[] = [];
  for (const character of text) {
    if (shown.length === POINTS_SHOWN) return `${shown.join(" ")} …`;
    shown.push(`U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`);
  }
  return shown.join(" ");
}

export function spanText(span: readonly [number, number] | null, t: Translate): string {
  if (span === null) return t("span.none");
  return span[0] === span[1] ? String(span[0]) : `${span[0]}–${span[1]}`;
}

function Fact({ name, value, code = false }: { name: string; value: string; code?: boolean }) {
  return (
    <span class="llmw-fact">
      <span class="llmw-muted">{name}</span> <span class={code ? "llmw-bytes" : ""}>{value}</span>
    </span>
  );
}
