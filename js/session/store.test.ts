// The store against a kernel that the tests drive by hand: what shows at once, what is sent when, and what the answers change.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { exactly, runChain } from "../lib/sampling";
import { content, distribution, encode, type Sent, StubModel, settings, status } from "../testing/payloads";
import type { Answer, DrawsPayload, ErrorPayload, ExactPayload } from "./payloads";
import { NEUTRAL } from "./payloads";
import { createStore, type Store } from "./store";

const WHY: ErrorPayload = {
  code: "invalid_value",
  message: "no",
  hint: "yes",
  ja: { message: "いいえ", hint: "はい" },
  values: {},
};

let model: StubModel;
let store: Store;
let life: AbortController;

beforeEach(() => {
  model = new StubModel({
    info: {},
    content: content("a b"),
    distribution: distribution([2, 1, 0], { position: 1 }),
    sampler: settings(),
    status: status(),
  });
  life = new AbortController();
  store = createStore(model, life.signal, { runChain, exactly });
});

afterEach(() => vi.useRealTimers());

it("tells the page's language with what it asks", () => {
  store.edit("a");
  expect(model.sent[0]).toMatchObject({ kind: "set", text: "a", language: "en" });
});

function client(): string {
  return model.sent[0].client;
}

function take(rid: number, text: string, revision = 2): void {
  model.push("content", content(text, { revision, seen: { [client()]: rid } }));
  answer({ rid });
}

function answer(changes: Partial<Answer>): void {
  model.answer({ rid: 0, client: client(), ok: true, error: null, result: null, ...changes });
}

describe("typed text", () => {
  it("shows at once and makes the distribution stale", () => {
    store.edit("a b c");
    expect([store.state.text, store.state.content.text, store.state.stale]).toEqual(["a b c", "a b", true]);
  });

  it("stays while the kernel answers older requests, and gives way once its own is seen", () => {
    store.edit("a b c");
    store.edit("a b c d");
    take(model.sent[0].rid, "a b c");
    expect(store.state.text).toBe("a b c d");
    take(model.sent[1].rid, "a b c d", 3);
    model.push("content", content("changed in Python", { revision: 4 }));
    expect(store.state.text).toBe("changed in Python");
  });

  it("is not swept away by what another client or Python changed meanwhile", () => {
    store.edit("mine");
    model.push("content", content("theirs", { revision: 2, seen: { other: 99 } }));
    expect(store.state.text).toBe("mine");
  });

  it("that was refused stays to be mended, with the reason, until another takes its place", () => {
    store.edit("far too long");
    answer({ rid: model.sent[0].rid, ok: false, error: WHY });
    model.push("content", content("a b", { seen: { [client()]: model.sent[0].rid } }));
    expect([store.state.text, store.state.refused]).toEqual(["far too long", WHY]);
    store.edit("short");
    expect(store.state.refused).toBeNull();
    take(model.sent[1].rid, "short");
    expect(store.state.text).toBe("short");
  });
});

describe("requests", () => {
  it("are coalesced: one in flight, then the newest of each kind together", () => {
    store.edit("one");
    store.edit("two");
    store.tune({ top_k: 5 });
    store.tune({ top_p: 0.5 });
    store.edit("three");
    expect(model.sent).toHaveLength(1);
    answer({ rid: model.sent[0].rid });
    expect(model.sent).toHaveLength(2);
    expect(model.sent[1]).toMatchObject({ text: "three", sampler: { top_k: 5, top_p: 0.5 }, position: null });
  });

  it("go on after an answer of another client is ignored", () => {
    store.tune({ top_k: 5 });
    store.tune({ top_k: 6 });
    answer({ rid: 100, client: "another" });
    expect(model.sent).toHaveLength(1);
    answer({ rid: model.sent[0].rid, ok: false, error: WHY });
    expect(model.sent).toHaveLength(2);
  });

  it("send an action behind the settings that wait, at once", () => {
    store.edit("one");
    store.edit("two");
    store.step();
    expect(model.sent.map((message) => [message.kind, message.text ?? message.action])).toEqual([
      ["set", "one"],
      ["set", "two"],
      ["act", "step"],
    ]);
    const rids = model.sent.map((message) => message.rid);
    expect(rids).toEqual([...rids].sort((a, b) => a - b));
    expect(new Set(rids).size).toBe(3);
  });

  it("do not wait for ever for a kernel that restarted", () => {
    vi.useFakeTimers();
    store.tune({ top_k: 5 });
    vi.advanceTimersByTime(6000);
    store.tune({ top_k: 6 });
    expect(model.sent).toHaveLength(2);
  });

  it("number the tokens that are asked for", () => {
    store.append(7);
    store.generate(32);
    expect(model.sent.map(({ action, token, max_new_tokens }) => [action, token, max_new_tokens])).toEqual([
      ["append", 7, null],
      ["generate", null, 32],
    ]);
  });
});

