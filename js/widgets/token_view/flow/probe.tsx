// A sample of everything that the flow draws, out of sight: what the style sheet makes of it is what the layout reckons with.
import { render } from "preact";
import { zoomOf } from "../../../lib/zoom";
import type { Metrics } from "./widths";

/** Draws the sample in the flow, reads it and takes it away. Null where the flow is not drawn. */
export function probe(list: HTMLElement): Metrics | null {
  const place = document.createElement("div");
  place.className = "llmw-probe";
  place.ariaHidden = "true";
  list.append(place);
  render(<Sample />, place);
  const metrics = read(place);
  render(null, place);
  place.remove();
  return metrics;
}

function Sample() {
  return (
    <>
      <div class="llmw-line" data-probe="plain">
        <Chip name="chip" />
        <Chip name="special" special />
        <span class="llmw-ghost" data-probe="ghost">
          x
        </span>
        <span class="llmw-next" data-probe="mark">
          ?
        </span>
      </div>
      <div class="llmw-line" data-probe="tall">
        <Chip name="other" />
        <span class="llmw-group" data-probe="group">
          <span class="llmw-shared" data-probe="shared">
            x
          </span>
          <span class="llmw-chips" data-probe="chips">
            <Chip name="joined" part />
          </span>
        </span>
        <Chip name="another" special />
      </div>
      <div class="llmw-line llmw-heading" data-probe="head">
        <strong>x</strong>
      </div>
    </>
  );
}

interface ChipProps {
  readonly name: string;
  readonly special?: boolean;
  readonly part?: boolean;
}

function Chip({ name, special = false, part = false }: ChipProps) {
  return (
    <span class="llmw-token" data-probe={name} data-special={special} data-part={part} data-joined={part}>
      <span class="llmw-piece">{part ? <span class="llmw-bytes">00</span> : <Signed />}</span>
      <span class="llmw-id">0</span>
    </span>
  );
}

function Signed() {
  return (
    <>
      <span class="llmw-sign">␣</span>x
    </>
  );
}

function read(place: HTMLElement): Metrics | null {
  const get = (selector: string) => place.querySelector<HTMLElement>(selector) ?? place;
  const named = (name: string) => get(`[data-probe="${name}"]`);
  const height = (name: string) => named(name).getBoundingClientRect().height / zoomOf(place);
  if (height("plain") === 0) return null;
  const piece = get('[data-probe="chip"] .llmw-piece');
  return {
    piece: fontOf(piece),
    sign: fontOf(get('[data-probe="chip"] .llmw-sign')),
    special: fontOf(get('[data-probe="special"] .llmw-piece')),
    specialSign: fontOf(get('[data-probe="special"] .llmw-sign')),
    bytes: fontOf(get(".llmw-bytes")),
    id: fontOf(get(".llmw-id")),
    chip: around(named("chip")),
    specialChip: around(named("special")),
    joinedChip: around(named("joined")),
    group: around(named("group")) + around(named("chips")),
    shared: around(named("shared")),
    ghost: around(named("ghost")),
    mark: outerWidth(named("mark")),
    narrowest: Number.parseFloat(getComputedStyle(piece).minWidth) || 0,
    lineHeight: Number.parseFloat(getComputedStyle(piece).lineHeight) || 24,
    plainRow: height("plain"),
    tallRow: height("tall"),
    headRow: height("head"),
  };
}

function fontOf(element: Element): string {
  const { fontStyle, fontWeight, fontSize, fontFamily } = getComputedStyle(element);
  return `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;
}

const SIDES = [
  "marginLeft",
  "marginRight",
  "borderLeftWidth",
  "borderRightWidth",
  "paddingLeft",
  "paddingRight",
] as const;

/** Margins, borders and padding, left and right. */
function around(element: Element): number {
  const style = getComputedStyle(element);
  return SIDES.reduce((sum, side) => sum + (Number.parseFloat(style[side]) || 0), 0);
}

function outerWidth(element: Element): number {
  const { marginLeft, marginRight } = getComputedStyle(element);
  return (
    element.getBoundingClientRect().width / zoomOf(element) +
    Number.parseFloat(marginLeft) +
    Number.parseFloat(marginRight)
  );
}
