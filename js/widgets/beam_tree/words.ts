// What is said of a node: its numbers, and what became of it.
import type { Translate } from "../../lib/i18n";
import { type Numbers, power } from "../../lib/numbers";
import { spell } from "../../lib/pieces";
import type { BeamTreePayload } from "../../session/payloads";
import type { BeamNode } from "./read";

/** What the kernel says of what a model rules out. */
const RULED_OUT = -1e8;

/** A log-probability or a score. */
export function nats(value: number): string {
  if (Number.isNaN(value)) return "–";
  if (value <= RULED_OUT) return `−${power(-value)}`;
  return value.toFixed(3).replace("-", "−");
}

export function fateWords(
  node: BeamNode,
  { num_beams }: BeamTreePayload,
  t: Translate,
  numbers: Numbers,
): string {
  const { state, why } = node;
  return t(fateKey(node), {
    index: node.index,
    rank: numbers.count(node.rank),
    score: nats(node.score),
    bar: nats(node.bar),
    step: numbers.count(node.decided + 1),
    beams: numbers.count(num_beams),
    by: state === "ended" || why !== "" ? t(`by.${node.ended_by || "stop"}`) : "",
  });
}

function fateKey({ state, why, rank, leads_to }: BeamNode): string {
  if (state === "continued") return leads_to ? `fate.continued.${leads_to}` : "fate.continued";
  if (state !== "pruned") return `fate.${state}`;
  return why === "outscored" && rank === 0 ? "why.outscored.none" : `why.${why}`;
}

/** For a screen reader: the node as one sentence. */
export function nodeWords(node: BeamNode, payload: BeamTreePayload, t: Translate, numbers: Numbers): string {
  return t("node", {
    step: numbers.count(node.step + 1),
    piece: spell(node.piece, node.bytes),
    gained: numbers.percent(Math.exp(node.gained)),
    fate: fateWords(node, payload, t, numbers),
  });
}
