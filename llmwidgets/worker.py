"""One thread that does a session's work in order. What waits on it can be interrupted; what runs on it is never run twice at once."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from llmwidgets.errors import Outdated, SessionClosed

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class Worker:
    """A thread that starts with the first job and ends with its owner."""

    def __init__(self, name: str) -> None:
        self._identity = _Identity()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name, initializer=self._identity.take)

    def submit(self, job: Callable[[], Result]) -> Future[Result]:
        """Puts a job behind those that wait. Raises SessionClosed after `close`."""
        try:
            return self._pool.submit(job)
        except RuntimeError as error:
            raise _closed() from error

    def wait(self, future: Future[Result]) -> Result:
        """The result of a job. Raises SessionClosed for one that `close` took from the queue."""
        try:
            return future.result()
        except CancelledError as error:
            raise _closed() from error

    def run(self, job: Callable[[], Result]) -> Result:
        """Does a job in its turn and waits for its result; at once where the caller is the worker."""
        if self._identity.is_mine():
            return job()
        return self.wait(self.submit(job))

    def close(self) -> None:
        """Lets the job that runs end, and takes no more."""
        self._pool.shutdown(wait=not self._identity.is_mine(), cancel_futures=True)


def until_told(ask: Callable[[], Result]) -> Result:
    """What is told of something else than the newest text: asked again whenever a newer text goes before it and lets the request go."""
    while True:
        try:
            return ask()
        except Outdated:  # noqa: PERF203 (each time there is a newer text)
            continue


def _closed() -> SessionClosed:
    msg = "The session was closed meanwhile."
    return SessionClosed(msg, hint="Make a new one: ModelSession(...).")


class _Identity:
    """Which thread the worker is. Apart from it, so that a running thread does not keep its owner alive."""

    def __init__(self) -> None:
        self._ident: int | None = None

    def take(self) -> None:
        self._ident = threading.get_ident()

    def is_mine(self) -> bool:
        return threading.get_ident() == self._ident
