// The break-even in words: the cheapest form now, then each pair of forms.
import type { Language, Translate } from "../../../lib/i18n";
import { Swatch } from "../plot/plot";
import type { BreakEven } from "../sums/break_even";
import type { Costs } from "../sums/costs";
import type { Volumes } from "../volume";
import { pairWords, verdict } from "./words";

interface Props {
  readonly costs: Costs;
  readonly pairs: readonly BreakEven[];
  readonly volumes: Volumes;
  readonly currency: string;
  readonly language: Language;
  readonly t: Translate;
}

export function Pairs({ costs, pairs, volumes, currency, language, t }: Props) {
  return (
    <div class="llmw-pairs">
      <p class="llmw-verdict">{verdict(costs, currency, t, language)}</p>
      <ul>
        {pairs.map((pair) => (
          <li key={pair.one + pair.other}>
            <span class="llmw-pair" aria-hidden="true">
              <Swatch form={pair.one} />
              <Swatch form={pair.other} />
            </span>
            <span>{pairWords(pair, volumes, t, language)}</span>
          </li>
        ))}
      </ul>
      {pairs.length < 3 && <p class="llmw-muted">{t("pairs.missing")}</p>}
    </div>
  );
}
