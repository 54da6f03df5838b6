"""Which tokens stand before those that a call was given: those of the cache that it goes on from."""

from __future__ import annotations

import weakref
from typing import Any

import torch

from llmwidgets.stages.tokens import UNKNOWN
from llmwidgets.watching.reading import cache_of, length_of


class Prefixes:
    """The tokens that the newest cache of the user's holds. The cache itself is not kept alive."""

    def __init__(self) -> None:
        self._newest: tuple[weakref.ref[Any], torch.Tensor] | None = None

    def keep(self, cache: Any, ids: torch.Tensor) -> None:
        """These are the tokens (rows, n) in a cache."""
        self._newest = None if cache is None else (weakref.ref(cache), ids)

    def before(self, given: dict[str, Any], output: Any, new: torch.Tensor) -> torch.Tensor:
        """`new` (rows, n) and in front of it what the cache that was given held, -1 where nobody saw it."""
        cache = given.get("past_key_values")
        if cache is None or cache_of(output, given) is None:
            return new
        filled = cache_of(output, given)
        known = self._known(cache, len(new))
        length = length_of(filled)
        # a cache on the device counts there; then what was seen is what it holds
        before = known.shape[1] if length is None else max(length - new.shape[1], 0)
        known = known[:, :before].to(new.device)
        unseen = new.new_full((len(new), before - known.shape[1]), UNKNOWN)
        return torch.cat([known, unseen, new], dim=1)

    def _known(self, cache: Any, rows: int) -> torch.Tensor:
        if self._newest is not None and self._newest[0]() is cache and len(self._newest[1]) == rows:
            return self._newest[1]
        return torch.empty((rows, 0), dtype=torch.long)
