"""What the sampler costs: `Sampler.apply` beside transformers' processors alone, and the page's chain in headless Chromium."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from chromium import FLAGS, find_chromium

from llmwidgets import Sampler
from llmwidgets.arrays import encode
from llmwidgets.logits import LogitsSession
from llmwidgets.stages.distribution import Distribution, summarize
from llmwidgets.stages.divergence import compare

if TYPE_CHECKING:
    from collections.abc import Callable

VOCABULARY = 151_936
PAGE_VOCABULARY = 201_088
ROUNDS = 40
MOVES = 400
EVERYTHING = Sampler(
    temperature=0.8,
    top_k=5000,
    top_p=0.95,
    min_p=1e-4,
    typical_p=0.97,
    epsilon_cutoff=1e-6,
    eta_cutoff=1e-6,
    repetition_penalty=1.1,
)
SAMPLERS = {
    "the whole chain": EVERYTHING.replace(top_h=0.9),
    "the whole chain without top-h": EVERYTHING,
    "one that cuts little": EVERYTHING.replace(top_k=0, top_p=0.9999, min_p=1e-9),
    "top-p": Sampler(temperature=0.8, top_p=0.95),
}

# each move has settings of its own, as a slider gives them; the first chain of a distribution decodes and sorts it
CHAIN = """({ distribution, moves }) => {
  const { runChain } = globalThis.sampling;
  const spend = (job) => { const started = performance.now(); job(); return performance.now() - started; };
  const fresh = () => JSON.parse(JSON.stringify(distribution));
  const first = Array.from({ length: 40 }, () => { const one = fresh(); return spend(() => runChain(one, moves[0])); });
  const one = fresh();
  runChain(one, moves[0]);
  const times = { first };
  for (const order of ['transformers', 'llama.cpp', 'vllm'])
    times[order] = moves.map((sampler) => spend(() => runChain(one, sampler, order)));
  return times;
}"""


def bare(sampler: Sampler, scores: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    """The same processors and the softmax, with nothing around them."""
    with torch.inference_mode():
        for _, processor in sampler.processors():
            scores = processor(ids, scores)
        return scores.softmax(-1)


def by_turns(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """Median milliseconds of both, the first three rounds left out."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS + 3):
        for job, spent in zip((ours, theirs), times, strict=True):
            started = time.perf_counter()
            job()
            spent.append((time.perf_counter() - started) * 1000)
    return statistics.median(times[0][3:]), statistics.median(times[1][3:])


def kernel() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(1, VOCABULARY, generator=generator) * 2.5
    ids = torch.randint(0, VOCABULARY, (1, 200), generator=generator)
    for name, sampler in SAMPLERS.items():
        ours, theirs = by_turns(
            lambda sampler=sampler: sampler.apply(logits, ids), lambda sampler=sampler: bare(sampler, logits, ids)
        )
        print(
            f"Sampler.apply, {VOCABULARY:,} tokens, {name}: {ours:.1f} ms, {ours / theirs:.2f} x the processors alone ({theirs:.1f} ms)"
        )


def draws() -> None:
    """1,000 draws of a session beside one call of torch.multinomial on the same probabilities."""
    generator = torch.Generator().manual_seed(0)
    session = LogitsSession(torch.randn(VOCABULARY, generator=generator) * 2.5)
    session.sampler = Sampler(temperature=0.8, top_p=0.95, seed=1)
    probs = torch.as_tensor(session.filtered.probs)
    ours, theirs = by_turns(
        lambda: session.sample(1000), lambda: torch.multinomial(probs, 1000, replacement=True, generator=generator)
    )
    print(
        f"1,000 draws, {VOCABULARY:,} tokens: {ours:.2f} ms, {ours / theirs:.2f} x one call of torch.multinomial ({theirs:.2f} ms)"
    )


def divergences() -> None:
    """KL in both directions and the tokens that differ most, beside one softmax of each side."""
    generator = torch.Generator().manual_seed(0)
    sides = [torch.randn(VOCABULARY, generator=generator) * 2.5 for _ in range(2)]
    p, q = (Distribution.of(side) for side in sides)
    ours, theirs = by_turns(lambda: compare(p, q), lambda: [side.softmax(-1) for side in sides])
    print(f"two distributions compared, {VOCABULARY:,} tokens: {ours:.1f} ms (a softmax of each {theirs:.2f} ms)")


def bundle() -> str:
    """The page's chain as a script that sets `globalThis.sampling`."""
    built = subprocess.run(
        [
            ROOT / "js" / "node_modules" / ".bin" / "esbuild",
            "lib/sampling.ts",
            "--bundle",
            "--minify",
            "--format=iife",
            "--global-name=sampling",
        ],
        cwd=ROOT / "js",
        text=True,
        check=True,
        capture_output=True,
    )
    return built.stdout


def moves(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Every stage on, each at another value from move to move."""
    return [
        asdict(
            Sampler(
                temperature=float(np.exp(rng.uniform(np.log(0.1), np.log(5)))),
                top_k=int(rng.integers(1, 50_000)),
                top_p=float(rng.uniform(0.5, 1)),
                min_p=float(10 ** -rng.uniform(1, 6)),
                typical_p=float(rng.uniform(0.5, 1)),
                top_h=float(rng.uniform(0.1, 1)) if rng.random() < 0.3 else 0.0,
                epsilon_cutoff=float(10 ** -rng.uniform(3, 7)),
                eta_cutoff=float(10 ** -rng.uniform(3, 7)),
                repetition_penalty=float(rng.uniform(0.8, 1.5)),
            )
        )
        for _ in range(MOVES)
    ]


def payload(context: int) -> dict[str, Any]:
    """What the chain reads of a distribution with a long tail, behind a text of so many different tokens."""
    logits = np.random.default_rng(0).standard_normal(PAGE_VOCABULARY).astype(np.float32) * 2.5
    ids = np.random.default_rng(1).choice(PAGE_VOCABULARY, context, replace=False)
    summary = summarize(logits, ids)
    return {
        "ids": encode(summary.ids),
        "logits": encode(summary.logits),
        "context": summary.context.tolist(),
        "tail_counts": encode(summary.tail_counts),
        "tail_logits": encode(summary.tail_logits),
        "tail_variances": encode(summary.tail_variances),
        "log_sum": Distribution.of(logits).log_sum,
    }


def page() -> None:
    settings = moves(np.random.default_rng(2))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for context in (20, 5000):
            tab = browser.new_page()
            tab.add_script_tag(content=f"{bundle()};globalThis.sampling = sampling;")
            times = tab.evaluate(CHAIN, {"distribution": payload(context), "moves": settings})
            for name, spent in times.items():
                what = "a new distribution" if name == "first" else f"a move in the order of {name}"
                print(
                    f"the page's chain, {PAGE_VOCABULARY:,} tokens, {context:,} in the text, {what}: "
                    f"{statistics.median(spent):.2f} ms at the median, {statistics.quantiles(spent, n=20)[-1]:.2f} ms at the 95th percentile"
                )
            tab.close()
        browser.close()


def main() -> None:
    kernel()
    draws()
    divergences()
    page()


if __name__ == "__main__":
    main()
