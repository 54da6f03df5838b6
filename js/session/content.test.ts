// A long text that is sent once and then by its changes: what the page makes of them, and what it asks for when it cannot.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { content, distribution, encode, StubModel, settings, status } from "../testing/payloads";
import { editOf } from "./content";
import type { ChangePayload } from "./payloads";
import { createStore, type Store } from "./store";

const LONG = "word ".repeat(5000);

let model: StubModel;
let store: Store;
let life: AbortController;

function open(text: string): void {
  model = new StubModel({
    info: {},
    content: content(text),
    change: null,
    distribution: distribution([2, 1, 0], { position: 1 }),
    sampler: settings(),
    status: status(),
  });
  life = new AbortController();
  store = createStore(model, life.signal);
}

/** "a b c" with its second token " b" become " new" + "er". */
function change(changes: Partial<ChangePayload> = {}): ChangePayload {
  return {
    base: 1,
    start: 1,
    end: 3,
    text: " newer",
    first: 1,
    last: 2,
    ids: encode([2, 70], "int32"),
    starts: encode([1, 5], "int32"),
    ends: encode([5, 7], "int32"),
    distinct: [2, 70],
    pieces: [" c", "er"],
    bytes: ["", ""],
    special: [],
    exact: true,
    characters: 9,
    utf8_bytes: 9,
    revision: 2,
    position: -1,
    home: 3,
    can_undo: true,
    template: [],
    add_special: null,
    seen: {},
    ...changes,
  };
}

function shown(): unknown[] {
  const { tokens } = store.state;
  return Array.from({ length: tokens.count }, (_, index) => [
    tokens.ids[index],
    tokens.piece(index),
    tokens.text.slice(tokens.starts[index], tokens.ends[index]),
  ]);
}

beforeEach(() => {
  vi.useFakeTimers();
  open("a b c");
});

afterEach(() => {
  life.abort();
  vi.useRealTimers();
});

describe("a change", () => {
  it("puts new tokens between those that stay, and moves the ones behind", () => {
    model.push("change", change());
    expect(store.state.content).toMatchObject({ text: "a newer c", revision: 2, can_undo: true });
    expect(shown()).toEqual([
      [0, "a", "a"],
      [2, " c", " new"],
      [70, "er", "er"],
      [2, " c", " c"],
    ]);
  });

  it("that only moves the position keeps the tokens", () => {
    const nothing = { start: 0, end: 0, text: "", first: 0, last: 0 };
    const none = { ids: encode([], "int32"), starts: encode([], "int32"), ends: encode([], "int32") };
    model.push("change", change({ ...nothing, ...none, distinct: [], position: 1, special: [1] }));
    expect(shown().map((token) => (token as unknown[])[1])).toEqual(["a", " b", " c"]);
    expect([store.state.position, store.state.tokens.isSpecial(1)]).toEqual([1, true]);
  });

  it("of another base asks for the whole, and what is older is passed over", () => {
    model.push("change", change({ base: 7, revision: 8 }));
    expect(model.sent.at(-1)).toMatchObject({ kind: "act", action: "whole" });
    expect(store.state.content.text).toBe("a b c");
    model.push("content", content("x y", { revision: 8 }));
    expect(store.state.content.text).toBe("x y");
    const asked = model.sent.length;
    model.push("change", change({ base: 3, revision: 4 }));
    expect([store.state.content.text, model.sent.length]).toEqual(["x y", asked]);
  });

  it("answers the edit that it came from", () => {
    store.edit("a newer c");
    model.push("change", change({ seen: { [model.sent[0].client]: model.sent[0].rid } }));
    model.push("content", content("from Python", { revision: 3 }));
    expect(store.state.text).toBe("from Python");
  });
});

describe("when the text is still", () => {
  it("the whole is asked for, once, and its tokens are those that are there", () => {
    model.push("change", change());
    vi.advanceTimersByTime(1500);
    model.push("change", change({ base: 2, revision: 3 }));
    vi.advanceTimersByTime(1500);
    expect(model.sent).toHaveLength(0);
    vi.advanceTimersByTime(1000);
    expect(model.sent).toHaveLength(1);
    const tokens = store.state.tokens;
    model.push("content", content(store.state.content.text, { revision: 3, position: 1 }));
    expect(store.state.tokens).toBe(tokens);
    expect(store.state.position).toBe(1);
    vi.advanceTimersByTime(5000);
    expect(model.sent).toHaveLength(1);
  });

  it("a whole that a change has overtaken is passed over, and asked for again", () => {
    model.push("change", change());
    model.push("change", change({ base: 2, revision: 3 }));
    const text = store.state.content.text;
    model.push("content", content("a newer c", { revision: 2 }));
    expect(store.state.content).toMatchObject({ text, revision: 3 });
    vi.advanceTimersByTime(2500);
    expect(model.sent.at(-1)).toMatchObject({ action: "whole" });
  });

  it("nothing is asked for by a page that is gone", () => {
    model.push("change", change());
    life.abort();
    vi.advanceTimersByTime(5000);
    expect(model.sent).toHaveLength(0);
  });
});

describe("an edit of a long text", () => {
  beforeEach(() => open(LONG));

  it("travels as what it changes, with the revision that it is of", () => {
    store.edit(`${LONG.slice(0, 100)}new${LONG.slice(105)}`);
    expect(model.sent[0]).toMatchObject({ text: null, edit: { base: 1, start: 100, end: 105, text: "new" } });
  });

  it("is made when it goes: of the newest text", () => {
    store.edit(`x${LONG}`);
    store.edit(`xy${LONG}`);
    const { client, rid } = model.sent[0];
    model.push("content", content(`x${LONG}`, { revision: 2, seen: { [client]: rid } }));
    expect(model.sent[1].edit).toEqual({ base: 2, start: 1, end: 1, text: "y" });
  });

  it("of a text that is no longer there goes again, whole", () => {
    store.edit(`x${LONG}`);
    const { client, rid } = model.sent[0];
    const error = { code: "outdated", message: "", hint: "", ja: { message: "", hint: "" }, values: {} };
    model.answer({ rid, client, ok: false, error, result: null });
    expect(model.sent[1]).toMatchObject({ text: `x${LONG}`, edit: null });
    expect([store.state.text, store.state.refused]).toEqual([`x${LONG}`, null]);
    model.answer({ rid: model.sent[1].rid, client, ok: true, error: null, result: null });
    store.edit(`xy${LONG}`);
    expect(model.sent[2].edit).not.toBeNull();
  });

  it("never cuts a character in two", () => {
    const base = (text: string) => ({ ...content(`${LONG}${text}${LONG}`), text: `${LONG}${text}${LONG}` });
    const whole = (text: string) => `${LONG}${text}${LONG}`;
    expect(editOf(base("😀"), whole("😁"))).toMatchObject({ text: "😁" });
    // 😀 is D83D DE00, 🈀 is D83C DE00: they share their end
    expect(editOf(base("😀"), whole("🈀"))).toMatchObject({ text: "🈀" });
    expect(editOf(base("aa"), whole("a"))).toMatchObject({ text: "" });
  });

  it("of a short text goes whole", () => {
    open("a b c");
    store.edit("a b");
    expect(model.sent[0]).toMatchObject({ text: "a b", edit: null });
  });
});
