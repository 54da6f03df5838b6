// Which tokens of a comparison are shown, and on what scale.
import type { ComparisonPayload, PairPayload } from "../../../session/payloads";

export type Order = "probable" | "differ";
/** Why one side has no probability of a token: it has no such token, or a server did not return it. */
export type Absent = "none" | "returned";

/** At most `k` pairs: the most probable on either side first, or those that differ most. */
export function pairsOf(comparison: ComparisonPayload, order: Order, k: number): readonly PairPayload[] {
  const { pairs, differ } = comparison;
  if (order === "probable") return pairs.slice(0, k);
  return differ
    .slice(0, k)
    .map((index) => pairs[index])
    .filter((pair) => pair !== undefined);
}

export function highest(pairs: readonly PairPayload[]): number {
  return pairs.reduce((most, { p, q }) => Math.max(most, p ?? 0, q ?? 0), 0);
}

const LONGEST_CUT = 20_000;

export interface Cut {
  readonly before: string;
  /** What the other text does not have. */
  readonly own: string;
  readonly after: string;
}

/** Both texts, cut where they begin to differ and where they are the same again, at the boundaries of words; very long ones are not. */
export function cutsOf(text: string, other: string): readonly [Cut, Cut] {
  if (text.length + other.length > LONGEST_CUT) {
    return [
      { before: text, own: "", after: "" },
      { before: other, own: "", after: "" },
    ];
  }
  const a = text.split(/(?<=\s)|(?<=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])/u);
  const b = other.split(/(?<=\s)|(?<=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])/u);
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < shorter - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const cut = (words: readonly string[]): Cut => ({
    before: words.slice(0, head).join(""),
    own: words.slice(head, words.length - tail).join(""),
    after: words.slice(words.length - tail).join(""),
  });
  return [cut(a), cut(b)];
}
