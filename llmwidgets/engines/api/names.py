"""Which token of a vocabulary a server means: by its id, or by its bytes."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from llmwidgets.engines.api.answers import malformed

if TYPE_CHECKING:
    from llmwidgets.engines.api.answers import Place, Returned
    from llmwidgets.tokenizers.base import BaseTokenizer


class Names:
    """The tokens of a tokenizer's face by what a server says of them."""

    def __init__(self, face: BaseTokenizer) -> None:
        self._face = face

    def id_of(self, returned: Returned) -> int | None:
        """The id of a token; None where this vocabulary has none of these bytes, or where its id and its bytes do not belong together."""
        if returned.id is None:
            return self._by_bytes.get(returned.raw)
        if not 0 <= returned.id < self._face.size or returned.id in self._face.holes:
            return None
        # servers write special tokens as nothing
        own = self._face.is_special(returned.id) or not returned.raw
        return returned.id if own or self._face.token_bytes(returned.id) == returned.raw else None

    def known(self, place: Place) -> tuple[np.ndarray, np.ndarray]:
        """The most probable tokens of a place, most probable first: ids (k,) int64 and log-probabilities (k,) float64.

        It ends before the first that has no name here, since what follows it would pass for the next most probable.
        """
        found: dict[int, float] = {}
        for each in sorted(place.top, key=_log_prob, reverse=True):
            token = self.id_of(each)
            if token is None or token in found or each.log_prob == -math.inf:
                break
            found[token] = min(each.log_prob, 0.0)
        return np.fromiter(found, np.int64, len(found)), np.fromiter(found.values(), np.float64, len(found))

    def spelled(self, returned: Returned) -> list[int]:
        """The id of a token that came, or where it has none here the ids of what its bytes are in this vocabulary.

        llama.cpp tells of several tokens that make one character together: all of their bytes, and the id of the last.
        """
        token = self.id_of(returned)
        if token is not None:
            return [token]
        tokens = self.encoded(returned.raw.decode("utf-8", errors="replace"))
        last = returned.id
        if last is None or tokens[-1:] == [last] or not 0 <= last < self._face.size:
            return tokens
        before = self._by_bytes.get(returned.raw.removesuffix(self._face.token_bytes(last)))
        return tokens if before is None else [before, last]

    def checked(self, token: int) -> int:
        """An id that a server told. Raises BadAnswer for one that this vocabulary does not have."""
        if 0 <= token < self._face.size and token not in self._face.holes:
            return token
        raise malformed(f"it tells of a token {token}, which {self._face.name} does not have")

    def encoded(self, text: str) -> list[int]:
        """The ids of a text in this vocabulary."""
        return [int(each) for each in self._face.encode(text, special=False).ids] if text else []

    @cached_property
    def plain(self) -> int | None:
        """A token that is a character of ASCII; None where this vocabulary has none."""
        return next((token for raw, token in self._by_bytes.items() if len(raw) == 1 and raw.isalnum()), None)

    @cached_property
    def _by_bytes(self) -> dict[bytes, int]:
        """Of tokens with the same bytes, the first."""
        found: dict[bytes, int] = {}
        for token, raw in enumerate(self._face.table):
            if token not in self._face.holes and raw:
                found.setdefault(raw, token)
        return found


def _log_prob(returned: Returned) -> float:
    return returned.log_prob
