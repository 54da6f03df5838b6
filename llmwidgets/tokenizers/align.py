"""Which characters of a text each token covers."""

from __future__ import annotations

from itertools import chain, compress
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.stages.tokens import Tokens, spans_by_starts

if TYPE_CHECKING:
    from collections.abc import Sequence

_SPACES = tuple(bytes(space, "utf-8") for space in " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u2028\u2029\u202f\u3000")


def spans_of_encoding(
    text: str,
    parts: Sequence[bytes],
    starts: tuple[np.ndarray, np.ndarray],
    inserted: np.ndarray,
    encoding: Any,
    *,
    trimmed: bool,
) -> np.ndarray:
    """(n, 2) int64 for an `Encoding` of the tokenizers library, whose n tokens have the bytes `parts` and their `starts_of`.

    By bytes where these are the text's; a space that the tokenizer put in front is no part of the text. Else the tokenizer
    changed the text (case, white space, normal form), and only its own offsets tell what came from where; `trimmed` says
    that these leave out the white space around a token.
    """
    data = text.encode("utf-8")
    anything = bool(inserted.any())
    joined = b"".join(compress(parts, (~inserted).tolist()) if anything else parts)
    in_front = len(joined) == len(data) + 1 and joined[:1] == b" " and joined[1:] == data
    if in_front or (data.startswith(joined) and bool(joined) == bool(data)):
        begun, inside = starts
        if anything:
            begun, inside = np.where(inserted, 0, begun), inside & ~inserted
        if in_front:
            begun = begun.copy()
            begun[np.flatnonzero(begun)[0]] -= 1
        return spans_by_starts(begun, inside)
    count = len(parts)
    spans = np.fromiter(chain.from_iterable(encoding.offsets), np.int64, 2 * count).reshape(count, 2)
    spans = _around(spans, inserted) if anything else spans
    spans = np.clip(spans, 0, len(text))
    return _untrimmed(text, parts, spans, inserted) if trimmed else spans


def _around(spans: np.ndarray, inserted: np.ndarray) -> np.ndarray:
    """Spans with empty ones for the tokens that the tokenizer inserted, at the place where they stand."""
    spans = spans.copy()
    spans[inserted] = 0
    ends = np.maximum.accumulate(spans[:, 1])
    spans[inserted] = ends[inserted, None]
    return spans


def _untrimmed(text: str, parts: Sequence[bytes], spans: np.ndarray, inserted: np.ndarray) -> np.ndarray:
    """Spans with the white space that the tokens' own bytes begin or end with."""
    spans, before = spans.copy(), 0
    own = np.flatnonzero(~inserted).tolist()
    for place, index in enumerate(own):
        start, end = spans[index].tolist()
        part = parts[index].decode("utf-8", errors="replace")
        gap = text[before:start]
        if gap and gap.isspace() and part[:1].isspace():
            spans[index, 0] = start = before
        after = int(spans[own[place + 1], 0]) if place + 1 < len(own) else len(text)
        behind = len(part) - len(part.rstrip())
        if part.strip() and behind and text[end : min(end + behind, after)].isspace():
            spans[index, 1] = end = min(end + behind, after)
        before = max(before, end)
    return spans


def spans_in_order(text: str, parts: Sequence[bytes], inserted: np.ndarray | None = None) -> tuple[np.ndarray, bool]:
    """(n, 2) int64 spans of pieces found one behind the other in the text, white space between them skipped, and whether all were found.

    From the first that cannot be found on, pieces are looked for from the end backwards; those between the two stand
    there with an empty span. So no span is wrong.
    """
    data = text.encode("utf-8")
    skip = np.zeros(len(parts), bool) if inserted is None else inserted
    edges = np.zeros((len(parts), 2), np.int64)
    count, at = _forwards(data, parts, skip, edges)
    if count < len(parts):
        _backwards(data, parts, skip, edges, count, at)
    # a piece may end inside a character: it covers that character
    starts = np.flatnonzero((np.frombuffer(data, np.uint8) & 0xC0) != 0x80)
    spans = np.stack(
        [
            np.searchsorted(starts, edges[:, 0], side="right") - (edges[:, 0] < edges[:, 1]),
            np.searchsorted(starts, edges[:, 1], side="left"),
        ],
        axis=1,
    ).astype(np.int64)
    empty = edges[:, 0] == edges[:, 1]
    spans[empty, 0] = spans[empty, 1]
    return spans, count == len(parts)


def _forwards(data: bytes, parts: Sequence[bytes], skip: np.ndarray, edges: np.ndarray) -> tuple[int, int]:
    """Fills `edges` from the front; returns how many pieces were placed, and where the last ends."""
    at = 0
    for index, part in enumerate(parts):
        found = None if skip[index] or not part else _first(data, part, at)
        if found is None:
            if part and not skip[index]:
                return index, at
            found = at, at
        edges[index] = found
        at = found[1]
    return len(parts), at


def _backwards(
    data: bytes, parts: Sequence[bytes], skip: np.ndarray, edges: np.ndarray, count: int, floor: int
) -> None:
    """Fills `edges` from the end down to piece `count` and byte `floor`, until a piece is not found."""
    at, lost = len(data), False
    for index in range(len(parts) - 1, count - 1, -1):
        found = None
        if not lost and not skip[index] and parts[index]:
            found = _last(data, parts[index], at, floor)
            lost = found is None
        edges[index] = found or ((floor, floor) if lost else (at, at))
        at = int(edges[index, 0])


def _first(data: bytes, part: bytes, at: int) -> tuple[int, int] | None:
    """Where `part` stands at `at` or behind white space; without its own white space if it must be."""
    behind = at
    while space := next((space for space in _SPACES if data.startswith(space, behind)), None):
        behind += len(space)
    for start, wanted in ((at, part), (behind, part), (at, part.strip()), (behind, part.strip())):
        if wanted and data.startswith(wanted, start):
            return start, start + len(wanted)
    return None


def _last(data: bytes, part: bytes, at: int, floor: int) -> tuple[int, int] | None:
    """As `_first`, from the end of `data[:at]` backwards."""
    before = at
    while space := next((space for space in _SPACES if data.endswith(space, floor, before)), None):
        before -= len(space)
    for end, wanted in ((at, part), (before, part), (at, part.strip()), (before, part.strip())):
        if wanted and data.endswith(wanted, floor, end):
            return end - len(wanted), end
    return None


def decoded(
    text: str, ids: Sequence[int], parts: Sequence[bytes], special: np.ndarray
) -> Tokens:
    """Tokens of a text that a tokenizer made of ids itself; where these cannot be found in it, what their bytes spell."""
    whole = Tokens.from_bytes(ids, parts, special, whole=True)
    if whole.text == text:
        return whole
    if whole.text[:1] == " " and whole.text[1:] == text:
        return Tokens(text, whole.ids, whole.token_bytes, np.maximum(whole.spans - 1, 0), whole.special)
    spans, found = spans_in_order(text, parts)
    return Tokens(text, whole.ids, whole.token_bytes, spans, whole.special) if found else whole
