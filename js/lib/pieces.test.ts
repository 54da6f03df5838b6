import { describe, expect, it } from "vitest";
import { spell } from "./pieces";

describe("how a token is written", () => {
  it("white space and what prints nothing become signs", () => {
    expect(spell(" a\n\0", "")).toBe("␣a⏎U+0000");
    expect(spell("\u200d", "")).toBe("U+200D");
  });

  it("a variation selector is a sign where no character stands before it", () => {
    expect(spell("\ufe0f", "")).toBe("U+FE0F");
    expect(spell(" \ufe0f", "")).toBe("␣U+FE0F");
    expect(spell("❤\ufe0f", "")).toBe("❤\ufe0f");
  });

  it("bytes keep the space between them, written here or by the kernel", () => {
    expect(spell("", "e381")).toBe("⟨E3 81⟩");
    expect(spell("⟨E3 81⟩", "")).toBe("⟨E3 81⟩");
    expect(spell("⟨E3 8⟩", "")).toBe("⟨E3␣8⟩");
  });
});
