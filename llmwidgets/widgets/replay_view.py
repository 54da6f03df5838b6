"""ReplayView: the steps of a recorded class, one after the other; every other view of its session goes along."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast

import traitlets

from llmwidgets.errors import InvalidValue
from llmwidgets.language import in_own_language
from llmwidgets.recording.moments import Recording
from llmwidgets.recording.session import ReplaySession
from llmwidgets.widgets import requests
from llmwidgets.widgets.base import View, weakly
from llmwidgets.widgets.replay_figure import changes_of, clock, figure_of, picture_of
from llmwidgets.widgets.replay_moments import kept_moments
from llmwidgets.widgets.store import store_for

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from llmwidgets.recording.moments import Step
    from llmwidgets.widgets.replay_payloads import ReplaySettings, StepPayload


class ReplayView(View):
    """The steps of a recording: buttons, a bar to drag, what each step changed in words, and the notes that were made at it.

    `session`: a ReplaySession, as `replay(path).session` is one. `step` is the one that is shown, from 0.

    >>> view = ReplayView(replay("lesson.json").session)     # doctest: +SKIP
    >>> view.step = 3                                        # doctest: +SKIP
    """

    name = "replay_view"

    settings = traitlets.Dict().tag(sync=True)
    steps: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    moments = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)

    def __init__(self, session: ReplaySession, *, language: str | None = None) -> None:
        if not isinstance(session, ReplaySession):
            shown = type(session).__name__  # type: ignore[unreachable]  # a user gives anything
            raise InvalidValue(
                f"This view needs a ReplaySession, not {shown}.",
                hint='Read a recording: replay("lesson.json").',
                name="session",
                value=shown,
                allowed="a ReplaySession",
            )
        self._held: ReplaySession | None = session
        self._drawing = threading.RLock()
        self._seen: dict[str, int] = {}
        self._follow = weakly(self.follow)
        super().__init__(
            store_for(session), language=language, settings=dict(self._settings(session)), steps=_payload(session.steps)
        )
        session.attach(self._follow)

    @property
    def session(self) -> ReplaySession:
        """The session shown."""
        return cast("ReplaySession", self._store.session)

    @property
    def step(self) -> int:
        """The step that is shown, from 0. Setting one that is not there raises InvalidValue."""
        return self.session.step

    @step.setter
    def step(self, step: int) -> None:
        self.session.step = step

    def handle(self, message: dict[str, Any], client: str, rid: int) -> object:
        """See PageWidget."""
        if message.get("kind") != "replay":
            return super().handle(message, client, rid)
        step = requests.step(message)
        with self._taking(client, rid):
            self.session.step = step
        return None

    def follow(self) -> None:
        """After every change of the session, on the thread that made it."""
        session = self._store.session_or_none
        if isinstance(session, ReplaySession):
            with self._drawing:
                self.settings = dict(self._settings(session))

    @in_own_language
    def figure(self) -> Figure:
        """The steps as a plotly table."""
        return figure_of(self.session.steps)

    def for_a_page(self) -> dict[str, Any]:
        """See View: what each step shows."""
        return {"moments": kept_moments(Recording(self.session.steps), self.step)}

    def close(self) -> None:
        """See View."""
        if self.comm is not None and (session := self._store.session_or_none) is not None:
            session.detach(self._follow)
        self._held = None
        super().close()

    def _settings(self, session: ReplaySession) -> ReplaySettings:
        return {"step": session.step, "seen": dict(self._seen)}

    def _picture(self) -> str:
        return picture_of(self.session.steps)

    def _in_words(self) -> str:
        steps = self.session.steps
        return f"ReplayView(step {self.step} of {len(steps)}, {clock(steps[-1].seconds)})"


def _payload(steps: tuple[Step, ...]) -> list[StepPayload]:
    return [
        {
            "seconds": step.seconds,
            "changes": [{"what": change.what, "values": dict(change.values)} for change in found],
            "notes": [note.text for note in step.notes],
        }
        for step, found in zip(steps, changes_of(steps), strict=True)
    ]
