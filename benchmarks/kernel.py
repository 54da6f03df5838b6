"""What the kernel's side costs beside the model alone: ratios within one run, on the real default model."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import torch
from transformers import DynamicCache

from llmwidgets import EmbeddingMap, ModelSession, NextTokenBar, Sampler, SamplerSlider, TokenView

if TYPE_CHECKING:
    from collections.abc import Callable

CONTEXT = 512
ROUNDS = 40


def seconds(job: Callable[[], object]) -> float:
    started = time.perf_counter()
    job()
    return time.perf_counter() - started


def compare(ours: Callable[[int], object], bare: Callable[[int], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Medians of both, run by turns, the first three rounds left out."""
    times: tuple[list[float], list[float]] = ([], [])
    for index in range(rounds + 3):
        pair = [(0, ours), (1, bare)] if index % 2 else [(1, bare), (0, ours)]
        for which, job in pair:
            spent = seconds(lambda job=job, index=index: job(index))  # type: ignore[misc]
            if index >= 3:
                times[which].append(spent)
    return statistics.median(times[0]), statistics.median(times[1])


def imports(rounds: int = 15) -> tuple[float, float]:
    """Seconds of `import anywidget` and of both, each in a process of its own, by turns."""
    code = "import time; t = time.perf_counter(); import anywidget{}; print(time.perf_counter() - t)"
    times: dict[str, list[float]] = {"": [], ", llmwidgets": []}
    for _ in range(rounds):
        for more, found in times.items():
            found.append(
                float(
                    subprocess.run(
                        [sys.executable, "-c", code.format(more)], capture_output=True, check=True, text=True
                    ).stdout
                )
            )
    alone, both = (statistics.median(found) for found in times.values())
    return alone, both


class Bare:
    """The model alone on a warm cache, as little around it as can be."""

    def __init__(self, model: Any, ids: list[int]) -> None:
        self.model, self.cache = model, DynamicCache()
        self.run(ids)

    def run(self, ids: list[int]) -> torch.Tensor:
        with torch.inference_mode():
            output = self.model(
                input_ids=torch.tensor([ids]), past_key_values=self.cache, use_cache=True, logits_to_keep=1
            )
        logits: torch.Tensor = output.logits[0, -1]
        return logits


def long_text(session: ModelSession) -> str:
    """A text of exactly CONTEXT tokens."""
    words = ["", "the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", "and", "runs", "away"][1:]
    text = "Once"
    index = 0
    while len(session.word_tokens(text)) < CONTEXT:
        text += " " + words[index % len(words)]
        index += 1
    return text


def changes(session: ModelSession) -> dict[str, tuple[float, float]]:
    """After a change with three views open: (ours, the bare forward of the changed tokens), seconds."""
    text = long_text(session)
    session.text = text
    _ = session.distribution
    ids = session.tokens.ids.tolist()
    bare = Bare(session.model, ids)

    def ours_one(index: int) -> None:
        session.append(260 + index)
        _ = session.distribution

    def bare_one(index: int) -> None:
        bare.run([260 + index])

    one = compare(ours_one, bare_one)

    ending = " and then eight more words come here now"
    ending_ids = session.word_tokens(ending).ids.tolist()

    def ours_edit(index: int) -> None:
        session.text = f"{text} {index}{ending}"
        _ = session.distribution

    session.text = text
    _ = session.distribution
    bare = Bare(session.model, ids)

    def bare_edit(index: int) -> None:
        changed = session.word_tokens(f" {index}").ids.tolist() + ending_ids
        size = bare.cache.get_seq_length()
        if size > len(ids):
            bare.cache.crop(len(ids) - size)
        bare.run(changed)

    edit = compare(ours_edit, bare_edit)

    def full(index: int) -> None:
        Bare(session.model, [*ids, 260 + index])

    session.text = text
    _ = session.distribution
    step = compare(ours_one, full, rounds=8)
    return {
        "append one token to 512": one,
        "edit the end of 512 (about 10 tokens)": edit,
        "append one, against a full forward": step,
    }


def generation(session: ModelSession, tokens: int = 64, rounds: int = 6) -> tuple[float, float]:
    """Tokens per second of session.generate with views open, and of model.generate with the same settings."""
    prompt = "Once upon a time there was a small village near a river, and in this village"
    session.sampler = Sampler(temperature=0.8, top_p=0.95, seed=1)
    session.text = prompt
    ids = torch.tensor([session.tokens.ids.tolist()])
    mask = torch.ones_like(ids)

    def ours(_: int) -> None:
        session.text = ""
        session.text = prompt
        assert len(session.generate(tokens).tokens) == tokens
        _ = session.distribution  # the views' last state is part of the price

    def bare(_: int) -> None:
        torch.manual_seed(1)
        with torch.inference_mode():
            session.model.generate(ids, attention_mask=mask, max_new_tokens=tokens, **session.sampler.generate_kwargs())

    ours_seconds, bare_seconds = compare(ours, bare, rounds)
    return tokens / ours_seconds, tokens / bare_seconds


def main() -> None:
    alone, both = imports()
    print(f"import anywidget {alone * 1e3:.0f} ms; import llmwidgets adds {(both - alone) * 1e3:.1f} ms (at most 50)")
    session = ModelSession()
    views = [
        TokenView(session),
        NextTokenBar(session),
        SamplerSlider(session),
        EmbeddingMap(session, words=["king", "queen"]),
    ]
    for name, (ours, bare) in changes(session).items():
        print(
            f"{name}: {ours * 1e3:.1f} ms against {bare * 1e3:.1f} ms, ratio {ours / bare:.3f}, {bare / ours:.1f} x faster"
        )
    ours, bare = generation(session)
    print(
        f"generate with {len(views)} views: {ours:.1f} tokens/s against {bare:.1f}, ratio {ours / bare:.3f} (at least 0.90)"
    )


if __name__ == "__main__":
    main()
