"""Columns of plain text, as wide as a terminal or notebook draws them: Han and kana take two places."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import east_asian_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def width(text: str) -> int:
    """Places that a text takes.

    >>> width("AI モデル")
    9
    """
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def padded(text: str, places: int) -> str:
    """The text, filled up with spaces."""
    return text + " " * (places - width(text))


def aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows as lines whose columns stand below each other.

    >>> aligned([("a", "one"), ("bcd", "two")])
    ['a    one', 'bcd  two']
    """
    table = list(rows)
    widths = [max(map(width, column)) for column in zip(*table, strict=True)]
    return ["  ".join(map(padded, row, widths)).rstrip() for row in table]
