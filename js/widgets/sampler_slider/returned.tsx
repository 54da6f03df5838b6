// Of a distribution that a server cut: what came back, and what that means for these settings. One calm line.
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import type { Chain } from "../../lib/sampling";
import type { DistributionPayload } from "../../session/payloads";

interface Props {
  readonly chain: Chain;
  readonly distribution: DistributionPayload;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Returned({ chain, distribution: { partial, vocabulary }, t, numbers }: Props) {
  if (!partial) return null;
  const count = numbers.count(vocabulary - partial.tokens);
  return (
    <p class="llmw-returned" data-open={chain.about}>
      {t("returned", { count, all: numbers.count(vocabulary), mass: numbers.percent(partial.mass) })}
      {t("sentence")}
      {t(keyOf(chain), { count })}
    </p>
  );
}

function keyOf({ about, stages }: Chain): string {
  if (!about) return "returned.exact";
  // a penalty that leaves what it meets uncertain is the cause, whatever follows it
  return stages[0]?.name === "repetition_penalty" ? "returned.penalty" : "returned.open";
}
