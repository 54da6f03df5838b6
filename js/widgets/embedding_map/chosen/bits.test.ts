import { describe, expect, it } from "vitest";
import { countBits, fromBase64, toBase64 } from "./bits";

describe("bits", () => {
  it("come back as they went", () => {
    const bits = Uint8Array.from({ length: 6145 }, (_, at) => (at * 37) % 256);
    expect(fromBase64(toBase64(bits))).toEqual(bits);
    expect(fromBase64("")).toEqual(new Uint8Array());
  });
  it("are counted", () => {
    expect(countBits(Uint8Array.of(0, 1, 3, 255, 128))).toBe(12);
  });
});
