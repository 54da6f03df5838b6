// Numbers of candidates as readers write them.
import { type Numbers, powerOfE } from "../../lib/numbers";
import { spell } from "../../lib/pieces";

const LONGEST = 40;

/** A text within a sentence: its beginning, or its end, where it is long. */
export function quoted(text: string, from: "start" | "end" = "start"): string {
  const characters = [...spell(text, "")];
  if (characters.length <= LONGEST) return characters.join("");
  return from === "start"
    ? `${characters.slice(0, LONGEST).join("")}…`
    : `…${characters.slice(-LONGEST).join("")}`;
}

/** −50.15 */
export function nats(value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? "−∞" : "–";
  return value.toFixed(2).replace("-", "−");
}

/** A surprisal: 3.2, 12 */
export function bits(value: number): string {
  if (Number.isNaN(value)) return "–";
  if (value === Number.POSITIVE_INFINITY) return "∞";
  return value >= 9.95 ? value.toFixed(0) : value.toFixed(1);
}

/** A probability from its logarithm, as small as it may be: 12.3%, 3.2·10⁻²² */
export function probability(logProb: number, numbers: Numbers): string {
  if (Number.isNaN(logProb)) return "–";
  if (logProb === Number.NEGATIVE_INFINITY) return numbers.percent(0);
  return logProb > Math.log(1e-4) ? numbers.percent(Math.exp(logProb)) : powerOfE(logProb);
}

/** How many times as much, from the difference of two logarithms: 3.4, 1,200, 1.2·10⁹ */
export function times(difference: number, numbers: Numbers): string {
  if (difference === Number.POSITIVE_INFINITY) return "∞";
  if (difference < Math.log(999.5)) return numbers.decimal(Math.exp(difference));
  return difference < Math.log(1e6) ? numbers.roughly(Math.exp(difference)) : powerOfE(difference);
}
