import { expect, it } from "vitest";
import { numbersIn } from "./numbers";

it("neighbouring probabilities have as many digits, the last one a zero too", () => {
  const { percent } = numbersIn("en");
  expect([0.5, 0.05, 0.005, 0.00042, 0.0004, 0.00001].map(percent)).toEqual([
    "50.0%",
    "5.00%",
    "0.500%",
    "0.042%",
    "0.040%",
    "0.0010%",
  ]);
  expect([0, 1, 3e-7].map(percent)).toEqual(["0%", "100%", "3·10⁻⁷"]);
});
