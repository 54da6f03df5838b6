"""What a long text costs in the page: TokenView's built bundle in headless Chromium, without a kernel.

First paint: from the content's arrival in the page to the painted rows. Scrolling: the time of each frame while the whole
flow passes by. An edit in the middle: the typed letter's own share, and the share of the kernel's answer up to its painted
rows; what lies between them is the kernel's and the network's.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "browser")]

from chromium import FLAGS, find_chromium
from harness import Harness, content

from llmwidgets.state import State
from llmwidgets.tokenizers import as_tokenizer
from llmwidgets.widgets.changes import Sent, change_payload, edited
from llmwidgets.widgets.encode import content_payload

# how long the whole flow takes to pass
SECONDS = 20

PARAGRAPHS = (
    "The quick brown fox jumps over the lazy dog; 12,345.67 dollars were paid on 2024-03-01, she said.\n",
    "むかしむかし、あるところに、おじいさんとおばあさんが住んでいました。山へ芝刈りに、川へ洗濯に。\n",
    "def layout(tokens: list[int], width: float = 80.0) -> dict[str, int]:\n    return {str(t): t for t in tokens}\n",
    "Съешь же ещё этих мягких французских булок, да выпей чаю. Où est la bibliothèque, s'il vous plaît ?\n",
    "👩‍👩‍👧 🇯🇵 𠮷野家 مرحبا بالعالم नमस्ते दुनिया 한국어 문장 하나 — “quotes” … ½ ㌔\n",
)

# the content arrives as a JSON text: parsing it is the page's own work as well
OPEN = """async ([trait, text]) => {
  const root = document.querySelector('.llmw-token-view');
  const started = performance.now();
  const value = JSON.parse(text);
  const model = window.harness.models.session;
  model.state[trait] = value;
  model.emit(`change:${trait}`);
  await new Promise((resolve) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = resolve;
    channel.port2.postMessage(null);
  }));
  if (root.querySelectorAll('[role=option]').length < 100) throw new Error('the rows are not there');
  return performance.now() - started;
}"""

SCROLL = """async ({ seconds }) => {
  const list = document.querySelector('.llmw-flow');
  list.scrollTop = 0;
  const end = list.scrollHeight - list.clientHeight;
  const frames = [];
  let started = null, last = null, empty = 0;
  await new Promise((resolve) => {
    const step = (now) => {
      started ??= now;
      if (last !== null) frames.push(now - last);
      last = now;
      const part = (now - started) / (1000 * seconds);
      list.scrollTop = Math.min(1, part) * end;
      if (part < 1) requestAnimationFrame(step); else resolve();
    };
    requestAnimationFrame(step);
  });
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const total = list.querySelector('[role=option]').getAttribute('aria-setsize');
  if (!list.querySelector(`[data-index="${total - 1}"]`)) throw new Error('the end is not drawn');
  return { frames, pixels: end };
}"""

# a letter typed in the middle: until the frame that shows it has been painted
TYPE = """async () => {
  const area = document.querySelector('.llmw-editor');
  area.focus();
  const middle = area.value.indexOf('\\n', area.value.length / 2) - 3;
  area.setSelectionRange(middle, middle);
  const started = performance.now();
  document.execCommand('insertText', false, 'x');
  await new Promise((resolve) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = resolve;
    channel.port2.postMessage(null);
  }));
  return performance.now() - started;
}"""


def mixed(tokens: int = 0, characters: int = 0) -> str:
    """Paragraphs in several writing systems, numbered so that no two are equal, up to about so many tokens or characters."""
    tokenizer = as_tokenizer("gpt-4o")
    lines: list[str] = []
    have = 0
    while have < max(tokens, characters):
        line = f"{len(lines)} {PARAGRAPHS[len(lines) % len(PARAGRAPHS)]}"
        lines.append(line)
        have += len(tokenizer.encode(line).ids) if tokens else len(line)
    text = "".join(lines)
    return text[:characters] if characters else text


def place(seen: dict[str, int]) -> dict[str, Any]:
    """What a content's payload takes besides the state."""
    return {"add_special": None, "can_undo": False, "seen": seen}


def settled(page: Page) -> None:
    """Until the textarea has its text."""
    page.locator(".llmw-editor[aria-busy=false]").wait_for()


def run(page: Page, text: str) -> dict[str, float]:
    """The figures for one text, in milliseconds."""
    harness = Harness(page)
    harness.mount("token_view", content=content())
    state = State(2, as_tokenizer("gpt-4o").encode(text))
    packed = json.dumps(content_payload(state, **place({})))
    first = page.evaluate(OPEN, ["content", packed])
    settled(page)
    count = len(state.tokens)
    scroll = page.evaluate(SCROLL, {"seconds": SECONDS})
    frames = scroll["frames"][2:]
    nodes = page.evaluate("document.querySelectorAll('.llmw-flow *').length")
    page.evaluate("() => { document.querySelector('.llmw-flow').scrollTop = 0 }")
    typed: list[float] = []
    answered: list[float] = []
    for edit in range(6):
        typed.append(page.evaluate(TYPE))
        harness.wait_sent(edit + 1)
        # when nothing has been typed for a while, the page asks for the whole text as well
        request = next(sent for sent in reversed(harness.sent()) if sent["kind"] == "set")
        before, text = state, edited(state.tokens.text, request["edit"])
        state = State(3 + edit, as_tokenizer("gpt-4o").encode(text))
        seen = {request["client"]: request["rid"]}
        change = change_payload(Sent.of(before), Sent.of(state), state, **place(seen))
        answered.append(page.evaluate(OPEN, ["change", json.dumps(change)]))
        settled(page)
    return {
        "tokens": count,
        "megabytes": len(packed) / 1e6,
        "first paint": first,
        "frame p50": statistics.median(frames),
        "frame p95": statistics.quantiles(frames, n=20)[-1],
        "frame worst": max(frames),
        "frames per second": 1000 * len(frames) / sum(frames),
        "pixels a second": scroll["pixels"] / SECONDS,
        "nodes": nodes,
        "typed letter": statistics.median(typed[1:]),
        "answer": statistics.median(answered[1:]),
        "quickest edit": min(one + other for one, other in zip(typed, answered, strict=True)),
        "edit": statistics.median([one + other for one, other in zip(typed[1:], answered[1:], strict=True)]),
    }


def main() -> None:
    """Prints the figures of a text of 100,000 tokens and of one of a million characters."""
    texts = {"100,000 tokens": mixed(tokens=100_000), "1,000,000 characters": mixed(characters=999_000)}
    with sync_playwright() as playwright:
        for name, text in texts.items():
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
            page = browser.new_context(locale="en-GB").new_page()
            page.set_default_timeout(60_000)
            figures = run(page, text)
            browser.close()
            print(f"{name} ({len(text):,} characters):")
            for label, value in figures.items():
                print(f"  {label}: {value:,.1f}")


if __name__ == "__main__":
    main()
