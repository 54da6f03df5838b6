// The text and the tokens it falls into: edited here, seen here, and pointed at to choose where the model looks from.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Translate } from "../../lib/i18n";
import type { ViewProps } from "../../lib/mount";
import { Notice } from "../../lib/notice";
import { Piece } from "../../lib/piece";
import { spell } from "../../lib/pieces";
import type { Tokens } from "../../lib/tokens";
import type { SessionState } from "../../session/store";
import { Editor } from "./editor";
import { bytesOf, characterSpans, type Line, layOut, type Unit } from "./layout";

const TINTS = 6;
const QUIET_MS = 800;
const BYTES_SHOWN = 16;

export function TokenView({ store, state, options, t, language }: ViewProps) {
  const { content, tokens, info, status } = state;
  const [showIds, setShowIds] = useState(options.show_ids !== false);
  const [asTable, setAsTable] = useState(false);
  const number = useMemo(() => new Intl.NumberFormat(language), [language]);
  const ahead = state.text !== content.text;
  const gone = !state.connected || status.state === "closed";
  const look = (index: number) => store.look(index === tokens.count - 1 ? -1 : index);

  return (
    <>
      <header class="llmw-head">
        <h3 class="llmw-title">{t("title")}</h3>
        <Counts state={state} ahead={ahead} t={t} number={number} />
        <span class="llmw-tools">
          <Toggle pressed={showIds} onPress={setShowIds} label={t("ids")} disabled={asTable} />
          <Toggle pressed={asTable} onPress={setAsTable} label={t("table")} />
        </span>
      </header>
      {info.can_edit && (
        <Editor
          text={state.text}
          readOnly={gone}
          label={t("editor")}
          placeholder={t("placeholder")}
          onEdit={store.edit}
        />
      )}
      {tokens.count === 0 ? (
        <p class="llmw-nothing">{t(info.can_edit ? "nothing" : "nothing.fixed")}</p>
      ) : asTable ? (
        <Table state={state} t={t} />
      ) : (
        <Flow
          state={state}
          ahead={ahead}
          showIds={showIds}
          onLook={look}
          onEnd={() => store.look(-1)}
          t={t}
        />
      )}
      <Notice state={state} t={t} />
      <footer class="llmw-foot">
        <About state={state} t={t} number={number} />
        <Doing state={state} ahead={ahead} t={t} />
      </footer>
    </>
  );
}

interface ToggleProps {
  readonly pressed: boolean;
  readonly onPress: (pressed: boolean) => void;
  readonly label: string;
  readonly disabled?: boolean;
}

function Toggle({ pressed, onPress, label, disabled = false }: ToggleProps) {
  return (
    <button
      type="button"
      class="llmw-button"
      aria-pressed={pressed}
      disabled={disabled}
      onClick={() => onPress(!pressed)}
    >
      {label}
    </button>
  );
}

interface CountsProps {
  readonly state: SessionState;
  readonly ahead: boolean;
  readonly t: Translate;
  readonly number: Intl.NumberFormat;
}

function Counts({ state, ahead, t, number }: CountsProps) {
  const { content, tokens, text } = state;
  // what is typed can be counted here at once; its tokens only the tokenizer knows
  const characters = ahead ? [...text].length : content.characters;
  const bytes = ahead ? new TextEncoder().encode(text).length : content.utf8_bytes;
  const values = {
    tokens: number.format(tokens.count),
    characters: number.format(characters),
    bytes: number.format(bytes),
  };
  const summary = useQuiet(ahead ? "" : t("summary", values));
  return (
    <>
      <dl class="llmw-counts">
        <Count name={t("count.tokens")} value={values.tokens} stale={ahead} main />
        <Count name={t("count.characters")} value={values.characters} />
        <Count name={t("count.bytes")} value={values.bytes} />
      </dl>
      <p class="llmw-visually-hidden" role="status">
        {summary}
      </p>
    </>
  );
}

interface CountProps {
  readonly name: string;
  readonly value: string;
  readonly stale?: boolean;
  readonly main?: boolean;
}

