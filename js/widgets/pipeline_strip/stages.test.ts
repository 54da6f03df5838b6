import { expect, test } from "vitest";
import { translator } from "../../lib/i18n";
import { numbersIn } from "../../lib/numbers";
import type { CallPayload, CellPayload, FormPayload } from "../../session/payloads";
import { factsOf } from "./facts";
import { blocksOf, devicesOf, linesOf, nameOf, share, wholeOf } from "./stages";
import { strings } from "./strings";

const numbers = numbersIn("en");
const t = translator("en", strings);

function form(changes: Partial<FormPayload> = {}): FormPayload {
  return { count: 1, shape: [1, 5, 8], dtype: "float32", device: "cpu", ...changes };
}

function cell(kind: CellPayload["kind"], changes: Partial<CellPayload> = {}): CellPayload {
  return { kind, part: "", detail: "", forms: [form()], seconds: 0.001, indices: [], times: [], ...changes };
}

function call(changes: Partial<CallPayload> = {}): CallPayload {
  return {
    number: 1,
    model: "LlamaForCausalLM",
    cells: [],
    batch: 1,
    tokens: 5,
    seconds: 0.01,
    between: 0.002,
    tokens_per_second: 34.21,
    cache: { kind: "DynamicCache", bytes: 1_234_567, length: 121, reused: 120 },
    loss: null,
    training: false,
    grad: false,
    inference: true,
    autocast: "",
    attention: "sdpa",
    complete: true,
    ...changes,
  };
}

const blocks = cell("block", {
  forms: [form({ count: 2, device: "cuda:0" }), form({ device: "cuda:1" })],
  indices: [0, 1, 3],
  times: [0.1, null, 0.3],
});

test("a model of one stack has one line", () => {
  const cells = (["tokens", "embeddings", "block", "norm", "logits"] as const).map((kind) => cell(kind));
  expect(linesOf(cells)).toEqual([{ part: "", cells }]);
  expect(linesOf([])).toEqual([]);
});

test("each half has its line, and what belongs to neither goes on with the last", () => {
  const encoder = [cell("tokens", { part: "encoder" }), cell("block", { part: "encoder" })];
  const decoder = [cell("tokens", { part: "decoder" }), cell("block", { part: "decoder" }), cell("logits")];
  expect(linesOf([...encoder, ...decoder])).toEqual([
    { part: "encoder", cells: encoder },
    { part: "decoder", cells: decoder },
  ]);
});

test("each block has its own number, time and form", () => {
  expect(blocksOf(blocks).map(({ index, seconds, form: { device } }) => [index, seconds, device])).toEqual([
    [0, 0.1, "cuda:0"],
    [1, null, "cuda:0"],
    [3, 0.3, "cuda:1"],
  ]);
  expect(devicesOf([cell("tokens"), blocks])).toEqual(["cpu", "cuda:0", "cuda:1"]);
});

test("blocks are counted, and a single one is named", () => {
  expect(nameOf(blocks, t, numbers)).toBe("3 blocks");
  expect(nameOf(cell("block", { indices: [7], times: [1] }), t, numbers)).toBe("block 7");
  expect(nameOf(cell("norm"), t, numbers)).toBe("norm");
});

test("a share needs both times", () => {
  expect(share(1, 4)).toBe(0.25);
  expect([share(null, 4), share(1, null), share(1, 0)]).toEqual([0, 0, 0]);
  expect(share(5, 4)).toBe(1);
});

test("where the whole is not known, it is what is known of it", () => {
  const cells = [cell("tokens", { seconds: null }), cell("norm"), cell("logits", { seconds: 0.003 })];
  expect(wholeOf(call({ cells, seconds: null }))).toBeCloseTo(0.004);
  expect(wholeOf(call({ cells: [], seconds: null }))).toBeNull();
});

const said = (changes: Partial<CallPayload>) => factsOf(call(changes), t, numbers).map(({ text }) => text);

test("the facts of a step", () => {
  expect(said({ cells: [cell("norm")] })).toEqual([
    "KV cache 1.23 MB",
    "120 of 121 tokens reused",
    "34.2 tokens/s",
    "eval mode",
    "inference_mode",
    "attention sdpa",
    "on cpu",
    "2.00 ms between the stages",
  ]);
});

test("what is not known is not said", () => {
  const cache = { kind: "StaticCache", bytes: null, length: null, reused: null };
  const facts = said({ cache, tokens_per_second: null, between: null, attention: "" });
  expect(facts).toEqual(["eval mode", "inference_mode"]);
  expect(said({ cache: null, cells: [blocks] })).not.toContain("on cpu");
});

test("a training step, and a loss that is no number", () => {
  const step = { training: true, inference: false, grad: true, autocast: "bfloat16" };
  expect(said({ ...step, loss: 3.7265 })).toEqual(
    expect.arrayContaining(["loss 3.73", "training mode", "gradients on", "autocast bfloat16"]),
  );
  expect(said({ ...step, loss: "nan" })).toContain("loss nan");
});

test("every fact says what it means, in both languages", () => {
  for (const language of ["en", "ja"] as const) {
    const words = translator(language, strings);
    for (const changes of [
      {},
      { training: true, grad: true, inference: false, loss: 1, autocast: "float16" },
    ]) {
      const facts = factsOf(call({ ...changes, cells: [cell("norm")] }), words, numbers);
      for (const { text, title } of facts) expect(`${text}${title}`).not.toMatch(/\.title|\{|undefined/);
    }
  }
  expect(Object.keys(strings.ja)).toEqual(Object.keys(strings.en));
});
