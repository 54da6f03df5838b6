"""Marked stretches of a text, and what an edit leaves of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Span = tuple[int, int]


def kept_spans(before: str, after: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans (start, end), in characters, as they stand after an edit; what was replaced is cut out of them.

    >>> kept_spans("<user>Hi</user>", "<user>Hello</user>", [(0, 6), (8, 15)])
    ((0, 6), (11, 18))
    """
    marked = tuple(spans)
    if not marked:
        return ()
    head = _same(before, after)
    shorter = min(len(before), len(after)) - head
    tail = _same(before[len(before) - shorter :][::-1], after[len(after) - shorter :][::-1])
    end, moved = len(before) - tail, len(after) - len(before)
    parts = [
        part
        for start, stop in marked
        for part in ((start, min(stop, head)), (max(start, end) + moved, stop + moved))
        if part[0] < part[1]
    ]
    return _joined(parts)


def _same(one: str, other: str) -> int:
    """How many characters are the same at the beginning."""
    differs = (index for index, (left, right) in enumerate(zip(one, other, strict=False)) if left != right)
    return next(differs, min(len(one), len(other)))


def _joined(parts: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order, those that touch made one."""
    found: list[Span] = []
    for start, stop in sorted(parts):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(stop, found[-1][1]))
        else:
            found.append((start, stop))
    return tuple(found)
