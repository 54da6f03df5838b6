// The funnel's numbers as a table.
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import type { Chain, Range, Stage } from "../../../lib/sampling";
import { TableScroll } from "../../../lib/table_scroll";
import type { SamplerPayload } from "../../../session/payloads";
import { countOf, massOf } from "./funnel";
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
    <TableScroll label={t("table.funnel")}>
      <table class="llmw-table">
        <thead>
          <tr>
            <th scope="col" class="llmw-left">
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
            <th scope="row" class="llmw-left">
              {t("vocabulary")}
            </th>
            <td />
            <td>{countOf(full(vocabulary), t, numbers)}</td>
            <td />
            <td>{numbers.percent(1)}</td>
          </tr>
          {chain.stages.map((stage, at) => (
            <tr key={stage.name}>
              <th scope="row" class="llmw-left">
                {t(`${stage.name}.label`)}
              </th>
              <td>{stage.name === "greedy" ? "" : sampler[stage.name]}</td>
              <td>{countOf(levelAfter(stage, vocabulary), t, numbers)}</td>
              <td>{removedOf(stage, chain.bounds?.stages[at]?.mass, numbers)}</td>
              <td>{massOf(levelAfter(stage, vocabulary), numbers)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

/** Of the probability that reached the stage; `left` is the share of it that is left, at least and at most. */
function removedOf({ massRemoved }: Stage, left: Range | undefined, numbers: Numbers): string {
  return left ? numbers.percents([1 - left[1], 1 - left[0]]) : numbers.percent(massRemoved);
}
