"""What travels between a notebook and `llmwidgets serve`: arrays as safetensors, all else as JSON. Nothing is ever unpickled.

Both sides read this page; it knows neither the server's library nor the client's.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from llmwidgets import errors
from llmwidgets.errors import BadAnswer, InvalidValue, LLMWidgetsError

if TYPE_CHECKING:
    import torch

Array = TypeVar("Array")

SERVER = "llmwidgets"
VERSION = 3
"""Of this page: a notebook and a server of two versions say so instead of misreading each other."""

ARRAYS = "application/vnd.safetensors"
STUDENT, SESSION = "x-llmwidgets-student", "x-llmwidgets-session"
"""Headers: the label by which a student is shown and limited, and whose keys and values are meant."""

MOST_BYTES = 4_000_000
"""Of a request's body."""

MOST_LABEL = 60
"""Characters of a student's label."""

TABLE_BYTES = 16_000_000
"""Of the embedding table, in one answer."""

ATTENTION_BYTES = 16_000_000
"""Of attention weights, in one answer."""

EMBEDDED_IDS = 4_096
"""Whose embeddings are asked for at once."""

LAST_TOKENS = 2_048
"""Of the texts whose last hidden states are asked for at once."""

_HEADER = struct.Struct("<Q")


@dataclass(frozen=True)
class Ask:
    """What is wanted of a text: the logits behind its end, surprisals and hidden states of its tokens from a place on (None: not wanted).

    `at`: of an encoder, the logits of the token at this place. `attentions_from`: how much the tokens from this place to `attentions_to`
    attend to each, as many of them as fit in ATTENTION_BYTES, and at least one.
    """

    ids: tuple[int, ...]
    logits: bool = False
    scores_from: int | None = None
    states_from: int | None = None
    at: int | None = None
    attentions_from: int | None = None
    attentions_to: int | None = None


@dataclass(frozen=True)
class Cost:
    """What an answer cost on the server."""

    forwards: int = 0
    computed: int = 0
    reused: int = 0
    seconds: float = 0.0


def pack(arrays: Mapping[str, Any], facts: Mapping[str, Any] | None = None) -> bytes:
    """Arrays and tensors by name, and facts that JSON can hold, as one safetensors file."""
    import torch
    from safetensors.torch import save

    tensors = {name: torch.as_tensor(array).detach().cpu().contiguous() for name, array in arrays.items()}
    return save(tensors, {"facts": json.dumps(facts or {})})


def unpack(data: bytes) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The other way. Raises BadAnswer for what is no such file."""
    from safetensors.torch import load

    return _unpacked(data, load)


def unpack_numbers(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The same as NumPy's arrays, without torch; of bfloat16 there are none. Raises BadAnswer."""
    from safetensors.numpy import load

    return _unpacked(data, load)


def _unpacked(data: bytes, load: Callable[[bytes], dict[str, Array]]) -> tuple[dict[str, Array], dict[str, Any]]:
    try:
        arrays = load(data)
        (size,) = _HEADER.unpack_from(data)
        facts = json.loads(json.loads(data[_HEADER.size : _HEADER.size + size])["__metadata__"]["facts"])
        facts = dict(facts)
    except Exception as error:
        msg = "What came is no safetensors file of llmwidgets, or was cut short."
        raise BadAnswer(
            msg, hint="Ask again; if it stays, the two sides are of different versions.", why="no safetensors"
        ) from error
    return arrays, facts


def pack_texts(texts: list[list[int]]) -> dict[str, np.ndarray]:
    """Texts of ids as two arrays: all ids, and how many each text has."""
    flat = np.array([token for text in texts for token in text], np.int64)
    return {"ids": flat, "lengths": np.array([len(text) for text in texts], np.int64)}


def unpack_texts(arrays: Mapping[str, Any]) -> list[tuple[int, ...]]:
    """The other way. Raises InvalidValue."""
    ids = ids_of(arrays, "ids")
    lengths = ids_of(arrays, "lengths") if "lengths" in arrays else (len(ids),)
    if sum(lengths) != len(ids) or any(length < 0 for length in lengths):
        raise _invalid("lengths", f"{list(lengths)!r:.60}", f"lengths that add up to {len(ids)}")
    rest = iter(ids)
    return [tuple(_take(rest, length)) for length in lengths]


def ids_of(arrays: Mapping[str, Any], name: str) -> tuple[int, ...]:
    """A vector of whole numbers among arrays. Raises InvalidValue."""
    found = arrays.get(name)
    dtype = "" if found is None else str(found.dtype).removeprefix("torch.")
    if found is None or found.ndim != 1 or dtype not in ("int64", "int32"):
        shown = "missing" if found is None else f"{dtype} {tuple(found.shape)}"
        raise _invalid(name, shown, "a vector of int64")
    return tuple(found.tolist())


def place_of(facts: Mapping[str, Any], name: str, most: int, default: int | None = None) -> int | None:
    """A place in a text among facts. Raises InvalidValue."""
    found = facts.get(name, default)
    if found is None or (isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= most):
        return found
    raise _invalid(name, f"{found!r:.60}", f"0 to {most}")


def pack_error(error: LLMWidgetsError) -> bytes:
    """An error as JSON: its code, its words and its values."""
    values = {name: value if _is_plain(value) else str(value) for name, value in error.values.items()}
    told = {"code": error.code, "message": error.message, "hint": error.hint, "values": values}
    return json.dumps({"error": told}, ensure_ascii=False).encode()


def unpack_error(data: bytes) -> LLMWidgetsError | None:
    """The same error again, of the class that a local engine raises; None for what is none."""
    try:
        told = json.loads(data)["error"]
        code, message, hint = (str(told[name]) for name in ("code", "message", "hint"))
        values = {
            str(name): value for name, value in dict(told["values"]).items() if name not in ("self", "message", "hint")
        }
    except (ValueError, TypeError, KeyError):
        return None
    kind = _by_code().get(code, errors.ServerFailed)
    return kind(message, hint=hint, **values)


def label_of(text: str) -> str:
    """A student's label without what could not be shown in a line, at most MOST_LABEL characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:MOST_LABEL]


def _by_code() -> dict[str, type[LLMWidgetsError]]:
    return {kind.code: kind for kind in _kinds(LLMWidgetsError)}


def _kinds(kind: type[LLMWidgetsError]) -> Iterator[type[LLMWidgetsError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _kinds(child)


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, (str, int, float, bool))


def _take(rest: Iterator[int], count: int) -> Iterator[int]:
    for _ in range(count):
        yield next(rest)


def _invalid(name: str, value: str, allowed: str) -> InvalidValue:
    msg = f"{name} cannot be {value}."
    return InvalidValue(msg, hint=f"It takes {allowed}.", name=name, value=value, allowed=allowed)
