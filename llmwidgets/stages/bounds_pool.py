"""What a chain has left of a partial distribution at one moment, as far as that is certain."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from llmwidgets.stages.rest import Rest

if TYPE_CHECKING:
    from llmwidgets.stages.distribution import Distribution

Range = tuple[float, float]
"""At least, at most."""

NOISE = 1e-5
NOISE_OF_A_TOKEN = 1.2e-9
"""So far float32 sums over the vocabulary stray in transformers: within it, either side of a cut may be right."""
PRECISION = 1e-6
"""So far the probability of what was not returned may be off: log-probabilities come in float32, or rounded."""


@dataclass(frozen=True, eq=False)
class Pool:
    """`scores` (k,) of what was returned fall from 0, weights are exp(score). `sure` (k,) bool are kept in any case, `maybe` in some case.

    Of what was not returned: `mass`, the weight, and `tokens`, the number, at least and at most, and `ceiling`, which none exceeds.
    `lost`: weights are not known at all. `single`: one token is left, known or not.
    """

    scores: np.ndarray
    sure: np.ndarray
    maybe: np.ndarray
    mass: Range
    tokens: tuple[int, int]
    ceiling: float
    lost: bool = False
    single: bool = False

    @classmethod
    def of(cls, distribution: Distribution) -> Pool:
        """Before any stage."""
        scores = distribution.logits[distribution.returned].astype(np.float64) - distribution.log_sum
        unknown, highest = distribution.unknown, float(scores[0])
        present, scale = np.isfinite(scores), math.exp(-highest)
        ceiling = unknown.ceiling * scale
        least, most = (max(0.0, unknown.mass + off) * scale for off in (-PRECISION, PRECISION))
        most = min(most, unknown.tokens * ceiling)
        tokens = (unknown.tokens, unknown.tokens)
        return cls(scores - highest, present, present, (min(least, most), most), tokens, ceiling)

    @property
    def weights(self) -> np.ndarray:
        """(k,), of all that was returned."""
        return np.asarray(np.exp(self.scores))

    @property
    def known(self) -> Range:
        """The weight of what was returned and is left."""
        weights = self.weights
        return float(weights[self.sure].sum()), float(weights[self.maybe].sum())

    @property
    def total(self) -> Range:
        """The weight of all that is left. Something always is."""
        least, most = self.known
        return max(least + self.mass[0], math.ulp(0.0)), max(most + self.mass[1], math.ulp(0.0))

    @property
    def count(self) -> tuple[int, int]:
        """Tokens left."""
        if self.single:
            return 1, 1
        return max(1, int(self.sure.sum()) + self.tokens[0]), int(self.maybe.sum()) + self.tokens[1]

    @property
    def noise(self) -> float:
        """By what share of itself a sum over what is left may be off."""
        return NOISE + NOISE_OF_A_TOKEN * self.count[1]

    @property
    def probabilities(self) -> tuple[np.ndarray, np.ndarray]:
        """Of each token that was returned at least and at most, (k,) each."""
        if self.lost:
            return np.zeros(self.scores.size), self.maybe.astype(np.float64)
        (least, most), weights = self.known, self.weights
        others = np.maximum(0.0, least - np.where(self.sure, weights, 0.0))
        low = np.where(self.sure, share(weights, most + self.mass[1]), 0.0)
        high = np.where(self.maybe, share(weights, weights + others + self.mass[0]), 0.0)
        return low, np.maximum(low, high)

    @property
    def rest(self) -> Range:
        """The probability of all that was not returned."""
        if self.tokens[1] == 0:
            return 0.0, 0.0
        if self.lost:
            return 0.0, 1.0
        least, most = self.known
        return float(share(self.mass[0], self.mass[0] + most)), float(share(self.mass[1], self.mass[1] + least))

    @property
    def highest_of_rest(self) -> float:
        """The most that one token that was not returned has."""
        most = self.rest[1]
        if self.lost:
            return most
        others = self.known[0] + max(0.0, self.mass[0] - self.ceiling)
        return min(most, float(share(self.ceiling, self.ceiling + others)))

    @property
    def entropy(self) -> Range:
        """In nats. That of what was returned mixed with a rest is concave in the rest's share."""
        if self.lost or not np.array_equal(self.sure, self.maybe) or not self.sure.any():
            return 0.0, math.log(self.count[1])
        own, (low, high) = entropy(self.weights[self.sure]), self.rest
        if high == 0:
            return own, own

        def mixed(part: float, inside: float) -> float:
            return entropy(np.array([part, 1 - part])) + (1 - part) * own + part * inside

        most, least = math.log(self.tokens[1]), 0.0
        peak = 1 / (1 + math.exp(own - most))
        if self.mass[0] > 0:
            fewest = Rest(self.tokens[1], self.mass[0], self.ceiling)
            least = max(0.0, fewest.entropy[0] / self.mass[0] + math.log(self.mass[0]))
        return min(mixed(low, least), mixed(high, least)), mixed(min(max(peak, low), high), most)

    def narrowed(self, least: float, most: float) -> Pool:
        """With less of the rest: at least and at most this weight."""
        most = min(self.mass[1], most)
        least = min(least, most)
        fewest = math.ceil(least / self.ceiling - 1e-6) if self.ceiling > 0 else 0
        return replace(self, mass=(least, most), tokens=(min(self.tokens[1], max(0, fewest)), self.tokens[1]))

    def at_most(self, count: float) -> Pool:
        """With no more tokens of the rest than this."""
        most = int(min(self.tokens[1], count + 1e-6))
        if most == 0:
            return self.without_rest()
        return replace(self, tokens=(min(self.tokens[0], most), most))

    def without_rest(self) -> Pool:
        """With nothing of the rest."""
        return replace(self, mass=(0.0, 0.0), tokens=(0, 0))

    def left_of(self, before: Pool) -> Range:
        """The share of the weight before a cut that it left; 1 where it removed nothing."""
        if before.count == self.count == (self.count[0],) * 2:
            return 1.0, 1.0
        if before.lost:
            return 0.0, 1.0
        weights = before.weights
        least, most = float(weights[self.sure].sum()), float(weights[self.maybe].sum())
        gone = [float(weights[before.sure & ~self.maybe].sum()), float(weights[before.maybe & ~self.sure].sum())]
        gone[0] += max(0.0, before.mass[0] - self.mass[1])
        gone[1] += max(0.0, before.mass[1] - self.mass[0])
        least, most = least + self.mass[0], most + self.mass[1]
        return float(share(least, least + gone[1])), float(share(most, most + gone[0]))


def share(part: np.ndarray | float, whole: np.ndarray | float) -> np.ndarray:
    """Part by part; 0 of nothing."""
    part, whole = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    divided: np.ndarray = np.divide(part, whole, out=np.zeros(whole.shape), where=whole > 0)
    return divided


def entropy(weights: np.ndarray) -> float:
    """Of the distribution that is in proportion to the weights, in nats."""
    return float(entropy_terms(share(weights, weights.sum())).sum())


def entropy_terms(probs: np.ndarray) -> np.ndarray:
    """-p·log p; 0 for 0."""
    return -probs * np.log(np.where(probs > 0, probs, 1.0))
