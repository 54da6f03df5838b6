"""Repaints views while a cell runs: at most so many times a second, the newest first of all, the last one always."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_A_SECOND = 20
SHARE = 1 / 100
"""Of a processor's time, what painting may take: the model's thread shares the interpreter with it."""

LONGEST = 2.0
"""Seconds between two frames, however long they take."""


class Painter:
    """A thread that starts with the first frame and ends with `close`. `paint` says whether there is anyone to paint for any more."""

    def __init__(self, paint: Callable[[], bool]) -> None:
        self._paint = paint
        self._due = threading.Event()
        self._at_once = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def due(self, *, at_once: bool = False) -> None:
        """There is something new. Costs its caller next to nothing. `at_once` ends the pause: nothing runs that could be held up."""
        if at_once:
            self._at_once.set()
        if self._due.is_set():
            return
        self._due.set()
        if self._thread is None:
            self._start()

    def end(self) -> None:
        """Ends it, without waiting; what is due is painted first."""
        self._ended.set()
        self._at_once.set()
        self._due.set()

    def close(self) -> None:
        """Ends it, and waits for the last frame."""
        self.end()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None and not self._ended.is_set():
                self._thread = threading.Thread(target=self._run, name="llmwidgets-painter", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            self._at_once.clear()
            # the processor's time: what it waits for is no burden on others
            began, started = time.thread_time(), time.perf_counter()
            if not self._paint() or self._ended.is_set():
                return
            spent, took = time.thread_time() - began, time.perf_counter() - started
            self._ended.wait(1 / MOST_A_SECOND - took)
            self._at_once.wait(min(spent / SHARE, LONGEST) - 1 / MOST_A_SECOND)