describe("the sampler", () => {
  it("moves the chain at once, without an answer", () => {
    store.tune({ top_k: 1 });
    expect(store.chain?.kept).toBe(1);
    store.tune({ top_p: 0.5 });
    expect(store.state.sampler).toMatchObject({ top_k: 1, top_p: 0.5 });
  });

  it("falls back to the kernel's values when it was refused", () => {
    store.tune({ top_k: -1 });
    answer({ rid: model.sent[0].rid, ok: false, error: WHY });
    expect([store.state.sampler.top_k, store.state.refused]).toEqual([0, WHY]);
  });

  it("keeps what is newer than the refused request", () => {
    store.tune({ top_k: 2 });
    store.tune({ top_k: 3 });
    answer({ rid: model.sent[0].rid, ok: false, error: WHY });
    expect(store.state.sampler.top_k).toBe(3);
  });

  it("takes the kernel's value once its own is seen", () => {
    store.tune({ top_k: 2 });
    const state = settings({ sampler: { ...NEUTRAL, top_k: 2 }, seen: { [client()]: model.sent[0].rid } });
    model.push("sampler", state);
    model.push("sampler", settings({ sampler: { ...NEUTRAL, top_k: 9 } }));
    expect(store.state.sampler.top_k).toBe(9);
  });

  it("is computed once for a distribution and its settings, however many views look", () => {
    store.tune({ top_k: 2 });
    const first = store.chain;
    model.push("status", status({ state: "busy" }));
    model.push("sampler", settings({ sampler: { ...NEUTRAL, top_k: 2 }, seen: { [client()]: 99 } }));
    expect(store.chain).toBe(first);
    store.tune({ top_k: 1 });
    expect(store.chain).not.toBe(first);
  });
});

describe("a chain that is only known about", () => {
  const deep = distribution(
    [3, 2],
    { position: 1 },
    { counts: [500, 500], logits: [0, -1], variances: [0.01, 0.01] },
  );
  const sampled = encode([0.6, 0.3], "float32");

  function exact(kept: number, revision = 1): ExactPayload {
    const stages = [{ name: "top_p", left: kept, mass_removed: 0.1 }];
    return { kind: "exact", revision, stages, kept, sampled, removed_by: encode([-1, -1], "int32") };
  }

  function asked(): Sent[] {
    return model.sent.filter((request) => request.kind === "exact");
  }

  function reply(request: Sent, kept: number, revision = 1): void {
    model.answer({
      rid: request.rid,
      client: request.client,
      ok: true,
      error: null,
      result: exact(kept, revision),
    });
  }

  beforeEach(() => {
    model.push("distribution", deep);
    model.push("sampler", settings({ sampler: { ...NEUTRAL, top_p: 0.9 } }));
  });

  it("is asked of the kernel, whose answer takes its place", () => {
    expect(store.chain).toMatchObject({ about: true, exact: false });
    expect(asked()).toEqual([
      expect.objectContaining({ order: "transformers", sampler: { ...NEUTRAL, top_p: 0.9 } }),
    ]);
    reply(asked()[0], 321);
    expect(store.chain).toMatchObject({ about: false, exact: true, kept: 321 });
    expect(asked()).toHaveLength(1);
  });

  it("is asked for in each order that is shown, and each gets its own answer", () => {
    for (const order of ["transformers", "llama.cpp", "vllm"] as const) store.chainIn(order);
    expect(asked().map((request) => request.order)).toEqual(["transformers", "llama.cpp", "vllm"]);
    for (const [place, request] of asked().entries()) reply(request, 100 + place);
    expect([
      store.chainIn("transformers")?.kept,
      store.chainIn("llama.cpp")?.kept,
      store.chainIn("vllm")?.kept,
    ]).toEqual([100, 101, 102]);
  });

  it("does not take an answer for older settings or another text", () => {
    const before = store.chain;
    store.tune({ top_p: 0.8 });
    const about = store.chain?.kept;
    reply(asked()[0], 321);
    expect(store.chain?.kept).toBe(about);
    expect(store.chain).not.toBe(before);
    reply(asked().at(-1), 654, 9);
    expect(store.chain?.kept).toBe(about);
  });

  it("is not taken for an older question's when it is refused", () => {
    store.chainIn("transformers");
    reply(asked()[0], 321);
    store.tune({ top_p: 0.8 });
    const about = store.chain?.kept;
    const { rid, client } = asked().at(-1);
    model.answer({ rid, client, ok: false, error: WHY, result: null });
    expect(store.chain).toMatchObject({ kept: about, about: true, exact: false });
  });

  it("stays about without a kernel", () => {
    store.setConnected(false);
    expect(store.chain?.about).toBe(true);
    expect(asked()).toEqual([]);
  });
});

