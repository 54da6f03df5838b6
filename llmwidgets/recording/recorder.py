"""Record: listens to a session and keeps what a class saw, step by step, in a short form."""

from __future__ import annotations

import contextlib
import gc
import logging
import threading
import time
import weakref
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from llmwidgets.errors import InvalidValue, LLMWidgetsError, SessionClosed
from llmwidgets.files import check_target, make_way, write
from llmwidgets.names import KnownNames
from llmwidgets.prediction import MOST_DRAWS_SHOWN, PredictionSession
from llmwidgets.recording.changes import SMOOTH, changes
from llmwidgets.recording.keeping import Keeping
from llmwidgets.recording.moments import Held, Note, Recording, Shortening, Step
from llmwidgets.recording.room import MOST_NOTE, MOST_STEPS, Room
from llmwidgets.recording.writing import written
from llmwidgets.stages.distribution import FRAME_HEAD
from llmwidgets.state import Scores

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

    from llmwidgets.stages.drawn import Drawn
    from llmwidgets.state import Outcome
    from llmwidgets.text import TextSession

log = logging.getLogger("llmwidgets")

PAUSE = 1.0
"""Seconds of stillness after which the same kind of change begins another step."""
WANTED_BY = "record"


@dataclass(frozen=True, eq=False)
class _Seen:
    """What a session holds at one moment, as it is."""

    step: Step
    outcome: Outcome
    scores: Scores
    drawn: Drawn | None
    writing: bool


