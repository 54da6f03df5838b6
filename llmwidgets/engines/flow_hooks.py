"""Hooks that note what flows through a model: small objects that keep no tensor, change nothing and never raise.

They run in the user's thread, within the user's call. Copies of the model get hooks that do nothing.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import threading
import time
from typing import TYPE_CHECKING, Any

import torch
from torch.compiler import is_compiling

from llmwidgets.engines.flow_facts import after, before, clock_of, first_tensor, form_of, is_traced
from llmwidgets.engines.passes import is_own_pass

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmwidgets.engines.flow_facts import After, Before, Clock, Form
    from llmwidgets.engines.flow_parts import Part

log = logging.getLogger("llmwidgets")

MOST_OPEN = 4
"""Calls of one thread that may be open at once; what an interrupt left open is dropped beyond these."""

LONGEST_PAUSE = 0.25
"""Seconds between two calls, the second of which goes on from the first, that are no pause. A call may take longer than that, and its gap as long."""


class Call:
    """A call under way in one thread. `marks`: (part, began, ended, form) of each stage that ran; without moments, of what went into it."""

    __slots__ = ("began", "clock", "found", "host", "key", "marks", "started")

    def __init__(self, key: int, found: Before, clock: Clock) -> None:
        self.key = key
        self.found = found
        self.clock = clock
        self.marks: list[tuple[Part, Any, Any, Form]] = []
        self.began: Any = None
        self.host = time.perf_counter()
        self.started = clock()


class Ended:
    """A call that came to its end, as raw as it was noted. `host`: its end by the processor's clock.

    `run`: tokens, all rows, since `since`, of the calls that went on from each other; none of the first one's.
    """

    __slots__ = ("after", "call", "ended", "host", "number", "run", "since")

    def __init__(self, number: int, call: Call, ended: Any, found: After) -> None:
        self.number = number
        self.call = call
        self.ended = ended
        self.after = found
        self.host = time.perf_counter()
        self.run, self.since = 0, self.host

    def follow(self, last: Ended) -> None:
        """Goes on with the run of the call before, where it is one."""
        reused, cache = self.call.found.reused, last.after.cache
        pause = self.call.host - last.host
        goes_on = cache is not None and reused is not None and reused == cache.length
        if goes_on and pause <= max(LONGEST_PAUSE, last.host - last.call.host):
            self.run = last.run + self.call.found.rows * self.call.found.tokens
            self.since = last.since


class _Thread(threading.local):
    """What one thread is at. `last`: the call that it ended last."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.last: Ended | None = None


class Tape:
    """What the hooks of one model share. `tell()` is called after each call, on its thread. `own`: whether a session's own passes count."""

    def __init__(self, tell: Callable[[], None], *, own: bool = True) -> None:
        self._own = own
        self.thread = _Thread()
        self.newest: Ended | None = None
        self._tell = tell
        self._numbers = itertools.count(1)

    def _passed_over(self) -> bool:
        return is_traced() or (not self._own and is_own_pass())

    def open(self, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """A call begins."""
        if self._passed_over():
            return
        calls = self.thread.calls
        # what is still here was left by an interrupt, or is a call that this one stands in
        del calls[: 1 - MOST_OPEN]
        calls.append(Call(id(kwargs), before(model, args, kwargs), clock_of(args, kwargs)))

    def close(self, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        """A call ends; without an output, by an exception."""
        if self._passed_over():
            return
        calls = self.thread.calls
        found = [at for at, call in enumerate(calls) if call.key == id(kwargs)]
        # where another hook has put other arguments in place of those, it is the newest
        place = found[-1] if found else len(calls) - 1
        if place < 0:
            return
        call = calls[place]
        del calls[place:]
        if output is None:
            return
        ended = call.clock()
        done = Ended(next(self._numbers), call, ended, after(model, args, kwargs, output, call.found))
        if self.thread.last is not None:
            done.follow(self.thread.last)
        self.thread.last = self.newest = done
        self._tell()


class _Hook:
    """A hook of one stage, or of the model itself."""

    __slots__ = ("part", "tape")

    def __init__(self, tape: Tape, part: Part | None = None) -> None:
        self.tape = tape
        self.part = part

    def __reduce__(self) -> tuple[Any, ...]:
        # a copy of the model is another matter: its hook does nothing, and needs nothing of ours to be unpickled
        return getattr, (contextlib.nullcontext(), "__exit__")


class CallBegins(_Hook):
    """Before the model, with keyword arguments."""

    __slots__ = ()

    def __call__(self, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """See torch's hooks."""
        if is_compiling():
            return
        try:
            self.tape.open(model, args, kwargs)
        except Exception:
            log.debug("a call of the model could not be noted", exc_info=True)


class CallEnds(_Hook):
    """Behind the model, with keyword arguments; after an exception too."""

    __slots__ = ()

    def __call__(self, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        """See torch's hooks."""
        if is_compiling():
            return
        try:
            self.tape.close(model, args, kwargs, output)
        except Exception:
            log.debug("a call of the model could not be noted", exc_info=True)


class StageBegins(_Hook):
    """Before a stage."""

    __slots__ = ()

    def __call__(self, _module: Any, _args: tuple[Any, ...]) -> None:
        """See torch's hooks."""
        if is_compiling():
            return
        calls = self.tape.thread.calls
        if calls:
            calls[-1].began = calls[-1].clock()


class InputArrives(_Hook):
    """Before a stage whose input is a stage of its own: the tokens, in front of their embeddings."""

    __slots__ = ()

    def __call__(self, _module: Any, args: tuple[Any, ...]) -> None:
        """See torch's hooks."""
        if is_compiling():
            return
        calls = self.tape.thread.calls
        if calls and self.part is not None and (ids := first_tensor(args)) is not None:
            calls[-1].marks.append((self.part, None, None, form_of(ids)))


class StageEnds(_Hook):
    """Behind a stage."""

    __slots__ = ()

    def __call__(self, _module: Any, _args: tuple[Any, ...], output: Any) -> None:
        """See torch's hooks."""
        if is_compiling():
            return
        calls = self.tape.thread.calls
        if calls and self.part is not None:
            call = calls[-1]
            ended = call.clock()
            out = output if isinstance(output, torch.Tensor) else first_tensor(output)
            if out is not None:
                call.marks.append((self.part, call.began, ended, form_of(out)))
