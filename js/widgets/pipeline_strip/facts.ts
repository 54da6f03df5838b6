// What is said of a call besides its stages, one short fact after the other.
import type { Translate } from "../../lib/i18n";
import type { Numbers } from "../../lib/numbers";
import { size, time } from "../../lib/units";
import type { CallPayload } from "../../session/payloads";
import { devicesOf } from "./stages";

export interface Fact {
  readonly text: string;
  /** What it means, for who points at it. */
  readonly title: string;
}

export function factsOf(call: CallPayload, t: Translate, numbers: Numbers): Fact[] {
  const facts: Fact[] = [];
  const say = (key: string, values: Readonly<Record<string, string | number>> = {}) =>
    facts.push({ text: t(key, values), title: t(`${key}.title`, values) });
  const { cache } = call;
  if (cache) {
    const length = cache.length === null ? "?" : numbers.count(cache.length);
    if (cache.bytes !== null) say("cache", { bytes: size(cache.bytes, numbers), kind: cache.kind, length });
    if (cache.reused !== null && cache.length !== null)
      say("reused", { reused: numbers.count(cache.reused), length });
  }
  if (call.tokens_per_second !== null) say("speed", { speed: numbers.decimal(call.tokens_per_second) });
  if (call.loss !== null)
    say("loss", { loss: typeof call.loss === "number" ? numbers.decimal(call.loss) : call.loss });
  say(call.training ? "training" : "eval");
  say(call.inference ? "inference" : call.grad ? "grad" : "no_grad");
  if (call.autocast !== "") say("autocast", { dtype: call.autocast });
  if (call.attention !== "") say("attention", { attention: call.attention });
  const devices = devicesOf(call.cells);
  if (devices.length === 1) say("device", { device: devices[0] ?? "" });
  if (call.between !== null) say("between", { time: time(call.between, numbers) });
  return facts;
}
