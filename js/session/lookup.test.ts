import { beforeEach, describe, expect, it, vi } from "vitest";
import { StubModel } from "../testing/payloads";
import { createLookup, type Lookup } from "./lookup";
import type { Answer, ErrorPayload, SearchPayload } from "./payloads";

interface Question {
  readonly what: string;
  readonly row: number;
  readonly text?: string;
  readonly id?: number;
}

const WHY: ErrorPayload = {
  code: "invalid_value",
  message: "no",
  hint: "yes",
  ja: { message: "いいえ", hint: "はい" },
  values: {},
};

let model: StubModel;
let lookup: Lookup<Question, SearchPayload>;
let life: AbortController;

beforeEach(() => {
  model = new StubModel({});
  life = new AbortController();
  lookup = createLookup(model, { kind: "lookup", text: "", id: -1 }, () => {}, life.signal);
});

function found(query: string): SearchPayload {
  return { kind: "search", query, total: 0, matches: [] };
}

function search(text: string): void {
  lookup.ask({ what: "search", row: 0, text });
}

function answer(to: number, changes: Partial<Answer> = {}): void {
  const { rid, client } = model.sent[to];
  model.answer({ rid, client, ok: true, error: null, result: found(model.sent[to].text), ...changes });
}

describe("a question", () => {
  it("travels with every field of a request, and its answer is shown", () => {
    lookup.ask({ what: "token", row: 1, id: 5 });
    expect(model.sent).toEqual([
      expect.objectContaining({ kind: "lookup", what: "token", row: 1, text: "", id: 5, rid: 1 }),
    ]);
    expect([lookup.waiting, lookup.result]).toEqual([true, null]);
    answer(0, { result: found("x") });
    expect([lookup.waiting, lookup.result]).toEqual([false, found("x")]);
  });

  it("waits while another is in flight, and only the newest goes", () => {
    for (const text of ["a", "ab", "abc", "abcd"]) search(text);
    expect(model.sent.map((request) => request.text)).toEqual(["a"]);
    answer(0);
    expect(model.sent.map((request) => request.text)).toEqual(["a", "abcd"]);
  });

  it("keeps the result of the one before while it waits, and takes no answer but its own", () => {
    search("a");
    answer(0);
    search("b");
    search("c");
    answer(1);
    expect([lookup.result, lookup.waiting]).toEqual([found("a"), true]);
    answer(2);
    expect([lookup.result, lookup.waiting]).toEqual([found("c"), false]);
    answer(1);
    expect(lookup.result).toEqual(found("c"));
  });

  it("that is refused says why until the next, whose refusal by an older answer is ignored", () => {
    search("a");
    answer(0, { ok: false, error: WHY, result: null });
    expect([lookup.refused, lookup.waiting]).toEqual([WHY, false]);
    search("b");
    expect(lookup.refused).toBeNull();
    search("c");
    answer(1, { ok: false, error: WHY, result: null });
    expect([lookup.refused, lookup.waiting]).toEqual([null, true]);
  });

  it("is sent again by the next one where the kernel is silent", () => {
    vi.useFakeTimers();
    search("a");
    vi.advanceTimersByTime(6000);
    search("b");
    vi.useRealTimers();
    expect(model.sent.map((request) => request.text)).toEqual(["a", "b"]);
  });
});

it("answers of others are ignored", () => {
  search("a");
  answer(0, { client: "another" });
  answer(0, { rid: 99 });
  expect([lookup.result, lookup.waiting]).toEqual([null, true]);
});

it("what was found before can be shown again, and a late answer does not replace it", () => {
  search("a");
  lookup.show(found("before"));
  answer(0);
  expect([lookup.result, lookup.waiting]).toEqual([found("before"), false]);
});

it("leaves no listener behind", () => {
  search("a");
  life.abort();
  expect(model.listening).toBe(0);
});
