"""Requests to a server, by the openai library, on a thread of their own: whoever waits for one can be let go."""

from __future__ import annotations

import asyncio
import copy
import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmwidgets.engines.api.failures import BUSY, NOT_IMPLEMENTED, SPENT, Where, busy, cut, in_our_words
from llmwidgets.engines.api.servers import OPENAI, by_address
from llmwidgets.engines.requests import CONNECT_WITHIN, Requests, detached, is_loopback
from llmwidgets.engines.waits import seconds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from llmwidgets.engines.api.budget import Budget
    from llmwidgets.engines.key import Key
    from llmwidgets.errors import LLMWidgetsError


@dataclass(frozen=True)
class Manners:
    """How a server is asked: `timeout` in seconds for a whole request, its retries included, and for each silence of a stream.

    `retries`: how often a request is made again after a failure that may pass, each time after a longer wait with some chance in it.
    """

    timeout: float = 60.0
    retries: int = 2


class Client:
    """A server at `base_url`, asked in order of the calls. Thread-safe."""

    def __init__(
        self, base_url: str, key: Key, manners: Manners, budget: Budget, *, api_version: str | None = None
    ) -> None:
        self.base_url = base_url
        self.budget = budget
        self.manners = manners
        self._key = key
        self._waits = _Waits()
        self._openai = _openai(base_url, key, manners, api_version, _hearer(self._waits, manners.timeout))
        self._requests = Requests(self._openai.close)

    def beside(self) -> Client:
        """The same connection and budget for somebody else, who lets go of requests of their own alone."""
        other = copy.copy(self)
        other._requests = self._requests.beside()
        return other

    def get(self, path: str, *, root: bool = False) -> Any:
        """What a GET of a path returns: below the base URL, or at the server's root."""
        return self._asked(lambda: self._openai.get(self._url(path, root), cast_to=object), "")

    def post(self, path: str, body: dict[str, Any], *, root: bool = False) -> Any:
        """What a POST returns that runs the model, below the base URL or at the server's root. Counts against the budget."""
        self.budget.take()
        url = self._url(path, root)
        answer = self._asked(lambda: self._openai.post(url, cast_to=object, body=body), str(body.get("model", "")))
        if isinstance(answer, dict):
            self.budget.count(answer.get("usage"))
        return answer

    def stream(self, path: str, body: dict[str, Any], stop: threading.Event) -> Iterator[Any]:
        """The parts of a streamed answer as they come; ends early once `stop` is set. Counts against the budget."""
        self.budget.take()
        where = self._where(str(body.get("model", "")))
        parts: queue.SimpleQueue[Any] = queue.SimpleQueue()
        future, begun, usage = self._requests.submit(self._read(path, body, parts)), False, None
        try:
            while not stop.is_set():
                try:
                    part = parts.get(timeout=0.05)
                except queue.Empty:
                    continue
                if part is _END:
                    break
                if isinstance(part, BaseException):
                    raise detached(in_our_words(part, where, begun=begun))
                begun = True
                # some tell it with every part, of all up to there
                usage = (part.get("usage") if isinstance(part, dict) else None) or usage
                yield part
        finally:
            future.cancel()
            self.budget.count(usage)

    def ask(self, path: str, body: dict[str, Any]) -> Any:
        """What a POST at the server's root returns, which runs no model: its tokenizer, say. Costs nothing."""
        return self._asked(lambda: self._openai.post(self._url(path, root=True), cast_to=object, body=body), "")

    def cancel(self) -> None:
        """Lets go of the requests under way, streams aside: whoever waits for one gets Outdated."""
        self._requests.cancel()

    def close(self) -> None:
        """Ends what is under way, and takes no more."""
        self._requests.close()

    # inside

    def _url(self, path: str, root: bool) -> str:
        # a server may stand behind a path of another: its root is where its /v1 begins
        return f"{self.base_url.removesuffix('/').removesuffix('/v1')}{path}" if root else path

    def _where(self, model: str) -> Where:
        return Where(self.base_url, model, self._key)

    def _asked(self, ask: Callable[[], Coroutine[Any, Any, Any]], model: str) -> Any:
        """The answer to one request. Its failure is told in our words, apart from what the library held."""
        failure: LLMWidgetsError
        self._waits.asked = None

        async def limited() -> Any:
            return await asyncio.wait_for(ask(), self.manners.timeout)

        try:
            return self._requests.wait(limited())
        except (TimeoutError, asyncio.TimeoutError) as error:
            where = self._where(model)
            failure = busy(where, self._waits.asked) if self._waits.asked else in_our_words(error, where)
        except Exception as error:  # noqa: BLE001 (whatever the library or what lies below it raises)
            failure = in_our_words(error, self._where(model))
        raise detached(failure)

    async def _read(self, path: str, body: dict[str, Any], parts: queue.SimpleQueue[Any]) -> None:
        """Puts the parts of a stream into a queue, and behind them the end or what went wrong."""
        import openai

        try:
            begun = self._openai.post(
                path, cast_to=object, body=body, stream=True, stream_cls=openai.AsyncStream[object]
            )
            stream = await asyncio.wait_for(begun, self.manners.timeout)
            try:
                async for part in stream:
                    parts.put(part)
            finally:
                await stream.close()
            parts.put(_END)
        except BaseException as error:
            parts.put(error if isinstance(error, Exception) else _END)
            if not isinstance(error, Exception):
                raise


