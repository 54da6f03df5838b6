// The most probable next tokens as bars: what the model says, what the sampler makes of it, and all the others as one more bar.
import { useMemo, useRef, useState } from "preact/hooks";
import type { Translate } from "../../lib/i18n";
import { useUniqueId } from "../../lib/id";
import type { ViewProps } from "../../lib/mount";
import { Notice } from "../../lib/notice";
import { type Numbers, numbersIn } from "../../lib/numbers";
import { Piece } from "../../lib/piece";
import { spell } from "../../lib/pieces";
import { useQuiet } from "../../lib/quiet";
import type { Chain } from "../../lib/sampling";
import type { DistributionPayload } from "../../session/payloads";
import type { SessionState } from "../../session/store";
import { type Rest, type Row, type Rows, rowsOf, type Scale, scaleFor } from "./rows";

const DEFAULT_K = 10;
const CONTEXT_TOKENS = 7;

export function NextTokenBar({ store, state, options, t, language }: ViewProps) {
  const [asTable, setAsTable] = useState(false);
  const numbers = numbersIn(language);
  const { distribution } = state;
  const { chain } = store;
  const k = Math.max(1, Math.round(Number(options.k ?? DEFAULT_K)) || DEFAULT_K);
  const rows = useMemo(
    () => (distribution && chain ? rowsOf(distribution, chain, k) : null),
    [distribution, chain, k],
  );
  return (
    <>
      <header class="llmw-head">
        <h3 class="llmw-title">{t("title")}</h3>
        <Place state={state} t={t} numbers={numbers} />
        <button
          type="button"
          class="llmw-button llmw-small"
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        >
          {t("table")}
        </button>
      </header>
      {distribution && chain && rows ? (
        <div class="llmw-body" data-stale={state.stale} aria-busy={state.stale}>
          <Figures distribution={distribution} chain={chain} t={t} numbers={numbers} />
          {asTable ? (
            <Table rows={rows} chain={chain} t={t} numbers={numbers} />
          ) : (
            <Chart rows={rows} chain={chain} state={state} onAppend={store.append} t={t} numbers={numbers} />
          )}
          <Summary
            rows={rows}
            distribution={distribution}
            chain={chain}
            state={state}
            t={t}
            numbers={numbers}
          />
        </div>
      ) : (
        <p class="llmw-nothing">{t(emptyKey(state))}</p>
      )}
      <Notice state={state} t={t} />
    </>
  );
}

function emptyKey(state: SessionState): string {
  if (state.status.error) return "empty.failed";
  return state.status.state === "busy" ? "empty.busy" : "empty";
}

interface PlaceProps {
  readonly state: SessionState;
  readonly t: Translate;
  readonly numbers: Numbers;
}

/** The last few tokens before the one that is asked for. */
function Place({ state, t, numbers }: PlaceProps) {
  const { tokens } = state;
  const last = tokens.count - 1;
  if (last < 0) return <p class="llmw-place" />;
  const current = state.position < 0 ? last : Math.min(state.position, last);
  const first = Math.max(0, current - CONTEXT_TOKENS + 1);
  // from the text and not from pieces: a character whose bytes fell into several tokens is whole again
  const before = tokens.text.slice(tokens.starts[first] ?? 0, tokens.starts[current] ?? 0);
  return (
    <p class="llmw-place">
      <span class="llmw-muted">{t("after")}</span>
      <span class="llmw-context" dir="ltr">
        <span class="llmw-before">
          {first > 0 && "…"}
          <Piece piece={before} />
        </span>
        <span class="llmw-before" data-last="true">
          <Piece piece={tokens.piece(current)} bytes={tokens.bytes(current)} />
        </span>
      </span>
      <span class="llmw-muted llmw-count">
        {t("place", { index: numbers.count(current + 1), count: numbers.count(last + 1) })}
      </span>
    </p>
  );
}

