// Stand-ins for what the kernel sends, for the unit tests.
import type { WidgetModel } from "../session/model";
import {
  type Answer,
  type ArrayPayload,
  type ContentPayload,
  type DistributionPayload,
  NEUTRAL,
  type SamplerState,
  type StatusPayload,
  type TokensPayload,
} from "../session/payloads";

export function encode(values: readonly number[], dtype: "float32" | "int32"): ArrayPayload {
  const numbers = dtype === "float32" ? Float32Array.from(values) : Int32Array.from(values);
  const bytes = String.fromCharCode(...new Uint8Array(numbers.buffer));
  return { dtype, shape: [values.length], data: btoa(bytes) };
}

interface Tail {
  readonly counts: readonly number[];
  readonly logits: readonly number[];
  readonly variances?: readonly number[];
}

/** The head's logits have to fall; ids are 0, 1, 2 … */
export function distribution(
  logits: readonly number[],
  changes: Partial<DistributionPayload> = {},
  tail: Tail = { counts: [], logits: [] },
): DistributionPayload {
  const weights = [
    ...logits.map(Math.exp),
    ...tail.logits.map((logit, bin) => (tail.counts[bin] ?? 0) * Math.exp(logit)),
  ];
  const sum = weights.reduce((a, b) => a + b, 0);
  const others = tail.counts.reduce((a, b) => a + b, 0);
  return {
    revision: 1,
    position: 0,
    vocabulary: logits.length + others,
    ids: encode([...logits.keys()], "int32"),
    logits: encode(logits, "float32"),
    pieces: logits.map((_, index) => ` token${index}`),
    bytes: logits.map(() => ""),
    special: [],
    context: [],
    tail_counts: encode(tail.counts, "int32"),
    tail_logits: encode(tail.logits, "float32"),
    tail_variances: encode(tail.variances ?? tail.logits.map(() => 0), "float32"),
    masked: 0,
    log_sum: Math.log(sum),
    entropy: 1,
    came: null,
    unnamed: 0,
    partial: null,
    ...changes,
  };
}

/** The `probabilities` that a server returned, falling, of a vocabulary of `vocabulary` tokens. */
export function partial(
  probabilities: readonly number[],
  vocabulary: number,
  changes: Partial<DistributionPayload> = {},
): DistributionPayload {
  const tokens = vocabulary - probabilities.length;
  const mass = 1 - probabilities.reduce((a, b) => a + b, 0);
  const ceiling = probabilities.at(-1) ?? 0;
  const made = distribution(
    probabilities.map(Math.log),
    {},
    { counts: [tokens], logits: [Math.log(mass / tokens)] },
  );
  return {
    ...made,
    log_sum: 0,
    partial: { tokens, mass, ceiling, entropy: [1, 2], unseen: 0 },
    ...changes,
  };
}

/** Words as tokens, ids 0, 1, 2 … */
export function tokens(text: string, changes: Partial<TokensPayload> = {}): TokensPayload {
  const pieces = text === "" ? [] : text.split(/(?= )/);
  const widths = pieces.map((piece) => piece.length);
  return {
    text,
    ids: encode([...pieces.keys()], "int32"),
    steps: encode([0, ...widths].slice(0, pieces.length), "int32"),
    widths: encode(widths, "int32"),
    distinct: [...pieces.keys()],
    pieces,
    bytes: pieces.map(() => ""),
    special: [],
    padding: [],
    exact: true,
    characters: text.length,
    utf8_bytes: text.length,
    ...changes,
  };
}

export function content(text: string, changes: Partial<ContentPayload> = {}): ContentPayload {
  const held = tokens(text);
  return {
    ...held,
    revision: 1,
    position: -1,
    home: held.distinct.length - 1,
    can_undo: false,
    template: [],
    add_special: null,
    seen: {},
    ...changes,
  };
}

export function settings(changes: Partial<SamplerState> = {}): SamplerState {
  return { sampler: NEUTRAL, own: NEUTRAL, origins: {}, seen: {}, ...changes };
}

export function status(changes: Partial<StatusPayload> = {}): StatusPayload {
  return {
    state: "ready",
    revision: 1,
    generated: 0,
    max_new_tokens: 0,
    tokens_per_second: 0,
    reason: "",
    ended_by: "",
    error: null,
    ...changes,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: requests are looked into field by field
export type Sent = any;

/** A kernel's side that tests drive by hand. */
export class StubModel implements WidgetModel {
  readonly sent: Sent[] = [];
  private readonly listeners = new Map<string, Set<(argument: unknown) => void>>();

  constructor(private readonly traits: Record<string, unknown>) {}

  get(key: string): unknown {
    return this.traits[key];
  }
  on(event: string, callback: (argument: unknown) => void): void {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(callback));
  }
  off(event: string, callback: (argument: unknown) => void): void {
    this.listeners.get(event)?.delete(callback);
  }
  send(message: unknown): void {
    this.sent.push(JSON.parse(JSON.stringify(message)));
  }
  set(trait: string, value: unknown): void {
    this.push(trait, value);
  }
  push(trait: string, value: unknown): void {
    this.traits[trait] = value;
    for (const callback of [...(this.listeners.get(`change:${trait}`) ?? [])]) callback(this);
  }
  answer(message: Answer): void {
    for (const callback of [...(this.listeners.get("msg:custom") ?? [])]) callback(message);
  }
  get listening(): number {
    return [...this.listeners.values()].reduce((sum, callbacks) => sum + callbacks.size, 0);
  }
}
