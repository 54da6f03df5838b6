// A classic script at the end of a hand-out: it runs from disk, where modules of their own may not be loaded.
import { bundlesIn } from "./bundles";
import { Host } from "./host";
import { fill } from "./page";
import type { Saved } from "./saved";

const saved = JSON.parse(document.getElementById("llmw-saved")?.textContent ?? "") as Saved;
const host = new Host(saved, bundlesIn(document), new AbortController().signal);
void fill(document, host, saved.language).then(() => {
  document.documentElement.dataset.llmwReady = "true";
});
