"""What a server's answer says of the next tokens, in whichever of the known shapes it comes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from llmwidgets.errors import BadAnswer

LEAST = -9999.0
"""What OpenAI returns where a token is not among those that it tells the probability of."""

_ID = "token_id:"
_BYTES = "bytes:"


@dataclass(frozen=True)
class Returned:
    """A token and its log-probability in nats. `raw`: its bytes; `id` where the server tells it."""

    raw: bytes
    log_prob: float
    id: int | None = None


@dataclass(frozen=True)
class Place:
    """One token that came, and the most probable ones at its place. `chosen.log_prob` is NaN where none was told."""

    chosen: Returned
    top: tuple[Returned, ...] = ()


@dataclass(frozen=True)
class Piece:
    """What one message of an answer brings: new text, what is told of its tokens, and why the answer ends, "" while it goes on."""

    text: str
    places: tuple[Place, ...]
    finish: str = ""


def piece_of(answer: Any) -> Piece:
    """The first choice of an answer, or of a part of a streamed one. Raises BadAnswer where there is none that can be read."""
    choices = answer.get("choices") if isinstance(answer, dict) else None
    if not isinstance(choices, list):
        raise malformed("it has no choices")
    if not choices:
        # what closes a stream may bring the usage alone
        return Piece("", ())
    choice = choices[0]
    if not isinstance(choice, dict):
        raise malformed("its choice is no object")
    said = choice.get("message") or choice.get("delta") or {}
    text = choice.get("text") if "text" in choice else said.get("content") if isinstance(said, dict) else None
    try:
        places = places_of(choice.get("logprobs"))
    except (TypeError, ValueError, AttributeError, KeyError, OverflowError) as error:
        raise malformed(f"its logprobs cannot be read ({type(error).__name__})") from None
    return Piece(text if isinstance(text, str) else "", places, str(choice.get("finish_reason") or ""))


def places_of(logprobs: Any) -> tuple[Place, ...]:
    """The places of a `logprobs` object: of a chat (`content`), or of a completion (`tokens`, `top_logprobs`). () where there is none."""
    if not logprobs:
        return ()
    if logprobs.get("content") is not None:
        return tuple(_told(place) for place in logprobs["content"])
    tokens = logprobs.get("tokens") or []
    values = logprobs.get("token_logprobs") or [None] * len(tokens)
    tops = logprobs.get("top_logprobs") or [None] * len(tokens)
    return tuple(
        Place(
            _named(token, math.nan if value is None else float(value)),
            tuple(_named(name, float(other)) for name, other in (top or {}).items() if _tells(other)),
        )
        for token, value, top in zip(tokens, values, tops, strict=True)
    )


def _told(place: dict[str, Any]) -> Place:
    top = place.get("top_logprobs") or []
    return Place(_entry(place), tuple(_entry(each) for each in top if _tells(each["logprob"])))


def _entry(entry: dict[str, Any]) -> Returned:
    value = entry.get("logprob")
    log_prob = float(value) if value is not None and _tells(value) else math.nan
    known, raw = entry.get("id"), entry.get("bytes")
    if raw is None:
        return _named(entry["token"], log_prob)
    # a number alone would be as many zeros
    return Returned(bytes(list(raw)), log_prob, None if known is None else int(known))


def _named(token: str, log_prob: float) -> Returned:
    """A token by its text; some servers write ids or bytes there."""
    if token.startswith(_ID) and token[len(_ID) :].isdecimal():
        return Returned(b"", log_prob, int(token[len(_ID) :]))
    if token.startswith(f"{_BYTES}\\x"):
        return Returned(bytes.fromhex(token[len(_BYTES) :].replace("\\x", "")), log_prob)
    return Returned(token.encode("utf-8", errors="replace"), log_prob)


def _tells(log_prob: Any) -> bool:
    return log_prob is not None and float(log_prob) > LEAST and not math.isnan(float(log_prob))


def of_another_model(answer: Any, asked: str, address: str) -> None:
    """Raises BadAnswer where an answer says that it is another model's: its numbers are not shown under this one's name."""
    said = answer.get("model") if isinstance(answer, dict) else None
    if not isinstance(said, str) or not said or not asked:
        return
    ours, told = (name.lower().rsplit("/", 1)[-1] for name in (asked, said))
    if ours in told or told in ours:
        return
    msg = f"{address} was asked for {asked!r} and answered with {said!r}."
    hint = "Its numbers are not shown. Name the model that answers, if it is the one you want."
    raise BadAnswer(msg, hint=hint, why=f"{said!r} ≠ {asked!r}")


def malformed(why: str) -> BadAnswer:
    """What is said of an answer that cannot be read."""
    msg = f"The server's answer cannot be read: {why}."
    return BadAnswer(
        msg, hint="Try again; if it stays so, the server is not one that speaks as OpenAI's does.", why=why
    )
