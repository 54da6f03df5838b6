// The bars: left and right of the tokens that they share, on one scale.
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { Piece } from "../../../lib/piece";
import { spell } from "../../../lib/pieces";
import type { PairPayload } from "../../../session/payloads";
import { linear, type Scale } from "../axis/scales";
import { type Absent, highest } from "./pairs";

interface Props {
  readonly pairs: readonly PairPayload[];
  readonly absent: Absent;
  readonly t: Translate;
  readonly numbers: Numbers;
}

const LONG = 25;

export function Mirror({ pairs, absent, t, numbers }: Props) {
  const scale = linear(0, Math.min(1, Math.max(highest(pairs), 1e-6)));
  const long = pairs.length > LONG;
  return (
    <div class="llmw-mirror" style={{ "--step": String(scale.step) }}>
      <Ticks scale={scale} numbers={numbers} />
      <ol
        class="llmw-pairs"
        aria-label={t("against.list")}
        data-long={long}
        // a list that scrolls is reached by keyboard
        tabIndex={long ? 0 : undefined}
      >
        {pairs.map((pair) => (
          <Row
            key={`${pair.id} ${pair.other_id}`}
            pair={pair}
            absent={absent}
            scale={scale}
            t={t}
            numbers={numbers}
          />
        ))}
      </ol>
    </div>
  );
}

function Ticks({ scale, numbers }: { readonly scale: Scale; readonly numbers: Numbers }) {
  const written = (value: number) =>
    value === 0 ? "0" : numbers.percent(value).replace(/[.,]0+(?=\D*$)/, "");
  return (
    <div class="llmw-pair llmw-mirror-axis" aria-hidden="true">
      <span class="llmw-pair-track" data-side="left">
        {scale.ticks.map(({ value, place }) => (
          <span key={value} style={{ insetInlineEnd: `${100 * place}%` }}>
            {written(value)}
          </span>
        ))}
      </span>
      <span class="llmw-pair-track" data-side="right">
        {scale.ticks.map(({ value, place }) => (
          <span key={value} style={{ insetInlineStart: `${100 * place}%` }}>
            {written(value)}
          </span>
        ))}
      </span>
    </div>
  );
}

interface RowProps {
  readonly pair: PairPayload;
  readonly absent: Absent;
  readonly scale: Scale;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Row({ pair, absent, scale, t, numbers }: RowProps) {
  const { piece, bytes, special, p, q } = pair;
  const named = name(pair);
  const said = (value: number | null) =>
    value === null ? t(`against.row.${absent}`) : numbers.percent(value);
  const why = t(absent === "returned" ? "against.none.returned" : "against.none.title");
  return (
    <li class="llmw-pair">
      <span class="llmw-visually-hidden">
        {t("against.row", { piece: named, left: said(p), right: said(q) })}
      </span>
      <Value value={p} side="left" why={why} t={t} numbers={numbers} />
      <Track value={p} side="left" scale={scale} />
      <span class="llmw-pair-token" aria-hidden="true" title={named}>
        <span class="llmw-piece" data-special={special || (piece === "" && bytes === "")}>
          {piece === "" && bytes === "" ? named : <Piece piece={piece} bytes={bytes} />}
        </span>
      </span>
      <Track value={q} side="right" scale={scale} />
      <Value value={q} side="right" why={why} t={t} numbers={numbers} />
    </li>
  );
}

/** A token without a text is known by its id. */
export function name({ piece, bytes, id, other_id }: PairPayload): string {
  return piece === "" && bytes === "" ? `#${id < 0 ? other_id : id}` : spell(piece, bytes);
}

interface SideProps {
  readonly value: number | null;
  readonly side: "left" | "right";
}

function Track({ value, side, scale }: SideProps & { readonly scale: Scale }) {
  return (
    <span class="llmw-pair-track" data-side={side} data-none={value === null} aria-hidden="true">
      {value !== null && <i style={{ width: `${100 * scale.place(value)}%` }} />}
    </span>
  );
}

interface ValueProps extends SideProps {
  /** Why there is none. */
  readonly why: string;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Value({ value, side, why, t, numbers }: ValueProps) {
  return (
    <span
      class="llmw-pair-value"
      data-side={side}
      title={value === null ? why : undefined}
      aria-hidden="true"
    >
      {value === null ? t("against.none") : numbers.percent(value)}
    </span>
  );
}
