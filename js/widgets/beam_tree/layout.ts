// Where the nodes stand: columns are steps, and in each the children are in the order of their parents, so that no lines cross.
// A column depends on those before it alone: what is drawn stays where it is while the tree grows.
import type { BeamNode } from "./read";

export interface Placed {
  readonly node: BeamNode;
  /** In lanes from the top; halves occur. */
  readonly lane: number;
}

export interface Layout {
  readonly columns: readonly (readonly Placed[])[];
  readonly lanes: number;
  readonly laneOf: ReadonlyMap<string, number>;
}

const FEWEST_LANES = 3;

/** `known`: where nodes stood before, for those whose parents are no longer shown. */
export function layOut(
  columns: readonly (readonly BeamNode[])[],
  known: ReadonlyMap<string, number> = new Map(),
): Layout {
  const lanes = Math.max(FEWEST_LANES, ...columns.map((column) => column.length));
  const laneOf = new Map<string, number>();
  const placed = columns.map((column, at) => {
    const wished = (node: BeamNode) => {
      const parent = node.parent && laneOf.get(node.parent.key);
      return parent ?? (at === 0 ? known.get(node.key) : undefined) ?? (lanes - 1) / 2;
    };
    const ordered = column
      .map((node) => ({ node, wish: wished(node) }))
      .sort((one, other) => one.wish - other.wish || other.node.logProb - one.node.logProb);
    const found = spread(
      ordered.map(({ wish }) => wish),
      lanes,
    );
    return ordered.map(({ node }, place) => {
      const lane = found[place] ?? place;
      laneOf.set(node.key, lane);
      return { node, lane };
    });
  });
  return { columns: placed, lanes, laneOf };
}

/** The places nearest to the wished ones (which do not fall) that are at least one lane apart and within the lanes. */
export function spread(wished: readonly number[], lanes: number): readonly number[] {
  // pools of neighbours that push each other: with the distance taken off, each pool stands at its mean
  const pools: { sum: number; size: number }[] = [];
  for (const [place, wish] of wished.entries()) {
    let pool = { sum: wish - place, size: 1 };
    for (let last = pools.at(-1); last && mean(last) >= mean(pool); last = pools.at(-1)) {
      pool = { sum: pool.sum + last.sum, size: pool.size + last.size };
      pools.pop();
    }
    pools.push(pool);
  }
  const room = lanes - wished.length;
  return pools
    .flatMap((pool) => Array.from({ length: pool.size }, () => Math.min(Math.max(mean(pool), 0), room)))
    .map((base, place) => base + place);
}

const mean = ({ sum, size }: { readonly sum: number; readonly size: number }) => sum / size;
