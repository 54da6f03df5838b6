// The tree: a column for each step, a node for each beam, lines to what it goes on from.
import { useMemo, useRef } from "preact/hooks";
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import { Piece } from "../../lib/piece";
import { type Layout, layOut, type Placed } from "./layout";
import type { BeamNode, BeamTree } from "./read";
import { useNewest } from "./use_newest";
import { nats, nodeWords } from "./words";

const COLUMN = 112;
const CHIP = 88;
const LANE = 46;
const TOP = 30;
const LEFT = 40;
const HALF = 13;

interface Props {
  readonly tree: BeamTree;
  readonly columns: readonly (readonly BeamNode[])[];
  /** The node that the keyboard is at. */
  readonly current: BeamNode | null;
  /** Keys of the nodes that are brought out; none is brought out where it is empty. */
  readonly lit: ReadonlySet<string>;
  readonly onGo: (node: BeamNode) => void;
  readonly onPoint: (node: BeamNode | null) => void;
  readonly t: Translate;
  readonly numbers: Numbers;
}

export function Tree({ tree, columns, current, lit, onGo, onPoint, t, numbers }: Props) {
  const { payload } = tree;
  const layout = useLayout(payload.number, columns);
  const newest = useNewest(payload.number, payload.first, payload.step, COLUMN);
  const canvas = useRef<HTMLDivElement>(null);
  const placeOf = (node: BeamNode) => ({
    x: LEFT + (node.step - payload.first) * COLUMN,
    y: TOP + (layout.laneOf.get(node.key) ?? 0) * LANE + HALF,
  });
  const go = (node: BeamNode | undefined) => {
    if (!node) return;
    onGo(node);
    canvas.current?.querySelector<HTMLElement>(`[data-key="${node.key}"]`)?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    const next = current && neighbour(layout, payload.first, current, event.key);
    if (next === null) return;
    event.preventDefault();
    go(next);
  };
  return (
    <div class="llmw-forest">
      {payload.first > 0 && (
        <p class="llmw-muted llmw-earlier">
          {t(payload.first === 1 ? "earlier.one" : "earlier", { count: numbers.count(payload.first) })}
        </p>
      )}
      <div class="llmw-scroll" ref={newest.ref} onScroll={newest.onScroll}>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields */}
        <div
          class="llmw-canvas"
          ref={canvas}
          role="group"
          aria-label={t("tree")}
          style={{ width: `${LEFT + columns.length * COLUMN}px`, height: `${TOP + layout.lanes * LANE}px` }}
          data-lit={lit.size > 0}
          onKeyDown={onKey}
          onMouseLeave={() => onPoint(null)}
        >
          <Lines layout={layout} placeOf={placeOf} whole={payload.first === 0} lit={lit} />
          {columns.map((_, at) => (
            <span
              key={payload.first + at}
              class="llmw-step-label"
              style={{ left: `${LEFT + at * COLUMN}px`, width: `${CHIP}px` }}
              aria-hidden="true"
            >
              {numbers.count(payload.first + at + 1)}
            </span>
          ))}
          {layout.columns.flat().map(({ node }) => {
            const { x, y } = placeOf(node);
            return (
              <button
                key={node.key}
                type="button"
                class="llmw-node"
                data-key={node.key}
                data-state={node.state}
                data-leads={node.leads_to}
                data-lit={lit.has(node.key)}
                data-current={node === current}
                style={{ left: `${x}px`, top: `${y - HALF}px`, width: `${CHIP}px` }}
                tabIndex={node === current ? 0 : -1}
                aria-label={nodeWords(node, payload, t, numbers)}
                onClick={() => onGo(node)}
                onFocus={() => onGo(node)}
                onMouseEnter={() => onPoint(node)}
              >
                <span class="llmw-chip" dir="ltr">
                  <Piece piece={node.piece} bytes={node.bytes} />
                </span>
                <span class="llmw-under">
                  {node.state === "ended" ? nats(node.score) : numbers.percent(Math.exp(node.gained))}
                </span>
              </button>
            );
          })}
        </div>
      </div>
      <p class="llmw-muted llmw-legend">{t("legend")}</p>
      {newest.away && payload.state === "running" && (
        <button type="button" class="llmw-button llmw-small llmw-newest" onClick={newest.go}>
          {t("newest")} →
        </button>
      )}
    </div>
  );
}

/** Where nodes stood is remembered for as long as the search is the same. */
function useLayout(number: number, columns: readonly (readonly BeamNode[])[]): Layout {
  const known = useRef<{ number: number; lanes: ReadonlyMap<string, number> }>({ number, lanes: new Map() });
  return useMemo(() => {
    const before = known.current.number === number ? known.current.lanes : new Map<string, number>();
    const layout = layOut(columns, before);
    known.current = { number, lanes: layout.laneOf };
    return layout;
  }, [number, columns]);
}

interface LinesProps {
  readonly layout: Layout;
  readonly placeOf: (node: BeamNode) => { readonly x: number; readonly y: number };
  /** The first column follows the prompt, which is drawn. */
  readonly whole: boolean;
  readonly lit: ReadonlySet<string>;
}

function Lines({ layout, placeOf, whole, lit }: LinesProps) {
  const middle = TOP + ((layout.lanes - 1) / 2) * LANE + HALF;
  const lines = layout.columns.flatMap((column, at) =>
    column.flatMap(({ node }) => {
      const to = placeOf(node);
      const from = node.parent ? placeOf(node.parent) : null;
      if (from === null && at > 0) return [];
      const start = from ? from.x + CHIP : 14;
      const height = from ? from.y : whole ? middle : to.y;
      const bend = (start + to.x) / 2;
      return [
        <path
          key={node.key}
          d={`M${start} ${height}C${bend} ${height} ${bend} ${to.y} ${to.x} ${to.y}`}
          data-state={node.state}
          data-leads={node.leads_to}
          data-lit={lit.has(node.key)}
        />,
      ];
    }),
  );
  return (
    <svg class="llmw-lines" aria-hidden="true">
      {lines}
      {whole && <circle cx={14} cy={middle} r={5} />}
    </svg>
  );
}

/** Where a key leads: undefined at an end, null for a key that means nothing here. */
function neighbour(layout: Layout, first: number, node: BeamNode, key: string): BeamNode | undefined | null {
  const at = node.step - first;
  const column = layout.columns[at] ?? [];
  const place = column.findIndex((other) => other.node.key === node.key);
  switch (key) {
    case "ArrowUp":
      return column[place - 1]?.node;
    case "ArrowDown":
      return column[place + 1]?.node;
    case "ArrowLeft":
      return node.parent ?? undefined;
    case "ArrowRight":
      return bestOf((layout.columns[at + 1] ?? []).filter((other) => other.node.parent?.key === node.key));
    case "Home":
      return bestOf(layout.columns[0] ?? []);
    case "End":
      return bestOf(layout.columns.at(-1) ?? []);
    default:
      return null;
  }
}

const WEIGHT = { running: 2, ended: 1, "": 0 } as const;

function bestOf(column: readonly Placed[]): BeamNode | undefined {
  return [...column].sort(
    (one, other) =>
      WEIGHT[other.node.leads_to] - WEIGHT[one.node.leads_to] || other.node.logProb - one.node.logProb,
  )[0]?.node;
}
