// How wide the chip of each token is, from the style as it is drawn and the widths of its characters.
import type { Ruler } from "../../../lib/measure";
import { hexadecimal } from "../../../lib/pieces";
import type { Tokens } from "../../../lib/tokens";
import { shownRuns } from "./shown_runs";

/** What the style sheet says, read from a sample that is drawn: fonts as in CSS, lengths in pixels. */
export interface Metrics {
  readonly piece: string;
  readonly sign: string;
  readonly special: string;
  readonly specialSign: string;
  readonly bytes: string;
  readonly id: string;
  /** What a chip is wider than its text: margins, borders and padding. */
  readonly chip: number;
  readonly specialChip: number;
  readonly joinedChip: number;
  readonly group: number;
  readonly shared: number;
  readonly ghost: number;
  readonly mark: number;
  readonly narrowest: number;
  readonly lineHeight: number;
  readonly plainRow: number;
  readonly tallRow: number;
  readonly headRow: number;
}

// what the sums of widths may lack, in pixels
const SLACK = 0.25;

/** Text that is drawn as it is: each character has its own width. */
const PLAIN = /^[!-~\u3041-\u3096\u30a1-\u30fc\u4e00-\u9fff]*$/;

export class Widths {
  // by the table of pieces, which the tokens of one content share
  private readonly known = new WeakMap<readonly string[], Float32Array>();
  private last: { readonly tokens: Tokens; readonly chips: Float32Array } | null = null;

  constructor(
    private readonly ruler: Ruler,
    readonly metrics: Metrics,
    private readonly ids: boolean,
  ) {}

  /** By kind of token, its chip that stands by itself. */
  chips(tokens: Tokens): Float32Array {
    let chips = this.known.get(tokens.pieces);
    if (chips === undefined) {
      chips = this.measure(tokens);
      this.known.set(tokens.pieces, chips);
      this.last = { tokens, chips };
    }
    return chips;
  }

  /** An edit leaves nearly all kinds as they were; both lists of them ascend. */
  private measure(tokens: Tokens): Float32Array {
    const chips = new Float32Array(tokens.pieces.length);
    const before = this.last?.tokens;
    let at = 0;
    for (let kind = 0; kind < chips.length; kind++) {
      const id = tokens.distinct[kind] ?? 0;
      while (before && (before.distinct[at] ?? Number.POSITIVE_INFINITY) < id) at++;
      const same =
        before?.distinct[at] === id &&
        before.pieces[at] === tokens.pieces[kind] &&
        before.partial[at] === tokens.partial[kind];
      chips[kind] = same ? (this.last?.chips[at] ?? 0) : this.metrics.chip + this.inner(tokens, kind);
    }
    return chips;
  }

  joinedChip(tokens: Tokens, kind: number): number {
    return this.metrics.joinedChip + this.inner(tokens, kind);
  }

  specialChip(tokens: Tokens, kind: number): number {
    const { special, specialSign, specialChip } = this.metrics;
    const text = this.signed(tokens.pieces[kind] ?? "", special, specialSign);
    return specialChip + Math.max(text, this.id(tokens, kind)) + SLACK;
  }

  /** A text with its signs, in the flow's own font. */
  text(text: string): number {
    return this.signed(text, this.metrics.piece, this.metrics.sign);
  }

  private inner(tokens: Tokens, kind: number): number {
    return Math.max(this.piece(tokens, kind), this.id(tokens, kind)) + SLACK;
  }

  private id(tokens: Tokens, kind: number): number {
    return this.ids ? this.ruler.width(String(tokens.distinct[kind] ?? 0), this.metrics.id) : 0;
  }

  private piece(tokens: Tokens, kind: number): number {
    const partial = tokens.partial[kind] ?? "";
    if (partial !== "") return this.ruler.width(hexadecimal(partial), this.metrics.bytes);
    return Math.max(this.text(tokens.pieces[kind] ?? ""), this.metrics.narrowest);
  }

  private signed(text: string, font: string, sign: string): number {
    const rest = text.startsWith(" ") ? text.slice(1) : text;
    if (PLAIN.test(rest)) {
      const space = rest.length < text.length ? this.ruler.width("␣", sign) : 0;
      return space + this.ruler.width(rest, font);
    }
    let sum = 0;
    for (const run of shownRuns(text)) sum += this.ruler.width(run.text, run.kind === "plain" ? font : sign);
    return sum;
  }
}
