"""A class that is recorded in a test: what its page held at each step, and whether a replay holds the same."""

from __future__ import annotations

import contextlib
import copy
from pathlib import Path
from typing import Any

from llmwidgets import LogitsSession
from llmwidgets.errors import LLMWidgetsError
from llmwidgets.recording.reading import read
from llmwidgets.recording.session import ReplaySession
from llmwidgets.widgets.store import SessionStore


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float = 5.0) -> None:
        self.now += seconds


class Class:
    """A recorded session and what its page held at the end of each step."""

    def __init__(self, session: Any, store: SessionStore) -> None:
        self.session, self.store = session, store
        self.clock = Clock()
        self.record = session.record(clock=self.clock)
        self.pages: dict[int, dict[str, Any]] = {}

    def step(self) -> None:
        """What was just done has its result, and time passes."""
        if self.session.info.can_predict and not isinstance(self.session, LogitsSession):
            with contextlib.suppress(LLMWidgetsError):
                _ = self.session.distribution
        self.store.publish()
        self.pages[len(self.record) - 1] = page(self.store)
        self.clock.wait()

    def replayed(self, tmp_path: Path) -> ReplaySession:
        """Through the file."""
        return ReplaySession(read(self.record.save(tmp_path / "class.json")))


def page(store: SessionStore) -> dict[str, Any]:
    """What the page is told of a moment, without what counts changes."""
    told = copy.deepcopy(
        {name: getattr(store, name) for name in ("content", "distribution", "sampler", "draws", "paths", "status")}
    )
    for part in filter(None, told.values()):
        for name in ("revision", "seen", "number", "can_undo"):
            part.pop(name, None)
    status = told["status"]
    told["status"] = {name: status[name] for name in ("reason", "ended_by", "error")}
    # where there is no way yet, the page may not have been told so
    told["paths"] = told["paths"] or {}
    return told


def check(lesson: Class, tmp_path: Path) -> ReplaySession:
    """Every step of the replay tells the page what the class told it, forwards and back."""
    assert set(lesson.pages) == set(range(len(lesson.record)))
    return check_pages(lesson, tmp_path)


def check_pages(lesson: Class, tmp_path: Path) -> ReplaySession:
    """The same of those steps whose page was looked at."""
    replayed = lesson.replayed(tmp_path)
    store = SessionStore(replayed)
    for index in [*sorted(lesson.pages), *sorted(lesson.pages, reverse=True)]:
        replayed.step = index
        store.publish()
        found, expected = page(store), lesson.pages[index]
        for name, value in expected.items():
            if name == "status" and value["error"] is not None:
                assert found[name]["error"]["code"] == value["error"]["code"]
                continue
            assert found[name] == value or not (found[name] or value), f"{name} of step {index}"
    return replayed
