"""Samplers by chance, for tests against transformers."""

from __future__ import annotations

import math

import numpy as np

from llmwidgets import Sampler


def random_sampler(
    rng: np.random.Generator, *, penalty: bool = True, most_top_k: float = 8, share: float = 1 / 3
) -> Sampler:
    """Each stage on in a `share` of the draws. top_k is at most exp(most_top_k)."""
    choices = {
        "temperature": lambda: float(np.exp(rng.uniform(math.log(0.1), math.log(5)))),
        "top_k": lambda: int(np.exp(rng.uniform(0, most_top_k))),
        "top_p": lambda: float(rng.choice([0.0, 0.5, rng.uniform(0, 1), 1 - 10 ** -rng.uniform(1, 5)])),
        "min_p": lambda: float(10 ** -rng.uniform(0, 4)),
        "typical_p": lambda: float(rng.uniform(0.05, 0.99)),
        "top_h": lambda: float(rng.uniform(0.05, 0.95)),
        "epsilon_cutoff": lambda: float(10 ** -rng.uniform(1, 5)),
        "eta_cutoff": lambda: float(10 ** -rng.uniform(1, 5)),
    }
    if penalty:
        choices["repetition_penalty"] = lambda: float(rng.uniform(0.5, 2))
    return Sampler(**{name: draw() for name, draw in choices.items() if rng.random() < share})
