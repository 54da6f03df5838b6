// The distribution in a few numbers: as the model gives it and, where a sampler is on, as it is drawn from.
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import type { Chain, Range } from "../../lib/sampling";
import { entropyAfter } from "./rows/entropy";
import type { Source } from "./rows/source";

interface Props {
  readonly source: Source;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Figures({ source, t, numbers }: Props) {
  const { distribution, chain } = source;
  const { entropy, vocabulary, unnamed, partial } = distribution;
  const before: Range = partial ? partial.entropy : [entropy, entropy];
  const after = chain.stages.length > 0 ? entropyAfter(source) : null;
  const say = (text: string) => (after?.about ? t("roughly", { value: text }) : text);
  return (
    <dl class="llmw-figures">
      <Figure
        name={t("entropy")}
        value={t("nats", { value: between(before, nats, numbers) })}
        after={after && say(between(after.within, nats, numbers))}
        t={t}
      />
      <Figure
        name={t("choices")}
        value={between(before, choices, numbers)}
        after={after && say(between(after.within, choices, numbers))}
        t={t}
      />
      <Figure
        name={t("kept")}
        value={t("of", { kept: keptText(chain, t, numbers), all: numbers.count(vocabulary) })}
        after={null}
        t={t}
      />
      {unnamed > 0 && unnamed < vocabulary && (
        <Figure name={t("unnamed")} value={numbers.count(unnamed)} after={null} t={t} />
      )}
    </dl>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  /** After the sampler. */
  readonly after: string | null;
  readonly t: Translate;
}

function Figure({ name, value, after, t }: FigureProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {after !== null && (
          <span class="llmw-after">
            <span aria-hidden="true"> → </span>
            <span class="llmw-visually-hidden">{t("after.sampler")}</span>
            {after}
          </span>
        )}
      </dd>
    </div>
  );
}

/** From the least to the most; one number where both read the same. */
function between(range: Range, say: (entropy: number, numbers: Numbers) => string, numbers: Numbers): string {
  const [least, most] = range.map((entropy) => say(entropy, numbers));
  return least === most ? `${most}` : `${least}–${most}`;
}

/** Two decimals, so that a number that moves keeps its width. */
function nats(entropy: number, numbers: Numbers): string {
  return entropy < 10 ? Math.max(0, entropy).toFixed(2) : numbers.decimal(entropy);
}

function choices(entropy: number, numbers: Numbers): string {
  const count = Math.exp(entropy);
  return count < 100 ? count.toFixed(1) : count < 1000 ? numbers.decimal(count) : numbers.roughly(count);
}

export function keptText(chain: Chain, t: Translate, numbers: Numbers): string {
  if (chain.bounds) return numbers.counts(chain.bounds.kept);
  return chain.about ? t("about", { count: numbers.roughly(chain.kept) }) : numbers.count(chain.kept);
}
