// Scores are sums of logarithms, 0 at best: a bar begins at the scale's worst and is full at 0.

/** What a model rules out has no bar. */
const RULED_OUT = -1e8;

/** The score at which bars begin: twice the worst, which has half of the room. */
export function scaleOf(scores: readonly number[]): number {
  const worst = Math.min(0, ...scores.filter((score) => score > RULED_OUT));
  return worst * 2 || -1;
}

/** The share of a bar's room. */
export function lengthOf(score: number, scale: number): number {
  return Math.min(1, Math.max(0, 1 - score / scale));
}