it("an action that came too late is said", () => {
  store.fork(1, 2);
  answer({ rid: model.sent[0].rid, ok: false, error: { ...WHY, code: "outdated" } });
  expect(store.state.refused?.code).toBe("outdated");
});

describe("draws and ways", () => {
  const draws: DrawsPayload = {
    number: 1,
    revision: 1,
    position: 1,
    sampler: NEUTRAL,
    n: 2,
    seed: null,
    device: "cpu",
    ids: [0],
    pieces: [" a"],
    bytes: [""],
    special: [],
    counts: [2],
    probabilities: encode([0.5], "float32"),
    order: encode([0, 0], "int32"),
  };

  it("are shown as long as they are of this distribution and this sampler", () => {
    model.push("draws", draws);
    expect(store.state.draws).toBe(draws);
    store.tune({ temperature: 0.5 });
    expect(store.state.draws).toBeNull();
  });

  it("travel with all that an action needs", () => {
    store.draw(100);
    store.fork(3, 7);
    store.switchTo(1);
    store.generate(5, ["\n"]);
    expect(model.sent).toEqual([
      expect.objectContaining({ action: "draw", n: 100 }),
      expect.objectContaining({ action: "fork", index: 3, token: 7, revision: 1 }),
      expect.objectContaining({ action: "switch", fork: 1, revision: 1 }),
      expect.objectContaining({ action: "generate", max_new_tokens: 5, stop: ["\n"] }),
    ]);
  });
});

describe("the position", () => {
  it("is stale until the distribution of that place is there", () => {
    expect(store.state.stale).toBe(false);
    store.look(0);
    expect([store.state.position, store.state.stale]).toEqual([0, true]);
    model.push("distribution", distribution([1, 0], { position: 0 }));
    expect(store.state.stale).toBe(false);
    model.push("distribution", distribution([1, 0], { position: 0, revision: 0 }));
    expect(store.state.stale).toBe(true);
  });

  it("falls back when it was refused", () => {
    store.look(70);
    answer({ rid: model.sent[0].rid, ok: false, error: WHY });
    expect(store.state.position).toBe(-1);
  });
});

describe("two stores of one session", () => {
  it("have names of their own and see each other's text through the kernel", () => {
    const other = createStore(model, life.signal, { runChain, exactly });
    store.edit("mine");
    other.edit("other's");
    expect(model.sent[0].client).not.toBe(model.sent[1].client);
    model.push(
      "content",
      content("other's", { revision: 2, seen: { [model.sent[1].client]: 1, [client()]: 1 } }),
    );
    expect([store.state.text, other.state.text]).toEqual(["other's", "other's"]);
  });

  it("do not take each other's refusals", () => {
    const other = createStore(model, life.signal, { runChain, exactly });
    store.tune({ top_k: 5 });
    other.tune({ top_k: 6 });
    answer({ rid: 1, client: model.sent[1].client, ok: false, error: WHY });
    expect([store.state.refused, other.state.refused]).toEqual([null, WHY]);
  });
});

describe("a kernel that is gone", () => {
  it("leaves the sliders working, though sending fails", () => {
    store.setConnected(false);
    vi.spyOn(model, "send").mockImplementation(() => {
      throw new Error("the comm is closed");
    });
    store.tune({ top_k: 1 });
    store.tune({ top_k: 2 });
    store.edit("typed");
    store.step();
    expect([store.state.connected, store.chain?.kept, store.state.text]).toEqual([false, 2, "typed"]);
  });

  it("and is back is told to the views", () => {
    const told = vi.fn();
    store.subscribe(told, life.signal);
    store.setConnected(false);
    store.setConnected(false);
    store.setConnected(true);
    expect(told).toHaveBeenCalledTimes(2);
  });
});

it("leaves no listener behind", () => {
  const told = vi.fn();
  const view = new AbortController();
  store.subscribe(told, view.signal);
  view.abort();
  store.tune({ top_k: 3 });
  expect(told).not.toHaveBeenCalled();
  life.abort();
  expect(model.listening).toBe(0);
});

describe("another moment", () => {
  it("is shown with what was tried given up, and belongs together", () => {
    store.tune({ temperature: 0.1 });
    store.edit("tried");
    store.show({
      content: content("c d e"),
      distribution: distribution([0, 1, 2], { position: 2 }),
      sampler: settings({ sampler: { ...NEUTRAL, top_k: 2 } }),
    });
    const { state } = store;
    expect([state.text, state.sampler.temperature, state.sampler.top_k]).toEqual(["c d e", 1, 2]);
    expect([state.stale, state.distribution?.revision === state.content.revision]).toEqual([false, true]);
  });
});
