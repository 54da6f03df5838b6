import { expect, it } from "vitest";
import { momentsOf } from "./moments";

it("completes each line by those before it, and what is gone is gone", () => {
  const lines = '{"info":{"name":"a"},"draws":{"n":1}}\n{"draws":null}\n{}\n';
  expect(momentsOf(lines)).toEqual([
    { info: { name: "a" }, draws: { n: 1 } },
    { info: { name: "a" }, draws: null },
    { info: { name: "a" }, draws: null },
  ]);
});
