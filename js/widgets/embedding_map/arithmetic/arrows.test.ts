import { describe, expect, it } from "vitest";
import type { ArithmeticPayload, ArrayPayload } from "../../../session/payloads";
import { drawnOf } from "./arrows";

function rows(values: readonly (readonly number[])[]): ArrayPayload {
  const data = String.fromCharCode(...new Uint8Array(new Float32Array(values.flat()).buffer));
  return { dtype: "float32", shape: [values.length, values[0]?.length ?? 2], data: btoa(data) };
}

const KING: ArithmeticPayload = {
  expression: "king - man + woman",
  terms: [
    { sign: "+", label: "king" },
    { sign: "-", label: "man" },
    { sign: "+", label: "woman" },
  ],
  places: rows([
    [4, 1],
    [2, 0],
    [2, 3],
  ]),
  sums: rows([
    [4, 1],
    [2, 1],
    [4, 4],
  ]),
  norm: 1,
  nearest: [],
  error: null,
};

describe("drawnOf", () => {
  it("steps from sum to sum and copies man → woman", () => {
    expect(drawnOf(KING, 2, "= ?")).toEqual({
      arrows: [
        { from: [4, 1], to: [2, 1], kind: "step" },
        { from: [2, 1], to: [4, 4], kind: "step" },
        { from: [2, 0], to: [2, 3], kind: "copy" },
      ],
      marks: [{ at: [4, 4], label: "= ?" }],
    });
  });
  it("copies nothing where a plus is followed by a minus", () => {
    const terms = [
      { sign: "+", label: "king" },
      { sign: "+", label: "woman" },
      { sign: "-", label: "man" },
    ] as const;
    expect(drawnOf({ ...KING, terms: [...terms] }, 2, "").arrows.map(({ kind }) => kind)).toEqual([
      "step",
      "step",
    ]);
  });
  it("draws nothing without axes, with others, or for what was refused", () => {
    const nothing = { arrows: [], marks: [] };
    expect(drawnOf(null, 2, "")).toEqual(nothing);
    expect(drawnOf(KING, 3, "")).toEqual(nothing);
    expect(drawnOf({ ...KING, sums: { dtype: "float32", shape: [0, 2], data: "" } }, 2, "")).toEqual(nothing);
    const error = { code: "x", message: "", hint: "", ja: { message: "", hint: "" }, values: {} };
    expect(drawnOf({ ...KING, error }, 2, "")).toEqual(nothing);
  });
});
