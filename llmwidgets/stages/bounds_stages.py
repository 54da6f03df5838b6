"""What each stage leaves of a partial distribution for certain, and what in some case. See bounds.py."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from llmwidgets.stages.bounds_pool import NOISE, Pool, entropy_terms, share
from llmwidgets.stages.rest import Rest

if TYPE_CHECKING:
    from collections.abc import Callable

MOVING = ("repetition_penalty", "temperature")
"""The stages that remove nothing."""
TOP_H_TOKENS = 100
LEAST_FLOAT32 = 1.4e-45


def run(pool: Pool, name: str, value: float, *, penalised: bool) -> Pool:
    """One stage. `penalised`: a repetition penalty finds tokens in the text."""
    if name == "repetition_penalty":
        # it goes by the sign of a logit, which a log-probability has lost
        return replace(pool, lost=penalised)
    if not pool.lost:
        return _STAGES[name](pool, value)
    if name in MOVING:
        return pool
    return replace(pool, sure=np.zeros_like(pool.sure), tokens=(0, pool.tokens[1]), single=name == "greedy")


def _heat(pool: Pool, temperature: float) -> Pool:
    power = 1 / temperature
    low, high = (Rest(pool.tokens[1], mass, pool.ceiling).sum_of_powers(power) for mass in pool.mass)
    return replace(pool, scores=pool.scores * power, mass=(low[0], high[1]), ceiling=pool.ceiling**power)


def _keep_one(pool: Pool, _: float) -> Pool:
    first = np.arange(pool.scores.size) == pool.maybe.argmax()
    return replace(pool, sure=first, maybe=first).without_rest()


def _keep_top_k(pool: Pool, k: float) -> Pool:
    first, _ = _runs(pool.scores)
    sure, maybe = _above(pool.sure), _above(pool.maybe)
    fewest, most = (
        min(count, max(0, int(k - passed))) for count, passed in zip(pool.tokens, (maybe[-1], sure[-1]), strict=True)
    )
    # the most probable of the rest have their share at least
    least = pool.mass[0] * fewest / pool.tokens[1] if fewest else 0.0
    left = replace(pool, sure=pool.sure & (maybe[first] < k), maybe=pool.maybe & (sure[first] < k))
    return replace(left, mass=(least, min(pool.mass[1], most * pool.ceiling)), tokens=(fewest, most))


def _keep_top_p(pool: Pool, p: float) -> Pool:
    first, behind = _runs(pool.scores)
    weights = pool.weights
    sure, maybe = _above(np.where(pool.sure, weights, 0.0)), _above(np.where(pool.maybe, weights, 0.0))
    margin = (1 - p) * pool.noise + 1e-9
    # of equal ones each may be the first, and each the last
    least, most = sure[first], maybe[behind] - weights
    goes = share(least, least + maybe[-1] - maybe[first] + pool.mass[1]) >= p + margin
    stays = share(most, most + sure[-1] - sure[behind] + weights + pool.mass[0]) < p - margin
    is_first = np.arange(weights.size) == pool.maybe.argmax()
    left = replace(pool, sure=pool.sure & (stays | is_first), maybe=pool.maybe & (~goes | is_first))
    if share(sure[-1], sure[-1] + pool.mass[1]) >= p + margin:
        return left.without_rest()
    enough = (p - margin) * pool.mass[0] - (1 - p + margin) * maybe[-1]
    reached = [max(0.0, (p + margin) * mass - (1 - p - margin) * sure[-1]) + pool.ceiling for mass in pool.mass]
    # the tokens kept are the most probable, so that their mean weight is no less than that of all
    part = max(float(share(kept, mass)) for kept, mass in zip(reached, pool.mass, strict=True))
    return left.narrowed(max(0.0, enough), reached[1]).at_most(pool.tokens[1] * min(1.0, part))


def _keep_min_p(pool: Pool, ratio: float) -> Pool:
    weights = pool.weights
    least, most = weights[pool.sure].max(initial=0.0), weights[pool.maybe].max(initial=pool.ceiling)
    return _cut_below(pool, ratio * float(least), ratio * float(most), NOISE)


def _keep_epsilon(pool: Pool, epsilon: float) -> Pool:
    least, most = pool.total
    return _cut_below(pool, epsilon * least, epsilon * most, pool.noise)


def _keep_eta(pool: Pool, epsilon: float) -> Pool:
    (least, most), (low, high) = pool.total, pool.entropy
    lowest, highest = (min(epsilon, math.sqrt(epsilon) * math.exp(-nats)) for nats in (high, low))
    return _cut_below(pool, lowest * least, highest * most, pool.noise)


def _keep_typical(pool: Pool, mass: float) -> Pool:
    (least, most), margin, weights = pool.total, pool.noise, pool.weights
    near, far = _distances(pool, pool.scores)
    nearest = _distances(pool, np.array([math.log(pool.ceiling)]))[0][0] if pool.mass[1] > 0 else math.inf
    sure, maybe = np.where(pool.sure, weights, 0.0), np.where(pool.maybe, weights, 0.0)
    rest = np.where(nearest <= far + margin, pool.mass[1], 0.0)
    nearer_most = (maybe * (near <= far[:, None] + margin)).sum(axis=1) - maybe + rest
    nearer_least = (sure * (far < near[:, None] - margin)).sum(axis=1)
    left = replace(
        pool,
        sure=pool.sure & (nearer_most / least < mass - margin),
        maybe=pool.maybe & (nearer_least / most < mass + margin),
    )
    if pool.mass[1] == 0 or sure[far < nearest - margin].sum() / most >= mass + margin:
        return left.without_rest()
    return left.narrowed(0.0, pool.mass[1])


def _distances(pool: Pool, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How near and how far the surprisal of each score may be from the entropy."""
    (least, most), (low, high) = pool.total, pool.entropy
    surprisals = math.log(least) - scores, math.log(most) - scores
    near = np.maximum(0.0, np.maximum(surprisals[0] - high, low - surprisals[1]))
    return near, np.maximum(surprisals[1] - low, high - surprisals[0])


