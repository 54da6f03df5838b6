// Whose bars are on which side: the name, and the end of the text, what differs in it marked.
import type { Translate } from "../../../lib/i18n";
import { Piece } from "../../../lib/piece";
import type { ComparisonPayload } from "../../../session/payloads";
import type { SessionState } from "../../../session/store";
import { type Cut, cutsOf } from "./pairs";

const SHOWN = 160;

interface Props {
  readonly comparison: ComparisonPayload;
  readonly state: SessionState;
  readonly t: Translate;
}

export function Sides({ comparison, state, t }: Props) {
  const { name, other_name, other_text } = comparison;
  const [left, right] = cutsOf(leftText(comparison, state), other_text);
  return (
    <div class="llmw-against-sides">
      <Side side="left" name={name} cut={left} t={t} />
      <Side side="right" name={other_name} cut={right} t={t} />
    </div>
  );
}

/** The whole of it, as the page has it, where the other side's is whole; else its last words, as they came. */
function leftText({ text, can_edit }: ComparisonPayload, { tokens, here, info }: SessionState): string {
  const whole = info.predicts === "masked" ? tokens.text : tokens.text.slice(0, tokens.ends[here] ?? 0);
  return can_edit && whole.endsWith(text) ? whole : text;
}

interface SideProps {
  readonly side: "left" | "right";
  readonly name: string;
  readonly cut: Cut;
  readonly t: Translate;
}

function Side({ side, name, cut, t }: SideProps) {
  const { before, own, after } = lastOf(cut);
  const marked = own.trimEnd();
  return (
    <div class="llmw-against-side" data-side={side}>
      <p class="llmw-against-name" title={name}>
        <span class="llmw-muted">{t(`against.${side}`)}</span>
        <b>{name}</b>
      </p>
      <p class="llmw-against-text" dir="auto">
        {before + own + after === "" && <span class="llmw-muted">{t("against.empty")}</span>}
        <Plain text={before} />
        {marked !== "" && (
          <mark>
            <Plain text={marked} />
          </mark>
        )}
        <Plain text={own.slice(marked.length) + after} />
      </p>
    </div>
  );
}

/** Prose keeps its spaces as spaces; what could not be seen or would turn the line is a sign. */
function Plain({ text }: { readonly text: string }) {
  return <>{text.split(/( +)/).map((part, at) => (at % 2 === 1 ? part : <Piece key={at} piece={part} />))}</>;
}

/** The last characters, those before them as an ellipsis. */
function lastOf({ before, own, after }: Cut): Cut {
  const end = last(after, SHOWN);
  const middle = end.length < after.length ? "" : last(own, SHOWN - after.length);
  const start = middle.length < own.length ? "" : last(before, SHOWN - after.length - own.length);
  if (end.length < after.length) return { before: "…", own: "", after: end };
  if (middle.length < own.length) return { before: "…", own: middle, after: end };
  return { before: start.length < before.length ? `…${start}` : start, own: middle, after: end };
}

function last(text: string, count: number): string {
  const characters = [...text];
  return characters.slice(Math.max(0, characters.length - Math.max(0, count))).join("");
}
