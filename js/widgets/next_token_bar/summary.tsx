// For screen readers, once things are still.
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import { useQuiet } from "../../lib/quiet";
import type { DistributionPayload } from "../../session/payloads";
import type { SessionState } from "../../session/store";
import { keptText } from "./figures";
import { cameWords } from "./place/came";
import { nameOf } from "./rows/describe";
import { rowAt } from "./rows/rows";
import type { Sight } from "./sight";
import { explainUnknown } from "./unknown";

interface Props {
  readonly sight: Sight;
  readonly state: SessionState;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Summary({ sight, state, t, numbers }: Props) {
  const still = !state.stale && state.status.state !== "generating";
  return (
    <p class="llmw-visually-hidden" role="status">
      {useQuiet(still ? inWords(sight, t, numbers) : "")}
    </p>
  );
}

function entropyText({ entropy, partial }: DistributionPayload, numbers: Numbers): string {
  return partial ? partial.entropy.map(numbers.decimal).join("–") : numbers.decimal(entropy);
}

function inWords({ source, came }: Sight, t: Translate, numbers: Numbers): string {
  const { distribution, chain } = source;
  if (source.list.head === 0) return "";
  const top = rowAt(source, 0);
  const parts = [
    t("summary", {
      piece: nameOf(top, t),
      raw: numbers.percent(top.raw),
      entropy: entropyText(distribution, numbers),
    }),
  ];
  if (distribution.partial) parts.push(explainUnknown(source, t, numbers));
  if (chain.stages.length > 0) parts.push(t("summary.kept", { kept: keptText(chain, t, numbers) }));
  if (came)
    parts.push(
      t("summary.came", {
        piece: nameOf(came, t),
        words: cameWords(came, distribution.vocabulary, t, numbers),
      }),
    );
  return parts.join(t("sentence"));
}
