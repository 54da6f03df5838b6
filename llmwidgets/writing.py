"""A generation under way, what may end it, and how a server's words for its end are read."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from llmwidgets.errors import InvalidValue
from llmwidgets.stages.choices import Ending

if TYPE_CHECKING:
    from llmwidgets.stages.choices import Reason

MOST_NEW_TOKENS = 100_000


@dataclass
class Run:
    """A generation under way or the last one."""

    max_new_tokens: int = 0
    stop_texts: tuple[str, ...] = ()
    generated: int = 0
    started: float = 0.0
    seconds: float = 0.0
    ending: Ending = field(default_factory=Ending)
    revision: int = -1
    active: bool = False
    stop: threading.Event = field(default_factory=threading.Event)


def stop_texts(stop: Any) -> tuple[str, ...]:
    """The texts that end a generation. Raises InvalidValue for what is no text, or an empty one."""
    if stop is None:
        return ()
    texts = (stop,) if isinstance(stop, str) else tuple(stop) if isinstance(stop, Iterable) else (stop,)
    if all(isinstance(text, str) and text for text in texts):
        return texts
    shown = f"{stop!r:.60}"
    msg = f"stop cannot be {shown}."
    hint = 'It takes a text, or several: stop=["\\n", "User:"].'
    raise InvalidValue(msg, hint=hint, name="stop", value=shown, allowed="texts that are not empty")


def completed(texts: tuple[str, ...], written: bytes, newest: int) -> str:
    """The first of the texts that the newest bytes complete; "" where none is complete."""
    for text in texts:
        part = text.encode("utf-8", errors="replace")
        if part in written[-(len(part) + newest) :]:
            return text
    return ""


def ending_of(finish: str, run: Run) -> Ending:
    """Why a server ended, in our words; its own stand in `by` where it stopped for another reason."""
    known: dict[str, Reason] = {"stop": "eos", "eos": "eos", "length": "length"}
    reason = known.get(finish, "stopped")
    if reason == "length" and run.generated < run.max_new_tokens:
        return Ending("context")
    return Ending(reason, "" if finish in known else finish)
