// For screen readers, once things are still.
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import { useQuiet } from "../../lib/quiet";
import type { SessionState } from "../../session/store";
import { keptText } from "./figures";
import { cameWords } from "./place/came";
import { nameOf } from "./rows/describe";
import { rowAt } from "./rows/rows";
import type { Sight } from "./sight";

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

function inWords({ source, came }: Sight, t: Translate, numbers: Numbers): string {
  const { distribution, chain } = source;
  if (source.list.head === 0) return "";
  const top = rowAt(source, 0);
  const parts = [
    t("summary", {
      piece: nameOf(top, t),
      raw: numbers.percent(top.raw),
      entropy: numbers.decimal(distribution.entropy),
    }),
  ];
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
