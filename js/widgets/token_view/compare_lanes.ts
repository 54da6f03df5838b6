// The tokenizers of a comparison as one list, the main one first, each with its tokens or with what went wrong.
import { type Tokens, tokensOf } from "../../lib/tokens";
import type { ErrorPayload, RowPayload } from "../../session/payloads";

export interface Lane {
  readonly name: string;
  readonly tokens: Tokens;
  readonly error: ErrorPayload | null;
}

/** A token of one of the lanes. */
export interface Spot {
  readonly lane: number;
  readonly token: number;
}

export function lanesOf(main: Tokens, mainName: string, rows: readonly RowPayload[]): readonly Lane[] {
  return [
    { name: mainName, tokens: main, error: null },
    ...rows.map((row) => ({ name: row.name, tokens: tokensOf(row), error: row.error })),
  ];
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
