"""A value of a file that anybody may have written: each look at it is checked, and what is refused is named by its place.

Not here: what a recording consists of (reading.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.errors import DamagedFile
from llmwidgets.recording.packing import Unpackable, unpack, unpack_bytes
from llmwidgets.recording.room import MOST_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Collection

TYPES = frozenset({"u1", "u2", "u4", "i1", "i2", "i4", "f4", "f8"})


@dataclass
class Budget:
    """How much more a file may unpack to, whatever its parts are: a few bytes can be deflated zeros without end."""

    numbers: int


class Part:
    """A value and its place in the file, as `steps[3].position`. Whatever it refuses raises DamagedFile."""

    def __init__(self, value: Any, name: str, place: str = "", budget: Budget | None = None) -> None:
        self._value = value
        self._name, self._place = name, place
        self._budget = budget or Budget(MOST_NUMBERS)

    def damaged(self, what: str) -> DamagedFile:
        """The error for this place; `what` stands there, or is missing."""
        place = self._place or "its beginning"
        msg = f"{self._name} is no recording that can be shown: at {place} there is {what}."
        return DamagedFile(
            msg, hint="Ask for the file again; it was cut short or changed.", name=self._name, place=place
        )

    @property
    def is_null(self) -> bool:
        """Whether there is nothing, as where an optional value is left out."""
        return self._value is None

    @property
    def is_text(self) -> bool:
        """Whether it is a text."""
        return isinstance(self._value, str)

    def key(self, name: str) -> Part:
        """A field; null where it is missing."""
        if not isinstance(self._value, dict):
            raise self.damaged("no object")
        return self._inner(self._value.get(name), f"{self._place}.{name}" if self._place else name)

    def keys(self, most: int) -> dict[str, Part]:
        """All fields by name."""
        if not isinstance(self._value, dict):
            raise self.damaged("no object")
        if len(self._value) > most:
            raise self.damaged(f"more than {most:,} fields")
        return {name: self.key(name) for name in self._value}

    def items(self, most: int, *, optional: bool = False) -> list[Part]:
        """The items of a list; none where it is left out and may be."""
        if self._value is None and optional:
            return []
        if not isinstance(self._value, list):
            raise self.damaged("no list")
        if len(self._value) > most:
            raise self.damaged(f"a list of more than {most:,}")
        return [self._inner(item, f"{self._place}[{at}]") for at, item in enumerate(self._value)]

    def tuple(self, count: int) -> list[Part]:
        """The items of a list of so many."""
        found = self.items(count)
        if len(found) != count:
            raise self.damaged(f"a list of another length than {count}")
        return found

    def integer(self, low: int, high: int) -> int:
        """A whole number within limits."""
        value = self._value
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.damaged(f"no whole number from {low:,} to {high:,}")
        return value

    def number(self, low: float, high: float) -> float:
        """A finite number within limits."""
        value = self._value
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise self.damaged(f"no number from {low:g} to {high:g}")
        return float(value)

    def text(self, most: int) -> str:
        """A text of at most so many characters, none of them half a surrogate pair."""
        value = self._value
        if not isinstance(value, str):
            raise self.damaged("no text")
        if len(value) > most:
            raise self.damaged(f"a text of more than {most:,} characters")
        if not value.isascii() and not _is_sound(value):
            raise self.damaged("a text with half a character")
        return value

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self._value, bool):
            raise self.damaged("neither true nor false")
        return self._value

    def one_of(self, allowed: Collection[str]) -> str:
        """One of some texts."""
        if not isinstance(self._value, str) or self._value not in allowed:
            raise self.damaged(f"none of {', '.join(sorted(filter(None, allowed)))}")
        return self._value

    def integers(self, most: int, low: int, high: int) -> np.ndarray:
        """A packed array of whole numbers within limits, (n,) int64."""
        found = self._unpacked(most, "ui")
        if found.size and not (low <= int(found.min()) and int(found.max()) <= high):
            raise self.damaged(f"numbers outside of {low:,} to {high:,}")
        return found

    def floats(self, most: int, *, low: float = -math.inf, high: float = math.inf, nan: bool = False) -> np.ndarray:
        """A packed array of numbers within limits, (n,) float32 or float64 as it was; NaN only where it may be."""
        found = self._unpacked(most, "f")
        known = found[~np.isnan(found)] if nan else found
        if np.isnan(known).any():
            raise self.damaged("no number (NaN)")
        if known.size and not (low <= float(known.min()) and float(known.max()) <= high):
            raise self.damaged(f"numbers outside of {low:g} to {high:g}")
        return found

    def bytes(self, most: int) -> bytes:
        """Deflated bytes, at most so many."""
        self._spend(most)
        try:
            return unpack_bytes(self.text(4 * most + 1_000), most)
        except Unpackable as error:
            raise self.damaged(str(error)) from error

    def _inner(self, value: Any, place: str) -> Part:
        return Part(value, self._name, place, self._budget)

    def _spend(self, count: int) -> None:
        self._budget.numbers -= count
        if self._budget.numbers < 0:
            raise self.damaged(f"more than {MOST_NUMBERS:,} numbers in all")

    def _unpacked(self, most: int, kinds: str) -> np.ndarray:
        kind = self.key("type").one_of({name for name in TYPES if name[0] in kinds})
        count = self.key("n").integer(0, most)
        self._spend(count)
        data = self.key("data").text(12 * count + 1_000)
        try:
            return unpack({"type": kind, "n": count, "data": data}, most)  # type: ignore[typeddict-item]  # checked
        except Unpackable as error:
            raise self.damaged(str(error)) from error


def _is_sound(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
