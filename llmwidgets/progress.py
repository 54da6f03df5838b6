"""Long steps in words and bars, in a notebook and in a terminal alike (tqdm chooses)."""

from __future__ import annotations

import sys
from typing import Any

from llmwidgets import language, namespace


def say(line: str) -> None:
    """One line to the cell's output: in a notebook among what is printed, since stderr looks like an error there; elsewhere to stderr."""
    stream = sys.stdout if hasattr(namespace.shell(), "kernel") else sys.stderr
    stream.write(f"llmwidgets: {language.say(line)}\n")
    stream.flush()


class Bar:
    """Progress of bytes: called with a sentence, the bytes done and the bytes in all (0 where unknown)."""

    def __init__(self) -> None:
        self._sentence = ""
        self._bar: Any = None

    def __call__(self, sentence: str, done: int, total: int) -> None:
        """Moves the bar, or begins a new one for a new sentence."""
        if sentence != self._sentence:
            self.close()
            self._sentence = sentence
            if total:
                from tqdm.auto import tqdm

                self._bar = tqdm(total=total, unit="B", unit_scale=True, desc=language.say(sentence))
            else:
                say(sentence)
        if self._bar is not None:
            self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Leaves the bar as it stands."""
        if self._bar is not None:
            self._bar.close()
        self._bar = None
