// One row of the flow, or the heading over a row of a batch.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Language, Translate } from "../../../lib/i18n";
import { spell } from "../../../lib/pieces";
import { ChipText } from "./chip_text";
import type { Colouring } from "./colour";
import { FORM, GHOST_SHOWN, type Unit, unitsOf } from "./layout";
import type { Section } from "./sections";
import { bytesOf, spelled } from "./units";

export interface RowLook {
  readonly section: Section;
  /** Its tokens by their places in the section: `first` to `end` (exclusive). */
  readonly first: number;
  readonly end: number;
  readonly form: number;
  readonly top: number;
  readonly height: number;
  /** Numbers of tokens, through all sections. */
  readonly here: number;
  readonly stop: number;
  readonly picked: readonly [number, number] | null;
  /** The model looks from `here`; else the picked tokens are what is selected. */
  readonly looks: boolean;
  /** It sees both sides of it, and not the token itself; else the tokens up to it. */
  readonly both: boolean;
  readonly total: number;
  readonly colours: Colouring;
  /** The id of a token that is pointed at in another view; -1 for none. */
  readonly marked: number;
  readonly language: Language;
  readonly t: Translate;
}

export function Row(look: RowLook) {
  const { section, first, end, form, top, height, looks, both, total, colours, language } = look;
  // what lies outside the row does not change it
  const from = section.base + first;
  const to = section.base + end;
  const here = within(look.here, from, to);
  const stop = within(look.stop, from, to);
  const pickedFrom = within(look.picked?.[0] ?? -1, from, to);
  const pickedTo = within(look.picked?.[1] ?? -1, from, to);
  const marked =
    look.marked >= 0 && section.tokens.ids.subarray(first, end).includes(look.marked) ? look.marked : -1;
  return useMemo(
    () => draw(look),
    [
      section,
      first,
      end,
      form,
      top,
      height,
      looks,
      both,
      total,
      colours,
      language,
      here,
      stop,
      pickedFrom,
      pickedTo,
      marked,
    ],
  );
}

function within(token: number, from: number, to: number): number {
  return token < from ? -1 : token > to ? to + 1 : token;
}

function draw(look: RowLook): JSX.Element {
  const { section, first, end, form, top, height, here, t } = look;
  const ahead = look.looks && !look.both;
  const { tokens, changes, base } = section;
  const units = unitsOf(tokens, first, end);
  const wide = form === FORM.wide;
  return (
    <div
      class="llmw-line"
      role="none"
      data-wide={wide}
      data-faded={ahead && base + first > here}
      data-first={base + first}
      style={{ top: `${top}px`, height: wide ? undefined : `${height}px` }}
    >
      {units.map((unit) => [
        changes.ghosts.has(unit.from) && <GhostChip section={section} index={unit.from} t={t} />,
        drawUnit(unit, look),
        ahead && here >= base + unit.from && here <= base + unit.to && (
          <span key="next" class="llmw-next" aria-hidden="true">
            ?
          </span>
        ),
      ])}
      {end === tokens.count && changes.ghosts.has(end) && <GhostChip section={section} index={end} t={t} />}
    </div>
  );
}

function drawUnit({ from, to }: Unit, look: RowLook): JSX.Element {
  if (from === to) return drawToken(from, false, look);
  const { section, here } = look;
  const shared = spelled(section.tokens, from, to);
  const chips: JSX.Element[] = [];
  for (let index = from; index <= to; index++) chips.push(drawToken(index, true, look));
  return (
    <span
      key={`group ${from}`}
      class="llmw-group"
      role="none"
      data-after={look.looks && !look.both && section.base + from > here}
    >
      <span class="llmw-shared" aria-hidden="true">
        {shared === null ? <span class="llmw-sign">…</span> : <ChipText piece={shared} />}
      </span>
      <span class="llmw-chips" role="none">
        {chips}
      </span>
    </span>
  );
}

function drawToken(index: number, joined: boolean, look: RowLook): JSX.Element {
  const { section, here, stop, looks, both, total, colours, t } = look;
  const { tokens, changes, written, base } = section;
  const number = base + index;
  const id = tokens.ids[index] ?? 0;
  const piece = tokens.piece(index);
  const bytes = tokens.bytes(index);
  const change = changes.tokens.get(index);
  const picked = pickedAs(number, look.picked);
  return (
    <span
      key={index}
      class={`llmw-token ${colours.className(section, index)}`}
      role="option"
      aria-selected={looks ? number === here : picked !== undefined}
      aria-label={labelOf(section, index, t)}
      aria-posinset={number + 1}
      aria-setsize={total}
      tabIndex={number === stop ? 0 : -1}
      data-index={number}
      data-after={looks && !both ? number > here : undefined}
      // most tokens have none of these: an attribute that is not there costs nothing
      data-special={tokens.isSpecial(index) || undefined}
      data-part={bytes !== "" || undefined}
      data-joined={joined || undefined}
      data-change={change}
      data-template={written?.[index] === 1 || undefined}
      data-padding={tokens.isPadding(index) || undefined}
      data-picked={picked}
      data-marked={id === look.marked || undefined}
      data-masked={(both && number === here) || undefined}
    >
      <span class="llmw-piece">
        <ChipText piece={piece} bytes={bytes} />
      </span>
      <span class="llmw-id">{id}</span>
    </span>
  );
}

export function labelOf({ tokens, written }: Section, index: number, t: Translate): string {
  const values = {
    piece: spell(tokens.piece(index), tokens.bytes(index)),
    id: tokens.ids[index] ?? 0,
    bytes: bytesOf(tokens, index),
  };
  if (tokens.isPadding(index)) return t("label.padding", values);
  const label = t(tokens.isSpecial(index) ? "label.special" : "label", values);
  return written?.[index] === 1 ? t("label.template", { label }) : label;
}

/** Where in the picked run a token stands: its ends are drawn closed. */
function pickedAs(token: number, picked: readonly [number, number] | null): string | undefined {
  if (picked === null || token < picked[0] || token >= picked[1]) return undefined;
  const first = token === picked[0];
  const last = token === picked[1] - 1;
  return first && last ? "only" : first ? "first" : last ? "last" : "inner";
}

interface GhostProps {
  readonly section: Section;
  readonly index: number;
  readonly t: Translate;
}

/** Characters that the tokenizer dropped, where they stood. */
function GhostChip({ section, index, t }: GhostProps) {
  const { from, to } = section.changes.ghosts.get(index) ?? { from: 0, to: 0 };
  const shown = section.tokens.text.slice(from, Math.min(to, from + GHOST_SHOWN));
  return (
    <span
      key={`ghost ${index}`}
      class="llmw-ghost"
      role="img"
      aria-label={t("ghost", { text: spell(shown, "") })}
    >
      <ChipText piece={shown} />
      {to - from > GHOST_SHOWN && `… (${to - from})`}
    </span>
  );
}

interface HeadingProps {
  readonly section: Section;
  readonly top: number;
  readonly t: Translate;
}

export function Heading({ section, top, t }: HeadingProps) {
  const { tokens, name } = section;
  let padding = 0;
  for (let index = 0; index < tokens.count; index++) if (tokens.isPadding(index)) padding++;
  return (
    <div class="llmw-line llmw-heading" style={{ top: `${top}px` }} role="presentation">
      <strong>{name}</strong>
      <span class="llmw-muted">
        {t(padding > 0 ? "row.padded" : "row.count", { tokens: tokens.count, padding })}
      </span>
    </div>
  );
}
