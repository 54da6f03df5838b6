// What there is to know of one node, in words.
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import { Piece } from "../../lib/piece";
import type { BeamTreePayload } from "../../session/payloads";
import type { BeamNode } from "./read";
import { fateWords, nats } from "./words";

interface Props {
  readonly node: BeamNode | null;
  readonly payload: BeamTreePayload;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Detail({ node, payload, t, numbers }: Props) {
  if (node === null) return null;
  return (
    <div class="llmw-detail">
      <p class="llmw-detail-head">
        <span class="llmw-detail-piece" dir="ltr">
          <Piece piece={node.piece} bytes={node.bytes} />
        </span>
        <span class="llmw-muted">{t("step", { step: numbers.count(node.step + 1) })}</span>
        <span class="llmw-muted">{t("node.id", { id: node.id })}</span>
        <span class="llmw-muted">{t("node.sum", { sum: nats(node.logProb) })}</span>
        <span class="llmw-muted">
          {t("node.gained", {
            gained: nats(node.gained),
            percent: numbers.percent(Math.exp(node.gained)),
          })}
        </span>
      </p>
      <p class="llmw-fate" data-state={node.state}>
        {fateWords(node, payload, t, numbers)}
      </p>
    </div>
  );
}
