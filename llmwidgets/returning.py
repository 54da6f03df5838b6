"""Looks now and then whether a server that was lost is back."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0
"""Seconds before the first look, twice as many before each that follows; no pause is longer."""

log = logging.getLogger("llmwidgets")


class Returning:
    """Calls `look` on a thread of its own until it says True: the server is back, or nobody waits for it. Thread-safe."""

    def __init__(self, look: Callable[[], bool]) -> None:
        self._look = look
        self._guard = threading.Lock()
        self._looking = self._asked = False
        self._over = threading.Event()

    def begin(self) -> None:
        """Begins to look, where that has not begun yet."""
        with self._guard:
            self._asked = True
            if self._looking or self._over.is_set():
                return
            self._looking = True
        threading.Thread(target=self._run, name="llmwidgets returning", daemon=True).start()

    def end(self) -> None:
        """Looks no more."""
        self._over.set()

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self._over.wait(pause):
            self._asked = False
            pause = min(2 * pause, LONGEST_PAUSE)
            if self._found() and self._ends():
                return

    def _found(self) -> bool:
        try:
            return self._look()
        except Exception:
            log.exception("whether the server is back could not be seen")
            return True

    def _ends(self) -> bool:
        """Whether nobody has begun again since the last look."""
        with self._guard:
            self._looking = self._asked
            return not self._asked
