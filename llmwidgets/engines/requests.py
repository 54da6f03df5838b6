"""Requests on a thread of their own, for engines whose model is elsewhere: whoever waits for one can be let go."""

from __future__ import annotations

import asyncio
import html
import re
import threading
import weakref
from concurrent.futures import CancelledError
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from llmwidgets.errors import LLMWidgetsError, Outdated, ServerUnreachable, SessionClosed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

Result = TypeVar("Result")

MOST_MARKUP = 10_000
"""Characters of a page that are looked at."""

_MARKUP = re.compile(r"<(script|style|title)\b.*?</\1\s*>|<!--.*?-->|<[^<>]*>", re.DOTALL | re.IGNORECASE)

CONNECT_WITHIN = 5.0
"""Seconds within which a server must take a connection."""

LEAVE_WITHIN = 1.0
"""Seconds that what was sent a moment ago has to leave when all ends."""


class Requests:
    """An event loop on a thread, for as long as somebody holds it. `end` closes the connections, on the loop. Thread-safe."""

    def __init__(self, end: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._closed = False
        self._under_way: set[Future[Any]] = set()
        self._guard = threading.Lock()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=_serve, args=(self._loop,), name="llmwidgets requests", daemon=True).start()
        self._end = weakref.finalize(self, _end, self._loop, end)

    @property
    def closed(self) -> bool:
        """Whether it takes no more."""
        return self._closed

    def beside(self) -> Requests:
        """The same loop for somebody else: what one lets go of, the other keeps."""
        return _Beside(self)

    def submit(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Begins a request. Raises SessionClosed after `close`."""
        if self.closed:
            work.close()
            raise _closed()
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        """The result of a request, or what it raised. Raises Outdated once `cancel` has let it go, SessionClosed."""
        future = self.submit(work)
        with self._guard:
            self._under_way.add(future)
        try:
            return future.result()
        except CancelledError:
            raise (_closed() if self.closed else _outdated()) from None
        except Exception:
            raise
        except BaseException:
            future.cancel()
            raise
        finally:
            with self._guard:
                self._under_way.discard(future)

    def cancel(self) -> None:
        """Lets go of the requests that are waited for."""
        with self._guard:
            futures = tuple(self._under_way)
        for future in futures:
            future.cancel()

    def close(self) -> None:
        """Ends what is under way, and takes no more."""
        self._closed = True
        self.cancel()
        self._end()


class _Beside(Requests):
    """See Requests.beside."""

    def __init__(self, whole: Requests) -> None:  # the loop is the whole's
        self._whole = whole
        self._under_way = set()
        self._guard = threading.Lock()

    @property
    def closed(self) -> bool:
        """See Requests."""
        return self._whole.closed

    def beside(self) -> Requests:
        """See Requests."""
        return self._whole.beside()

    def submit(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        """See Requests."""
        return self._whole.submit(work)

    def close(self) -> None:
        """Ends what is under way here; the loop is the whole's."""
        self.cancel()


def detached(error: LLMWidgetsError) -> LLMWidgetsError:
    """An error that holds no other: what raised it had the request, and so the key, in its frames."""
    error.__cause__ = error.__context__ = None
    error.__suppress_context__ = True
    return error.with_traceback(None)


def unreachable(address: str, why: str) -> ServerUnreachable:
    """What is said where nobody answers."""
    msg = f"{address} cannot be reached: {why}."
    hint = (
        "Check the address, and whether the server runs. The text is still there; it goes on when the server is back."
    )
    return ServerUnreachable(msg, hint=hint, address=address, why=why)


def plain(words: str) -> str:
    """A server's words in one line. Of a page, as a proxy answers, what a reader sees of it."""
    if words.lstrip().startswith("<"):
        words = html.unescape(_MARKUP.sub(" ", words[:MOST_MARKUP]))
    return " ".join(words.split())


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine; 0.0.0.0, which servers print, is as well."""
    host = urlsplit(url).hostname or ""
    try:
        found = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return found.is_loopback or found.is_unspecified


def _closed() -> SessionClosed:
    return SessionClosed("This session is closed.", hint="Make a new one: ModelSession.connect(...).")


def _outdated() -> Outdated:
    msg = "The text has moved on, so the request was let go."
    return Outdated(msg, hint="The newest text is asked for.")


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()


def _end(loop: asyncio.AbstractEventLoop, end: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def closing() -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=LEAVE_WITHIN)
        for task in others:
            task.cancel()
        await end()
        loop.stop()

    if loop.is_running():
        loop.call_soon_threadsafe(lambda: loop.create_task(closing()))
