// How much is left before and after each stage: the silhouette of the funnel.
import type { Chain, Range, Stage, StageName } from "../../../lib/sampling";

export interface Level {
  readonly tokens: number;
  /** Share of the probability. */
  readonly mass: number;
  readonly about: boolean;
  /** What both can be, at least and at most, where tokens were not returned; null elsewhere. */
  readonly within: { readonly left: Range; readonly mass: Range } | null;
}

export interface Passage {
  readonly before: Level;
  readonly after: Level;
  /** What the stage did; null where it is off. */
  readonly stage: Stage | null;
}

export function full(vocabulary: number): Level {
  return { tokens: vocabulary, mass: 1, about: false, within: null };
}

export function levelAfter({ left, mass, about, within }: Stage, vocabulary: number): Level {
  // of what nothing was taken from, the number is certain though its probabilities may not be
  return { tokens: left, mass, about: about && left < vocabulary, within };
}

/** For each name in the order in which they run, what is left before and after it. */
export function passages(
  names: readonly StageName[],
  chain: Chain,
  vocabulary: number,
): ReadonlyMap<StageName, Passage> {
  const found = new Map<StageName, Passage>();
  let before = full(vocabulary);
  for (const name of names) {
    const stage = chain.stages.find((one) => one.name === name) ?? null;
    const after = stage ? levelAfter(stage, vocabulary) : before;
    found.set(name, { before, after, stage });
    before = after;
  }
  return found;
}

/** How wide the funnel is there, 0 to 1, on a logarithmic scale. */
export function widthOf(tokens: number, vocabulary: number): number {
  return Math.log(tokens + 1) / Math.log(Math.max(2, vocabulary + 1));
}

/** What is drawn from. */
export function endOf({ kept, about, bounds }: Chain, vocabulary: number): Level {
  const within = bounds && { left: bounds.kept, mass: [1, 1] as const };
  return { tokens: kept, mass: 1, about: about && kept < vocabulary, within };
}
