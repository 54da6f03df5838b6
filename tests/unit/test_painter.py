"""Frames for views while a cell runs: the newest counts, the last one comes."""

from __future__ import annotations

import threading

import pytest

from llmwidgets import painter
from llmwidgets.painter import Painter

PATIENCE = 60


class Canvas:
    """Counts what was painted, and waits for so many frames."""

    def __init__(self, *, alive=True):
        self.frames, self.alive = 0, alive
        self._more = threading.Condition()

    def paint(self):
        # so that a frame costs processor time, however fast the machine
        sum(range(20_000))
        with self._more:
            self.frames += 1
            self._more.notify_all()
        return self.alive

    def wait(self, frames):
        with self._more:
            return self._more.wait_for(lambda: self.frames >= frames, PATIENCE)


@pytest.fixture
def canvas():
    return Canvas()


@pytest.fixture
def hourly(monkeypatch):
    """Frames so dear that an hour lies between two."""
    monkeypatch.setattr(painter, "SHARE", 1e-12)
    monkeypatch.setattr(painter, "LONGEST", 3600)


def test_what_is_due_is_painted_and_the_last_one_too(canvas):
    made = Painter(canvas.paint)
    for _ in range(50):
        made.due()
    assert canvas.wait(1)
    first = canvas.frames
    made.due()
    assert canvas.wait(first + 1)
    made.close()


def test_at_once_ends_a_pause(canvas, hourly):
    made = Painter(canvas.paint)
    made.due()
    assert canvas.wait(1)
    made.due()
    made.due(at_once=True)
    assert canvas.wait(2)
    made.close()


def test_the_end_ends_a_pause_and_what_is_due_is_painted_first(canvas, hourly):
    made = Painter(canvas.paint)
    made.due()
    assert canvas.wait(1)
    made.due()
    made.close()
    assert canvas.frames == 2
    assert made._thread is not None
    assert not made._thread.is_alive()
    made.due()
    assert canvas.frames == 2


def test_nobody_to_paint_for_any_more():
    canvas = Canvas(alive=False)
    made = Painter(canvas.paint)
    made.due()
    assert canvas.wait(1)
    made._thread.join(PATIENCE)
    assert not made._thread.is_alive()


def test_nothing_due_starts_no_thread(canvas):
    made = Painter(canvas.paint)
    made.close()
    assert made._thread is None


def test_what_comes_while_a_frame_is_painted_is_painted_after_it():
    done, found = threading.Event(), []

    def paint():
        found.append(made._due.is_set())
        if len(found) == 1:
            made.due()
        else:
            done.set()
        return True

    made = Painter(paint)
    made.due()
    assert done.wait(PATIENCE)
    made.close()
    # each is painted for something new, and not for the same again
    assert found[:2] == [False, False]
