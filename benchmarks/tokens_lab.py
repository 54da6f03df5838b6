"""An edit in the middle of a text of 100,000 tokens, in a real JupyterLab: from the key to the painted tokens, beyond the tokenizer's own time."""

from __future__ import annotations

import json
import statistics

from notebook import opened
from texts import mixed_text

from llmwidgets.assets import ensure_tiktoken

ROUNDS = 15
TOKENS = 100_000
VIEW = """
import time
from pathlib import Path
from llmwidgets import TokenView
from llmwidgets.assets import ensure_tiktoken
encoding = ensure_tiktoken("gpt-4o")
view = TokenView(Path("text.txt").read_text(encoding="utf-8"), tokenizer=encoding)
view
"""
OWN = """
times = []
for _ in range(15):
    started = time.perf_counter()
    encoding.encode(view.session.text, disallowed_special=())
    times.append(time.perf_counter() - started)
import json, statistics
print('own', json.dumps([statistics.median(times) * 1000, len(view.tokens), view.session.text.count('\u2603')]))
"""
EDIT = """() => new Promise((resolve) => {
  const view = document.querySelector('.llmw-token-view');
  const area = view.querySelector('textarea');
  const middle = Math.floor(area.value.length / 2);
  area.focus();
  area.setSelectionRange(middle, middle);
  let typed = false;
  const check = () => {
    const ahead = view.querySelector('.llmw-flow')?.dataset.ahead;
    if (ahead === 'true') typed = true;
    if (!typed || ahead !== 'false') return;
    observer.disconnect();
    // the frame in which the tokens are painted, and its end
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - started)));
  };
  const observer = new MutationObserver(check);
  observer.observe(view, { subtree: true, attributes: true, attributeFilter: ['data-ahead'] });
  const started = performance.now();
  document.execCommand('insertText', false, '\u2603');
})"""


def main() -> None:
    text = mixed_text(TOKENS, lambda part: len(ensure_tiktoken("gpt-4o").encode(part)))
    with opened([VIEW], files={"text.txt": text}) as (notebook, page):
        page.locator(".llmw-token-view .llmw-token").first.wait_for()
        edits = []
        for _ in range(ROUNDS):
            page.wait_for_timeout(300)
            edits.append(page.evaluate(EDIT))
        notebook.run_code(OWN)
        own, tokens, snowmen = json.loads(notebook.printed("own"))
    assert snowmen == ROUNDS, snowmen
    edit = statistics.median(edits)
    print(
        f"JupyterLab, an edit in the middle of {tokens:,} tokens: {edit:.0f} ms, of which the tokenizer {own:.0f}; "
        f"beyond it {edit - own:.0f} ms (at most 100)"
    )


if __name__ == "__main__":
    main()
