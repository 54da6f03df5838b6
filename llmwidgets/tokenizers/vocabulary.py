"""Looking a vocabulary over: which tokens hold these bytes, and where one token comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.errors import InvalidValue
from llmwidgets.stages.trace import Search, Symbol, TokenEntry
from llmwidgets.tokenizers.checks import check_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

MOST_MATCHES = 100
MOST_CONTAINING = 50
MOST_QUERIED = 1_000
"""Characters of a query."""

# <0xE3>  0xE3 0x81  E3 81  ⟨E3 81⟩
_HEX = re.compile(
    r"<0x[0-9a-f]{2}>|0x[0-9a-f]{2}(\s+0x[0-9a-f]{2})*|[0-9a-f]{2}(\s+[0-9a-f]{2})+|⟨[0-9a-f]{2}(\s+[0-9a-f]{2})*⟩",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Origin:
    """Where a token comes from: the rank of the merge that makes it and the parts that it joins, or its score."""

    rank: int | None = None
    score: float | None = None
    parts: tuple[Symbol, ...] = ()


class Vocabulary:
    """The bytes of all tokens in one array, so that a search is a few passes of numpy over a megabyte or two."""

    def __init__(self, table: Sequence[bytes], holes: Collection[int] = ()) -> None:
        self._table = table
        self._holes = holes

    def search(self, query: str, limit: int = MOST_MATCHES) -> Search:
        """The tokens that match a query: the id that it names, those that contain it (as typed, then in any case), those with its bytes in hexadecimal.

        Each group shortest first, then by id. An empty query matches nothing. Raises InvalidValue.
        """
        query = _checked(query, limit)
        data = query.encode("utf-8")
        groups = [self._by_id(query), self.containing(data), self._in_any_case(query)]
        if found := _HEX.fullmatch(query.strip()):
            groups.append(self.containing(bytes.fromhex("".join(re.findall(r"[0-9a-f]{2}", found[0], re.IGNORECASE)))))
        ids = list(dict.fromkeys(chain.from_iterable(groups)))
        return Search(query, len(ids), tuple(self.symbol(token) for token in ids[:limit]))

    def entry(self, token: int, special: bool, origin: Origin) -> TokenEntry:
        """One token, and the tokens that its bytes are a part of."""
        symbol = self.symbol(token)
        others = [other for other in self.containing(symbol.data) if other != token]
        shown = tuple(self.symbol(other) for other in others[:MOST_CONTAINING])
        return TokenEntry(token, symbol.data, special, origin.rank, origin.score, origin.parts, shown, len(others))

    def containing(self, data: bytes) -> list[int]:
        """The ids of the tokens with these bytes in theirs, shortest first, then by id; none for no bytes."""
        return self._inside(self._joined, self._edges, data)

    def symbol(self, token: int) -> Symbol:
        """A token with its bytes."""
        return Symbol(self._table[token], token)

    def _by_id(self, query: str) -> list[int]:
        digits = query.strip()
        if not (digits.isascii() and digits.isdigit() and len(digits) < 12):
            return []
        token = int(digits)
        return [token] if token < len(self._table) and token not in self._holes else []

    def _in_any_case(self, query: str) -> list[int]:
        joined, edges = self._lowered
        return self._inside(joined, edges, query.lower().encode("utf-8"))

    def _inside(self, joined: np.ndarray, edges: np.ndarray, data: bytes) -> list[int]:
        if not data or len(data) > len(joined):
            return []
        at = np.flatnonzero(joined[: len(joined) - len(data) + 1] == data[0])
        for offset, byte in enumerate(data[1:], start=1):
            at = at[joined[at + offset] == byte]
        owners = np.searchsorted(edges, at, side="right") - 1
        owners = np.unique(owners[at + len(data) <= edges[owners + 1]])
        order = np.lexsort((owners, np.diff(self._edges)[owners]))
        found: list[int] = owners[order].tolist()
        return found

    @cached_property
    def _joined(self) -> np.ndarray:
        return np.frombuffer(b"".join(self._table), np.uint8)

    @cached_property
    def _edges(self) -> np.ndarray:
        return _edges(self._table)

    @cached_property
    def _lowered(self) -> tuple[np.ndarray, np.ndarray]:
        lowered = [_lower(part) for part in self._table]
        return np.frombuffer(b"".join(lowered), np.uint8), _edges(lowered)


def _edges(parts: Sequence[bytes]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(np.fromiter(map(len, parts), np.int64, len(parts)))]).astype(np.int64)


def _lower(part: bytes) -> bytes:
    if part.isascii():
        return part.lower()
    try:
        return part.decode("utf-8").lower().encode("utf-8")
    except UnicodeDecodeError:
        return part


def _checked(query: Any, limit: Any) -> str:
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
        raise InvalidValue(
            f"limit cannot be {limit!r}.", hint="Give a whole number.", name="limit", value=repr(limit), allowed=">= 0"
        )
    text = check_text(query)
    if len(text) > MOST_QUERIED:
        raise InvalidValue(
            f"The query has {len(text):,} characters, more than {MOST_QUERIED:,}.",
            hint="Shorten it.",
            name="query",
            value=len(text),
            allowed=f"<= {MOST_QUERIED}",
        )
    return text
