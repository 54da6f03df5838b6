import { expect, it } from "vitest";
import { parseIds } from "./ids";

it.each([
  "[2066, 2059, 11]",
  "2066 2059 11",
  "2066,2059,11",
  "2066\n2059\r\n\t11\n",
  "tensor([[2066, 2059, 11]])",
  "tensor([[2066, 2059,   11]], device='cuda:0', dtype=torch.int64)",
  "array([2066, 2059, 11], dtype=int64)",
  "tensor([2066., 2059., 11.])",
  "(2066, 2059, 11,)",
  "２０６６、２０５９，１１",
  "［２０６６，　２０５９，　１１］",
  "2_066; 2059 | 11",
  "[np.int64(2066), np.int64(2059), 11]",
  "{2066, 2059, 11}",
])("reads %j", (text) => {
  expect(parseIds(text)).toEqual({ ids: [2066, 2059, 11], wrong: [] });
});

it.each([
  ["1 abc 2", "abc"],
  ["-100", "-100"],
  ["1.5", "1.5"],
  ["0x1F", "0x1F"],
  ["1e3", "1e3"],
  ["99999999999999999999", "99999999999999999999"],
  ["<img>", "<img>"],
  ["NaN", "NaN"],
  ["٣", "٣"],
  ["1__2", "1__2"],
])("names what is not an ID in %j", (text, wrong) => {
  expect(parseIds(text).wrong).toEqual([wrong]);
});

it("keeps the order and finds nothing in nothing", () => {
  expect(parseIds("3 x 1 y 2")).toEqual({ ids: [3, 1, 2], wrong: ["x", "y"] });
  expect(parseIds(" [ ] ")).toEqual({ ids: [], wrong: [] });
});
