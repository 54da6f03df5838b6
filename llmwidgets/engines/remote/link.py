"""Requests to a server of llmwidgets, in the name of a student."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote

import httpx

from llmwidgets import wire
from llmwidgets.engines.requests import CONNECT_WITHIN, Requests, detached, is_loopback, plain, unreachable
from llmwidgets.engines.waits import seconds_of
from llmwidgets.errors import (
    BadAnswer,
    KeyRefused,
    LLMWidgetsError,
    ServerBusy,
    ServerFailed,
    ServerUnreachable,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator, Mapping

    from llmwidgets.engines.key import Key

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 4.0
"""Seconds before the first try again, twice as many before each that follows, with some chance in it; no wait is longer."""

BUSY = 429


@dataclass(frozen=True)
class Manners:
    """How a server is asked: `timeout` in seconds for an answer, `retries` after a failure that may pass."""

    timeout: float = 60.0
    retries: int = 4


class _Bearer(httpx.Auth):
    """Puts the token into a request as it leaves, so that nothing that lives longer holds it in the clear."""

    def __init__(self, token: Key) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._token:
            request.headers["authorization"] = f"Bearer {self._token.reveal()}"
        yield request


def is_llmwidgets_server(url: str, timeout: float = CONNECT_WITHIN) -> bool:
    """Whether `llmwidgets serve` answers at an address. False where nobody does. Needs no token."""
    try:
        with httpx.Client(timeout=timeout, trust_env=not is_loopback(url)) as client:
            answer = client.get(f"{url.rstrip('/')}/healthz")
            found: Any = json.loads(answer.content) if answer.status_code == 200 else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return False
    return isinstance(found, dict) and found.get("server") == wire.SERVER


class Link:
    """A server at `url`, asked in the name of a student. Thread-safe; nothing of it shows the token."""

    def __init__(self, url: str, token: Key, student: str, manners: Manners) -> None:
        self.url, self.manners = url, manners
        self._token = token
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={wire.STUDENT: quote(student)},
            auth=_Bearer(token),
            timeout=httpx.Timeout(manners.timeout, connect=min(CONNECT_WITHIN, manners.timeout)),
            trust_env=not is_loopback(url),
        )
        self._requests = Requests(self._http.aclose)

    def beside(self) -> Link:
        """The same connection for somebody else, who lets go of requests of their own alone."""
        other = object.__new__(Link)
        vars(other).update(vars(self), _requests=self._requests.beside())
        return other

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
        if not self._requests.closed:
            self._requests.submit(self._once("POST", path, headers=headers))

    def cancel(self) -> None:
        """Lets go of the requests under way: whoever waits for one gets Outdated."""
        self._requests.cancel()

    def close(self) -> None:
        """Ends what is under way, and takes no more."""
        self._requests.close()

    def __repr__(self) -> str:
        return f"Link({self.url!r})"

    def __reduce__(self) -> NoReturn:
        msg = "A link holds a token, and is not written to disk."
        raise TypeError(msg)

    # inside

    def _wait(self, work: Coroutine[Any, Any, bytes]) -> bytes:
        failure: LLMWidgetsError
        try:
            return self._requests.wait(work)
        except LLMWidgetsError as error:
            failure = error
        raise detached(failure)

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
        words = self._token.scrubbed(plain(response.text))[:200]
        if response.status_code in (404, 500, 502, 503, 504):
            return unreachable(self.url, f"it answers {response.status_code} while it starts")
        if response.status_code == BUSY:
            # of whoever stands in front of the server
            wait = seconds_of(response.headers) or 1.0
            msg = f"{self.url} takes no more requests for now (429). It asks to wait {wait:,.0f} seconds."
            return ServerBusy(
                msg, hint="Wait, then try again.", address=self.url, seconds=f"{wait:,.0f}", words=words, wait=wait
            )
        msg = f"{self.url} answered {response.status_code}: {words}"
        return BadAnswer(msg, hint="Is it a server started by `llmwidgets serve`?", why=words)


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
