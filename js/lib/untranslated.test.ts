// @vitest-environment node
/// <reference types="vite/types/importMeta.d.ts" />
import { transform } from "esbuild";
import { expect, it } from "vitest";
import { type Catalogue, COMMON } from "./i18n";

const catalogues = import.meta.glob<Record<string, Catalogue>>("../{lib,widgets,handout}/**/*strings.ts", {
  eager: true,
});
const sources = import.meta.glob<string>("../{lib,widgets,handout}/**/*.tsx", {
  eager: true,
  query: "?raw",
  import: "default",
});

/** Without the names that are filled in. */
const bare = (said: string) => said.replaceAll(/\{\w+\}/g, "");
/** Written alike in both languages: names, units, signs, code. */
const NAMES = new Set([
  "API",
  "CLS",
  "Ctrl",
  "English",
  "Esc",
  "False",
  "GPU",
  "ID",
  "KL( ‖ )",
  "MB",
  "True",
  "W",
  "/kWh",
  "autocast",
  "dtype",
  "generation_config",
  "inference_mode",
  "llama.cpp",
  "log p",
  "model(**inputs)",
  "model.generate(**inputs, num_beams=4)",
  "ms",
  "no_grad",
  "transformers",
  "vLLM",
  "“never”",
  "PCA",
  "t-SNE",
  "UMAP",
  "UTF-8",
  "temperature",
  "top_k",
  "top_p",
  "min_p",
  "typical_p",
  "top_h",
  "epsilon_cutoff",
  "eta_cutoff",
  "repetition_penalty",
]);

const entries = Object.entries({ "./i18n.ts": { COMMON }, ...catalogues }).flatMap(([file, exported]) =>
  Object.values(exported).map((catalogue) => [file, catalogue] as const),
);

it("no sentence is the same in Japanese as in English", () => {
  const same = entries.flatMap(([file, { en, ja }]) =>
    Object.entries(en)
      .filter(
        ([key, said]) => ja[key] === said && /[A-Za-z]/.test(bare(said)) && !NAMES.has(bare(said).trim()),
      )
      .map(([key, said]) => `${file} ${key}: ${said}`),
  );
  expect(same, "say it in Japanese, or put a name or unit into NAMES of this test").toEqual([]);
});

/** What a reader reads or hears in an element: its text, and the attributes that are said. */
const SAID = /(?:children|title|placeholder|alt|"aria-\w*(?:label|description|text)"): "((?:[^"\\]|\\.)*)"/g;
const MATHS = /\b(exp|log|max)\b/g;
const STRING = /^"((?:[^"\\]|\\.)*)"/;

function literals(code: string): string[] {
  const lone = [...code.matchAll(SAID)].map(([, said]) => said ?? "");
  const among = [...code.matchAll(/children: \[/g)].flatMap(({ index, 0: begin }) =>
    textsAmong(code.slice(index + begin.length)),
  );
  return [...lone, ...among].filter(
    (said) => /[A-Za-z]{2}/.test(said.replaceAll(MATHS, "")) && !NAMES.has(said.trim()),
  );
}

/** The strings that are themselves items of a list, whose beginning stands before `code`. */
function textsAmong(code: string): string[] {
  const found: string[] = [];
  let depth = 0;
  for (let at = 0; at < code.length && depth >= 0; at += 1) {
    const string = STRING.exec(code.slice(at, at + 2000));
    if (string) {
      const end = at + string[0].length;
      const alone = /(^|,)\s*$/.test(code.slice(0, at)) && /^\s*[,\]]/.test(code.slice(end));
      if (depth === 0 && alone) found.push(string[1] ?? "");
      at = end - 1;
    } else if ("([{".includes(code.charAt(at))) depth += 1;
    else if (")]}".includes(code.charAt(at))) depth -= 1;
    // a list that is only gone through, as in ["a", "b"].map
    if (depth < 0 && code.charAt(at + 1) === ".") return [];
  }
  return found;
}

const compiled = (source: string) =>
  transform(source, { loader: "tsx", jsx: "automatic", jsxImportSource: "preact", charset: "utf8" }).then(
    ({ code }) => code,
  );

it("finds what is written into an element", async () => {
  const source = `const a = <p title="Not said">Plain words {t("key")} and <b aria-label="Some label">{x}</b></p>;`;
  expect(literals(await compiled(source)).sort()).toEqual([
    " and ",
    "Not said",
    "Plain words ",
    "Some label",
  ]);
});

it("no element says words that no catalogue has", async () => {
  const files = Object.entries(sources).filter(([file]) => !file.includes(".test."));
  expect(files.length).toBeGreaterThan(60);
  const found = await Promise.all(
    files.map(async ([file, source]) => literals(await compiled(source)).map((said) => `${file}: ${said}`)),
  );
  expect(found.flat(), "move these into strings.ts beside the view, in English and Japanese").toEqual([]);
});
