"""Which characters of a text each token covers."""

from __future__ import annotations

from itertools import chain, compress
from typing import TYPE_CHECKING, Literal
from unicodedata import normalize

import numpy as np

from llmwidgets.stages.tokens import Tokens, spans_by_starts

if TYPE_CHECKING:
    from collections.abc import Sequence

NormalForm = Literal["NFC", "NFKC"]

_SPACES = tuple(bytes(space, "utf-8") for space in " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u2028\u2029\u202f\u3000")


def spans_by_bytes(
    text: str, parts: Sequence[bytes], starts: tuple[np.ndarray, np.ndarray], inserted: np.ndarray
) -> np.ndarray | None:
    """(n, 2) int64 where the bytes of the n tokens that were not inserted, joined, are the text's or its first; else None.

    `starts` are the `starts_of` the tokens. A space that the tokenizer put in front is no part of the text.
    """
    data = text.encode("utf-8")
    anything = bool(inserted.any())
    joined = b"".join(compress(parts, (~inserted).tolist()) if anything else parts)
    in_front = len(joined) == len(data) + 1 and joined[:1] == b" " and joined[1:] == data
    if not in_front and not (data.startswith(joined) and bool(joined) == bool(data)):
        return None
    begun, inside = starts
    if anything:
        begun, inside = np.where(inserted, 0, begun), inside & ~inserted
    if in_front:
        begun = begun.copy()
        begun[np.flatnonzero(begun)[0]] -= 1
    return spans_by_starts(begun, inside)


def spans_by_offsets(
    text: str, offsets: Sequence[tuple[int, int]], inserted: np.ndarray, form: NormalForm | None
) -> np.ndarray:
    """(n, 2) int64 from the tokenizers library's offsets: only the tokenizer knows what came from where if it changed the text.

    `form` is the normal form that the tokenizer brings the text to. The library gives a composed character the offsets of its
    first character alone; here it covers all that it is composed of.
    """
    count = len(offsets)
    spans = np.fromiter(chain.from_iterable(offsets), np.int64, 2 * count).reshape(count, 2)
    spans = np.clip(_around(spans, inserted) if inserted.any() else spans, 0, len(text))
    if form is None or text.isascii():
        return spans
    filled = spans[:, 0] < spans[:, 1]
    spans[filled, 1] = _grown_ends(text, spans[filled], form)[spans[filled, 1]]
    return spans


def _grown_ends(text: str, spans: np.ndarray, form: NormalForm) -> np.ndarray:
    """For each offset where a token ends, the offset where it ends with the characters that its last one is composed of."""
    opened = np.bincount(spans[:, 0], minlength=len(text) + 1) - np.bincount(spans[:, 1], minlength=len(text) + 1)
    grown = np.arange(len(text) + 1)
    end = -1
    for index in np.flatnonzero(np.cumsum(opened)[:-1] == 0).tolist():
        if index == 0:
            continue
        end = end if end >= 0 and grown[end] == index else index
        before = normalize(form, text[end - 1 : index])
        if len(normalize(form, text[end - 1 : index + 1])) <= len(before):
            grown[end] = index + 1
    return grown


def _around(spans: np.ndarray, inserted: np.ndarray) -> np.ndarray:
    """Spans with empty ones for the tokens that the tokenizer inserted, at the place where they stand."""
    spans = spans.copy()
    spans[inserted] = 0
    ends = np.maximum.accumulate(spans[:, 1])
    spans[inserted] = ends[inserted, None]
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


def decoded(text: str, ids: Sequence[int], parts: Sequence[bytes], special: np.ndarray) -> Tokens:
    """Tokens of a text that a tokenizer made of ids itself; where these cannot be found in it, what their bytes spell."""
    whole = Tokens.from_bytes(ids, parts, special, whole=True)
    if whole.text == text:
        return whole
    if whole.text[:1] == " " and whole.text[1:] == text:
        return Tokens(text, whole.ids, whole.token_bytes, np.maximum(whole.spans - 1, 0), whole.special)
    spans, found = spans_in_order(text, parts)
    return Tokens(text, whole.ids, whole.token_bytes, spans, whole.special) if found else whole