def _keep_top_h(pool: Pool, part: float) -> Pool:
    """The first of the hundred most probable, as long as their terms of the entropy add up to no more than a part of it."""
    top = _keep_top_k(pool, TOP_H_TOKENS)
    (least, most), (low, high), weights = top.total, top.entropy, top.weights
    lowest, highest = weights / most, weights / least
    terms = entropy_terms(lowest), entropy_terms(highest)
    # the term is highest at 1/e
    peaked = np.where((lowest < 1 / math.e) & (highest > 1 / math.e), 1 / math.e, np.maximum(*terms))
    reached_most = np.cumsum(np.where(top.maybe, peaked, 0.0))
    reached_least = np.cumsum(np.where(top.sure, np.minimum(*terms), 0.0))
    margin = part * high * NOISE + 1e-6
    is_first = np.arange(weights.size) == top.maybe.argmax()
    # where p is 0 in float32 transformers' term is NaN, which ends the prefix
    goes = ((reached_least > part * high + margin) | (highest < LEAST_FLOAT32)) & ~is_first
    stays = ((reached_most < part * low - margin) & (lowest > 2 * LEAST_FLOAT32)) | is_first
    left = replace(top, sure=top.sure & stays, maybe=top.maybe & ~goes)
    if goes.any():
        return left.without_rest()
    return replace(left, mass=(0.0, top.mass[1]), tokens=(0, top.tokens[1]))


_STAGES: dict[str, Callable[[Pool, float], Pool]] = {
    "temperature": _heat,
    "top_h": _keep_top_h,
    "top_k": _keep_top_k,
    "top_p": _keep_top_p,
    "min_p": _keep_min_p,
    "typical_p": _keep_typical,
    "epsilon_cutoff": _keep_epsilon,
    "eta_cutoff": _keep_eta,
    "greedy": _keep_one,
}


def _cut_below(pool: Pool, least: float, most: float, noise: float) -> Pool:
    """Keeps what weighs as much as a threshold between `least` and `most`, and what none exceeds."""
    weights, (first, _) = pool.weights, _runs(pool.scores)
    stays = (weights >= most * (1 + noise)) | (_above(pool.maybe)[first] == 0)
    goes = (weights < least * (1 - noise)) & (_above(pool.sure)[first] > 0)
    left = replace(pool, sure=pool.sure & stays, maybe=pool.maybe & ~goes)
    if pool.ceiling < least * (1 - noise):
        return left.without_rest()
    left = left.narrowed(max(0.0, pool.mass[0] - pool.tokens[1] * most * (1 + noise)), pool.mass[1])
    return left.at_most(pool.mass[1] / (least * (1 - noise))) if least > 0 else left


def _above(values: np.ndarray) -> np.ndarray:
    """(k + 1,): the sum of those before each, and of all."""
    return np.concatenate([np.zeros(1, np.int64 if values.dtype == bool else np.float64), np.cumsum(values)])


def _runs(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each of falling scores the place of the first that is equal, and that behind the last, (k,) each."""
    return np.searchsorted(-scores, -scores, "left"), np.searchsorted(-scores, -scores, "right")