function Count({ name, value, stale = false, main = false }: CountProps) {
  return (
    <div data-stale={stale} data-main={main}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** The value once it has been still for a moment: a screen reader is not to be talked over by typing or generating. */
function useQuiet(value: string): string {
  const [quiet, setQuiet] = useState("");
  useEffect(() => {
    if (value === "") return;
    const timer = setTimeout(() => setQuiet(value), QUIET_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return quiet;
}

interface FlowProps {
  readonly state: SessionState;
  readonly ahead: boolean;
  readonly showIds: boolean;
  readonly onLook: (index: number) => void;
  readonly onEnd: () => void;
  readonly t: Translate;
}

function Flow({ state, ahead, showIds, onLook, onEnd, t }: FlowProps) {
  const { tokens } = state;
  const last = tokens.count - 1;
  const current = state.position < 0 ? last : Math.min(state.position, last);
  const list = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<number | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const stop = Math.min(focused ?? current, last);
  const lines = useMemo(() => layOut(tokens), [tokens]);
  const writing = state.status.state === "generating";

  useLayoutEffect(() => {
    const element = list.current;
    if (element && writing) element.scrollTop = element.scrollHeight;
  }, [writing, tokens]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const element = list.current;
    if (!element) return;
    if (event.key === "Enter" || event.key === " ") onLook(stop);
    else {
      const next = destination(element, event.key, stop, last);
      if (next === null) return;
      setFocused(next);
      tokenElement(element, next)?.focus();
    }
    event.preventDefault();
  };

  const shown = Math.min(pointed ?? focused ?? current, last);
  return (
    <>
      <div
        ref={list}
        class="llmw-flow"
        role="listbox"
        aria-label={t("flow")}
        aria-orientation="horizontal"
        tabIndex={-1}
        data-ahead={ahead}
        data-ids={showIds}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const index = indexOf(event);
          if (index === null) return;
          setFocused(index);
          onLook(index);
        }}
        onFocusIn={(event) => setFocused(indexOf(event))}
        onFocusOut={() => setFocused(null)}
        onPointerOver={(event) => setPointed(indexOf(event))}
        onPointerLeave={() => setPointed(null)}
      >
        {lines.map((line) => (
          <TokenLine
            key={line.from}
            line={line}
            tokens={tokens}
            current={current}
            marked={state.info.can_predict}
            stop={stop}
            t={t}
          />
        ))}
      </div>
      <Detail state={state} index={shown} current={current} onEnd={onEnd} t={t} />
    </>
  );
}

interface LineProps {
  readonly line: Line;
  readonly tokens: Tokens;
  readonly current: number;
  readonly marked: boolean;
  readonly stop: number;
  readonly t: Translate;
}

function TokenLine({ line, tokens, current, marked, stop, t }: LineProps) {
  const within = (index: number) =>
    index < line.from ? -1 : index > line.to ? Number.POSITIVE_INFINITY : index;
  const here = within(current);
  const tabbed = within(stop);
  const language = t("title");
  // the signature stands for the line's part of the content
  return useMemo(() => {
    const token = (index: number, joined: boolean): JSX.Element => {
      const piece = tokens.piece(index);
      const bytes = tokens.bytes(index);
      const isSpecial = tokens.isSpecial(index);
      const id = tokens.ids[index] ?? 0;
      const label = t(isSpecial ? "label.special" : "label", {
        piece: spell(piece, bytes),
        id,
        bytes: bytesOf(tokens, index),
      });
      return (
        <span
          key={index}
          class={`llmw-token llmw-tint-${index % TINTS}`}
          role="option"
          aria-selected={index === here}
          aria-label={label}
          tabIndex={index === tabbed ? 0 : -1}
          data-index={index}
          data-special={isSpecial}
          data-part={bytes !== ""}
          data-joined={joined}
          data-after={index > here}
        >
          <span class="llmw-piece">
            <Piece piece={piece} bytes={bytes} />
          </span>
          <span class="llmw-id">{id}</span>
        </span>
      );
    };
    const unit = ({ from, to, shared }: Unit): JSX.Element => {
      const indices = Array.from({ length: to - from + 1 }, (_, offset) => from + offset);
      if (from === to) return token(from, false);
      return (
        <span key={`group ${from}`} class="llmw-group" role="none" data-after={from > here}>
          <span class="llmw-shared" aria-hidden="true">
            {shared === null ? <span class="llmw-sign">…</span> : <Piece piece={shared} />}
          </span>
          <span class="llmw-chips" role="none">
            {indices.map((index) => token(index, true))}
          </span>
        </span>
      );
    };
    return (
      <div class="llmw-line" role="none">
        {line.units.map((each) => [
          unit(each),
          marked && here >= each.from && here <= each.to && (
            <span key="next" class="llmw-next" aria-hidden="true">
              ?
            </span>
          ),
        ])}
      </div>
    );
  }, [line.signature, here, tabbed, marked, language]);
}

interface DetailProps {
  readonly state: SessionState;
  readonly index: number;
  readonly current: number;
  readonly onEnd: () => void;
  readonly t: Translate;
}

/** One token in full: the one pointed at, or the one that the model looks from. */
function Detail({ state, index, current, onEnd, t }: DetailProps) {
  const { tokens } = state;
  const spans = useMemo(() => characterSpans(tokens), [tokens]);
  const piece = tokens.piece(index);
  const bytes = tokens.bytes(index);
  const special = tokens.isSpecial(index);
  return (
    <div class="llmw-detail">
      <p class="llmw-facts">
        <span class={`llmw-token llmw-tint-${index % TINTS}`} data-special={special} data-part={bytes !== ""}>
          <span class="llmw-piece">
            <Piece piece={piece} bytes={bytes} />
          </span>
        </span>
        <Fact name={t("id")} value={String(tokens.ids[index] ?? "")} />
        <Fact name={t("bytes")} value={shorten(bytesOf(tokens, index))} code />
        <Fact name={t("span")} value={spanText(spans[index] ?? null, t)} />
        {special && <span class="llmw-muted">{t("special")}</span>}
        {bytes !== "" && <span class="llmw-muted">{t("span.part")}</span>}
      </p>
      {state.info.can_predict && (
        <p class="llmw-here">
          <span class="llmw-next" aria-hidden="true">
            ?
          </span>
          <span>
            <strong>{t("looks.here")}</strong>{" "}
            <span class="llmw-muted">{t("looks.after", { index: current + 1, count: tokens.count })}</span>
          </span>
          {current < tokens.count - 1 && (
            <button type="button" class="llmw-button" onClick={onEnd}>
              {t("to.end")}
            </button>
          )}
        </p>
      )}
    </div>
  );
}

/** Bytes as far as they fit beside the other facts; the table has them all. */
function shorten(bytes: string): string {
  return bytes.length > 3 * BYTES_SHOWN ? `${bytes.slice(0, 3 * BYTES_SHOWN)}…` : bytes;
}

function Fact({ name, value, code = false }: { name: string; value: string; code?: boolean }) {
  return (
    <span class="llmw-fact">
      <span class="llmw-muted">{name}</span> <span class={code ? "llmw-bytes" : ""}>{value}</span>
    </span>
  );
}

function spanText(span: readonly [number, number] | null, t: Translate): string {
  if (span === null) return t("span.none");
  return span[0] === span[1] ? String(span[0]) : `${span[0]}–${span[1]}`;
}

function Table({ state, t }: { readonly state: SessionState; readonly t: Translate }) {
  const { tokens } = state;
  const spans = useMemo(() => characterSpans(tokens), [tokens]);
  const last = tokens.count - 1;
  const current = state.position < 0 ? last : state.position;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard
    <section class="llmw-scroll" tabIndex={0} aria-label={t("table")}>
      <table class="llmw-table">
        <thead>
          <tr>
            <th scope="col">{t("index")}</th>
            <th scope="col">{t("piece")}</th>
            <th scope="col">{t("id")}</th>
            <th scope="col">{t("bytes")}</th>
            <th scope="col">{t("span")}</th>
          </tr>
        </thead>
        <tbody>
          {Array.from(tokens.ids, (id, index) => (
            <tr key={index} aria-current={index === current}>
              <th scope="row">{index + 1}</th>
              <td>
                <span
                  class={`llmw-token llmw-tint-${index % TINTS}`}
                  data-special={tokens.isSpecial(index)}
                  data-part={tokens.bytes(index) !== ""}
                >
                  <span class="llmw-piece">
                    <Piece piece={tokens.piece(index)} bytes={tokens.bytes(index)} />
                  </span>
                </span>
              </td>
              <td>{id}</td>
              <td class="llmw-bytes">{bytesOf(tokens, index)}</td>
              <td>{spanText(spans[index] ?? null, t)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface AboutProps {
  readonly state: SessionState;
  readonly t: Translate;
  readonly number: Intl.NumberFormat;
}

function About({ state, t, number }: AboutProps) {
  const { info } = state;
  const source = t(`source.${info.source}`);
  const facts = [
    info.device,
    info.dtype,
    info.vocabulary > 0 && t("vocabulary", { size: number.format(info.vocabulary) }),
    source.startsWith("source.") ? info.source : source,
  ].filter(Boolean);
  const name = info.name || info.tokenizer;
  if (name === "") return null;
  return (
    <p class="llmw-about llmw-muted">
      <strong>{name}</strong>
      {facts.map((fact) => (
        <span key={fact}>{fact}</span>
      ))}
    </p>
  );
}

interface DoingProps {
  readonly state: SessionState;
  readonly ahead: boolean;
  readonly t: Translate;
}

/** What goes on just now; it keeps its place when nothing does. */
function Doing({ state, ahead, t }: DoingProps) {
  const { state: doing, generated, max_new_tokens, tokens_per_second } = state.status;
  let text = "";
  if (doing === "generating") {
    text = t("generating", { generated, max: max_new_tokens });
    if (tokens_per_second > 0) text += ` · ${t("speed", { speed: tokens_per_second.toFixed(0) })}`;
  } else if (ahead && state.connected && !state.refused) text = t("busy");
  return <span class="llmw-doing">{text}</span>;
}

function indexOf(event: Event): number | null {
  const token = event.target instanceof Element ? event.target.closest("[data-index]") : null;
  return token ? Number(token.getAttribute("data-index")) : null;
}

function tokenElement(list: Element, index: number): HTMLElement | null {
  return list.querySelector<HTMLElement>(`[data-index="${index}"]`);
}

/** Where a key leads from token `from`; null for a key that leads nowhere. */
function destination(list: Element, key: string, from: number, last: number): number | null {
  switch (key) {
    case "ArrowRight":
      return Math.min(from + 1, last);
    case "ArrowLeft":
      return Math.max(from - 1, 0);
    case "Home":
      return 0;
    case "End":
      return last;
    case "ArrowDown":
      return inNextRow(list, from, 1, last);
    case "ArrowUp":
      return inNextRow(list, from, -1, last);
    default:
      return null;
  }
}

/** The token of the next row that stands nearest above or below. */
function inNextRow(list: Element, from: number, step: 1 | -1, last: number): number {
  const place = (index: number) => tokenElement(list, index)?.getBoundingClientRect() ?? new DOMRect();
  const start = place(from);
  const middle = start.x + start.width / 2;
  let best = from;
  let distance = Number.POSITIVE_INFINITY;
  let row: number | null = null;
  for (let index = from + step; index >= 0 && index <= last; index += step) {
    const box = place(index);
    // chips under a shared character stand lower than their neighbours in the same row
    if (row === null && Math.abs(box.bottom - start.bottom) < start.height) continue;
    row ??= box.bottom;
    if (Math.abs(box.bottom - row) >= box.height) break;
    const off = Math.abs(box.x + box.width / 2 - middle);
    if (off >= distance) break;
    best = index;
    distance = off;
  }
  return best;
}
