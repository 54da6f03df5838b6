"""What became of each candidate of a beam search: it lives, it ended, others go on from it, or it was pruned, and why."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmwidgets.stages.beams import BeamRow, EndedBy, Spot, Step

State = Literal["running", "continued", "ended", "pruned"]
Why = Literal["", "not_kept", "outscored", "not_drawn", "not_counted", "not_better", "replaced", "full", "settled"]


@dataclass(frozen=True)
class Fate:
    """What became of a candidate.

    "running": a live beam. "continued": beams go on from it. "ended": among the finished beams; `rank` there, `score` as in
    `sequences_scores`. "pruned", and `why`:

    - "not_kept": considered, and not among the best num_beams. `rank` by log-probability among the candidates that did not end, `score`
      its log-probability, `bar` that of the last one kept.
    - "outscored": a beam with no continuation among the best num_beams. `rank` and `score` of its best one, 0 and NaN where not
      even that was among the candidates; `bar` as before.
    - "not_drawn": with do_sample, a beam of which no continuation was drawn.
    - "not_counted": it ended, and its place `rank` among the candidates was behind the first num_beams, which alone count.
    - "not_better": it ended with `score`, and num_beams beams had finished with more; `bar` is the least of them.
    - "replaced": it was among the finished beams until better ones came; `bar` is the least of those.
    - "full": a live beam when, with early_stopping=True, num_beams had finished.
    - "settled": a live beam when none could become better: the best had at most `score` in sight, and the worst finished `bar`.

    `step` is when that was decided.
    """

    state: State
    step: int
    why: Why = ""
    rank: int = 0
    score: float = math.nan
    bar: float = math.nan


@dataclass(frozen=True)
class Node:
    """A candidate of a step. `parent` is its place among the candidates of the step before, -1 in the first.

    `index` is the row of the model's batch that it had as a live beam, -1 where it never was one. `log_prob` the sum so far, in nats, `gained` the
    part of its own token. `leads_to` a "running" or an "ended" beam, "" where all that came of it was pruned.
    """

    step: int
    place: int
    token: int
    parent: int
    index: int
    log_prob: float
    gained: float
    ended_by: EndedBy
    fate: Fate
    leads_to: Literal["", "running", "ended"] = ""


def nodes_of(row: BeamRow, first: int) -> tuple[tuple[Node, ...], ...]:
    """The candidates of each step of a row from step `first` on."""
    first = max(0, first)
    judge = _Judge(row, first)
    return tuple(tuple(judge.nodes(step)) for step in range(first, row.step))


class _Judge:
    """Decides what became of the candidates of one row from step `first` on."""

    def __init__(self, row: BeamRow, first: int) -> None:
        self.row = row
        self.number = row.row
        self.beams = row.search.num_beams
        self.last = row.step - 1
        self.finished = [self._finished(step) for step in range(first, row.step)]
        self.first = first
        self.known: dict[int, _Kept] = {}
        self.ranks = {beam.spot: rank for rank, beam in enumerate(row.finished, 1)}
        self.ended = {spot for beam in row.finished for spot in row.spots(beam.spot, min(first, beam.spot[0]))}
        self.live = {spot for beam in row.running for spot in row.spots(beam.spot, first)}

    def nodes(self, at: int) -> Iterator[Node]:
        step = self.row.steps[at]
        before = self.row.steps[at - 1] if at else None
        tokens = step.tokens[self.number].tolist()
        starts = _starts(before, self.number)
        judged = self._kept(at)
        scores, ended, parents, slots = judged.scores, judged.ended, judged.parents, judged.slots
        after = self._kept(at + 1) if at < self.last else None
        for place, token in enumerate(tokens):
            parent, start = starts[parents[place]] if starts else (-1, 0.0)
            spot = (at, place)
            if ended[place]:
                fate = self._of_ended(spot, scores[place])
            elif place in slots:
                fate = self._of_beam(at, slots[place], after)
            else:
                fate = Fate("pruned", at, "not_kept", judged.ranks[place], scores[place], judged.bar)
            yield Node(
                at,
                place,
                token,
                parent,
                self.number * self.beams + slots[place] if place in slots else -1,
                scores[place],
                scores[place] - start,
                self.row.search.ended_by(token, at) if ended[place] else "",
                fate,
                "running" if spot in self.live else "ended" if spot in self.ended else "",
            )

    def _of_ended(self, spot: Spot, log_prob: float) -> Fate:
        at, place = spot
        score = self.row.search.score(log_prob, at + 1)
        if spot in self.ranks:
            rank = self.ranks[spot]
            return Fate("ended", at, rank=rank, score=self.row.finished[rank - 1].score)
        if place >= self.beams:
            return Fate("pruned", at, "not_counted", place + 1, score)
        if spot not in self.finished[at - self.first][0]:
            return Fate("pruned", at, "not_better", 0, score, self.finished[at - self.first][1])
        later = next(step for step in range(at + 1, self.last + 1) if spot not in self.finished[step - self.first][0])
        return Fate("pruned", later, "replaced", 0, score, self.finished[later - self.first][1])

    def _of_beam(self, at: int, slot: int, after: _Kept | None) -> Fate:
        if after is None:
            return self._of_last(at)
        children = [place for place, parent in enumerate(after.parents) if parent == slot]
        counted = self.finished[at + 1 - self.first][0]
        if any(place in after.slots or (at + 1, place) in counted for place in children):
            return Fate("continued", at + 1)
        going_on = [place for place in children if place in after.ranks]
        if going_on:
            best = min(going_on, key=after.ranks.__getitem__)
            return Fate("pruned", at + 1, "outscored", after.ranks[best], after.scores[best], after.bar)
        why: Why = "not_drawn" if self.row.search.do_sample and not children else "outscored"
        return Fate("pruned", at + 1, why, bar=after.bar)

    def _of_last(self, at: int) -> Fate:
        """A beam of the last step: it lives, or the search was over before it came to its end."""
        over = self.row.over
        if over == "full":
            return Fate("pruned", at, "full", bar=self.finished[-1][1])
        if over == "settled":
            return Fate("pruned", at, "settled", 0, self._in_sight(at), self.finished[-1][1])
        return Fate("running", at)

    def _in_sight(self, at: int) -> float:
        """The score that the best live beam was held to reach at best, as `_check_early_stop_heuristic` reckons it."""
        search, step = self.row.search, self.row.steps[at]
        longest = search.early_stopping == "never" and search.length_penalty > 0
        length = search.max_length - search.prompt_length if longest else at + 1
        return search.score(float(step.scores[self.number, step.kept[self.number, 0]]), length)

    def _kept(self, at: int) -> _Kept:
        if at not in self.known:
            self.known[at] = _Kept(self.row.steps[at], self.number)
        return self.known[at]

    def _finished(self, at: int) -> tuple[set[Spot], float]:
        """The finished beams after a step, and the least score among them."""
        step = self.row.steps[at]
        spots = {(int(when), int(place)) for when, place in step.finished[self.number].tolist() if when >= 0}
        return spots, float(step.finished_scores[self.number].min())


class _Kept:
    """The candidates of a step, ranked: `ranks` by place of those that did not end, `slots` the beams that they became, `bar` the least kept."""

    def __init__(self, step: Step, row: int) -> None:
        self.scores: list[float] = step.scores[row].tolist()
        self.ended: list[bool] = step.ended[row].tolist()
        self.parents: list[int] = step.parents[row].tolist()
        kept = enumerate(step.kept[row].tolist())
        self.slots: dict[int, int] = {place: slot for slot, place in kept if not self.ended[place]}
        going_on = [place for place, ended in enumerate(self.ended) if not ended]
        # of equal ones those that were kept are the better
        going_on.sort(key=lambda place: (-self.scores[place], place not in self.slots))
        self.ranks = {place: rank for rank, place in enumerate(going_on, 1)}
        self.bar = min((self.scores[place] for place in self.slots), default=-math.inf)


def _starts(before: Step | None, row: int) -> list[tuple[int, float]]:
    """For each beam before a step its place among the candidates and its log-probability."""
    if before is None:
        return []
    scores = before.scores[row].tolist()
    return [(place, scores[place]) for place in before.kept[row].tolist()]
