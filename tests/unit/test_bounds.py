"""Samplers over partial distributions, against transformers' own processors over the whole ones that they were cut from."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from random_samplers import random_sampler

from llmwidgets import Distribution, Sampler
from llmwidgets.stages.sampling import ORDERS

VOCABULARY = 2000


def whole_logits(rng: np.random.Generator, size: int = VOCABULARY) -> np.ndarray:
    """Logits as a model gives them, no two of them equal."""
    logits = rng.normal(float(rng.normal(0, 5)), float(rng.choice([0.5, 1, 2, 4])), size)
    chosen = rng.integers(0, size, max(1, size // 300))
    logits[chosen] += rng.exponential(float(rng.choice([1, 3, 6])), chosen.size)
    return logits.astype(np.float32)


def cut(logits: np.ndarray, k: int) -> Distribution:
    """As a server returns it: the k most probable tokens."""
    log_probs = torch.as_tensor(logits).double().log_softmax(-1).numpy()
    ids = np.argsort(-log_probs, kind="stable")[:k]
    return Distribution.partial(ids, log_probs[ids], logits.size)


def drawn_sampler(rng: np.random.Generator, *, penalty: bool = False) -> Sampler:
    return random_sampler(rng, penalty=penalty, most_top_k=6, share=0.3)


def wrong(logits: np.ndarray, k: int, sampler: Sampler, order, context=()) -> str:
    """What is said of the cut distribution that does not hold for the whole one; empty where all holds."""
    truth = sampler.apply(logits, context, order=order)
    partial = cut(logits, k)
    found = sampler.apply(partial, context, order=order)
    bounds, returned = found.bounds, partial.returned
    probs = truth.probs[returned].astype(np.float64)
    gone = np.delete(truth.probs.astype(np.float64), returned).sum()
    said = [
        ("low", (bounds.low <= probs * (1 + 3e-4) + 1e-7).all()),
        ("high", (bounds.high >= probs * (1 - 3e-4) - 1e-7).all()),
        ("rest", bounds.rest[0] - 1e-4 <= gone <= bounds.rest[1] + 1e-4),
        ("ceiling", bounds.ceiling >= np.delete(truth.probs, returned).max() * (1 - 3e-4) - 1e-7),
        ("others", bounds.others[0] <= len(set(truth.kept.tolist()) - set(returned.tolist())) <= bounds.others[1]),
        ("kept", bounds.kept[0] <= truth.kept.size <= bounds.kept[1]),
        ("entropy", bounds.entropy[0] - 1e-3 <= entropy(truth.probs) <= bounds.entropy[1] + 1e-3),
        ("stages", [stage.name for stage in bounds.stages] == [stage.name for stage in truth.stages]),
    ]
    for told, stage in zip(bounds.stages, truth.stages, strict=True):
        said.append((f"left by {stage.name}", told.left[0] <= stage.left <= told.left[1]))
        mass = 1 - stage.mass_removed
        said.append((f"mass of {stage.name}", told.mass[0] - 3e-4 <= mass <= told.mass[1] + 3e-4))
    if found.exact:
        close = np.allclose(found.probs[returned], probs, rtol=4e-4, atol=1e-7)
        said.append(("exact probabilities", close))
        said.append(("exact rest", abs(found.rest - gone) < 3e-4))
        said.append(("exact set", set(found.kept.tolist()) == set(truth.kept.tolist()) & set(returned.tolist())))
    return ", ".join(what for what, holds in said if not holds)


def entropy(probs: np.ndarray) -> float:
    present = probs[probs > 0].astype(np.float64)
    return float(-(present * np.log(present)).sum())


@pytest.mark.parametrize("order", list(ORDERS))
@pytest.mark.parametrize("k", [1, 5, 20, 150])
def test_bounds_hold_and_what_is_exact_is(order, k):
    rng = np.random.default_rng([k, *order.encode()])
    found = []
    for _ in range(60):
        logits = whole_logits(rng)
        for _ in range(4):
            sampler = drawn_sampler(rng)
            if said := wrong(logits, k, sampler, order):
                found.append(f"{said}: {sampler}")
    assert not found, f"{len(found)} of 240, the first: {found[0]}"


@pytest.mark.parametrize("order", list(ORDERS))
def test_bounds_hold_with_a_penalty_on_logits_that_were_not_returned(order):
    rng = np.random.default_rng([9, *order.encode()])
    for _ in range(60):
        logits = whole_logits(rng)
        context = np.unique(np.concatenate([rng.integers(0, VOCABULARY, 30), np.argsort(-logits)[:3]]))
        assert wrong(logits, 20, drawn_sampler(rng, penalty=True), order, context) == ""


def test_bounds_hold_where_most_tokens_have_nothing():
    rng = np.random.default_rng(3)
    for _ in range(60):
        logits = whole_logits(rng)
        logits[rng.random(VOCABULARY) < 0.9] -= 300
        sampler = drawn_sampler(rng)
        assert wrong(logits, 20, sampler, "transformers") == "", sampler


@pytest.mark.parametrize(
    ("sampler", "exact"),
    [
        (Sampler(), True),
        (Sampler(top_k=1), True),
        (Sampler(top_k=20), True),
        (Sampler(top_k=21), False),
        (Sampler(temperature=0.7, top_k=20), True),
        (Sampler(temperature=0.7), False),
        (Sampler(temperature=1.5), False),
        (Sampler(do_sample=False), True),
        (Sampler(temperature=0), True),
        (Sampler(top_p=0.5), True),
        (Sampler(top_p=0.99), False),
        (Sampler(temperature=0.7, top_p=0.5), True),
        (Sampler(min_p=0.5), True),
        (Sampler(temperature=3, min_p=0.5), True),
        (Sampler(min_p=0.001), False),
        (Sampler(epsilon_cutoff=0.05), True),
        (Sampler(repetition_penalty=1.2), True),
    ],
    ids=repr,
)
def test_exact_where_what_was_returned_decides(sampler, exact):
    # 20 tokens from 0.2 down hold about 0.8
    logits = np.concatenate([np.log(0.2 * 0.78 ** np.arange(20)), np.log(np.linspace(1.6e-3, 1e-6, 300))])
    found = sampler.apply(cut(logits.astype(np.float32), 20))
    assert found.exact is exact
    assert found.bounds.exact is exact


def test_a_penalty_that_finds_tokens_leaves_nothing_certain():
    logits = whole_logits(np.random.default_rng(1))
    partial = cut(logits, 20)
    found = Sampler(repetition_penalty=1.2, top_k=5).apply(partial, [7])
    assert not found.exact
    assert found.bounds.low.max() == 0
    assert found.bounds.high.min() == 1
    assert found.bounds.rest == (0, 1)
    greedy = Sampler(repetition_penalty=1.2, do_sample=False).apply(partial, [7])
    assert greedy.bounds.kept == (1, 1)
    assert not greedy.exact


def test_the_bounds_of_a_temperature_are_those_of_the_two_spreads():
    partial = Distribution.partial([0, 1], np.log([0.5, 0.1]), 52)
    known = np.sqrt(0.5) + np.sqrt(0.1)
    even, fewest = 50 * np.sqrt(0.4 / 50), 4 * np.sqrt(0.1)
    hot = Sampler(temperature=2).apply(partial)
    assert hot.bounds.rest == pytest.approx((fewest / (fewest + known), even / (even + known)), rel=1e-3)
    assert hot.bounds.low[0] == pytest.approx(np.sqrt(0.5) / (even + known), rel=1e-3)
    assert hot.bounds.high[0] == pytest.approx(np.sqrt(0.5) / (fewest + known), rel=1e-3)
    cold = Sampler(temperature=0.5).apply(partial)
    even, fewest, known = 50 * (0.4 / 50) ** 2, 4 * 0.01, 0.26
    assert cold.bounds.rest == pytest.approx((even / (even + known), fewest / (fewest + known)), rel=1e-3)


def test_nothing_is_said_of_a_token_that_was_not_returned():
    partial = cut(whole_logits(np.random.default_rng(2)), 20)
    others = np.delete(np.arange(VOCABULARY), partial.returned)
    neutral = Sampler().apply(partial)
    assert np.isnan(neutral.probs[others]).all()
    assert set(neutral.removed_by[others].tolist()) == {-3}
    assert set(neutral.kept.tolist()) == set(partial.returned.tolist())
    assert neutral.rest == pytest.approx(partial.rest, rel=1e-5)
    cut_off = Sampler(top_k=5).apply(partial)
    assert (cut_off.probs[others] == 0).all()
    assert cut_off.rest == 0
    assert cut_off.probs.sum() == pytest.approx(1)
    assert cut_off.stages[0].left == 5
    assert set(cut_off.stages[0].removed.tolist()) == set(partial.returned[5:].tolist())
    assert "5 of 2000 tokens kept" in repr(cut_off)
    assert re.search(r"\(\d+ to \d+ of 2000 tokens kept", repr(Sampler(temperature=0.5, top_p=0.999).apply(partial)))


def test_a_whole_distribution_is_as_its_logits():
    logits = whole_logits(np.random.default_rng(4))
    sampler = Sampler(temperature=0.8, top_p=0.9)
    found, expected = sampler.apply(Distribution.of(logits)), sampler.apply(logits)
    assert found.bounds is None
    assert found.exact
    assert np.array_equal(found.probs, expected.probs)
