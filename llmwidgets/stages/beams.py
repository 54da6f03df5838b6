"""Beam search step by step, as plain values: what was asked for, which beams live, which ended and with what score.

Why the others were pruned stands in beam_fates.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from llmwidgets.language import say

if TYPE_CHECKING:
    from llmwidgets.stages.beam_fates import Node

EndedBy = Literal["", "eos", "length", "stop"]
Over = Literal["", "full", "settled", "ended"]
Spot = tuple[int, int]
"""A candidate of the search: its step from 0, and its place among the candidates of that step."""


@dataclass(frozen=True)
class Search:
    """What a beam search was asked for. `eos`: the ids that end a text; `max_length` counts the prompt in, 0 where nobody has told."""

    num_beams: int
    prompt_length: int
    length_penalty: float = 1.0
    early_stopping: bool | str = False
    do_sample: bool = False
    num_return_sequences: int = 1
    max_length: int = 0
    eos: tuple[int, ...] = ()

    def score(self, log_prob: float, length: int) -> float:
        """What beams of `length` new tokens are compared by: log_prob / length ** length_penalty."""
        return log_prob / float(length**self.length_penalty)

    def ended_by(self, token: int, step: int) -> EndedBy:
        """Why a text ended with this token at this step: an end token, the length limit, or another stopping criterion."""
        if token in self.eos:
            return "eos"
        return "length" if self.prompt_length + step + 1 >= self.max_length > 0 else "stop"


@dataclass(frozen=True, eq=False)
class Step:
    """One step of every row of the batch, `k` candidates a row, as the search had them.

    `tokens`, `parents`, `scores`, `ended` (rows, k): a candidate's token, the beam that it goes on with (0 to num_beams - 1), the sum
    of its log-probabilities, and whether it ends there. `kept` (rows, num_beams): the candidates that are the beams from then on, best
    first. `finished` (rows, num_beams, 2): step and place of each finished beam, best first, -1 where there is none yet;
    `finished_scores` (rows, num_beams) as `sequences_scores` has them. `open` (rows,): whether a beam could still be better than those.
    """

    tokens: np.ndarray
    parents: np.ndarray
    scores: np.ndarray
    ended: np.ndarray
    kept: np.ndarray
    finished: np.ndarray
    finished_scores: np.ndarray
    open: np.ndarray


@dataclass(frozen=True)
class Beam:
    """A live or a finished beam.

    `ids` are its new tokens. `beam_indices[i]` is the row of the model's batch that token i was chosen from, as in the `beam_indices` of
    `generate`; `index` the row that a live beam has now, -1 for a finished one. `log_prob` is the sum of the tokens'
    log-probabilities in nats, `score` the same with the length penalty, as in `sequences_scores`.
    """

    ids: tuple[int, ...]
    beam_indices: tuple[int, ...]
    log_prob: float
    score: float
    spot: Spot
    index: int = -1
    ended_by: EndedBy = ""

    @property
    def parent(self) -> int:
        """The row of the model's batch that it goes on with."""
        return self.beam_indices[-1]


@dataclass(frozen=True, eq=False)
class Beams:
    """A beam search, after as many steps as it has taken: `rows` has each text of the batch.

    `stopped`: nothing more will come, though it may not have come to its end.

    >>> beams = session.beams                       # doctest: +SKIP
    >>> [beam.score for beam in beams.rows[0].finished]     # doctest: +SKIP
    [-0.71, -0.85]
    """

    search: Search
    steps: tuple[Step, ...] = ()
    stopped: bool = False

    @property
    def step(self) -> int:
        """How many steps it has taken."""
        return len(self.steps)

    @cached_property
    def rows(self) -> tuple[BeamRow, ...]:
        """Each text of the batch; none before the first step."""
        count = len(self.steps[0].tokens) if self.steps else 0
        return tuple(BeamRow(self.search, row, self.steps, self.stopped) for row in range(count))

    @property
    def done(self) -> bool:
        """Whether every row has come to its end."""
        return self.step > 0 and all(row.over for row in self.rows)

    def __repr__(self) -> str:
        doing = "done" if self.done else "stopped" if self.stopped else "running"
        told = f"{len(self.rows)} rows of {self.search.num_beams} beams, step {self.step}, {doing}"
        return f"Beams({say(told)})"


@dataclass(frozen=True, eq=False)
class BeamRow:
    """The search for one text of the batch."""

    search: Search
    row: int
    steps: tuple[Step, ...]
    stopped: bool = False

    @cached_property
    def step(self) -> int:
        """How many steps counted for this row: other rows may have gone on."""
        count = len(self.steps)
        while count > 1 and self._over_after(count - 1):
            count -= 1
        return count

    @property
    def over(self) -> Over:
        """Why the search for this row is over, "" while it is not.

        "full": early_stopping=True and num_beams have finished. "settled": no live beam could become better than the worst finished.
        "ended": every candidate ended.
        """
        return self._over_after(self.step) if self.steps else ""

    def _over_after(self, count: int) -> Over:
        step = self.steps[count - 1]
        if self.search.early_stopping is True and bool((step.finished[self.row, :, 0] >= 0).all()):
            return "full"
        if bool(step.ended.all()):
            return "ended"
        return "" if step.open[self.row] else "settled"

    @cached_property
    def running(self) -> tuple[Beam, ...]:
        """The live beams, best first; none once the search is over."""
        if self.over or not self.steps:
            return ()
        last, row = self.step - 1, self.row
        step = self.steps[last]
        live = [(slot, place) for slot, place in enumerate(step.kept[row].tolist()) if not step.ended[row, place]]
        return tuple(self._beam((last, place), index=self._flat(slot)) for slot, place in live)

    @cached_property
    def finished(self) -> tuple[Beam, ...]:
        """The finished beams, best first, at most num_beams. Of a search that is over `generate` returns the first num_return_sequences."""
        if not self.steps:
            return ()
        step = self.steps[self.step - 1]
        scores = step.finished_scores[self.row].tolist()
        spots = step.finished[self.row].tolist()
        return tuple(
            self._beam((at, place), score=score) for (at, place), score in zip(spots, scores, strict=True) if at >= 0
        )

    def nodes(self, first: int = 0) -> tuple[tuple[Node, ...], ...]:
        """The tree from step `first` on: for each step its candidates, each with its fate."""
        from llmwidgets.stages.beam_fates import nodes_of

        return nodes_of(self, first)

    def spots(self, spot: Spot, first: int = 0) -> list[Spot]:
        """The way to a candidate from step `first` on, the candidate itself last."""
        at, place = spot
        way = [spot]
        while at > first:
            place = int(self.steps[at - 1].kept[self.row, self.steps[at].parents[self.row, place]])
            at -= 1
            way.append((at, place))
        return way[::-1]

    def _flat(self, slot: int) -> int:
        return self.row * self.search.num_beams + slot

    def _beam(self, spot: Spot, *, index: int = -1, score: float | None = None) -> Beam:
        at, place = spot
        way = self.spots(spot)
        ids = tuple(int(self.steps[step].tokens[self.row, there]) for step, there in way)
        indices = tuple(self._flat(int(self.steps[step].parents[self.row, there])) for step, there in way)
        log_prob = float(self.steps[at].scores[self.row, place])
        if score is not None:
            return Beam(ids, indices, log_prob, score, spot, index, self.search.ended_by(ids[-1], at))
        return Beam(ids, indices, log_prob, self.search.score(log_prob, at + 1), spot, index)
