/// <reference types="vite/types/importMeta.d.ts" />
import { expect, it } from "vitest";
import type { ErrorPayload, InfoPayload } from "../session/payloads";
import { strings as barStrings } from "../widgets/next_token_bar/strings";
import { lacksSetting, sayAbsent } from "./abilities";
import { type Catalogue, COMMON, inWordsOf, sayError, translator } from "./i18n";

const files = import.meta.glob<Record<string, Catalogue>>("../widgets/**/*strings.ts", { eager: true });
const pages = import.meta.glob<Record<string, Catalogue>>("../handout/strings.ts", { eager: true });
const catalogues = Object.entries({ "./i18n.ts": { COMMON }, ...pages, ...files }).flatMap(
  ([file, exported]) =>
    Object.entries(exported).map(([name, catalogue]) => [`${file} ${name}`, catalogue] as const),
);

/** What the kernel says in English, and the views as it is. */
const OF_THE_KERNEL = /^compare\.language\./;

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
    "capability_card",
    "continuation_view",
    "cost_view",
    "embedding_map",
    "next_token_bar",
    "pipeline_strip",
    "replay_view",
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

/** Said only while a kernel is there, or of the machine on which the page was made. */
const WITH_A_KERNEL = ["here", "method.umap.off", "alternatives.waiting", "late.stop"];

it.each(catalogues)("%s sends no reader of a hand-out to a kernel", (_, catalogue) => {
  for (const strings of Object.values(catalogue)) {
    const sent = Object.entries(strings).filter(
      ([key, sentence]) =>
        /kernel|run the cell|カーネル|セルを(再)?実行/i.test(sentence) &&
        !OF_THE_KERNEL.test(key) &&
        !WITH_A_KERNEL.includes(key),
    );
    // a hand-out's sentence goes before an encoder's
    const plain = sent.map(([key]) => key.replace(/\.masked$/, ""));
    expect(plain.filter((key) => !(`${key}.handout` in strings))).toEqual([]);
  }
});

it("a hand-out's sentence takes the place of the notebook's, where there is one", () => {
  const strings = { en: { a: "the kernel {what}", "a.handout": "no {what}", b: "both" }, ja: {} };
  const say = inWordsOf("handout", translator("en", strings));
  expect([say("a", { what: "model" }), say("b"), say("c")]).toEqual(["no model", "both", "c"]);
});

const t = translator("ja");
const FAILED: ErrorPayload = {
  code: "empty_text",
  message: "The text is empty.",
  hint: "Type a text.",
  ja: { message: "テキストが空です。", hint: "テキストを入力してください。" },
  values: {},
};

it("says an error in the reader's language", () => {
  expect(sayError(t, FAILED)).toEqual(FAILED.ja);
  expect(sayError(translator("en"), FAILED)).toMatchObject({
    message: "The text is empty.",
    hint: "Type a text.",
  });
});

it("says an error of a page that was saved with English alone", () => {
  const { ja: _, ...saved } = FAILED;
  expect(sayError(t, saved as ErrorPayload).message).toBe("The text is empty.");
});

const info = (extent: "exact" | "cut" | "absent") =>
  ({
    capabilities: {
      server: "llama.cpp",
      address: "http://a",
      model: "tiny",
      abilities: [
        {
          name: "calls",
          extent,
          code: "api.calls",
          detail: "Not seen.",
          detail_ja: "見られません。",
          values: {},
          views: [],
        },
        {
          name: "sampling",
          extent: "cut",
          code: "api.sampling.cut",
          detail: "",
          detail_ja: "",
          values: { lacking: "top_h, eta_cutoff" },
          views: [],
        },
      ],
    },
  }) as unknown as InfoPayload;

it("says why an engine does not give something, and only then", () => {
  expect(sayAbsent(translator("en"), info("absent"), "calls")).toBe("Not seen.");
  expect(sayAbsent(t, info("absent"), "calls")).toBe("見られません。");
  expect(sayAbsent(t, info("exact"), "calls")).toBeNull();
  expect(sayAbsent(t, info("absent"), "surprisals")).toBeNull();
  expect(sayAbsent(t, {} as InfoPayload, "calls")).toBeNull();
});

it("tells which settings a server lacks", () => {
  expect(lacksSetting(info("exact"), "top_h")).toBe("llama.cpp");
  expect(lacksSetting(info("exact"), "top_p")).toBeNull();
  expect(lacksSetting({} as InfoPayload, "top_h")).toBeNull();
});

it.each([
  ["en", "This page has no model: no token can be put in."],
  ["ja", "このページにはモデルがないため、トークンは入れられません。"],
] as const)("says in %s of a masked place in a hand-out that nothing is put in", (language, said) => {
  const t = inWordsOf("handout", inWordsOf("masked", translator(language, barStrings)));
  expect([t("blocked.kernel"), t("blocked.closed")]).toEqual([said, said]);
});
