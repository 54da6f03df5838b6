"""The door: who may come in, what each may take, which replica answers. Runs in the process that starts all others; it holds no model."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import logging
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from llmwidgets import wire
from llmwidgets.errors import (
    InvalidValue,
    KeyRefused,
    LLMWidgetsError,
    ServerBusy,
    ServerFailed,
    TextTooLong,
    UnknownToken,
    in_words,
)
from llmwidgets.serving.bundles import Bundles
from llmwidgets.serving.gauges import Gauges
from llmwidgets.serving.lanes import lane_of
from llmwidgets.serving.page import page
from llmwidgets.serving.students import Students
from llmwidgets.wire import Ask

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

    from starlette.types import Receive, Scope, Send

    from llmwidgets.serving.bundles import Asked
    from llmwidgets.serving.replica import Reply
    from llmwidgets.serving.settings import Lock, Settings

    Answer = Callable[[Request], Awaitable[Response]]

log = logging.getLogger("llmwidgets")

TRIES = 3
"""How often a request is given to a replica: another answers, or the same one newly started, where one was lost."""

LONGEST = 55.0
"""Seconds after which a request has got no answer and is told so: before a notebook gives up by itself."""

LONGEST_BODY = 30.0
"""Seconds within which the whole of a request must have come: whoever sends slower holds what others need."""

STATUS: dict[type[LLMWidgetsError], int] = {
    KeyRefused: 401,
    ServerBusy: 429,
    TextTooLong: 413,
    UnknownToken: 400,
    InvalidValue: 400,
}
"""HTTP's numbers for errors; the others that the model raises are 422, and what is nobody's fault 503."""


GONE = 499
"""The status of a request whose notebook wants no answer any more; nobody receives it."""


class Front:
    """The server's application, by the ASGI standard. `replicas`: Ray Serve's handle of them."""

    def __init__(self, replicas: Any, settings: Settings, lock: Lock) -> None:
        self._lock = lock
        self._replicas = replicas
        self._lanes = [replicas.options(session_id=str(lane)) for lane in range(settings.replicas)]
        self._bundles = [_bundles(lane) for lane in self._lanes]
        self._students = Students(settings.limits)
        self._gauges = Gauges(self._students, settings.replicas)
        self._about: dict[str, Any] = {}
        # with the tokenizer's files, megabytes that each notebook asks for when it connects
        self._described = b""
        self._gets: dict[str, Answer] = {
            "/": self._page,
            "/healthz": self._health,
            "/metrics": self._metrics,
            "/model": self._model,
            "/table": self._table,
        }
        self._posts: dict[str, Answer] = {
            "/run": self._run,
            "/embeddings": self._embeddings,
            "/last_states": self._last_states,
            "/forget": self._forget,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Any request."""
        response = await self._answered(Request(scope, receive))
        await response(scope, receive, send)

    # for people and machines that look after it

    async def _page(self, request: Request) -> Response:
        about = await self._known()
        html = page(about["info"]["name"], self._students.lines(), request.headers.get("accept-language", ""))
        return Response(html, media_type="text/html", headers={"content-security-policy": CSP, **NO_STORE})

    async def _health(self, request: Request) -> Response:
        del request
        about = await self._known()
        return _json({"server": wire.SERVER, "version": wire.VERSION, "model": about["info"]["name"]})

    async def _metrics(self, request: Request) -> Response:
        del request
        return Response(self._gauges.text(), media_type="text/plain; version=0.0.4")

    # for notebooks

    async def _model(self, request: Request) -> Response:
        del request
        await self._known()
        return Response(self._described, headers=NO_STORE, media_type="application/json")

    async def _run(self, request: Request) -> Response:
        arrays, facts = await _read(request)
        ids = wire.ids_of(arrays, "ids")
        ask = Ask(
            ids,
            facts.get("logits") is True,
            wire.place_of(facts, "scores_from", len(ids)),
            wire.place_of(facts, "states_from", len(ids) - 1),
            wire.place_of(facts, "at", len(ids) - 1),
            wire.place_of(facts, "attentions_from", len(ids) - 1),
            wire.place_of(facts, "attentions_to", len(ids)),
        )
        session = _session(request)
        return await self._asked(request, len(ids), lambda: self._bundles[self._lane(session)].ask(session, ask))

    async def _embeddings(self, request: Request) -> Response:
        ids = wire.ids_of((await _read(request))[0], "ids")
        if len(ids) > wire.EMBEDDED_IDS:
            raise _refused("ids", f"{len(ids):,} ids", f"{wire.EMBEDDED_IDS:,} ids")
        return await self._asked(request, 0, lambda: _result(self._replicas.embeddings.remote(ids)))

    async def _table(self, request: Request) -> Response:
        start = request.query_params.get("start", "0")
        if not start.isdecimal() or len(start) > 9:
            raise _refused("start", repr(start), "a row")
        return await self._asked(request, 0, lambda: _result(self._replicas.table.remote(int(start))))

    async def _last_states(self, request: Request) -> Response:
        texts = wire.unpack_texts((await _read(request))[0])
        tokens = sum(map(len, texts))
        if not texts or not all(texts) or tokens > wire.LAST_TOKENS:
            allowed = f"texts that are not empty, of {wire.LAST_TOKENS:,} tokens together"
            raise _refused("texts", f"{len(texts)} texts with {tokens:,} tokens", allowed)
        return await self._asked(request, tokens, lambda: _result(self._replicas.last_states.remote(texts)))

    async def _forget(self, request: Request) -> Response:
        session = _session(request)
        return await self._asked(request, 0, lambda: _result(self._lanes[self._lane(session)].forget.remote(session)))

    # inside

    async def _answered(self, request: Request) -> Response:
        started, path = time.perf_counter(), request.url.path
        answer = {"GET": self._gets, "POST": self._posts}.get(request.method, {}).get(path)
        if answer is None:
            return _json({"error": {"code": "not_found", "message": "There is nothing here."}}, 404)
        try:
            self._check(request, path)
            response = await answer(request)
        except ClientDisconnect:
            response = Response(status_code=GONE)
        except Exception as error:  # noqa: BLE001 (whatever it is, the student is told)
            response = _told(error)
        self._gauges.count(path, response.status_code, time.perf_counter() - started)
        return response

    def _check(self, request: Request, path: str) -> None:
        if path != "/healthz" and not self._lock.opens(_token(request)):
            msg = "The token of the class is missing or wrong."
            raise KeyRefused(
                msg, hint="Ask your teacher for it, and give it as api_key.", address="", status=401, words=""
            )

    def _lane(self, session: str) -> int:
        """By which the same session comes to the same replica as long as it lives."""
        return lane_of(session, len(self._lanes))

    async def _known(self) -> dict[str, Any]:
        if not self._about:
            reply = await self._got(lambda: _result(self._replicas.about.remote()))
            if reply.error:
                raise wire.unpack_error(reply.body) or ServerFailed(
                    "The model cannot be described.", address="", words="The model cannot be described."
                )
            self._about, self._described = json.loads(reply.body), reply.body
        return self._about

    async def _asked(self, request: Request, tokens: int, call: Callable[[], Coroutine[Any, Any, Reply]]) -> Response:
        """A student's request, by the rules: what the replica answers."""
        label = wire.label_of(unquote(request.headers.get(wire.STUDENT, ""))) or "?"
        with self._students.admitted(label, tokens) as student:
            reply = await _unless_gone(request, self._got(call))
            self._students.spend(student, reply.cost.computed)
        self._gauges.cost(reply.cost)
        if reply.error:
            error = wire.unpack_error(reply.body)
            return Response(reply.body, _status(error) if error else 503, media_type="application/json")
        return Response(reply.body, media_type=wire.ARRAYS)

    async def _got(self, call: Callable[[], Coroutine[Any, Any, Reply]]) -> Reply:
        """What a replica answers. One that is lost meanwhile is replaced by another: a request only reads, so that it can be made again."""
        from ray.exceptions import RayActorError

        lost: Exception | None = None
        for _ in range(TRIES):
            try:
                reply: Reply = await asyncio.wait_for(call(), LONGEST)
            except (RayActorError, ConnectionError) as error:
                lost = error
                log.warning("a replica was lost; its requests go to another")
                continue
            except asyncio.TimeoutError as error:
                msg = f"There was no answer within {LONGEST:.0f} s."
                raise ServerFailed(msg, hint="The text is still there: try again.", address="", words="") from error
            if reply.pulse is not None:
                self._gauges.pulse(reply.pulse)
            return reply
        msg = "The process that ran the model was lost."
        raise ServerFailed(msg, hint="The text is still there: try again in a moment.", address="", words="") from lost


