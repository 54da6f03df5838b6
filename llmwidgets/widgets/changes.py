"""A long text is sent once; after that, what changed in it. Offsets count UTF-16 units, as the page does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.arrays import encode_small
from llmwidgets.errors import InvalidValue
from llmwidgets.widgets.encode import distinct_pieces, place_payload, utf16_offsets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmwidgets.state import State
    from llmwidgets.widgets.payloads import ChangePayload, EditPayload

LONG = 5_000
"""Tokens from which on changes are sent. A shorter text is sent whole: that costs no time that anyone would notice."""


@dataclass(frozen=True, eq=False)
class Sent:
    """What the page has of a state: text (units,) uint16, ids (n,), spans (n, 2)."""

    revision: int
    units: np.ndarray
    ids: np.ndarray
    spans: np.ndarray

    @classmethod
    def of(cls, state: State) -> Sent:
        """A state as the page counts it."""
        tokens = state.tokens
        units = np.frombuffer(tokens.text.encode("utf-16-le"), "<u2")
        return cls(state.revision, units, tokens.ids, utf16_offsets(tokens.text, tokens.spans))


def change_payload(
    before: Sent, after: Sent, state: State, *, add_special: bool | None, can_undo: bool, seen: Mapping[str, int]
) -> ChangePayload:
    """What leads from one content to the other; `after` is of `state`."""
    start, same_end = _same_ends(before.units[:, None], after.units[:, None])
    start, same_end = _whole_characters(after.units, start, same_end)
    end = len(before.units) - same_end
    moved = before.spans + (len(after.units) - len(before.units))
    first, behind = _same_ends(
        np.column_stack([before.ids, before.spans]), np.column_stack([after.ids, after.spans]), moved
    )
    new = slice(first, len(after.ids) - behind)
    tokens = state.tokens
    distinct, pieces = distinct_pieces(tokens, new)
    return {
        "base": before.revision,
        "start": start,
        "end": end,
        "text": after.units[start : len(after.units) - same_end].tobytes().decode("utf-16-le"),
        "first": first,
        "last": len(before.ids) - behind,
        "ids": encode_small(after.ids[new]),
        "starts": encode_small(after.spans[new, 0]),
        "ends": encode_small(after.spans[new, 1]),
        "distinct": distinct,
        "pieces": [text for text, _ in pieces],
        "bytes": [part for _, part in pieces],
        "special": np.flatnonzero(tokens.special).tolist(),
        "exact": tokens.exact,
        "characters": tokens.characters,
        "utf8_bytes": tokens.utf8_bytes,
        **place_payload(state, add_special=add_special, can_undo=can_undo, seen=seen),
    }


def edited(text: str, edit: EditPayload) -> str:
    """The text after an edit. Raises InvalidValue where it leaves the text, or cuts a character in two."""
    units = text.encode("utf-16-le")
    start, end = 2 * edit["start"], 2 * edit["end"]
    if not 0 <= start <= end <= len(units):
        raise _refuse(edit, f"0 to {len(units) // 2}")
    try:
        return (units[:start] + edit["text"].encode("utf-16-le") + units[end:]).decode("utf-16-le")
    except UnicodeError as error:
        raise _refuse(edit, "whole characters") from error


def _refuse(edit: EditPayload, allowed: str) -> InvalidValue:
    value = f"{edit['start']} to {edit['end']}"
    return InvalidValue(
        f"edit cannot be {value}.", hint=f"It takes {allowed}.", name="edit", value=value, allowed=allowed
    )


def _same_ends(before: np.ndarray, after: np.ndarray, moved: Any = None) -> tuple[int, int]:
    """How many rows are the same at the beginning, and how many of the others at the end.

    `moved` are the last columns of `before` as they would be behind the change.
    """
    size = min(len(before), len(after))
    differs = np.flatnonzero((before[:size] != after[:size]).any(axis=1))
    first = int(differs[0]) if differs.size else size
    if moved is not None:
        before = np.column_stack([before[:, :1], moved])
    rest = size - first
    tail = (before[len(before) - rest :] != after[len(after) - rest :]).any(axis=1)
    differs = np.flatnonzero(tail)
    return first, rest - 1 - int(differs[-1]) if differs.size else rest


def _whole_characters(units: np.ndarray, start: int, same_end: int) -> tuple[int, int]:
    """The same ends, none of which begins or ends inside a surrogate pair."""
    if start and 0xD800 <= units[start - 1] < 0xDC00:
        start -= 1
    if same_end and 0xDC00 <= units[len(units) - same_end] < 0xE000:
        same_end -= 1
    return start, same_end
