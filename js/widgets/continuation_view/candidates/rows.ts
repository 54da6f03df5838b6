// The candidates with their sums, ranked. The twin of stages/continuations.py.
import { decode } from "../../../lib/arrays";
import type { ContinuationPayload, ContinuationSettings, ScoredPayload } from "../../../session/payloads";

export type Measure = ContinuationSettings["measure"];
export const MEASURES: readonly Measure[] = ["sum", "token", "character", "byte"];

export interface CandidateToken {
  readonly id: number;
  readonly piece: string;
  readonly bytes: string;
  /** -log p in nats; NaN where it has no probability. */
  readonly nats: number;
}

export interface Row {
  readonly text: string;
  /** From 1; null where there is no probability. */
  readonly rank: number | null;
  /** Null where the model has not answered yet. */
  readonly tokens: readonly CandidateToken[] | null;
  /** The tokens that have a probability. */
  readonly counted: number;
  readonly fused: boolean;
  readonly promptPart: string;
  /** The log-probability in nats by a measure; NaN where there is none. */
  by(measure: Measure): number;
}

/** Most probable first by a measure; what has no probability comes last, in the order in which it was typed. */
export function rankedRows(
  candidates: readonly string[],
  scored: ScoredPayload | null,
  measure: Measure,
): readonly Row[] {
  const known = new Map(scored?.candidates.map((candidate) => [candidate.text, candidate]));
  const rows = candidates.map((text) => rowOf(text, known.get(text)));
  const value = (row: Row) => {
    const found = row.by(measure);
    return Number.isNaN(found) ? Number.NEGATIVE_INFINITY : found;
  };
  const isRanked = (row: Row) => !Number.isNaN(row.by(measure));
  const order = [...rows].sort((one, other) =>
    isRanked(one) !== isRanked(other)
      ? Number(isRanked(other)) - Number(isRanked(one))
      : compare(value(other), value(one)),
  );
  return order.map((row, at) => ({ ...row, rank: isRanked(row) ? at + 1 : null }));
}

function compare(one: number, other: number): number {
  return one === other ? 0 : one - other;
}

function rowOf(text: string, candidate: ContinuationPayload | undefined): Row {
  if (!candidate)
    return { text, rank: null, tokens: null, counted: 0, fused: false, promptPart: "", by: () => Number.NaN };
  const nats = [...decode(candidate.surprisals)];
  const known = nats.filter((value) => !Number.isNaN(value));
  const sum = known.length > 0 ? -known.reduce((a, b) => a + b, 0) : Number.NaN;
  const units: Readonly<Record<Measure, number>> = {
    sum: 1,
    token: known.length,
    character: candidate.characters,
    byte: candidate.utf8_bytes,
  };
  return {
    text,
    rank: null,
    tokens: nats.map((value, at) => ({
      id: candidate.ids[at] ?? -1,
      piece: candidate.pieces[at] ?? "",
      bytes: candidate.bytes[at] ?? "",
      nats: value,
    })),
    counted: known.length,
    fused: candidate.fused,
    promptPart: candidate.prompt_part,
    by: (measure) => (units[measure] > 0 ? sum / units[measure] : Number.NaN),
  };
}

export interface Unit {
  /** The characters that the tokens make together; "" for a token that is whole characters by itself, or never becomes some. */
  readonly text: string;
  readonly tokens: readonly CandidateToken[];
}

/** Tokens that are parts of a character, together with the others that make it whole. */
export function unitsOf(tokens: readonly CandidateToken[]): readonly Unit[] {
  const units: Unit[] = [];
  let open: CandidateToken[] = [];
  const flush = (text: string) => {
    if (open.length > 0) units.push({ text, tokens: open });
    open = [];
  };
  for (const token of tokens) {
    if (token.bytes === "") {
      flush("");
      units.push({ text: "", tokens: [token] });
      continue;
    }
    open.push(token);
    const whole = spelled(open.map(({ bytes }) => bytes).join(""));
    if (whole !== null) flush(whole);
  }
  flush("");
  return units;
}

/** Bytes in hexadecimal as text; null where they are no whole characters. */
function spelled(hexadecimal: string): string | null {
  const bytes = Uint8Array.from(hexadecimal.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Where each step of the colours begins, in bits: the same for every text. */
export const STEPS: readonly number[] = [0, 1, 2, 3, 5, 7, 10, 14];

export function heat(bits: number): string {
  if (Number.isNaN(bits)) return "llmw-heat-none";
  return `llmw-heat-${Math.max(
    STEPS.findLastIndex((start) => bits >= start),
    0,
  )}`;
}

export function bitsOf({ nats }: CandidateToken): number {
  return nats / Math.LN2;
}