NO_STORE = {"cache-control": "no-store"}
CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


async def _unless_gone(request: Request, work: Coroutine[Any, Any, Reply]) -> Reply:
    """What comes of work, which ends where whoever asked is gone. Raises ClientDisconnect then. The request's body has been read."""
    doing, gone = asyncio.ensure_future(work), asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait((doing, gone), return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            return doing.result()
        raise ClientDisconnect
    finally:
        doing.cancel()
        gone.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _result(response: Any) -> Reply:
    """What comes of a call of Ray Serve's, which ends where nobody waits for it."""
    try:
        reply: Reply = await response
    except asyncio.CancelledError:
        response.cancel()
        raise
    return reply


def _bundles(lane: Any) -> Bundles:
    streamed = lane.options(stream=True)

    async def call(bundle: list[Asked]) -> AsyncIterator[list[tuple[str, Reply]]]:
        if len(bundle) == 1:
            # one answer needs no stream, which costs Ray two milliseconds more
            yield await lane.run_alone.remote(bundle[0])
            return
        async for replies in streamed.run.remote(bundle):
            yield replies

    return Bundles(call, lane.let_go.remote)


async def _read(request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arrays of a request. Raises InvalidValue for what is none, or too large."""
    if request.headers.get("content-type", "") != wire.ARRAYS:
        # a page of another site can send forms to this address, and nothing of this type
        raise _refused("content-type", request.headers.get("content-type", ""), wire.ARRAYS)
    try:
        data = await asyncio.wait_for(_body(request), LONGEST_BODY)
    except asyncio.TimeoutError as error:
        raise _refused("body", f"slower than {LONGEST_BODY:.0f} s", f"{LONGEST_BODY:.0f} s") from error
    try:
        return wire.unpack_numbers(bytes(data))
    except LLMWidgetsError as error:
        raise _refused("body", f"{len(data):,} bytes", "a safetensors file") from error


async def _body(request: Request) -> bytearray:
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > wire.MOST_BYTES:
            raise _refused("body", f"more than {wire.MOST_BYTES:,} bytes", f"{wire.MOST_BYTES:,} bytes")
    return data


def _session(request: Request) -> str:
    found = str(request.headers.get(wire.SESSION, ""))
    if not found.isalnum() or not 8 <= len(found) <= 64:
        raise _refused(wire.SESSION, f"{found!r:.60}", "8 to 64 letters and digits")
    return found


def _token(request: Request) -> str | None:
    """The token as a notebook sends it, or a browser: as the password for any name."""
    kind, _, value = str(request.headers.get("authorization", "")).partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    if kind.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return None
    return None


def _told(error: Exception) -> Response:
    told = in_words(error)
    headers = dict(NO_STORE)
    if isinstance(told, KeyRefused):
        headers["www-authenticate"] = 'Basic realm="llmwidgets", charset="UTF-8"'
    if isinstance(told, ServerBusy):
        headers["retry-after"] = f"{max(float(str(told.values.get('wait', 1))), 1):.0f}"
    if told is not error:
        log.error("a request failed: %s", told.message, exc_info=error)
    return Response(wire.pack_error(told), _status(told), headers, "application/json")


def _status(error: LLMWidgetsError) -> int:
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 503 if error.passing else 422


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), status, NO_STORE, "application/json")


def _refused(name: str, value: str, allowed: str) -> InvalidValue:
    msg = f"{name} cannot be {value:.60}."
    return InvalidValue(msg, hint=f"It takes {allowed}.", name=name, value=f"{value:.60}", allowed=allowed)
