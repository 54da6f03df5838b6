// The arithmetic of the most probable tokens, step by step, with the real numbers.
import { useState } from "preact/hooks";
import { arithmeticOf, type Arithmetic as Found, type TokenArithmetic } from "../../../lib/arithmetic";
import type { Translate } from "../../../lib/i18n";
import type { Numbers } from "../../../lib/numbers";
import { Piece } from "../../../lib/piece";
import { spell } from "../../../lib/pieces";
import { isGreedy } from "../../../lib/sampling";
import { TableScroll } from "../../../lib/table_scroll";
import type { DistributionPayload, SamplerPayload } from "../../../session/payloads";
import type { SessionState, Store } from "../../../session/store";
import { figure, figures, logit } from "./figures";

const FIRST_ROWS = 5;
const MORE_ROWS = 10;

interface Props {
  readonly store: Store;
  readonly state: SessionState;
  readonly t: Translate;
  readonly numbers: Numbers;
}

/** Which columns say something with these settings. */
interface Columns {
  readonly penalty: boolean;
  readonly temperature: boolean;
  readonly cuts: boolean;
}

export function Arithmetic({ store, state, t, numbers }: Props) {
  const [rows, setRows] = useState(FIRST_ROWS);
  const { distribution, sampler } = state;
  const { chain } = store;
  if (distribution === null || chain === null) return <p class="llmw-muted">{t("waiting")}</p>;
  const count = Math.min(rows, distribution.pieces.length);
  const found = arithmeticOf(distribution, sampler, chain, [...Array(count).keys()]);
  const columns: Columns = {
    penalty: sampler.repetition_penalty !== 1,
    temperature: sampler.temperature !== 1 && !isGreedy(sampler),
    cuts: chain.stages.some(({ name }) => name !== "temperature" && name !== "repetition_penalty"),
  };
  return (
    <div class="llmw-arithmetic" data-stale={state.stale}>
      <Formula
        found={found}
        columns={columns}
        distribution={distribution}
        sampler={sampler}
        t={t}
        numbers={numbers}
      />
      <TableScroll label={t("arithmetic")}>
        <table class="llmw-table">
          <Head columns={columns} sampler={sampler} logits={!distribution.partial} t={t} />
          <tbody>
            {found.tokens.map((token) => (
              <Row
                key={token.index}
                token={token}
                columns={columns}
                distribution={distribution}
                t={t}
                numbers={numbers}
              />
            ))}
          </tbody>
          <Sums found={found} columns={columns} t={t} />
        </table>
      </TableScroll>
      {count < distribution.pieces.length && (
        <button type="button" class="llmw-link" onClick={() => setRows(rows + MORE_ROWS)}>
          {t("rows.more")}
        </button>
      )}
    </div>
  );
}

interface FormulaProps {
  readonly found: Found;
  readonly columns: Columns;
  readonly distribution: DistributionPayload;
  readonly sampler: SamplerPayload;
  readonly t: Translate;
  readonly numbers: Numbers;
}

/** The formula, and below it the same with the first token's numbers. */
function Formula({ found, columns, distribution, sampler, t, numbers }: FormulaProps) {
  const [first] = found.tokens;
  if (first === undefined) return null;
  const piece = spell(distribution.pieces[first.index] ?? "", distribution.bytes[first.index] ?? "");
  const over = columns.temperature ? ` / ${sampler.temperature}` : "";
  const power = `${logit(first.penalized)}${over} − ${logit(found.highest)}`;
  const kept = columns.cuts && first.removedBy === null;
  return (
    <p class="llmw-formula">
      <span>
        <i>p</i> = exp(<i>z</i>
        {columns.temperature && (
          <>
            {" "}
            / <i>T</i>
          </>
        )}{" "}
        − max) / Σ <span class="llmw-muted">{t("formula.why")}</span>
      </span>
      <span>
        <b>{piece}</b>: exp({power}) / {figures(found.sumBefore)} ={" "}
        {numbers.percents(first.probabilityWithin)}
        {kept && (
          <>
            {" "}
            <span class="llmw-muted">{t("formula.kept")}</span> {figure(first.exponential)} /{" "}
            {figures(found.sumAfter)} = {numbers.percents(first.sampledWithin)}
          </>
        )}
      </span>
    </p>
  );
}

interface HeadProps {
  readonly columns: Columns;
  /** Else they are log-probabilities, as a server returns them. */
  readonly logits: boolean;
  readonly sampler: SamplerPayload;
  readonly t: Translate;
}

function Head({ columns, logits, sampler, t }: HeadProps) {
  return (
    <thead>
      <tr>
        <th scope="col" class="llmw-left">
          {t("token")}
        </th>
        <th scope="col">{t(logits ? "logit" : "log_probability")}</th>
        {columns.penalty && <th scope="col">{t("penalized", { value: sampler.repetition_penalty })}</th>}
        {columns.temperature && <th scope="col">÷ {sampler.temperature}</th>}
        <th scope="col">exp(· − max)</th>
        <th scope="col">{t("normalised")}</th>
        {columns.cuts && <th scope="col">{t("after.cuts")}</th>}
      </tr>
    </thead>
  );
}

interface RowProps {
  readonly token: TokenArithmetic;
  readonly columns: Columns;
  readonly distribution: DistributionPayload;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Row({ token, columns, distribution, t, numbers }: RowProps) {
  const { index, removedBy } = token;
  return (
    <tr>
      <th scope="row" class="llmw-left">
        <span class="llmw-piece" data-special={distribution.special.includes(index)}>
          <Piece piece={distribution.pieces[index] ?? ""} bytes={distribution.bytes[index] ?? ""} />
        </span>
      </th>
      <td>{logit(token.logit)}</td>
      {columns.penalty && <td data-changed={token.penalized !== token.logit}>{logit(token.penalized)}</td>}
      {columns.temperature && <td>{logit(token.divided)}</td>}
      <td>{figure(token.exponential)}</td>
      <td>{numbers.percents(token.probabilityWithin)}</td>
      {columns.cuts && (
        <td>
          {removedBy === null ? (
            numbers.percents(token.sampledWithin)
          ) : (
            <span class="llmw-removed">{t("removed.by", { stage: t(`${removedBy}.label`) })}</span>
          )}
        </td>
      )}
    </tr>
  );
}

interface SumsProps {
  readonly found: Found;
  readonly columns: Columns;
  readonly t: Translate;
}

function Sums({ found, columns, t }: SumsProps) {
  const before = 2 + Number(columns.penalty) + Number(columns.temperature);
  return (
    <tfoot>
      <tr>
        <th scope="row" class="llmw-left" colSpan={before}>
          {t("sum.all")}
        </th>
        <td>{figures(found.sumBefore)}</td>
        <td />
        {columns.cuts && <td />}
      </tr>
      {columns.cuts && (
        <tr>
          <th scope="row" class="llmw-left" colSpan={before}>
            {t("sum.kept")}
          </th>
          <td>{figures(found.sumAfter)}</td>
          <td />
          <td />
        </tr>
      )}
    </tfoot>
  );
}
