// One token: its name, its bars, its numbers. Drawn again only where something of it changed, since there may be 200.
import { Component } from "preact";
import { Piece } from "../../../lib/piece";
import { spell } from "../../../lib/pieces";

/** All of it plain values, which are compared one by one. */
export interface RowProps {
  readonly index: number;
  readonly id: number;
  readonly piece: string;
  readonly bytes: string;
  readonly special: boolean;
  readonly reachable: boolean;
  readonly blocked: boolean;
  readonly label: string;
  readonly hint: string;
  /** "" where its place in the list tells it. */
  readonly rank: string;
  readonly came: string;
  readonly greedy: string;
  readonly guess: string;
  readonly hit: string;
  /** Styles of the bars; "" for none. */
  readonly rawBar: string;
  readonly sampledBar: string;
  /** How far the bar may go, where that is not known. */
  readonly openBar: string;
  readonly removedBar: boolean;
  /** "" where no sampler is on. */
  readonly sampled: string;
  readonly removed: string;
  readonly raw: string;
  /** Styles of the marks of draws, and their number; "" for none. */
  readonly spread: string;
  readonly share: string;
  readonly drawn: string;
  readonly astray: boolean;
}

export class RowButton extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const now = this.props;
    return (Object.keys(next) as (keyof RowProps)[]).some((name) => next[name] !== now[name]);
  }

  override render() {
    const row = this.props;
    return (
      <button
        type="button"
        class="llmw-row"
        data-index={row.index}
        data-came={row.came !== ""}
        data-hit={row.hit !== ""}
        tabIndex={row.reachable ? 0 : -1}
        aria-label={row.label}
        aria-disabled={row.blocked}
        aria-describedby={row.hint}
      >
        <span class="llmw-token">
          {row.rank !== "" && <span class="llmw-rank">{row.rank}</span>}
          <Name {...row} />
          {row.came !== "" && <Tag of="came" text={row.came} />}
          {row.hit !== "" && <Tag of="hit" text={row.hit} />}
          {row.guess !== "" && <span class="llmw-tag llmw-tag-guess">{row.guess}</span>}
          {row.greedy !== "" && <Tag of="greedy" text={row.greedy} />}
        </span>
        <span class="llmw-id">{row.id}</span>
        <Track {...row} />
        <Values {...row} />
      </button>
    );
  }
}

interface TagProps {
  readonly of: "came" | "hit" | "greedy";
  readonly text: string;
}

/** Where there is little room, its sign stands alone. */
export function Tag({ of, text }: TagProps) {
  return (
    <span class={`llmw-tag llmw-tag-${of}`} title={text}>
      <span>{text}</span>
    </span>
  );
}

type NameProps = Pick<RowProps, "id" | "piece" | "bytes" | "special">;

/** A token that the tokenizer has no text for is known by its id alone. */
export function Name({ id, piece, bytes, special }: NameProps) {
  const nameless = piece === "" && bytes === "";
  return (
    <span
      class="llmw-piece"
      data-special={special || nameless}
      title={nameless ? undefined : spell(piece, bytes)}
    >
      {nameless ? `#${id}` : <Piece piece={piece} bytes={bytes} />}
    </span>
  );
}

export type TrackProps = Pick<
  RowProps,
  "rawBar" | "sampledBar" | "openBar" | "removedBar" | "spread" | "share" | "astray"
>;

export function Track({ rawBar, sampledBar, openBar, removedBar, spread, share, astray }: TrackProps) {
  return (
    <span class="llmw-track" aria-hidden="true">
      {rawBar !== "" && <i class="llmw-bar llmw-bar-raw" data-removed={removedBar} style={rawBar} />}
      {openBar !== "" && <i class="llmw-bar llmw-bar-open" style={openBar} />}
      {sampledBar !== "" && <i class="llmw-bar llmw-bar-sampled" style={sampledBar} />}
      {spread !== "" && <i class="llmw-spread" style={spread} />}
      {share !== "" && <i class="llmw-share" data-astray={astray} style={share} />}
    </span>
  );
}

export type ValuesProps = Pick<RowProps, "drawn" | "sampled" | "removed" | "raw">;

export function Values({ drawn, sampled, removed, raw }: ValuesProps) {
  return (
    <>
      {drawn !== "" && <span class="llmw-value llmw-drawn">{drawn}</span>}
      {(sampled !== "" || removed !== "") && (
        <span class="llmw-value llmw-sampled">
          {sampled}
          {removed !== "" && <span class="llmw-removed">{removed}</span>}
        </span>
      )}
      <span class="llmw-value llmw-raw">{raw}</span>
    </>
  );
}
