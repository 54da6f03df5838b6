// One band of a comparison: a line of boxes for each tokenizer, edges standing under each other.
import { useMemo } from "preact/hooks";
import type { Translate } from "../../../lib/i18n";
import { Piece } from "../../../lib/piece";
import { spell } from "../../../lib/pieces";
import { type Box, bandRow, type Label } from "./boxes";
import { bytesOfToken } from "./bytes";
import type { Lane, Spot } from "./lanes";
import type { Band, Comparison } from "./layout";
import type { Measure } from "./measure";

const TINTS = 6;

interface Props {
  readonly number: number;
  readonly band: Band;
  readonly comparison: Comparison;
  readonly lanes: readonly Lane[];
  readonly measure: Measure;
  readonly top: number;
  readonly height: number;
  /** The token that the keyboard stands on, if it is in this band. */
  readonly stop: Spot | null;
  /** The token whose characters are marked in all rows. */
  readonly shown: Spot | null;
  readonly t: Translate;
}

export function BandView({ number, band, comparison, lanes, measure, top, height, stop, shown, t }: Props) {
  const marked = shown && reach(shown, band, comparison);
  return (
    <div class="llmw-band" style={{ top: `${top}px`, height: `${height}px` }}>
      {marked && (
        <div
          class="llmw-same"
          style={{ "--left": `${marked[0]}px`, width: `${marked[1] - marked[0]}px` }}
          aria-hidden="true"
        />
      )}
      {lanes.map((lane, at) => (
        <LaneView
          key={at}
          at={at}
          number={number}
          lane={lane}
          band={band}
          comparison={comparison}
          measure={measure}
          stop={stop?.lane === at ? stop.token : -1}
          t={t}
        />
      ))}
    </div>
  );
}

/** The stretch of a band that holds the characters of a token. */
function reach(spot: Spot, band: Band, { rows }: Comparison): readonly [number, number] | null {
  const row = rows[spot.lane];
  const start = row?.starts[spot.token] ?? 0;
  const end = row?.ends[spot.token] ?? 0;
  const touched = band.columns.flatMap((column, at) => {
    const inside =
      start === end ? column.start === start && column.end === end : column.start < end && column.end > start;
    return inside ? at : [];
  });
  const [first, last] = [touched[0], touched.at(-1)];
  if (first === undefined || last === undefined) return null;
  return [band.lefts[first] ?? 0, (band.lefts[last] ?? 0) + (band.columns[last]?.width ?? 0)];
}

interface LaneProps extends Pick<Props, "number" | "band" | "comparison" | "measure" | "t"> {
  readonly at: number;
  readonly lane: Lane;
  readonly stop: number;
}

function LaneView({ at, number, lane, band, comparison, measure, stop, t }: LaneProps) {
  const language = t("compare.title");
  return useMemo(() => {
    const row = comparison.rows[at];
    const differs = comparison.agreement.differs[at];
    if (!row || !differs) return null;
    const { boxes, shared, gaps } = bandRow(row, band, measure);
    return (
      <div class="llmw-lane">
        <span class="llmw-lane-name" title={lane.name} aria-hidden="true">
          {lane.short}
        </span>
        <div
          class="llmw-track"
          role="listbox"
          tabIndex={-1}
          aria-orientation="horizontal"
          aria-label={t("compare.line", { name: lane.name, line: number + 1 })}
        >
          {gaps.map((gap) => (
            <span key={`gap ${gap.left}`} class="llmw-gap" style={placed(gap)} title={t("compare.gap")}>
              <Piece piece={gap.text} />
            </span>
          ))}
          {boxes.map((box) => (
            <BoxView
              key={box.token}
              box={box}
              lane={lane}
              at={at}
              differs={differs[box.token] === 1}
              tabbed={box.token === stop}
              t={t}
            />
          ))}
          {shared.map((label) => (
            <span key={`shared ${label.left}`} class="llmw-over" style={placed(label)} aria-hidden="true">
              <Piece piece={label.text} />
            </span>
          ))}
        </div>
      </div>
    );
  }, [comparison, band, lane, at, number, measure, stop, language]);
}

function placed({ left, right }: Pick<Label, "left" | "right">) {
  return { left: `${left}px`, width: `${right - left}px` };
}

interface BoxProps {
  readonly box: Box;
  readonly lane: Lane;
  readonly at: number;
  readonly differs: boolean;
  readonly tabbed: boolean;
  readonly t: Translate;
}

function BoxView({ box, lane, at, differs, tabbed, t }: BoxProps) {
  const { token, openLeft } = box;
  const { tokens } = lane;
  const own = openLeft ? {} : { "data-lane": at, "data-token": token };
  return (
    <span
      class="llmw-box"
      role="option"
      aria-selected={tabbed}
      aria-label={labelOf(lane, token, differs, t)}
      tabIndex={tabbed && !openLeft ? 0 : -1}
      title={tokens.bytes(token) === "" ? undefined : bytesOfToken(tokens, token)}
      data-of={`${at} ${token}`}
      data-pill={box.pill}
      data-special={tokens.isSpecial(token)}
      data-changed={box.changed}
      data-differs={differs && !openLeft}
      data-inside={box.inside}
      data-open={[openLeft && "left", box.openRight && "right"].filter(Boolean).join(" ")}
      style={{ ...placed(box), "--tint": `var(--llmw-token-${token % TINTS})` }}
      {...own}
    >
      {box.texts.map((label) => (
        <span
          key={label.left}
          class="llmw-box-text"
          style={placed({ left: label.left - box.left, right: label.right - box.left })}
        >
          <Piece piece={label.text} />
        </span>
      ))}
    </span>
  );
}

function labelOf({ tokens }: Lane, token: number, differs: boolean, t: Translate): string {
  const label = t(tokens.isSpecial(token) ? "compare.label.special" : "compare.label", {
    piece: spell(tokens.piece(token), tokens.bytes(token)),
    id: tokens.ids[token] ?? "",
    bytes: bytesOfToken(tokens, token),
  });
  return differs ? t("compare.label.differs", { label }) : label;
}
