"""ReplaySession: a recording as a session that any view shows, one step at a time, without model, tokenizer or network."""

from __future__ import annotations

import hashlib
from dataclasses import replace as changed
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.errors import EmptyText, InvalidValue, NotRecorded, NotReturned
from llmwidgets.numbers import whole
from llmwidgets.stages.kept import ShortDistribution
from llmwidgets.standing import StandingSession
from llmwidgets.state import Outcome, Scores, Status
from llmwidgets.tokenizers.face import padded_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmwidgets.engines.engine import Info
    from llmwidgets.prediction import Chain
    from llmwidgets.recording.moments import Held, Recording, Step
    from llmwidgets.stages.distribution import Distribution
    from llmwidgets.stages.kept import Kept
    from llmwidgets.state import State


class ReplaySession(StandingSession):
    """The steps of a recording, of which `step`, from 0, is shown: text, tokens, distribution, sampler, draws, ways, errors as they were.

    Sliders move and draw on what was recorded: of each distribution the 1,000 most probable tokens, and the shape of the rest. The
    text cannot be changed. Another position can be looked at where its distribution was recorded in any step; else NotRecorded.

    >>> session = replay("lesson.json").session      # doctest: +SKIP
    >>> session.step = 3                             # doctest: +SKIP
    >>> session.text                                 # doctest: +SKIP
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._index = 0
        self._home = 0
        super().__init__(recording.steps[0].held.face)
        self._scores = Scores(-1)
        self._seen = _by_prefix(recording.steps)
        self._take(0)

    # the steps

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in order."""
        return self._recording.steps

    @property
    def step(self) -> int:
        """The step that is shown, from 0. Setting one that is not there raises InvalidValue."""
        return self._index

    @step.setter
    def step(self, step: int) -> None:
        self._take(whole("step", step, 0, len(self.steps) - 1))
        self._changed()

    @property
    def now(self) -> Step:
        """The step that is shown, as it was recorded."""
        return self.steps[self._index]

    # what a session has

    @property
    def info(self) -> Info:
        """Name and sizes of the model that spoke in the class."""
        return self.now.held.info

    @property
    def can_undo(self) -> bool:
        """No: the steps themselves go back."""
        return False

    @property
    def distribution(self) -> Distribution:
        """What was recorded of the distribution at the position. Raises NotRecorded, and what stood in the way in the class."""
        outcome = self.outcome
        if outcome.distribution is None:
            raise (outcome.error or _missing()).with_traceback(None)
        return outcome.distribution

    @property
    def scores(self) -> Scores | None:
        """The surprisals, where they were computed in the class."""
        values = self.now.scores
        if values is None:
            return Scores(self._state.revision, error=_missing_scores()) if self.info.can_predict else None
        return self._scores

    @property
    def status(self) -> Status:
        """How the step ended, or what stood in its way."""
        status, error = self.now.status, self._standing()
        state = "ready" if error is None else "error"
        return changed(status, state=state, revision=self._state.revision, error=error)  # type: ignore[arg-type]  # one of Doing

    def actions(self) -> dict[str, Callable[..., object]]:
        """See TextSession. There is nothing to undo."""
        return {"draw": self.request_sample, **self._rehearsals()}

    def prepare(self, *, keep: bool = False) -> None:
        """Remembers the step: `reset` comes back to it."""
        del keep
        self._home = self._index

    def reset(self) -> bool:
        """Comes back to the step that was prepared, else to the first."""
        self.step = self._home
        return True

    def unchangeable(self) -> InvalidValue:
        """See StandingSession."""
        msg = "This is a recording: there is no model that could say what follows another text."
        return InvalidValue(
            msg,
            hint="Set `step` to see another moment, or use ModelSession(model, tokenizer).",
            name="text",
            value="another",
            allowed="a session with a model",
        )

    def __repr__(self) -> str:
        return f"ReplaySession(step {self._index} of {len(self.steps)}, {len(self.tokens)} tokens)"

    # inside

    def _take(self, index: int) -> None:
        """The session is as it was in a step."""
        step = self.steps[index]
        with self._lock:
            self._index, held = index, step.held
            self._tokenizer, self._tokenizer_name = held.face, held.tokenizer
            self._token_bytes = partial(padded_bytes, held.face)
            self._own_sampler, self._origins = held.own, dict(held.origins)
            self._history = []
            self._state = changed(step.state, revision=self._state.revision + 1)
            self._sampler = step.sampler
            self._draws.restart()
            revision = self._state.revision
            self._scores = Scores(revision, *(() if step.scores is None else (step.scores,)))
            found = self.outcome.distribution
            self._drawn = None if step.draws is None or found is None else step.draws.drawn(found, revision)

    def _look(self, state: State) -> Outcome:
        step, prefix = self.now, tuple(state.prefix)
        at_home = state.position == step.state.position
        kept = step.kept if at_home else self._seen.get(_sight(step.held, state))
        if kept is None:
            error = step.error if at_home else _elsewhere(state.index)
            if not self.info.can_predict:
                return Outcome(-1)
            return Outcome(state.revision, prefix, error=error or _missing())
        return Outcome(state.revision, prefix, kept.distribution(self._token_bytes))

    def _standing(self) -> Any:
        """What the status says stands in the way."""
        if self._state.position != self.now.state.position:
            return self.outcome.error
        error = self.now.error or self.outcome.error
        return None if isinstance(error, EmptyText) else error

    def _filter(self) -> Chain:
        """See PredictionSession. Where all that can be drawn was recorded, it is drawn from as from the whole vocabulary, so that a seed gives the same."""
        import torch

        found = super()._filter()
        probs = found.filtered.probs
        if found.ids is None or np.isnan(probs).any():
            return found
        self._chain = changed(found, probs=torch.as_tensor(probs), ids=None)
        return self._chain

    def sample(self, n: int = 1) -> Any:
        """See PredictionSession. Raises NotReturned where tokens that were not recorded could be drawn: with top_k of at most 1,000 none can."""
        found = self._filter()
        if isinstance(found.outcome.distribution, ShortDistribution) and found.ids is not None:
            count = len(found.ids) - 1
            raise NotReturned(
                f"Of this distribution the {count:,} most probable tokens were recorded, and others could be drawn.",
                hint=f"Set top_k to at most {count}, or look at the draws of the class.",
                returned=count,
            )
        return super().sample(n)


def _by_prefix(steps: tuple[Step, ...]) -> dict[tuple[int, bytes], Kept]:
    """Every distribution that was recorded, by the tokens that it is of."""
    return {_sight(step.held, step.state): step.kept for step in reversed(steps) if step.kept is not None}


def _sight(held: Held, state: State) -> tuple[int, bytes]:
    """What a model saw: of a long text in thousands of steps the ids themselves would be gigabytes."""
    return id(held.face), hashlib.sha256(state.seen.tobytes()).digest()


def _missing() -> NotRecorded:
    msg = "The distribution of this step was not recorded: the class went on before it was there."
    return NotRecorded(msg, hint="Go to another step.", what="distribution")


def _missing_scores() -> NotRecorded:
    msg = "The surprisals of this step were not recorded: no view showed them."
    return NotRecorded(msg, hint="Go to another step, or look at the tokens in another colour.", what="surprisals")


def _elsewhere(index: int) -> NotRecorded:
    msg = f"The class did not look at token {index} of this text, so that what follows it was not recorded."
    return NotRecorded(msg, hint="Go to the next step or the one before, and back.", what="distribution", index=index)
