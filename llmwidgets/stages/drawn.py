"""Many draws of one token, counted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, overload

import numpy as np

from llmwidgets.language import listed, more, say
from llmwidgets.stages.distribution import Candidate
from llmwidgets.stages.tokens import UNKNOWN, spell

if TYPE_CHECKING:
    from llmwidgets.stages.distribution import Distribution
    from llmwidgets.stages.sampling import Sampler


@dataclass(frozen=True, eq=False, repr=False)
class Drawn(Sequence[tuple[Candidate, int]]):
    """Draws of the next token as pairs (candidate, count), most frequent first, equal ones by id.

    `ids` (n,) int64 are the draws one by one, `probs` (vocabulary,) float32 what they were drawn with: the `distribution` of the
    text's `revision` after the `sampler`, whose seed None is by chance; `device` where they were drawn. An id of -1 is a token that
    was not returned of a partial distribution; all of these had the probability `rest` together.
    """

    ids: np.ndarray
    probs: np.ndarray
    distribution: Distribution
    sampler: Sampler
    device: str
    revision: int = 0
    rest: float = 0.0

    @property
    def seed(self) -> int | None:
        """The seed that they were drawn with; None by chance."""
        return self.sampler.seed

    @cached_property
    def counted(self) -> tuple[np.ndarray, np.ndarray]:
        """The different ids drawn and how often, (distinct,) int64 each."""
        ids, counts = np.unique(self.ids, return_counts=True)
        order = np.lexsort((ids, -counts))
        return ids[order], counts[order]

    @cached_property
    def _pairs(self) -> tuple[tuple[Candidate, int], ...]:
        ids, counts = self.counted
        return tuple(
            (self._candidate(token), count) for token, count in zip(ids.tolist(), counts.tolist(), strict=True)
        )

    def probability(self, token: int) -> float:
        """What a token was drawn with; -1 for all that were not returned."""
        return self.rest if token == UNKNOWN else float(self.probs[token])

    def _candidate(self, token: int) -> Candidate:
        if token == UNKNOWN:
            return Candidate(token, "", math.log(self.distribution.rest), self.rest)
        piece = self.distribution.token_bytes or (lambda _: b"")
        return Candidate(token, spell(piece(token)), float(self.distribution.logits[token]), self.probability(token))

    @overload
    def __getitem__(self, place: int) -> tuple[Candidate, int]: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[tuple[Candidate, int], ...]: ...
    def __getitem__(self, place: int | slice) -> tuple[Candidate, int] | tuple[tuple[Candidate, int], ...]:
        return self._pairs[place]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Drawn):
            return np.array_equal(self.ids, other.ids) and np.array_equal(self.probs, other.probs, equal_nan=True)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as for every sequence of arrays that is compared by its values

    def __len__(self) -> int:
        return len(self.counted[0])

    def __repr__(self) -> str:
        shown = listed(f"{_name(candidate)} {count:,}" for candidate, count in self[:5]) + more(len(self) - 5)
        if self.seed is None:
            return say(f"Drawn({len(self.ids):,} draws, by chance on {self.device}: {shown})")
        return say(f"Drawn({len(self.ids):,} draws, seed {self.seed} on {self.device}: {shown})")


def _name(candidate: Candidate) -> str:
    return say("not returned") if candidate.id == UNKNOWN else repr(candidate.piece)