_END = object()


@dataclass
class _Waits:
    """How long the server asked to wait the last time, in seconds; None where it did not."""

    asked: float | None = None


def _hearer(waits: _Waits, longest: float) -> Callable[[Any], Coroutine[Any, Any, None]]:
    """Notes how long a server asks to wait, and says what need not be asked again."""

    async def hear(response: Any) -> None:
        waits.asked = seconds_of(response.headers) if response.status_code == BUSY else None
        spent = response.status_code == BUSY and SPENT.encode() in await response.aread()
        # what is not there stays so; and nobody waits longer than for an answer, nor asks before it is time
        if response.status_code == NOT_IMPLEMENTED or spent or (waits.asked or 0) > longest:
            response.headers["x-should-retry"] = "false"

    return hear


def _openai(base_url: str, key: Key, manners: Manners, api_version: str | None, hear: Any) -> Any:
    """The library's client. It holds the key, so nothing of it may reach an error."""
    import openai

    failed = ""
    try:
        http = openai.DefaultAsyncHttpxClient(
            event_hooks={"response": [hear]},
            # a redirect would take the text, and at some servers the key, to whom nobody named
            follow_redirects=False,
            # a proxy of the environment is for the way out of this machine
            trust_env=not is_loopback(base_url),
        )
        timeout = openai.Timeout(manners.timeout, connect=min(CONNECT_WITHIN, manners.timeout))
        shared: dict[str, Any] = {
            "api_key": key.reveal() or "none",
            "timeout": timeout,
            "max_retries": manners.retries,
            "http_client": http,
        }
        return _of_library(base_url, api_version, shared)
    except Exception as error:  # noqa: BLE001 (an address that the library refuses)
        failed = key.scrubbed(f"{type(error).__name__}: {error}")
    raise detached(cut(failed))


def _of_library(base_url: str, api_version: str | None, shared: dict[str, Any]) -> Any:
    import openai

    if api_version is not None and not base_url.endswith("/v1/"):
        client: Any = openai.AsyncAzureOpenAI(azure_endpoint=base_url, api_version=api_version, **shared)
    else:
        query = {} if api_version is None else {"api-version": api_version}
        client = openai.AsyncOpenAI(base_url=base_url, default_query=query, **shared)
    if by_address(base_url) is not OPENAI:
        # what the library finds in the environment is for its own server
        client.organization = client.project = None
    return client