class Record(KnownNames):
    """What a session's class sees from now on, as steps; `session.record()` makes it.

    A step begins where something else is changed than before, or the same after a second of stillness: typing and a slider's drag are
    one step, and so is a `generate`. Results that come later belong to the step whose text they are of. As a context manager it stops
    at the end.

    Where it has a path, its file is there from the beginning and follows within some seconds, so that a kernel that is killed takes no more along;
    what had that name before is kept under another, as lesson-1.json.

    >>> with session.record("lesson.json") as record:               # doctest: +SKIP
    ...     session.text = "The capital of France is"
    ...     record.note("What happens if T → 0?")
    """

    def __init__(
        self, session: TextSession, path: str | os.PathLike[str] | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        # absolute: a notebook may go to another folder meanwhile
        self._path = None if path is None else check_target(path).absolute()
        self._session = weakref.ref(session)
        self._clock, self._began = clock, clock()
        self._lock = threading.RLock()
        self._shortening = Shortening(MOST_DRAWS_SHOWN)
        self._done: list[Step] = []
        self._room = Room()
        self._held: Held | None = None
        self._stopped = self._full = False
        self._moved = self._began
        self._in_run = False
        self._open: _Seen | None = None
        self._key: tuple[Any, ...] = ()
        self._attached: tuple[Outcome | None, Scores | None] = (None, None)
        self._writing = threading.RLock()
        # how often something was seen, and how much of it the file holds
        self._count, self._on_disk, self._failing = 0, 0, False
        self._keeping: Keeping | None = None
        self._follow = self._observe
        self._observe()
        if self._path is not None:
            _begin_file(self._path)
            self._write_own(self._path)
            self._keeping = Keeping(self._keep)
            _OPEN[self._path] = self
        session.attach(self._follow)
        if isinstance(session, PredictionSession):
            session.want_distribution(True, by=WANTED_BY)
        weakref.finalize(session, self._session_gone)

    # what is recorded

    @property
    def path(self) -> Path | None:
        """The file that it is kept in, absolute; None for none."""
        return self._path

    @property
    def running(self) -> bool:
        """Whether it still records."""
        return not self._stopped

    @property
    def full(self) -> bool:
        """Whether it stopped because a recording holds no more: 10,000 steps, or 10 million tokens of all its texts."""
        return self._full

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps so far."""
        with self._lock:
            last = () if self._open is None else (self._short(self._open),)
            return (*self._done, *last)

    def __len__(self) -> int:
        return len(self._done) + (self._open is not None)

    # what is asked

    def note(self, text: str) -> None:
        """A remark at this moment, which the replay shows with the step. Raises InvalidValue for no text, one over 2,000 characters, and once it has stopped."""
        if not isinstance(text, str) or not text.strip() or len(text) > MOST_NOTE:
            shown = f"{len(text):,} characters" if isinstance(text, str) and text.strip() else f"{text!r:.60}"
            raise InvalidValue(
                f"A note cannot be {shown}.",
                hint=f"It takes a text of at most {MOST_NOTE:,} characters.",
                name="text",
                value=shown,
                allowed="a text",
            )
        with self._lock:
            if self._stopped or self._open is None:
                raise InvalidValue(
                    "This recording has stopped, so it takes no more notes.",
                    hint="Record again: session.record().",
                    name="note",
                    value=f"{text!r:.60}",
                    allowed="a recording that runs",
                )
            step = self._open.step.with_note(Note(self._now(), text))
            self._open = replace(self._open, step=step)
            self._seen_more()

    def stop(self) -> None:
        """Ends it; with a path it is saved. Waits for what the model is still computing. Stopping again does nothing.

        Raises InvalidValue where it cannot be written; `save` to another path, and nothing is lost.
        """
        self._settle()
        self._end()
        if self._path is not None and self._on_disk < self._count:
            self._write_own(self._path)

    def save(self, path: str | os.PathLike[str] | None = None) -> Path:
        """Writes what there is so far as one JSON file, at once or not at all, and returns its path; the recording goes on.

        Without `path` to the one that it was given. Raises InvalidValue where there is none, or where it cannot be written.
        """
        target = self._path if path is None else check_target(path)
        if target is None:
            msg = "This recording has no file yet."
            raise InvalidValue(
                msg, hint='Name one: record.save("lesson.json").', name="path", value="None", allowed="a file's name"
            )
        self._settle()
        if path is None or target.absolute() == self._path:
            self._write_own(target)
            return target
        return write(target, written(Recording(self.steps)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        notes = sum(len(step.notes) for step in self._done) + (len(self._open.step.notes) if self._open else 0)
        doing = "full" if self._full else "stopped" if self._stopped else "running"
        where = "" if self._path is None else f", {self._path.name!r}"
        return f"Record({len(self)} steps, {notes} notes, {doing}{where})"

    # inside

    def _now(self) -> float:
        return max(0.0, self._clock() - self._began)

    def _settle(self) -> None:
        """Waits for the results of the step that is open, unless something is being written."""
        session = self._session()
        if self._stopped or session is None or session.closed or session.status.state == "generating":
            return
        if isinstance(session, PredictionSession) and session.info.can_predict:
            # what stands in the way is recorded as well
            with contextlib.suppress(LLMWidgetsError):
                _ = session.distribution
        self._observe()

    def _end(self) -> None:
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
        self._end_keeping()
        session = self._session()
        if session is None:
            return
        session.detach(self._follow)
        if isinstance(session, PredictionSession) and not session.closed:
            session.want_distribution(False, by=WANTED_BY)

    def _session_gone(self) -> None:
        """The session was deleted, or Python ends."""
        if self._stopped:
            return
        self._stopped = True
        self._end_keeping()
        if self._path is not None:
            with contextlib.suppress(Exception):  # nobody is left to tell
                self._write_own(self._path)

    # the file

    def _seen_more(self) -> None:
        """Under the lock: the file does not hold all of it any more."""
        self._count += 1
        if self._keeping is not None:
            self._keeping.changed()

    def _write_own(self, path: Path) -> None:
        """The file as it is now. Whoever comes late with what is older does not write."""
        with self._lock:
            count, steps = self._count, self.steps
        text = written(Recording(steps))
        with self._writing:
            if count >= self._on_disk:
                write(path, text)
                self._on_disk = count

    def _keep(self) -> None:
        """Where nobody waits for it: what stands in the way is said once, and the class goes on."""
        if self._path is None or self._on_disk >= self._count:
            return
        try:
            self._write_own(self._path)
            self._failing = False
        except Exception as error:  # noqa: BLE001 (whatever it is, the class goes on)
            if not self._failing:
                log.warning("the recording is in memory alone, record.save() writes it elsewhere: %s", error)
            self._failing = True

    def _end_keeping(self) -> None:
        if self._keeping is not None:
            self._keeping.end()
        if self._path is not None and _OPEN.get(self._path) is self:
            del _OPEN[self._path]

    def _observe(self) -> None:
        """After every change of the session, on the thread that made it."""
        session = self._session()
        if session is None or self._stopped:
            return
        if session.closed:
            self._end()
            self._keep()
            return
        with self._lock:
            fitted = self._take(self._look(session))
            self._seen_more()
        full = not fitted or len(self) >= MOST_STEPS
        if full and not self._full:
            self._full = True
            log.warning("the recording holds no more, and has stopped")
            self.stop()

    def _look(self, session: TextSession) -> _Seen:
        status, state = session.status, session.state
        outcome, scores = session.outcome, session.scores or Scores(-1)
        drawn = session.drawn if isinstance(session, PredictionSession) else None
        error = (outcome.error if outcome.revision == state.revision else None) or status.error
        step = Step(
            self._now(),
            self._holding(session),
            state,
            session.sampler,
            status,
            draws=self._shortening.draws(drawn),
            scores=scores.values if scores.revision == state.revision and scores.error is None else None,
            error=error,
            row=session.row,
        )
        return _Seen(step, outcome, scores, drawn, status.state == "generating")

    def _holding(self, session: TextSession) -> Held:
        kind = (
            "model"
            if session.can_edit and session.info.can_predict
            else "logits"
            if session.info.can_predict
            else "text"
        )
        found = Held(
            kind,  # type: ignore[arg-type]  # one of the three
            session.info,
            session.tokenizer_name,
            session.face,
            session.own_sampler,
            session.sampler_origins,
        )
        if self._held is None or not self._held.same(found):
            self._held = found
        return self._held

    def _take(self, seen: _Seen) -> bool:
        """Under the lock: what is seen goes on with the open step, or begins another. False where there is no room for it."""
        self._attach(seen)
        now = self._now()
        if self._open is None:
            self._begin(seen, (), now)
            return True
        if not self._room.left_for(self._open.step, seen.step):
            return False
        found = changes(self._open.step, seen.step)
        key = tuple(change.key for change in found if change.what != "error")
        if not key:
            self._go_on(seen)
        elif self._continues(key, now):
            self._go_on(seen)
            self._moved = now
        else:
            self._begin(seen, key, now)
        if seen.writing and key and key[0][0] == "written":
            self._in_run = True
        elif not seen.writing:
            self._in_run = False
        return True

    def _continues(self, key: tuple[Any, ...], now: float) -> bool:
        """Whether a change goes on with what the open step began."""
        assert self._open is not None  # noqa: S101 (whoever asks has looked)
        if self._in_run:
            return all(what in {"written", "position"} for what, _ in key)
        smooth = all(what in SMOOTH for what, _ in key)
        return smooth and key == self._key and now - self._moved < PAUSE and not self._open.step.notes

    def _begin(self, seen: _Seen, key: tuple[Any, ...], now: float) -> None:
        if self._open is not None:
            closed = self._short(self._open)
            self._room.take(closed)
            self._done.append(closed)
        self._open, self._key, self._moved = seen, key, now

    def _go_on(self, seen: _Seen) -> None:
        """The open step as it is now. What it knew of this very text and is not told again stays."""
        before = self._open
        assert before is not None  # noqa: S101 (whoever calls has looked)
        step, outcome = replace(seen.step, seconds=before.step.seconds, notes=before.step.notes), seen.outcome
        if before.step.state.revision == step.state.revision:
            if step.scores is None:
                step = replace(step, scores=before.step.scores)
            if before.outcome.revision == step.state.revision and _is_less(outcome, before.outcome):
                outcome = before.outcome
        self._open = replace(seen, step=step, outcome=outcome)

    def _attach(self, seen: _Seen) -> None:
        """Results that came after their step was left."""
        outcome, scores = seen.outcome, seen.scores
        if seen.writing:
            return
        new = [each.revision for each in (outcome, scores) if each not in self._attached and each.revision >= 0]
        self._attached = (outcome, scores)
        if not new:
            return
        for at in range(len(self._done) - 1, -1, -1):
            step = self._done[at]
            if step.state.revision < min(new):
                break
            if step.kept is None and step.error is None and step.state.revision == outcome.revision:
                step = replace(step, kept=self._shortening.kept(outcome, step.state), error=outcome.error)
            if step.scores is None and step.state.revision == scores.revision and scores.error is None:
                step = replace(step, scores=scores.values)
            self._done[at] = step

    def _short(self, seen: _Seen) -> Step:
        """A step without what is large."""
        step, outcome = seen.step, seen.outcome
        if outcome.revision != step.state.revision:
            return step
        return replace(step, kept=self._shortening.kept(outcome, step.state))


def _is_less(outcome: Outcome, known: Outcome) -> bool:
    """Whether an outcome says less than one that is known: none of this text, or a frame of a generation that begins."""
    return outcome.revision != known.revision or (outcome.head == FRAME_HEAD and known.head != FRAME_HEAD)


_OPEN: weakref.WeakValueDictionary[Path, Record] = weakref.WeakValueDictionary()
"""The recordings that run, by their files."""


def _begin_file(path: Path) -> None:
    """What is there already stays, under another name. Raises InvalidValue where another session is recorded there."""
    if path in _OPEN:
        gc.collect()  # a session that nobody holds any more ends its recording
    if path in _OPEN:
        raise InvalidValue(
            f"Another session is being recorded in {path.name!r}.",
            hint="Stop that recording first: record.stop(); or name another file.",
            name="path",
            value=repr(path.name),
            allowed="a file of its own",
        )
    old = make_way(path)
    if old is not None:
        log.warning("%s was there already, and is kept as %s", path.name, old.name)


def record(
    session: TextSession, path: str | os.PathLike[str] | None, running: Record | None, clock: Callable[[], float]
) -> Record:
    """See TextSession.record."""
    if session.closed:
        msg = "This session is closed."
        raise SessionClosed(msg, hint="Make a new one: ModelSession(...).")
    if running is None or not running.running:
        return Record(session, path, clock)
    if path is None or (running.path is not None and check_target(path).absolute() == running.path.absolute()):
        return running
    raise InvalidValue(
        "This session is being recorded already.",
        hint="Stop that recording first: record.stop(); or save it there as well: record.save(...).",
        name="path",
        value=repr(str(path)),
        allowed="none",
    )
