"""What an EmbeddingMap's page may ask, checked. See requests.py."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, cast, get_args

import numpy as np

from llmwidgets.widgets.map_payloads import MapPlace
from llmwidgets.widgets.requests import is_whole, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_CHARACTERS = 20_000
"""Of all words together, or of an expression."""
MOST_NAMES = 500
MOST_POINTS = 100_000
_KINDS: Mapping[str, type] = {
    "show": str,
    "show_tokens": bool,
    "ground": bool,
    "method": str,
    "axes": int,
    "layer": str,
    "pooling": str,
    "leading_space": bool,
    "measure": str,
    "color_by": str,
    "expression": str,
}


def map_settings(message: dict[str, Any]) -> dict[str, Any]:
    """The settings in a `map` request that are not null, by type; their values are the view's to check."""
    found = {name: message[name] for name in ("words", *_KINDS) if message.get(name) is not None}
    words = found.get("words", [])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise refuse("words", type(words).__name__, "a list of strings")
    if sum(map(len, words)) > MOST_CHARACTERS:
        raise refuse("words", f"{sum(map(len, words)):,} characters", f"at most {MOST_CHARACTERS:,} characters in all")
    for name, kind in _KINDS.items():
        value = found.get(name)
        if name in found and (not isinstance(value, kind) or (kind is int and not is_whole(value))):
            raise refuse(name, f"{value!r:.40}", {str: "a string", bool: "true or false", int: "a whole number"}[kind])
    if len(found.get("expression", "")) > MOST_CHARACTERS:
        raise refuse("expression", f"{len(found['expression']):,} characters", f"at most {MOST_CHARACTERS:,}")
    return found


def place(message: dict[str, Any]) -> tuple[MapPlace, int, int]:
    """Where a `look` request points: on what, which, and in which layer of the contexts."""
    on = message.get("on")
    if not isinstance(on, str) or on not in get_args(MapPlace):
        raise refuse("on", f"{on!r:.40}", ", ".join(get_args(MapPlace)))
    return cast("MapPlace", on), number(message, "index"), number(message, "layer")


def number(message: dict[str, Any], name: str) -> int:
    """A whole number from 0 of a request; 0 where it says none."""
    value = message.get(name)
    if value is None:
        return 0
    if not is_whole(value) or value < 0:
        raise refuse(name, f"{value!r:.40}", "a whole number from 0")
    return int(value)


def indices(message: dict[str, Any], most: int = MOST_NAMES) -> list[int]:
    """The indices of a `names` request."""
    return _numbers(message, "indices", most)


def chosen(message: dict[str, Any], count: int) -> tuple[list[int], np.ndarray]:
    """The points of a `choose` request, and the mask (count,) of the ground's."""
    bits = message.get("ground")
    if not isinstance(bits, str):
        raise refuse("ground", type(bits).__name__, "base64")
    points = _numbers(message, "points", MOST_POINTS)
    if not bits:
        return points, np.zeros(count, bool)
    try:
        data = base64.b64decode(bits, validate=True)
    except (binascii.Error, ValueError):
        raise refuse("ground", f"{bits[:20]!r}", "base64") from None
    if len(data) != -(-count // 8):
        raise refuse("ground", f"{len(data):,} bytes", f"{-(-count // 8):,} bytes for {count:,} points")
    return points, np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little", count=count).astype(bool)


def _numbers(message: dict[str, Any], name: str, most: int) -> list[int]:
    values = message.get(name)
    if not isinstance(values, list) or not all(is_whole(value) and value >= 0 for value in values):
        raise refuse(name, f"{values!r:.40}", "whole numbers from 0")
    if len(values) > most:
        raise refuse(name, f"{len(values):,} of them", f"at most {most:,}")
    return values
