"""What a slider move costs in the page: the built bundles in headless Chromium, at a vocabulary of 201,088, without a kernel."""

from __future__ import annotations

import gzip
import statistics
import sys
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "browser")]

from chromium import FLAGS, find_chromium
from harness import Harness, content

from llmwidgets.stages.distribution import Distribution, summarize
from llmwidgets.widgets.encode import Vocabulary, distribution_payload

VOCABULARY = 201_088
MOVES = 200

# each move: set the slider, then wait for the frame in which the bars have changed, and for that frame's end
MOVE = """async ({ moves }) => {
  const slider = document.querySelector('.llmw-sampler-slider input[type=range][aria-label^=temperature]');
  const bars = document.querySelector('.llmw-next-token-bar');
  const setter = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
  const work = [];
  const min = Number(slider.min || 0), max = Number(slider.max || 100);
  for (let move = 0; move < moves; move++) {
    const changed = new Promise((resolve) => {
      const observer = new MutationObserver(() => { observer.disconnect(); resolve(); });
      observer.observe(bars, { subtree: true, childList: true, characterData: true, attributes: true });
    });
    setter.call(slider, String(min + (max - min) * (0.3 + 0.4 * ((move * 37) % 100) / 100)));
    const started = performance.now();
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    const before = bars.innerText;
    await changed;
    // style and layout of both views are part of the price
    void document.body.getBoundingClientRect();
    work.push(performance.now() - started);
    if (bars.innerText === before && move > 0) throw new Error(`move ${move} changed no number`);
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
  }
  return work;
}"""


def payload() -> dict[str, object]:
    """A distribution with a long tail, as a language model gives it."""
    logits = np.random.default_rng(0).standard_normal(VOCABULARY).astype(np.float32) * 2.5
    distribution = Distribution.of(logits, position=1)
    return dict(
        distribution_payload(
            distribution,
            Vocabulary(lambda token: f" t{token}".encode(), lambda _: False, VOCABULARY),
            revision=1,
            summary=summarize(logits, [1, 2]),
            came=None,
        )
    )


def slider() -> list[float]:
    """Milliseconds from the slider's event to the changed bars, for each move."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_context(locale="en-GB").new_page()
        harness = Harness(page)
        harness.mount("next_token_bar", content=content("a b", ["a", " b"], revision=1), distribution=payload())
        harness.mount("sampler_slider")
        page.locator(".llmw-sampler-slider input[type=range]").first.wait_for()
        times: list[float] = page.evaluate(MOVE, {"moves": MOVES})
        browser.close()
    return times[5:]


def main() -> None:
    times = slider()
    ninety_five = statistics.quantiles(times, n=20)[-1]
    print(
        f"slider move, {VOCABULARY:,} tokens: {statistics.median(times):.1f} ms at the median, {ninety_five:.1f} ms at the 95th percentile (a frame is 16.7)"
    )
    for path in sorted((ROOT / "llmwidgets" / "static").glob("*.*s")):
        print(f"{path.name}: {len(gzip.compress(path.read_bytes())) / 1000:.1f} kB gzipped (at most 60)")


if __name__ == "__main__":
    main()
