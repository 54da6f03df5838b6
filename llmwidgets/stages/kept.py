"""A distribution of which only the short form was kept, and how a whole one becomes that.

Not here: how it is written down (recording/).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from llmwidgets.stages.distribution import HEAD, Distribution, Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Form = Literal["whole", "short", "returned"]


@dataclass(frozen=True, eq=False)
class Kept:
    """What is kept of a distribution: about 10 kB of up to 1 MB.

    `form`: "whole", no token is missing, all others are ruled out (-inf); "short", the `summary` with its `top` most probable tokens in
    order, exact `log_sum` and `entropy` in nats; "returned", what a server returned, most probable first, `rest` the probability of
    the others, `fill` the logit that stands for each of them. `came`: a token with its logit and rank, kept beside the others.
    """

    form: Form
    vocabulary: int
    position: int
    summary: Summary
    top: int
    log_sum: float = 0.0
    entropy: float = 0.0
    rest: float = 0.0
    fill: float = -math.inf
    came: tuple[int, float, int] | None = None

    @classmethod
    def of(cls, distribution: Distribution, summary: Summary, head: int, came: int | None) -> Kept:
        """From a distribution, its short form with the `head` most probable tokens, and the token that the text goes on with."""
        size, position = int(distribution.logits.size), distribution.position
        if distribution.returned is not None and not distribution.told_whole:
            ids, others = distribution.returned, np.setdiff1d(np.arange(size), distribution.returned)[:1]
            fill = float(distribution.logits[others[0]]) if others.size else -math.inf
            known = _bare(ids, distribution.logits[ids])
            return cls("returned", size, position, known, len(ids), rest=distribution.rest, fill=fill)
        if not summary.tail_counts.size:
            return cls("whole", size, position, _bare(summary.ids, summary.logits), len(summary.ids))
        place = None if came is None or not 0 <= came < size else distribution.place_of(came)
        told = None if came is None or place is None else (came, *place)
        log_sum, entropy = distribution.log_sum, distribution.entropy_bounds[0]
        return cls("short", size, position, summary, min(head, len(summary.ids)), log_sum, entropy, came=told)

    def distribution(self, token_bytes: Callable[[int], bytes] | None) -> Distribution:
        """The distribution, as far as it was kept."""
        ids = self.summary.ids.astype(np.int64)
        if self.form == "short":
            return _short(self, token_bytes)
        logits = np.full(self.vocabulary, np.float32(self.fill), np.float32)
        logits[ids] = self.summary.logits
        if self.form == "whole":
            return Distribution(logits, self.position, token_bytes)
        return Distribution(logits, self.position, token_bytes, ids, self.rest)


@dataclass(frozen=True, eq=False, repr=False)
class ShortDistribution(Distribution):
    """A distribution whose short form is exact and whose rest is known as a histogram alone: for all that needs single tokens a partial one.

    `logits` are the model's own where they are `returned`; `kept` has the rest.
    """

    kept: Kept | None = None

    told_whole: ClassVar[bool] = True

    @property
    def log_sum(self) -> float:
        """Logsumexp of all logits, as it was computed from them."""
        return self._held.log_sum

    @property
    def entropy_bounds(self) -> tuple[float, float]:
        """The entropy in nats, twice: it was computed from all tokens."""
        return self._held.entropy, self._held.entropy

    def short(self, context_ids: Sequence[int] | np.ndarray = (), head: int = HEAD) -> Summary:
        """See Distribution: the short form that was kept."""
        del context_ids, head
        return self._held.summary

    def place_of(self, token: int) -> tuple[float, int] | None:
        """See Distribution."""
        came = self._held.came
        if came is not None and came[0] == token:
            return came[1], came[2]
        at = np.flatnonzero(self._held.summary.ids[: self._held.top] == token)
        return (float(self._held.summary.logits[at[0]]), int(at[0]) + 1) if at.size else None

    def __repr__(self) -> str:
        top = ", ".join(f"{each.piece!r} {each.probability:.3f}" for each in self.top(3))
        known = f"{self._held.top:,} of {len(self.logits):,} tokens by name"
        return f"ShortDistribution({known}, entropy {self._held.entropy:.3f} nats; {top} …)"

    @property
    def _held(self) -> Kept:
        assert self.kept is not None  # noqa: S101 (its one maker gives it)
        return self.kept


def _short(kept: Kept, token_bytes: Callable[[int], bytes] | None) -> Distribution:
    returned = kept.summary.ids[: kept.top].astype(np.int64)
    known = kept.summary.logits[: kept.top]
    others = kept.vocabulary - returned.size
    least = float(known[-1]) - kept.log_sum
    mass = 1.0 - float(np.exp(known.astype(np.float64) - kept.log_sum).sum())
    rest = min(max(mass, 0.0), others * math.exp(least))
    logits = np.full(kept.vocabulary, -np.inf, np.float32)
    if rest > 0:
        # below each that is known, whatever float32 makes of it
        logits[:] = min(math.log(rest / others) + kept.log_sum, np.nextafter(known[-1], np.float32(-np.inf)))
    logits[returned] = known
    return ShortDistribution(logits, kept.position, token_bytes, returned, rest, kept)


def _bare(ids: np.ndarray, logits: np.ndarray) -> Summary:
    """A short form of which nothing else is needed."""
    none = np.empty(0, np.int32)
    return Summary(ids.astype(np.int32), logits, none, none, none.astype(np.float32), none.astype(np.float32), 0)
