"""What is certain of a sampler's chain over a partial distribution, and how far the tokens that were not returned leave the rest open.

The rest has a known weight and no token of it more than the last that was returned. At another temperature its weight lies
between that of an even spread and that of the fewest tokens; what a cut takes of it lies between what these allow. A token that
was not returned stands behind each that was, also where it is as probable as the last of them, and of equal ones among them a
cut takes as many as it has room for. js/lib/sampling/bounds.ts is the twin in the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from llmwidgets.stages.bounds_pool import Pool, Range
from llmwidgets.stages.bounds_stages import MOVING, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.stages.distribution import Distribution

LOOSE = 1e-4
"""Bounds this near to each other are one number."""


@dataclass(frozen=True)
class StageBounds:
    """What a stage leaves at least and at most: `left` tokens, and `mass`, the share of the probability that reached it."""

    name: str
    left: tuple[int, int]
    mass: Range

    @property
    def exact(self) -> bool:
        """Whether each is one number."""
        return self.left[0] == self.left[1] and self.mass[1] - self.mass[0] <= LOOSE


@dataclass(frozen=True, eq=False)
class Bounds:
    """After a chain: of each returned token, in their order, the least and the most probability, `low` and `high` (k,) float64.

    `rest` is the probability of all others together, and `ceiling` the most that one of them has; `kept` is how many tokens are
    left, and `others` how many of these were not returned; `entropy` is in nats. Each but the ceiling is (least, most).
    """

    low: np.ndarray
    high: np.ndarray
    rest: Range
    ceiling: float
    kept: tuple[int, int]
    others: tuple[int, int]
    entropy: Range
    stages: tuple[StageBounds, ...]

    @property
    def exact(self) -> bool:
        """Whether what was returned decides every probability: of each token returned, and of all others together."""
        return bool((self.high - self.low <= LOOSE * self.high).all()) and self.rest[1] - self.rest[0] <= LOOSE

    def decided(self, removed_by: np.ndarray) -> np.ndarray:
        """The stage that removed each returned token (-1 for none), (k,), where a chain over an even rest took what stays, or left what goes."""
        stays, goes = (self.low > 0) & (removed_by >= 0), (self.high == 0) & (removed_by == -1)
        return np.where(stays, -1, np.where(goes, len(self.stages) - 1, removed_by))


def bounds_of(distribution: Distribution, stages: Sequence[tuple[str, float]], *, penalised: bool) -> Bounds:
    """The chain of `stages`, (name, value), in the order in which they run. `penalised`: a repetition penalty finds tokens in the text."""
    pool, found = Pool.of(distribution), []
    for name, value in stages:
        before, pool = pool, run(pool, name, value, penalised=penalised)
        found.append(StageBounds(name, pool.count, (1.0, 1.0) if name in MOVING else pool.left_of(before)))
    low, high = pool.probabilities
    return Bounds(low, high, pool.rest, pool.highest_of_rest, pool.count, pool.tokens, pool.entropy, tuple(found))
