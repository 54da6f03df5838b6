"""What goes wrong with a server, in this project's words. Nothing of the request, and so no key, is in them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from llmwidgets.engines.requests import plain, unreachable
from llmwidgets.engines.waits import seconds_of
from llmwidgets.errors import (
    BadAnswer,
    InvalidValue,
    KeyRefused,
    LLMWidgetsError,
    ModelNotFound,
    NotOffered,
    ServerBusy,
    ServerFailed,
)

if TYPE_CHECKING:
    from llmwidgets.engines.key import Key

BUSY = 429
SPENT = "insufficient_quota"
"""The code by which OpenAI says 429 of an account without credit: waiting does not help."""

NOT_IMPLEMENTED = 501
PASSING = (408, 409, 425)
"""What is said of a request that came too late, too early or at the same time as another."""

MOST_SHOWN = 300
"""Characters of a server's own words that are shown."""


@dataclass(frozen=True)
class Where:
    """Whom a request went to."""

    address: str
    model: str
    key: Key


def in_our_words(error: BaseException, where: Where, *, begun: bool = False) -> LLMWidgetsError:
    """Any failure of a request as one of our errors. `begun`: part of its answer was there."""
    import openai

    if isinstance(error, LLMWidgetsError):
        return error
    if isinstance(error, openai.APIStatusError):
        if error.response.has_redirect_location:
            return _sent_on(error.response.headers["location"], where)
        if error.code == SPENT:
            return _spent(_words(error, where.key), where)
        return _of_status(error.status_code, _words(error, where.key), where, seconds_of(error.response.headers))
    if isinstance(error, (openai.APITimeoutError, TimeoutError)):
        return unreachable(where.address, "no answer in time")
    if isinstance(error, openai.APIConnectionError):
        why = where.key.scrubbed(f"{error.__cause__ or error}")[:MOST_SHOWN] or "no connection"
        return cut(why) if begun else unreachable(where.address, why)
    if isinstance(error, json.JSONDecodeError):
        return cut("it is no JSON")
    if isinstance(error, openai.APIError):
        # an error inside a stream
        return _failed(_words(error, where.key), where, "in the middle of its answer")
    # httpx and what lies below it: a connection that ends while an answer is read
    return cut(where.key.scrubbed(f"{type(error).__name__}: {error}")[:MOST_SHOWN])


def busy(where: Where, wait: float | None, words: str = "") -> ServerBusy:
    """What is said where the server takes no more for now."""
    seconds = f"{wait:,.0f}" if wait else ""
    asked = f" It asks to wait {seconds} seconds." if seconds else ""
    said = f" It says: {words}" if words else ""
    msg = f"{where.address} takes no more requests for now (429).{asked}{said}"
    return ServerBusy(msg, hint="Wait, then try again.", address=where.address, seconds=seconds, words=words)


def _spent(words: str, where: Where) -> ServerBusy:
    msg = f"{where.address} takes no requests of this key: its account has no credit left (429). It says: {words}"
    hint = "Add credit there, or take another key."
    return ServerBusy(msg, hint=hint, address=where.address, seconds="", words=words)


def cut(why: str) -> BadAnswer:
    """What is said of an answer that ends before its end, or is of another form."""
    msg = f"The server's answer was cut off or damaged: {why}."
    return BadAnswer(msg, hint="What had come is there; try again.", why=why)


def _sent_on(location: str, where: Where) -> InvalidValue:
    """What is said where a server sends its callers to another address, which may be anybody's."""
    parts = urlsplit(urljoin(where.address, location))
    other = where.key.scrubbed(
        f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"
    )
    msg = f"{where.address} sends its callers on to {other[:MOST_SHOWN]}."
    hint = "Neither the text nor the key was sent there. If that is the right server, give its address."
    return InvalidValue(msg, hint=hint, name="base_url", value=where.address, allowed=other[:MOST_SHOWN])


def _of_status(status: int, words: str, where: Where, wait: float | None) -> LLMWidgetsError:
    if status in (401, 403):
        need = "no key was given" if not where.key else "the key was refused" if status == 401 else "the key may not"
        msg = f"{where.address} refused the request ({status}): {need}. It says: {words}"
        hint = 'Give another: api_key="ask" asks for it unseen, or set the environment\'s variable.'
        return KeyRefused(msg, hint=hint, address=where.address, status=status, words=words)
    if status == 404:
        msg = f"{where.address} has no model {where.model!r}, or not this way of asking (404). It says: {words}"
        hint = "Check the name and the address, which mostly ends in /v1."
        return ModelNotFound(msg, hint=hint, name=where.model, words=words)
    if status == BUSY:
        return busy(where, wait, words)
    if status == NOT_IMPLEMENTED:
        msg = f"{where.address} does not offer this (501): {words}"
        hint = "session.capabilities lists what it gives."
        return NotOffered(msg, hint=hint, what="request", server=where.address, known="", words=words)
    if status >= 500 or status in PASSING:
        return _failed(words, where, f"with {status}")
    msg = f"{where.address} refused the request ({status}): {words}"
    hint = "Its words say which part it does not take."
    return InvalidValue(msg, hint=hint, name="request", value=str(status), allowed=words)


def _failed(words: str, where: Where, how: str) -> ServerFailed:
    msg = f"{where.address} failed {how}: {words}"
    return ServerFailed(msg, hint="The text is still there: try again in a moment.", address=where.address, words=words)


def _words(error: Any, key: Key) -> str:
    """What the server itself says."""
    body = error.body
    if isinstance(body, dict):
        inner = body.get("error", body)
        said = inner.get("message") or inner.get("detail") if isinstance(inner, dict) else inner
    else:
        said = body
    if isinstance(said, list):
        said = "; ".join(map(_part, said))
    text = str(said or error.message or type(error).__name__)
    return key.scrubbed(plain(text))[:MOST_SHOWN]


def _part(found: Any) -> str:
    """What FastAPI finds wrong with one part of a request."""
    if not isinstance(found, dict) or not isinstance(found.get("loc"), list):
        return str(found)
    return f"{'.'.join(map(str, found['loc']))}: {found.get('msg', '')}"
