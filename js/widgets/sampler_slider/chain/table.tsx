// The funnel's numbers as a table.
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import type { Chain } from "../../../lib/sampling";
import type { SamplerPayload } from "../../../session/payloads";
import { countOf } from "./funnel";
import { full, levelAfter } from "./levels";

interface Props {
  readonly chain: Chain;
  readonly sampler: SamplerPayload;
  readonly vocabulary: number;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function ChainTable({ chain, sampler, vocabulary, t, numbers }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard
    <section class="llmw-scroll" tabIndex={0} aria-label={t("table.funnel")}>
      <table class="llmw-table">
        <thead>
          <tr>
            <th scope="col" class="llmw-words">
              {t("table.stage")}
            </th>
            <th scope="col">{t("table.value")}</th>
            <th scope="col">{t("table.left")}</th>
            <th scope="col">{t("table.removed")}</th>
            <th scope="col">{t("mass")}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row" class="llmw-words">
              {t("vocabulary")}
            </th>
            <td />
            <td>{countOf(full(vocabulary), t, numbers)}</td>
            <td />
            <td>{numbers.percent(1)}</td>
          </tr>
          {chain.stages.map((stage) => (
            <tr key={stage.name}>
              <th scope="row" class="llmw-words">
                {t(`${stage.name}.label`)}
              </th>
              <td>{stage.name === "greedy" ? "" : sampler[stage.name]}</td>
              <td>{countOf(levelAfter(stage, vocabulary), t, numbers)}</td>
              <td>{numbers.percent(stage.massRemoved)}</td>
              <td>{numbers.percent(stage.mass)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
