"""A student's code, run so that it can neither hang the notebook nor write between what the check says."""

from __future__ import annotations

import contextlib
import ctypes
import io
import sysconfig
import threading
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType, TracebackType

_STDLIB = sysconfig.get_path("stdlib")
KEPT = 400
"""Characters that are kept of what the student's code prints."""
PATIENCE = 0.5
"""Seconds that a stopped thread gets to end, each of three times."""


class TimeUp(Exception):
    """The code ran longer than allowed; `stopped` is false where it could not be ended and goes on."""

    def __init__(self, seconds: float, *, stopped: bool) -> None:
        super().__init__(f"more than {seconds} s")
        self.seconds = seconds
        self.stopped = stopped


class Raised(Exception):
    """The student's code raised `error`, which says `said`, at `line` (0 where unknown), whose text is `code`."""

    def __init__(self, error: BaseException, line: int, code: str) -> None:
        self.said = _words_of(error)
        super().__init__(self.said)
        self.error = error
        self.line = line
        self.code = code


def _words_of(error: BaseException) -> str:
    """Its kind and its words, as far as it has any."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 (an error of a student's own may raise anything)
        return type(error).__name__


class _Ended(SystemExit):
    """Raised inside a thread to end it; `except Exception` does not catch it, and threading says nothing of it."""


class _Print(io.TextIOBase):
    """Takes what is printed, keeps its beginning."""

    def __init__(self) -> None:
        self.kept = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        if len(self.kept) < KEPT:
            self.kept = (self.kept + text)[:KEPT]
        return len(text)


@contextlib.contextmanager
def quiet() -> Iterator[_Print]:
    """Nothing reaches the cell's output: a grader takes stderr for a failure, and compares stdout."""
    taken = _Print()
    with contextlib.redirect_stdout(taken), contextlib.redirect_stderr(taken):
        yield taken


def run(job: Callable[[], Any], seconds: float) -> Any:
    """What `job` returns. It runs in a thread of its own, so that time is limited on every system.

    Python code is ended from outside; a single call into C that does not return cannot be, and is left behind. Raises TimeUp, and Raised
    for whatever `job` raises.
    """
    box: list[tuple[bool, Any]] = []

    def work() -> None:
        try:
            box.append((True, job()))
        except BaseException as error:  # noqa: BLE001 (a student's code may raise anything, SystemExit too)
            box.append((False, error))

    thread = threading.Thread(target=work, name="llmwidgets-exercise", daemon=True)
    thread.start()
    try:
        thread.join(seconds)
    finally:
        in_time = not thread.is_alive()
        stopped = in_time or _end(thread)
    if not in_time or not box:
        raise TimeUp(seconds, stopped=stopped)
    fine, value = box[0]
    if fine:
        return value
    raise _place(value) from None


def _end(thread: threading.Thread) -> bool:
    """Raises in another thread; whether it ended. Code that catches everything gets it three times."""
    for _ in range(3):
        if thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(_Ended))
        thread.join(PATIENCE)
        if not thread.is_alive():
            return True
    return False


def _place(error: BaseException) -> Raised:
    """Where the student's own code raised: the innermost frame that belongs to neither this package nor a library."""
    line, code = 0, ""
    found: list[tuple[FrameType, int]] = list(traceback.walk_tb(_below(error.__traceback__)))
    own = [(frame, number) for frame, number in found if not _is_library(frame.f_code.co_filename)]
    if own:
        frame, line = own[-1]
        code = traceback.FrameSummary(frame.f_code.co_filename, line, frame.f_code.co_name).line or ""
    traceback.clear_frames(error.__traceback__)
    return Raised(error, line, code)


def _below(trace: TracebackType | None) -> TracebackType | None:
    """The traceback from the first frame that is not this package's."""
    while trace is not None and _is_ours(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return trace


def _is_ours(file: str) -> bool:
    return file.startswith(__file__.rpartition("exercises")[0])


def _is_library(file: str) -> bool:
    return _is_ours(file) or "site-packages" in file or file.startswith((_STDLIB, "<frozen", "<__array_function__"))
