"""Requests to a server of llmwidgets, on a thread of their own: whoever waits for one can be let go."""

from __future__ import annotations

import asyncio
import random
import threading
import weakref
from concurrent.futures import CancelledError
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote, urlsplit

import httpx

from llmwidgets import wire
from llmwidgets.errors import (
    BadAnswer,
    KeyRefused,
    LLMWidgetsError,
    Outdated,
    ServerBusy,
    ServerFailed,
    ServerUnreachable,
    SessionClosed,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from concurrent.futures import Future

CONNECT_WITHIN = 5.0
"""Seconds within which a server must take a connection."""

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 4.0
"""Seconds before the first try again, twice as many before each that follows, with some chance in it; no wait is longer."""


@dataclass(frozen=True)
class Manners:
    """How a server is asked: `timeout` in seconds for an answer, `retries` after a failure that may pass."""

    timeout: float = 60.0
    retries: int = 4


class Link:
    """A server at `url`, asked in the name of a student. Thread-safe; nothing of it shows the token."""

    def __init__(self, url: str, token: str, student: str, manners: Manners) -> None:
        self.url, self.manners = url, manners
        self._closed = False
        self._under_way: set[Future[Any]] = set()
        self._guard = threading.Lock()
        self._loop = asyncio.new_event_loop()
        headers = {wire.STUDENT: quote(student)} | ({"authorization": f"Bearer {token}"} if token else {})
        self._http = httpx.AsyncClient(
            base_url=url,
            headers=headers,
            timeout=httpx.Timeout(manners.timeout, connect=min(CONNECT_WITHIN, manners.timeout)),
            trust_env=not is_loopback(url),
        )
        threading.Thread(target=_serve, args=(self._loop,), name="llmwidgets link", daemon=True).start()
        self._end = weakref.finalize(self, _end, self._loop, self._http)

    def get(self, path: str, **query: Any) -> bytes:
        """The body of an answer. Raises what the server raised, ServerUnreachable, ServerFailed, ServerBusy, KeyRefused, Outdated."""
        return self._wait(self._answer("GET", path, params=query))

    def post(self, path: str, session: str, arrays: Mapping[str, Any], facts: Mapping[str, Any] | None = None) -> bytes:
        """The same, to arrays and facts. `session`: whose keys and values are meant."""
        content = wire.pack(arrays, facts)
        headers = {wire.SESSION: session, "content-type": wire.ARRAYS}
        return self._wait(self._answer("POST", path, content=content, headers=headers))

    def send(self, path: str, session: str) -> None:
        """A request whose answer nobody waits for."""
        headers = {wire.SESSION: session, "content-type": wire.ARRAYS}
        if not self._closed:
            asyncio.run_coroutine_threadsafe(self._once("POST", path, headers=headers), self._loop)

    def cancel(self) -> None:
        """Lets go of the requests under way: whoever waits for one gets Outdated."""
        with self._guard:
            futures = tuple(self._under_way)
        for future in futures:
            future.cancel()

    def close(self) -> None:
        """Ends what is under way, and takes no more."""
        self._closed = True
        self.cancel()
        self._end()

    def __repr__(self) -> str:
        return f"Link({self.url!r})"

    def __reduce__(self) -> NoReturn:
        msg = "A link holds a token, and is not written to disk."
        raise TypeError(msg)

    # inside

    def _wait(self, work: Coroutine[Any, Any, bytes]) -> bytes:
        failure: LLMWidgetsError
        if self._closed:
            work.close()
            raise _closed()
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        with self._guard:
            self._under_way.add(future)
        try:
            return future.result()
        except CancelledError:
            failure = _closed() if self._closed else _outdated()
        except LLMWidgetsError as error:
            failure = error
        except BaseException:
            future.cancel()
            raise
        finally:
            with self._guard:
                self._under_way.discard(future)
        raise _detached(failure)

    async def _answer(self, method: str, path: str, **options: Any) -> bytes:
        """Tries again, a few times and after a pause, what may pass."""
        tried = 0
        while True:
            found = await self._once(method, path, **options)
            if isinstance(found, bytes):
                return found
            pause = _pause(found, tried)
            if tried == self.manners.retries or pause is None:
                raise found
            await asyncio.sleep(pause)
            tried += 1

    async def _once(self, method: str, path: str, **options: Any) -> bytes | LLMWidgetsError:
        """The body of an answer, or what went wrong, apart from what the library held: that has the token in its headers."""
        try:
            response = await self._http.request(method, path, **options)
        except httpx.ReadTimeout:
            # it works on it, or for others: to ask again would only add to that
            msg = f"{self.url} did not answer within {self.manners.timeout:g} s."
            raise ServerFailed(msg, hint="The text is still there: try again.", address=self.url, words="") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return unreachable(self.url, f"{error}" or type(error).__name__)
        return response.content if response.status_code == 200 else self._failure(response)

    def _failure(self, response: httpx.Response) -> LLMWidgetsError:
        told = wire.unpack_error(response.content)
        if isinstance(told, (ServerBusy, ServerFailed, KeyRefused)):
            told.values["address"] = self.url
        if told is not None:
            return told
        # Ray's own words: the application is not up yet, or its door was lost
        words = " ".join(response.text.split())[:200]
        if response.status_code in (404, 500, 502, 503, 504):
            return unreachable(self.url, f"it answers {response.status_code} while it starts")
        msg = f"{self.url} answered {response.status_code}: {words}"
        return BadAnswer(msg, hint="Is it a server started by `llmwidgets serve`?", why=words)


def unreachable(url: str, why: str) -> ServerUnreachable:
    """What is said where nobody answers."""
    msg = f"{url} cannot be reached: {why}."
    hint = "The text is still there; it goes on when the server is back: change the text or try again."
    return ServerUnreachable(msg, hint=hint, address=url, why=why)


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _pause(error: LLMWidgetsError, tried: int) -> float | None:
    """Seconds until it is worth trying again; None where it is not."""
    if not isinstance(error, (ServerUnreachable, ServerFailed, ServerBusy)):
        return None
    if isinstance(error, ServerBusy):
        asked = error.values.get("wait")
        wait = float(asked) if isinstance(asked, (int, float)) else 1.0
        return wait + random.uniform(0, 0.25) if wait <= LONGEST_PAUSE else None  # noqa: S311 (no secret)
    pause = min(FIRST_PAUSE * 2**tried, LONGEST_PAUSE)
    return random.uniform(pause / 2, pause)  # noqa: S311 (no secret)


def _detached(error: LLMWidgetsError) -> LLMWidgetsError:
    error.__cause__ = error.__context__ = None
    error.__suppress_context__ = True
    return error.with_traceback(None)


def _closed() -> SessionClosed:
    return SessionClosed("This session is closed.", hint="Make a new one: ModelSession.connect(...).")


def _outdated() -> Outdated:
    msg = "The text has moved on, so the request was let go."
    return Outdated(msg, hint="The newest text is asked for.")


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()


def _end(loop: asyncio.AbstractEventLoop, http: httpx.AsyncClient) -> None:
    async def closing() -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            # what was sent a moment ago may still leave
            await asyncio.wait(others, timeout=1)
        for task in others:
            task.cancel()
        await http.aclose()
        loop.stop()

    if loop.is_running():
        loop.call_soon_threadsafe(lambda: loop.create_task(closing()))
