// The tokenizers of a comparison as one list, the main one first, each with its tokens or with what went wrong.
import { type Tokens, tokensOf } from "../../../lib/tokens";
import type { ErrorPayload, RowPayload } from "../../../session/payloads";

export interface Lane {
  readonly name: string;
  /** The name without the folders or the owner before it, where no other lane has the same. */
  readonly short: string;
  readonly tokens: Tokens;
  readonly error: ErrorPayload | null;
}

/** A token of one of the lanes. */
export interface Spot {
  readonly lane: number;
  readonly token: number;
}

export function lanesOf(main: Tokens, mainName: string, rows: readonly RowPayload[]): readonly Lane[] {
  const lanes = [
    { name: mainName, tokens: main, error: null },
    ...rows.map((row) => ({ name: row.name, tokens: tokensOf(row), error: row.error })),
  ];
  const short = shorten(lanes.map(({ name }) => name));
  return lanes.map((lane, at) => ({ ...lane, short: short[at] ?? lane.name }));
}

function shorten(names: readonly string[]): readonly string[] {
  const lasts = names.map((name) => name.split(/[/\\]/).findLast((part) => part !== "") ?? name);
  return names.map((name, at) => {
    const last = lasts[at] ?? name;
    return lasts.filter((other) => other === last).length === 1 ? last : name;
  });
}

/** All lanes cut the same text: rows arrive a moment after the text that they belong to. */
export function inStep(lanes: readonly Lane[]): boolean {
  return lanes.every(({ tokens, error }) => error !== null || tokens.text === lanes[0]?.tokens.text);
}

/** The fewest of the numbers, by place; none where they are all equal. */
export function fewest(numbers: readonly number[]): readonly boolean[] {
  const counted = numbers.filter((number) => number > 0);
  const least = Math.min(...counted);
  const equal = counted.every((number) => number === least);
  return numbers.map((number) => !equal && number === least);
}
