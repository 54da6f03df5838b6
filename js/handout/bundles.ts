// The bundles that stand in the page as packed texts, each loaded once: no file and no network is read.

import { unpacked } from "../lib/packed";
import type { Bundles, Module } from "./host";

export function bundlesIn(page: Document): Bundles {
  const modules = new Map<number, Promise<Module>>();
  const sheets = new Map<number, Promise<void>>();
  const text = (kind: string, number: number) =>
    unpacked(page.getElementById(`llmw-${kind}-${number}`)?.textContent ?? "");
  return {
    module: (number) => once(modules, number, async () => load(await text("module", number))),
    sheet: (number) =>
      once(sheets, number, async () => {
        const style = page.createElement("style");
        style.textContent = await text("sheet", number);
        page.head.append(style);
      }),
  };
}

function once<Value>(
  known: Map<number, Promise<Value>>,
  number: number,
  make: () => Promise<Value>,
): Promise<Value> {
  const made = known.get(number) ?? make();
  known.set(number, made);
  return made;
}

async function load(code: string): Promise<Module> {
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    const { default: found } = (await import(address)) as {
      default: Module | (() => Module | Promise<Module>);
    };
    return typeof found === "function" ? await found() : found;
  } finally {
    URL.revokeObjectURL(address);
  }
}
