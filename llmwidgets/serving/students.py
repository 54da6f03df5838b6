"""Who asks: what each student may take, and who waits now."""

from __future__ import annotations

import time
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmwidgets.errors import ServerBusy, TextTooLong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llmwidgets.serving.settings import Limits

MOST_STUDENTS = 5_000
"""Who is remembered; beyond that, those who asked longest ago are forgotten first."""

MINUTE = 60.0


@dataclass
class Student:
    """One student by a label. `level`: the tokens that may still be computed now, below 0 after a long text; `starts` of the requests under way."""

    label: str
    level: float
    seen: float
    starts: list[float] = field(default_factory=list)
    answered: int = 0
    computed: int = 0

    @property
    def waiting(self) -> int:
        """Requests under way."""
        return len(self.starts)


@dataclass(frozen=True)
class Line:
    """A student as the page shows one. Seconds since the oldest request under way came in, and since the newest one."""

    label: str
    waiting: int
    waits: float
    idle: float
    answered: int
    computed: int


class Students:
    """Lets requests in, counts what they took. Not thread-safe: it lives in one event loop."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._clock = limits, clock
        self._known: OrderedDict[str, Student] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    @property
    def waiting(self) -> int:
        """Requests under way."""
        return sum(student.waiting for student in self._known.values())

    @contextmanager
    def admitted(self, label: str, tokens: int) -> Iterator[Student]:
        """A student's request while it is under way. Raises TextTooLong, ServerBusy with the seconds after which to try again."""
        self._check_length(tokens)
        student = self._student(label)
        self._check_turn(student)
        start = self._clock()
        student.starts.append(start)
        try:
            yield student
            student.answered += 1
        finally:
            student.starts.remove(start)

    def spend(self, student: Student, tokens: int) -> None:
        """Counts tokens that the model computed for a student; what came from its cache is free."""
        student.computed += tokens
        student.level -= tokens

    def lines(self) -> list[Line]:
        """Those who wait first, the longest first; then the others by when they asked."""
        now = self._clock()
        lines = [
            Line(
                each.label,
                each.waiting,
                now - min(each.starts, default=now),
                now - each.seen,
                each.answered,
                each.computed,
            )
            for each in self._known.values()
        ]
        return sorted(lines, key=lambda line: (-line.waits, line.idle))

    def _student(self, label: str) -> Student:
        now, a_minute = self._clock(), self._limits.tokens_a_minute
        student = self._known.get(label)
        if student is None:
            self._make_room()
            student = self._known[label] = Student(label, a_minute, now)
        student.level = min(student.level + (now - student.seen) * a_minute / MINUTE, a_minute)
        student.seen = now
        self._known.move_to_end(label)
        return student

    def _make_room(self) -> None:
        idle = [label for label, student in self._known.items() if not student.waiting]
        for label in idle[: max(len(self._known) - MOST_STUDENTS + 1, 0)]:
            del self._known[label]

    def _check_length(self, tokens: int) -> None:
        most = self._limits.tokens_a_text
        if 0 < most < tokens:
            msg = f"The text has {tokens:,} tokens; this server takes {most:,}."
            raise TextTooLong(msg, hint="Shorten the text; it is still there.", tokens=tokens, context=most)

    def _check_turn(self, student: Student) -> None:
        limits = self._limits
        if 0 < limits.requests_at_once <= student.waiting:
            raise _busy(f"{student.waiting} requests of yours are under way, as many as may be at once.", 1.0)
        if limits.tokens_a_minute and student.level <= 0:
            seconds = (1 - student.level) * MINUTE / limits.tokens_a_minute
            raise _busy(f"The {limits.tokens_a_minute:,} tokens a minute that each has are used up.", seconds)


def _busy(words: str, seconds: float) -> ServerBusy:
    shown = f"{max(seconds, 1):,.0f}"
    msg = f"{words} There is room again in {shown} s."
    return ServerBusy(msg, hint="Wait, then try again.", address="", seconds=shown, words=words, wait=round(seconds, 2))
