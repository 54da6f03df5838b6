// Builds one self-contained bundle per widget into ../llmwidgets/static: no code splitting, nothing loaded over the network.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const OUT = "../llmwidgets/static";
const GZIP_LIMIT = 60_000;

const views = readdirSync("widgets").filter((name) => statSync(`widgets/${name}`).isDirectory());
const shared = {
  outdir: OUT,
  bundle: true,
  minify: true,
  // native CSS nesting stays as written: every browser that JupyterLab 4 supports knows it
  target: ["chrome120", "firefox121", "safari17"],
  jsx: "automatic",
  jsxImportSource: "preact",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};
const widgets = {
  ...shared,
  entryPoints: [
    { in: "session/index.ts", out: "session" },
    ...views.flatMap((name) => [
      { in: `widgets/${name}/index.ts`, out: name },
      { in: `widgets/${name}/style.css`, out: name },
    ]),
  ],
  format: "esm",
};
// a page on disk loads no module of its own: what begins it is a classic script
const handout = {
  ...shared,
  entryPoints: [
    { in: "handout/index.ts", out: "handout" },
    { in: "handout/style.css", out: "handout" },
  ],
  format: "iife",
};

function reportSizes() {
  for (const file of readdirSync(OUT).sort()) {
    const zipped = gzipSync(readFileSync(`${OUT}/${file}`)).length;
    console.log(`${file.padEnd(24)} ${(zipped / 1000).toFixed(1).padStart(6)} kB gzipped`);
    if (zipped > GZIP_LIMIT)
      throw new Error(`${file} is ${zipped} bytes gzipped; the limit is ${GZIP_LIMIT}`);
  }
}

if (process.argv.includes("--watch")) {
  for (const options of [widgets, handout]) {
    const context = await esbuild.context({ ...options, logLevel: "info" });
    await context.watch();
  }
} else {
  await esbuild.build(widgets);
  await esbuild.build(handout);
  reportSizes();
}
