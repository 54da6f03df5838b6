"""Keeping: something that grows is written down again and again while it does, so that a killed process takes little of it along."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY = 5.0
"""Seconds from one writing to the next."""
SHARE = 20
"""What takes a second of the processor is done every so many seconds at most."""


class Keeping:
    """Calls `write()` on a thread of its own after `changed()`: at once, then at most every few seconds, and never for more than a twentieth of the time.

    The thread ends with `end()`, and with the process.
    """

    def __init__(self, write: Callable[[], None]) -> None:
        self._write = write
        self._due, self._ended = threading.Event(), threading.Event()
        threading.Thread(target=self._run, name="llmwidgets-keeping", daemon=True).start()

    def changed(self) -> None:
        """There is something new to write."""
        self._due.set()

    def end(self) -> None:
        """Writes no more; what is being written comes to its end."""
        self._ended.set()
        self._due.set()

    def _run(self) -> None:
        while self._due.wait() and not self._ended.is_set():
            self._due.clear()
            began = time.thread_time()
            self._write()
            self._ended.wait(max(EVERY, SHARE * (time.thread_time() - began)))
