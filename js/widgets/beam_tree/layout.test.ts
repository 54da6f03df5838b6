import { describe, expect, it } from "vitest";
import { layOut, spread } from "./layout";
import type { BeamNode } from "./read";

function node(step: number, place: number, parent: BeamNode | null, logProb = -place): BeamNode {
  return {
    key: `${step}.${place}`,
    step,
    place,
    id: place,
    piece: "a",
    bytes: "",
    special: false,
    parent,
    index: -1,
    logProb,
    gained: -1,
    state: "continued",
    why: "",
    ended_by: "",
    leads_to: "",
    decided: step,
    rank: 0,
    score: Number.NaN,
    bar: Number.NaN,
  };
}

describe("spread", () => {
  it("leaves alone what is far enough apart", () => {
    expect(spread([0, 1.5, 4], 6)).toEqual([0, 1.5, 4]);
  });
  it("puts siblings around their parent", () => {
    expect(spread([2, 2, 2], 6)).toEqual([1, 2, 3]);
    expect(spread([2, 2], 6)).toEqual([1.5, 2.5]);
  });
  it("keeps neighbours a lane apart with the least movement", () => {
    expect(spread([1, 1.5, 3], 6)).toEqual([0.75, 1.75, 3]);
  });
  it("stays within the lanes", () => {
    expect(spread([0, 0, 0], 4)).toEqual([0, 1, 2]);
    expect(spread([3, 3, 3], 4)).toEqual([1, 2, 3]);
    expect(spread([0, 0, 3, 3], 4)).toEqual([0, 1, 2, 3]);
  });
});

describe("layOut", () => {
  const roots = [node(0, 0, null, -1), node(0, 1, null, -2), node(0, 2, null, -3)];
  const [first, second, third] = roots as [BeamNode, BeamNode, BeamNode];
  const children = [
    node(1, 0, third, -4),
    node(1, 1, first, -5),
    node(1, 2, third, -3.5),
    node(1, 3, second, -6),
  ];

  it("orders children by their parents, then by probability, so that no lines cross", () => {
    const layout = layOut([roots, children]);
    expect(layout.columns[1]?.map(({ node: { place } }) => place)).toEqual([1, 3, 2, 0]);
    for (const column of layout.columns)
      for (const [at, { lane, node: here }] of column.entries()) {
        const before = column[at - 1];
        expect(lane).toBeGreaterThanOrEqual(before ? before.lane + 1 : 0);
        expect(lane).toBeLessThanOrEqual(layout.lanes - 1);
        if (before?.node.parent && here.parent)
          expect(layout.laneOf.get(here.parent.key)).toBeGreaterThanOrEqual(
            layout.laneOf.get(before.node.parent.key) ?? 0,
          );
      }
  });

  it("does not move what is drawn while the tree grows", () => {
    const before = layOut([roots, children]);
    const grown = layOut([
      roots,
      children,
      [node(2, 0, children[0] ?? null), node(2, 1, children[0] ?? null)],
    ]);
    for (const [key, lane] of before.laneOf) expect(grown.laneOf.get(key)).toBe(lane);
  });

  it("keeps a first column where it stood when its parents are no longer shown", () => {
    const before = layOut([roots, children]);
    const orphans = children.map((child) => ({ ...child, parent: null }));
    const later = layOut([orphans], before.laneOf);
    for (const child of orphans) expect(later.laneOf.get(child.key)).toBe(before.laneOf.get(child.key));
  });
});
