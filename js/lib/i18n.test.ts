/// <reference types="vite/types/importMeta.d.ts" />
import { expect, it } from "vitest";
import { type Catalogue, COMMON } from "./i18n";

const files = import.meta.glob<Record<string, Catalogue>>("../widgets/**/*strings.ts", { eager: true });
const catalogues = Object.entries({ "./i18n.ts": { COMMON }, ...files }).flatMap(([file, exported]) =>
  Object.entries(exported).map(([name, catalogue]) => [`${file} ${name}`, catalogue] as const),
);

/** What the kernel says in English, and the views as it is. */
const OF_THE_KERNEL = /^(error|compare\.language)\./;

const keysIn = (strings: Catalogue["en"]) =>
  Object.keys(strings)
    .filter((key) => !OF_THE_KERNEL.test(key))
    .sort();

/** Names to fill in; a language may do without one. */
const namesIn = (sentence: string) => [...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);

it("every view has a catalogue", () => {
  const views = new Set(Object.keys(files).map((file) => file.split("/")[2]));
  expect([...views].sort()).toEqual([
    "beam_tree",
    "cost_view",
    "embedding_map",
    "next_token_bar",
    "pipeline_strip",
    "sampler_slider",
    "token_view",
  ]);
});

it.each(catalogues)("%s has the same keys in both languages", (_, { en, ja }) => {
  expect(keysIn(ja)).toEqual(keysIn(en));
});

it.each(catalogues)("%s fills in no name that the other language lacks", (_, { en, ja }) => {
  for (const key of keysIn(en)) {
    const known = namesIn(en[key] ?? "");
    expect
      .soft(
        namesIn(ja[key] ?? "").filter((name) => !known.includes(name)),
        key,
      )
      .toEqual([]);
  }
});