interface FiguresProps {
  readonly distribution: DistributionPayload;
  readonly chain: Chain;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Figures({ distribution, chain, t, numbers }: FiguresProps) {
  const { entropy, vocabulary } = distribution;
  return (
    <dl class="llmw-figures">
      <Figure name={t("entropy")} value={t("nats", { value: numbers.decimal(entropy) })} />
      <Figure
        name={t("choices")}
        value={`${entropy < Math.log(1000) ? numbers.decimal(Math.exp(entropy)) : numbers.count(Math.exp(entropy))}`}
      />
      <Figure
        name={t("kept")}
        value={t("of", { kept: keptText(chain, t, numbers), all: numbers.count(vocabulary) })}
      />
    </dl>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function keptText(chain: Chain, t: Translate, numbers: Numbers): string {
  return chain.about ? t("about", { count: numbers.roughly(chain.kept) }) : numbers.count(chain.kept);
}

interface ChartProps {
  readonly rows: Rows;
  readonly chain: Chain;
  readonly state: SessionState;
  readonly onAppend: (id: number) => void;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Chart({ rows: { rows, rest }, chain, state, onAppend, t, numbers }: ChartProps) {
  const list = useRef<HTMLOListElement>(null);
  const [focused, setFocused] = useState(0);
  const hint = useUniqueId();
  const active = chain.stages.length > 0;
  const blocked = blockedBy(state);
  const scale = scaleFor(Math.max(rest.raw, rest.sampled, ...rows.flatMap((row) => [row.raw, row.sampled])));
  const stop = Math.min(focused, rows.length - 1);

  const onKeyDown = (event: KeyboardEvent) => {
    const next = { ArrowDown: stop + 1, ArrowUp: stop - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const target = Math.max(0, Math.min(rows.length - 1, next));
    setFocused(target);
    list.current?.querySelectorAll<HTMLElement>("button")[target]?.focus();
  };

  return (
    <div class="llmw-chart" data-active={active} style={{ "--step": String(scale.step / scale.max) }}>
      <Axis scale={scale} active={active} t={t} numbers={numbers} />
      <ol
        ref={list}
        class="llmw-rows"
        aria-label={t("list")}
        data-long={rows.length > 25}
        onKeyDown={onKeyDown}
      >
        {rows.map((row, index) => (
          <li key={row.at}>
            <button
              type="button"
              class="llmw-row"
              tabIndex={index === stop ? 0 : -1}
              aria-label={rowLabel(row, active, t, numbers)}
              aria-disabled={blocked !== null}
              aria-describedby={hint}
              onFocus={() => setFocused(index)}
              onClick={() => blocked === null && onAppend(row.id)}
            >
              <span class="llmw-piece" data-special={row.special} title={spell(row.piece, row.bytes)}>
                <Piece piece={row.piece} bytes={row.bytes} />
              </span>
              <span class="llmw-id">{row.id}</span>
              <Bars row={row} scale={scale} active={active} removed={row.removedBy !== null} />
              {active && (
                <span class="llmw-value llmw-sampled">
                  {row.removedBy === null ? (
                    numbers.percent(row.sampled)
                  ) : (
                    <span class="llmw-removed" title={t("removed", { stage: row.removedBy })}>
                      {row.removedBy}
                    </span>
                  )}
                </span>
              )}
              <span class="llmw-value llmw-raw">{numbers.percent(row.raw)}</span>
            </button>
          </li>
        ))}
      </ol>
      {rest.tokens > 0 && (
        <RestRow rest={rest} chain={chain} scale={scale} active={active} t={t} numbers={numbers} />
      )}
      <p id={hint} class="llmw-hint">
        {state.stale ? t("stale") : t(blocked ?? (atEnd(state) ? "hint" : "hint.cut"))}
      </p>
    </div>
  );
}

/** Why no token can be appended now, as a key of the catalogue; null where one can. */
function blockedBy(state: SessionState): string | null {
  if (state.status.state === "closed") return "blocked.closed";
  if (!state.connected) return "blocked.kernel";
  if (!state.info.can_edit) return "blocked.fixed";
  if (state.status.state === "generating") return "blocked.generating";
  return state.stale ? "blocked.stale" : null;
}

function atEnd({ position, tokens }: SessionState): boolean {
  return position < 0 || position >= tokens.count - 1;
}

function rowLabel(row: Row, active: boolean, t: Translate, numbers: Numbers): string {
  const key = row.removedBy !== null ? "label.removed" : active ? "label.sampled" : "label";
  return t(key, {
    piece: spell(row.piece, row.bytes),
    id: row.id,
    raw: numbers.percent(row.raw),
    sampled: numbers.percent(row.sampled),
    stage: row.removedBy ?? "",
  });
}

interface AxisProps {
  readonly scale: Scale;
  readonly active: boolean;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Axis({ scale, active, t, numbers }: AxisProps) {
  return (
    <div class="llmw-axis" aria-hidden="true">
      <span class="llmw-ticks">
        {scale.ticks.map((tick, index) => (
          <span key={index} class="llmw-tick" style={{ insetInlineStart: `${(100 * tick) / scale.max}%` }}>
            {tickText(tick, scale.step, numbers)}
          </span>
        ))}
      </span>
      {active ? (
        <>
          <span class="llmw-legend" data-of="sampled">
            <i class="llmw-key llmw-key-sampled" />
            {t("legend.sampled")}
          </span>
          <span class="llmw-legend" data-of="raw">
            <i class="llmw-key llmw-key-raw" />
            {t("legend.raw")}
          </span>
        </>
      ) : (
        <span class="llmw-legend" data-of="raw">
          <i class="llmw-key llmw-key-sampled" />
          {t("legend.raw")}
        </span>
      )}
    </div>
  );
}

function tickText(tick: number, step: number, numbers: Numbers): string {
  if (tick === 0) return "0";
  return step >= 0.01
    ? numbers.percent(tick).replace(/[.,]0+(?=\D*$)/, "")
    : `${Number((100 * tick).toPrecision(2))}%`;
}

interface BarsProps {
  readonly row: { readonly raw: number; readonly sampled: number };
  readonly scale: Scale;
  readonly active: boolean;
  readonly removed: boolean;
}

function Bars({ row, scale, active, removed }: BarsProps) {
  const width = (value: number) => `${(100 * value) / scale.max}%`;
  return (
    <span class="llmw-track" aria-hidden="true">
      {active && <i class="llmw-bar llmw-bar-raw" data-removed={removed} style={{ width: width(row.raw) }} />}
      {!removed && <i class="llmw-bar llmw-bar-sampled" style={{ width: width(row.sampled) }} />}
    </span>
  );
}

interface RestRowProps {
  readonly rest: Rest;
  readonly chain: Chain;
  readonly scale: Scale;
  readonly active: boolean;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function RestRow({ rest, chain, scale, active, t, numbers }: RestRowProps) {
  return (
    <div class="llmw-row llmw-rest">
      <span class="llmw-others">
        {t(rest.tokens === 1 ? "rest.one" : "rest", { count: numbers.count(rest.tokens) })}
        {active && <span class="llmw-rest-kept">{restKept(rest, chain, t, numbers)}</span>}
      </span>
      <Bars row={rest} scale={scale} active={active} removed={rest.kept === 0} />
      {active && <span class="llmw-value llmw-sampled">{numbers.percent(rest.sampled)}</span>}
      <span class="llmw-value llmw-raw">{numbers.percent(rest.raw)}</span>
    </div>
  );
}

function restKept(rest: Rest, chain: Chain, t: Translate, numbers: Numbers): string {
  if (rest.kept === 0) return t("rest.none");
  const count = chain.about ? t("about", { count: numbers.roughly(rest.kept) }) : numbers.count(rest.kept);
  return t("rest.kept", { count });
}

interface TableProps {
  readonly rows: Rows;
  readonly chain: Chain;
  readonly t: Translate;
  readonly numbers: Numbers;
}

function Table({ rows: { rows, rest }, chain, t, numbers }: TableProps) {
  const active = chain.stages.length > 0;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard
    <section class="llmw-scroll" tabIndex={0} aria-label={t("table")}>
      <table class="llmw-table">
        <thead>
          <tr>
            <th scope="col">{t("rank")}</th>
            <th scope="col" class="llmw-left">
              {t("piece")}
            </th>
            <th scope="col">{t("id")}</th>
            <th scope="col">{t("logit")}</th>
            <th scope="col">{t("legend.raw")}</th>
            {active && <th scope="col">{t("legend.sampled")}</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.at}>
              <td>{row.at + 1}</td>
              <th scope="row" class="llmw-left">
                <span class="llmw-piece" data-special={row.special}>
                  <Piece piece={row.piece} bytes={row.bytes} />
                </span>
              </th>
              <td>{row.id}</td>
              <td>{row.logit.toFixed(3)}</td>
              <td>{numbers.percent(row.raw)}</td>
              {active && (
                <td>
                  {row.removedBy === null ? (
                    numbers.percent(row.sampled)
                  ) : (
                    <span class="llmw-removed">{t("removed", { stage: row.removedBy })}</span>
                  )}
                </td>
              )}
            </tr>
          ))}
          {rest.tokens > 0 && (
            <tr>
              <td />
              <th scope="row" class="llmw-left" colSpan={3}>
                {t(rest.tokens === 1 ? "rest.one" : "rest", { count: numbers.count(rest.tokens) })}
                {active && <span class="llmw-rest-kept">{restKept(rest, chain, t, numbers)}</span>}
              </th>
              <td>{numbers.percent(rest.raw)}</td>
              {active && <td>{numbers.percent(rest.sampled)}</td>}
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

interface SummaryProps {
  readonly rows: Rows;
  readonly distribution: DistributionPayload;
  readonly chain: Chain;
  readonly state: SessionState;
  readonly t: Translate;
  readonly numbers: Numbers;
}

/** For screen readers, once things are still. */
function Summary({ rows, distribution, chain, state, t, numbers }: SummaryProps) {
  const [top] = rows.rows;
  const parts: string[] = [];
  if (top && !state.stale && state.status.state !== "generating") {
    parts.push(
      t("summary", {
        piece: spell(top.piece, top.bytes),
        raw: numbers.percent(top.raw),
        entropy: numbers.decimal(distribution.entropy),
      }),
    );
    if (chain.stages.length > 0) parts.push(t("summary.kept", { kept: keptText(chain, t, numbers) }));
  }
  return (
    <p class="llmw-visually-hidden" role="status">
      {useQuiet(parts.join(" "))}
    </p>
  );
}
