"""replay: a class that was recorded, shown again step by step, without the model.

Not here: how it is recorded (recording/), what the stepper looks like (widgets/replay_view.py).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from llmwidgets.errors import InvalidValue
from llmwidgets.recording.reading import read
from llmwidgets.recording.session import ReplaySession
from llmwidgets.widgets.next_token_bar import NextTokenBar
from llmwidgets.widgets.replay_view import ReplayView
from llmwidgets.widgets.sampler_slider import SamplerSlider
from llmwidgets.widgets.stack import Stack
from llmwidgets.widgets.token_view import TokenView

if TYPE_CHECKING:
    from llmwidgets.recording.moments import Recording, Step
    from llmwidgets.recording.recorder import Record
    from llmwidgets.widgets.base import View


def replay(recording: str | os.PathLike[str] | Record | Recording, *, language: str | None = None) -> Player:
    """Shows a class that `session.record()` kept: TokenView, NextTokenBar and SamplerSlider with a stepper above. No model, tokenizer or network is needed.

    `recording`: the file's path, or what `session.record()` returned, as far as it is. Whoever wrote a file, all of it is checked before
    anything is shown. Raises DamagedFile, which says where something is wrong, and InvalidValue where there is no such file.

    >>> player = replay("lesson.json")          # doctest: +SKIP
    >>> player.next()                           # doctest: +SKIP
    >>> TokenView(player.session)               # doctest: +SKIP
    """
    return Player(ReplaySession(_recording(recording)), language)


def _recording(given: Any) -> Recording:
    from llmwidgets.recording.moments import Recording
    from llmwidgets.recording.recorder import Record

    if isinstance(given, Recording):
        return given
    if isinstance(given, Record):
        return Recording(given.steps)
    if isinstance(given, str | os.PathLike):
        return read(given)
    shown = type(given).__name__
    raise InvalidValue(
        f"A recording cannot be a {shown}.",
        hint='Name its file: replay("lesson.json").',
        name="recording",
        value=shown,
        allowed="a path, a Record",
    )


class Player(Stack):
    """A recording and the views that show it; `replay` makes it. `session` is one that any view takes."""

    def __init__(self, session: ReplaySession, language: str | None = None) -> None:
        self._session = session
        views: list[View] = [ReplayView(session, language=language), TokenView(session, language=language)]
        if any(step.held.info.can_predict for step in session.steps):
            views += [NextTokenBar(session, language=language), SamplerSlider(session, language=language)]
        super().__init__(views)

    @property
    def session(self) -> ReplaySession:
        """The session that is shown."""
        return self._session

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps: `.seconds`, `.state` (tokens, position, ways), `.sampler`, `.notes`, `.error`."""
        return self._session.steps

    @property
    def step(self) -> int:
        """The step that is shown, from 0. Setting one that is not there raises InvalidValue."""
        return self._session.step

    @step.setter
    def step(self, step: int) -> None:
        self._session.step = step

    def next(self) -> bool:
        """The step after it. False at the last one."""
        return self._go(1)

    def previous(self) -> bool:
        """The step before it. False at the first one."""
        return self._go(-1)

    def _go(self, by: int) -> bool:
        there = 0 <= self.step + by < len(self.steps)
        if there:
            self.step += by
        return there
