// What waits for a running cell, as the store tells it: nothing at first, then by name, until the kernel has answered.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { content, StubModel, settings, status } from "../testing/payloads";
import { createStore, type Store } from "./store";

let model: StubModel;
let store: Store;
let life: AbortController;

beforeEach(() => {
  vi.useFakeTimers();
  model = new StubModel({
    info: {},
    content: content("a b"),
    distribution: null,
    sampler: settings(),
    status: status(),
  });
  life = new AbortController();
  store = createStore(model, life.signal);
});

afterEach(() => vi.useRealTimers());

function answer(at: number, ok = true): void {
  const { rid, client } = model.sent.at(at);
  const error = ok
    ? null
    : { code: "outdated", message: "", hint: "", ja: { message: "", hint: "" }, values: {} };
  model.answer({ rid, client, ok, error, result: null });
}

describe("what the kernel does not answer", () => {
  it("is late after a second and not before, which the views are told", () => {
    const told = vi.fn();
    store.subscribe(told, life.signal);
    store.stop();
    told.mockClear();
    vi.advanceTimersByTime(999);
    expect([store.state.late, told.mock.calls.length]).toEqual([[], 0]);
    vi.advanceTimersByTime(1);
    expect([store.state.late, told.mock.calls.length]).toEqual([["stop"], 1]);
  });

  it("is late no more once it is answered, or refused", () => {
    for (const ok of [true, false]) {
      store.step();
      vi.advanceTimersByTime(1000);
      expect(store.state.late).toEqual(["step"]);
      answer(-1, ok);
      expect(store.state.late).toEqual([]);
    }
    vi.runAllTimers();
    expect(store.state.late).toEqual([]);
  });

  it("is named by what was asked, the newest last, and once", () => {
    store.stop();
    store.edit("a c");
    vi.advanceTimersByTime(1000);
    store.tune({ top_k: 3 });
    store.stop();
    expect(store.state.late).toEqual(["text", "sampler", "stop"]);
  });

  it("goes on waiting where only the older of two is answered, with new patience", () => {
    store.step();
    store.stop();
    vi.advanceTimersByTime(1000);
    answer(0);
    expect(store.state.late).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(store.state.late).toEqual(["stop"]);
    answer(1);
    expect(store.state.late).toEqual([]);
  });

  it("counts as answered by the state that the kernel sends", () => {
    store.tune({ top_k: 3 });
    vi.advanceTimersByTime(1000);
    expect(store.state.late).toEqual(["sampler"]);
    const { rid, client } = model.sent[0];
    model.push("sampler", settings({ seen: { [client]: rid } }));
    expect(store.state.late).toEqual([]);
  });

  it("is not hurried or delayed by what is sent again", () => {
    store.tune({ top_k: 3 });
    vi.advanceTimersByTime(900);
    store.tune({ top_k: 4 });
    model.push("status", status({ state: "generating" }));
    vi.advanceTimersByTime(100);
    expect(store.state.late).toEqual(["sampler"]);
  });
});

it("what the page asks for by itself is nobody's wait", () => {
  model.push("change", { base: 7, revision: 8, seen: {} });
  expect(model.sent.at(-1)).toMatchObject({ action: "whole" });
  vi.advanceTimersByTime(5000);
  expect(store.state.late).toEqual([]);
});

it("no clock runs on behind a store that is gone", () => {
  store.stop();
  life.abort();
  expect(vi.getTimerCount()).toBe(0);
});
