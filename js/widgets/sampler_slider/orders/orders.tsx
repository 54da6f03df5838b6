// The order switch: what transformers, llama.cpp and vLLM make of the same logits and settings, side by side.
import { useState } from "preact/hooks";
import { decode } from "../../../lib/arrays";
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { Piece } from "../../../lib/piece";
import type { Chain, Range } from "../../../lib/sampling";
import { TableScroll } from "../../../lib/table_scroll";
import type { DistributionPayload, SamplerPayload } from "../../../session/payloads";
import type { SessionState, Store } from "../../../session/store";
import { keptText } from "../chain/chain";
import { countOf } from "../chain/funnel";
import { levelAfter, widthOf } from "../chain/levels";
import { type Engine, enginesOf, type Share, shareOf } from "./engines";

const FIRST_ROWS = 8;
const MORE_ROWS = 20;

interface Props {
  readonly store: Store;
  readonly state: SessionState;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Orders({ store, state, t, numbers }: Props) {
  const { distribution, sampler } = state;
  const engines = enginesOf(store, sampler);
  if (distribution === null || engines.length === 0) return <p class="llmw-muted">{t("waiting")}</p>;
  return (
    <div data-stale={state.stale} class="llmw-orders">
      <p class="llmw-verdict" role="status">
        {verdict(engines, t, numbers)}
      </p>
      <div class="llmw-engines">
        {engines.map((engine) => (
          <Column
            key={engine.order}
            engine={engine}
            sampler={sampler}
            vocabulary={distribution.vocabulary}
            t={t}
            numbers={numbers}
          />
        ))}
      </div>
      <Shares engines={engines} distribution={distribution} t={t} numbers={numbers} />
    </div>
  );
}

function verdict(engines: readonly Engine[], t: Translate, numbers: Numbers): string {
  const [first] = engines;
  if (first === undefined) return "";
  if (engines.every(({ chain }) => chain.stages.length === 0)) return t("orders.neutral");
  const counts = engines.map(({ order, chain }) =>
    t("orders.keeps", { engine: t(`engine.${order}`), tokens: keptOf({ chain }, t, numbers) }),
  );
  if (engines.some(({ chain }) => chain.kept !== first.chain.kept))
    return t("orders.differ", { counts: counts.join(t("orders.and")) });
  const equal = engines.every((engine) => sameShares(first, engine));
  return t(equal ? "orders.same" : "orders.odds", { tokens: keptOf(first, t, numbers) });
}

function sameShares({ chain: one }: Engine, { chain: other }: Engine): boolean {
  // where bounds are all that is known, two that come to the same cannot be told from two that do not
  if (one.bounds?.exact === false || other.bounds?.exact === false) return sameStagesRun(one, other);
  return one.sampled.every((share, at) => Math.abs(share - (other.sampled[at] ?? 0)) < 1e-6);
}

/** The same stages in the same order come to the same. */
function sameStagesRun({ stages: one }: Chain, { stages: other }: Chain): boolean {
  return one.length === other.length && one.every(({ name }, at) => name === other[at]?.name);
}

function keptOf({ chain }: Pick<Engine, "chain">, t: Translate, numbers: Numbers): string {
  const about = chain.stages.some((stage) => stage.about && stage.massRemoved > 0);
  const within = chain.bounds && { left: chain.bounds.kept, mass: [1, 1] as const };
  return keptText({ tokens: chain.kept, mass: 1, about, within }, t, numbers);
}

interface ColumnProps {
  readonly engine: Engine;
  readonly sampler: SamplerPayload;
  readonly vocabulary: number;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Column({ engine, sampler, vocabulary, t, numbers }: ColumnProps) {
  const { order, chain, stages, missing } = engine;
  const width = (tokens: number) => String(widthOf(tokens, vocabulary));
  const title = t(`engine.${order}`);
  return (
    <section class="llmw-engine" aria-label={title}>
      <h4>{title}</h4>
      <ol>
        {stages.map((stage, at) => (
          <li key={stage.name}>
            <span class="llmw-engine-stage">
              {t(`${stage.name}.label`)} {stage.name !== "greedy" && <b>{sampler[stage.name]}</b>}
            </span>
            <span
              class="llmw-funnel"
              style={{ "--from": width(stages[at - 1]?.left ?? vocabulary), "--to": width(stage.left) }}
            >
              <span class="llmw-remaining">
                {t("left", { count: countOf(levelAfter(stage, vocabulary), t, numbers) })}
              </span>
            </span>
          </li>
        ))}
      </ol>
      {stages.length === 0 && <p class="llmw-muted">{t("orders.none")}</p>}
      {missing.map((name) => (
        <p key={name} class="llmw-missing">
          <s>{t(`${name}.label`)}</s> {t("orders.missing", { engine: title })}
        </p>
      ))}
      <p class="llmw-engine-end">
        {t("result")} <strong>{keptOf({ chain }, t, numbers)}</strong>
      </p>
    </section>
  );
}

interface SharesProps {
  readonly engines: readonly Engine[];
  readonly distribution: DistributionPayload;
  readonly t: Translate;
  readonly numbers: Numbers;
}

/** The final probabilities of the top tokens; what is not as in the first column stands out. */
function Shares({ engines, distribution, t, numbers }: SharesProps) {
  const [rows, setRows] = useState(FIRST_ROWS);
  const { pieces, bytes } = distribution;
  const count = Math.min(rows, decode(distribution.ids).length);
  const places = [...Array(count).keys()];
  const highest = Math.max(
    ...engines.flatMap(({ chain }) => places.map((at) => chain.bounds?.high[at] ?? chain.sampled[at] ?? 0)),
  );
  return (
    <>
      <TableScroll label={t("orders.table")}>
        <table class="llmw-table llmw-shares">
          <thead>
            <tr>
              <th scope="col" class="llmw-left">
                {t("token")}
              </th>
              {engines.map(({ order }) => (
                <th key={order} scope="col">
                  {t(`engine.${order}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {places.map((at) => {
              const shares = engines.map((engine) => shareOf(engine, at));
              const [first] = shares;
              return (
                <tr key={at}>
                  <th scope="row" class="llmw-left">
                    <span class="llmw-piece">
                      <Piece piece={pieces[at] ?? ""} bytes={bytes[at] ?? ""} />
                    </span>
                  </th>
                  {shares.map((share, engine) => (
                    <td
                      key={engines[engine]?.order}
                      data-differs={first !== undefined && differs(first, share, numbers)}
                    >
                      <ShareCell share={share} highest={highest} t={t} numbers={numbers} />
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </TableScroll>
      {count < pieces.length && (
        <button type="button" class="llmw-link" onClick={() => setRows(rows + MORE_ROWS)}>
          {t("rows.more")}
        </button>
      )}
    </>
  );
}

function differs(one: Share, other: Share, numbers: Numbers): boolean {
  if ((one.removedBy === null) !== (other.removedBy === null)) return true;
  if (one.within || other.within) return numbers.percents(rangeOf(one)) !== numbers.percents(rangeOf(other));
  return numbers.percent(one.probability) !== numbers.percent(other.probability);
}

function rangeOf({ within, probability }: Share): Range {
  return within ?? [probability, probability];
}

interface CellProps {
  readonly share: Share;
  readonly highest: number;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function ShareCell({ share, highest, t, numbers }: CellProps) {
  const { removedBy } = share;
  if (removedBy !== null) {
    return (
      <span class="llmw-removed" title={t("removed.by", { stage: t(`${removedBy}.label`) })}>
        ✕ {t(`${removedBy}.label`)}
      </span>
    );
  }
  const [least, most] = rangeOf(share);
  return (
    <span class="llmw-share">
      <i aria-hidden="true" style={{ width: `${highest > 0 ? (100 * least) / highest : 0}%` }} />
      <span>{numbers.percents([least, most])}</span>
    </span>
  );
}
