"""Keys and values of the students' texts: each text has its own, all together have a bound."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from llmwidgets.stages.prefix import common_prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch

BLOCK = 64
"""Tokens by which a text's memory grows."""


class TextMemory:
    """Keys and values of one text, layer by layer, (1, heads, room, dimensions) each; those of `ids` are valid.

    What lies behind `ids` is overwritten by the next tokens.
    """

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.room = 0
        self._layers: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    @property
    def bytes_a_token(self) -> int:
        """Of the keys and values of all layers."""
        return sum(
            whole.shape[1] * whole.shape[3] * whole.element_size() for pair in self._layers.values() for whole in pair
        )

    def begin(self, ids: Sequence[int]) -> int:
        """How many tokens of a text are known. A text that ends inside the known one leaves what follows."""
        known = common_prefix(self.ids, ids)
        if known < len(ids):
            del self.ids[known:]
        return known

    def done(self, ids: Sequence[int], end: int) -> None:
        """Notes that the keys and values of the first `end` of `ids` are there."""
        if end > len(self.ids):
            self.ids = list(ids[:end])

    def write(self, layer: int, start: int, keys: torch.Tensor, values: torch.Tensor) -> None:
        """Puts keys and values (1, heads, n, dimensions) of a layer at place `start`."""
        end = start + keys.shape[2]
        for whole, new in zip(self._grown(layer, start, keys, values), (keys, values), strict=True):
            whole[:, :, start:end] = new

    def read(self, layer: int, end: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values of a layer up to place `end`, not copied."""
        keys, values = self._layers[layer]
        return keys[:, :, :end], values[:, :, :end]

    def drop(self) -> None:
        """Lets go of everything."""
        self.ids, self.room = [], 0
        self._layers.clear()

    def _grown(
        self, layer: int, start: int, keys: torch.Tensor, values: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        found = self._layers.get(layer)
        if found is None or found[0].shape[2] < self.room:
            grown = []
            for new, old in zip((keys, values), found or (None, None), strict=True):
                whole = new.new_empty((1, new.shape[1], self.room, new.shape[3]))
                if old is not None and start:
                    kept = min(old.shape[2], self.room)
                    whole[:, :, :kept] = old[:, :, :kept]
                grown.append(whole)
            found = self._layers[layer] = (grown[0], grown[1])
        return found


class _Aside:
    """What is no text and takes room all the same."""

    def __init__(self, room: int, drop: Callable[[], None]) -> None:
        self.room, self.drop = room, drop


class Shelf:
    """The memories of all texts, the least recently used first. Together they never take more than `most_bytes`.

    Not thread-safe: it lives in one event loop.
    """

    def __init__(self, most_bytes: int, token_bytes: int) -> None:
        self._most = most_bytes // (BLOCK * token_bytes) * BLOCK if token_bytes else 0
        self._token_bytes = token_bytes
        self._memories: OrderedDict[str, TextMemory] = OrderedDict()
        self._aside: _Aside | None = None
        self._taken: set[str] = set()
        self.evictions = 0

    @property
    def most_tokens(self) -> int:
        """Of the longest text that there can be room for."""
        return self._most

    @property
    def bytes(self) -> int:
        """What all memories take."""
        return self._tokens * self._token_bytes

    def set_aside(self, size: int, drop: Callable[[], None]) -> bool:
        """Counts so many bytes of what is no text, in the place of what was counted so before; `drop` is called once a text needs the room.

        Memories that are not in use make room. False where there is not enough: then it is not counted, and must not be kept.
        """
        self._aside = None
        room = -(-size // (BLOCK * self._token_bytes)) * BLOCK
        if not self._make_room(room, ""):
            return False
        self._aside = _Aside(room, drop)
        return True

    def __len__(self) -> int:
        return len(self._memories)

    def take(self, name: str, tokens: int) -> TextMemory | None:
        """The memory of a text, with room for so many tokens, until `put_back`; None while it is in use, or all room is.

        Memories that are not in use make room, the one that was used longest ago first.
        """
        if name in self._taken:
            return None
        memory = self._memories.get(name) or TextMemory()
        room = max(memory.room, -(-tokens // BLOCK) * BLOCK)
        if not self._make_room(room - memory.room, name):
            return None
        memory.room = room
        self._memories[name] = memory
        self._memories.move_to_end(name)
        self._taken.add(name)
        return memory

    def put_back(self, name: str) -> None:
        """Ends the use of a memory."""
        self._taken.discard(name)

    def forget(self, name: str) -> None:
        """Drops a memory that is not in use."""
        if name not in self._taken and (memory := self._memories.pop(name, None)) is not None:
            memory.drop()

    @property
    def _tokens(self) -> int:
        aside = self._aside.room if self._aside is not None else 0
        return sum(memory.room for memory in self._memories.values()) + aside

    def _make_room(self, tokens: int, asking: str) -> bool:
        idle = [name for name in self._memories if name not in self._taken and name != asking]
        aside = self._aside.room if self._aside is not None else 0
        free = self._most - self._tokens
        if free + aside + sum(self._memories[name].room for name in idle) < tokens:
            return False
        if free < tokens and self._aside is not None:
            # it is computed anew by one pass, and serves one student
            free += aside
            self._aside.drop()
            self._aside = None
        for name in idle:
            if free >= tokens:
                break
            memory = self._memories.pop(name)
            free += memory.room
            memory.drop()
            self.evictions += 1
        return True
