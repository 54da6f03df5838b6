// A beam search as it came from the kernel, as a tree of nodes.
import { decode } from "../../lib/arrays";
import type { BeamKindPayload, BeamTreePayload } from "../../session/payloads";

export interface BeamNode extends BeamKindPayload {
  /** The same for the same candidate in every state of one search. */
  readonly key: string;
  /** From 0. */
  readonly step: number;
  readonly place: number;
  readonly id: number;
  readonly piece: string;
  readonly bytes: string;
  readonly special: boolean;
  /** null in the first column. */
  readonly parent: BeamNode | null;
  /** The row of the model's batch that it had as a live beam, -1 where it was none. */
  readonly index: number;
  readonly logProb: number;
  readonly gained: number;
  /** Of its fate: the step in which it was decided, and what the reason speaks of. */
  readonly decided: number;
  readonly rank: number;
  readonly score: number;
  readonly bar: number;
}

export interface BeamTree {
  readonly payload: BeamTreePayload;
  readonly columns: readonly (readonly BeamNode[])[];
  readonly byKey: ReadonlyMap<string, BeamNode>;
}

export const keyOf = (step: number, place: number) => `${step}.${place}`;

export function readTree(payload: BeamTreePayload): BeamTree {
  const numbers = {
    ids: decode(payload.ids),
    parents: decode(payload.parents),
    indices: decode(payload.indices),
    logProbs: decode(payload.log_probs),
    gained: decode(payload.gained),
    kinds: decode(payload.kinds),
    decided: decode(payload.decided),
    ranks: decode(payload.ranks),
    scores: decode(payload.scores),
    bars: decode(payload.bars),
  };
  const written = new Map(payload.distinct.map((id, at) => [id, at]));
  const special = new Set(payload.special);
  const byKey = new Map<string, BeamNode>();
  const columns: BeamNode[][] = [];
  let at = 0;
  for (const [column, count] of payload.counts.entries()) {
    const step = payload.first + column;
    const before = columns.at(-1);
    const nodes: BeamNode[] = [];
    for (let place = 0; place < count; place++, at++) {
      const id = numbers.ids[at] ?? -1;
      const token = written.get(id) ?? -1;
      const node = {
        ...(payload.kind[numbers.kinds[at] ?? -1] ?? UNKNOWN),
        key: keyOf(step, place),
        step,
        place,
        id,
        piece: payload.pieces[token] ?? "",
        bytes: payload.bytes[token] ?? "",
        special: special.has(token),
        parent: before?.[numbers.parents[at] ?? -1] ?? null,
        index: numbers.indices[at] ?? -1,
        logProb: numbers.logProbs[at] ?? Number.NaN,
        gained: numbers.gained[at] ?? Number.NaN,
        decided: numbers.decided[at] ?? step,
        rank: numbers.ranks[at] ?? 0,
        score: numbers.scores[at] ?? Number.NaN,
        bar: numbers.bars[at] ?? Number.NaN,
      };
      nodes.push(node);
      byKey.set(node.key, node);
    }
    columns.push(nodes);
  }
  return { payload, columns, byKey };
}

const UNKNOWN: BeamKindPayload = { state: "pruned", why: "", ended_by: "", leads_to: "" };

/** The node and those that it comes from, as keys. */
export function wayTo(node: BeamNode | null): ReadonlySet<string> {
  const keys = new Set<string>();
  for (let here = node; here; here = here.parent) keys.add(here.key);
  return keys;
}
