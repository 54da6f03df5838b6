"""Texts of many students side by side in one forward: one row of tokens, in which each text sees itself alone.

No padding and no copies of keys and values: what a model computes token by token (most of it) runs on the whole row, and its own
attention runs text by text, on that text's memory. Transformers' continuous batching packs texts so too, but gives the tokens that it
draws itself: no logits, no hidden states. Not here: what the texts are asked for (runner.py).
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, DynamicCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from llmwidgets.serving.memory import TextMemory

NAME = "llmwidgets_packed"
OWN = ("sdpa", "eager")
"""The attention of a model that can run text by text, by transformers' names."""

_running = threading.local()


@dataclass(frozen=True)
class Part:
    """Tokens `start` to `end` of a text, whose memory holds those before them. They stand in the row from `offset` on."""

    memory: TextMemory
    start: int
    end: int
    offset: int

    @property
    def size(self) -> int:
        """How many they are."""
        return self.end - self.start

    @property
    def rows(self) -> slice:
        """Where they stand in the row."""
        return slice(self.offset, self.offset + self.size)


@dataclass
class Pack:
    """What runs in one forward. `own` is the attention that the model uses by itself."""

    parts: Sequence[Part]
    own: str
    sizes: list[int] = field(init=False)
    masks: dict[tuple[int, int | None, torch.dtype], torch.Tensor | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sizes = [part.size for part in self.parts]

    def mask(self, index: int, window: int | None, like: torch.Tensor) -> torch.Tensor | None:
        """What a part may see of its text, (1, 1, n, end); None where it may see all, or where causal attention knows it."""
        key = (index, window, like.dtype)
        if key not in self.masks:
            self.masks[key] = self._made(self.parts[index], window, like)
        return self.masks[key]

    def _made(self, part: Part, window: int | None, like: torch.Tensor) -> torch.Tensor | None:
        fits = not window or part.end <= window
        if fits and (part.size == 1 or (part.start == 0 and self.own == "sdpa")):
            return None
        seeing = torch.arange(part.start, part.end, device=like.device)[:, None]
        seen = torch.arange(part.end, device=like.device)[None]
        allowed = seen <= seeing
        if window:
            allowed &= seen > seeing - window
        hidden = torch.zeros(allowed.shape, dtype=like.dtype, device=like.device)
        return hidden.masked_fill(~allowed, torch.finfo(like.dtype).min)[None, None]


class PackedCache(DynamicCache):  # type: ignore[misc] # transformers comes without types
    """What a model takes for its cache: each text's new keys and values go to its own memory."""

    def __init__(self, pack: Pack) -> None:
        super().__init__()
        self._pack = pack

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See Cache. Keys and values (1, heads, tokens of the row, dimensions)."""
        del args, kwargs
        keys, values = (torch.split(states, self._pack.sizes, 2) for states in (key_states, value_states))
        for part, new_keys, new_values in zip(self._pack.parts, keys, values, strict=True):
            part.memory.write(layer_idx, part.start, new_keys, new_values)
        return key_states, value_states


@contextmanager
def packed(model: Any, parts: Sequence[Part]) -> Iterator[PackedCache]:
    """Within it the model's attention runs text by text; behind it the model is as it was."""
    config = model.config
    own = config._attn_implementation
    _running.pack = pack = Pack(parts, own)
    config._attn_implementation = NAME
    try:
        yield PackedCache(pack)
    finally:
        config._attn_implementation = own
        _running.pack = None


def _attend(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """What transformers calls in each layer: the model's own attention for each text. (1, tokens, heads, dimensions)."""
    del value, attention_mask
    pack: Pack = _running.pack
    own, window = _own_attention(module, pack.own), options.get("sliding_window")
    if pack.own == "sdpa" and _is_kernel_alone(options):
        own = _quicker(own)
    found = []
    for index, (part, asking) in enumerate(zip(pack.parts, torch.split(query, pack.sizes, 2), strict=True)):
        keys, values = part.memory.read(module.layer_idx, part.end)
        found.append(own(module, asking, keys, values, pack.mask(index, window, key), **options)[0])
    return torch.cat(found, dim=1), None


def _is_kernel_alone(options: dict[str, Any]) -> bool:
    """Whether transformers' attention adds nothing to PyTorch's kernel with these options."""
    return not options.get("dropout") and options.get("position_bias") is None and options.get("softcap") is None


def _quicker(own: Callable[..., Any]) -> Callable[..., Any]:
    """Transformers' attention by PyTorch's kernel, which for a single token is that kernel: all that stands in front of it decides nothing then."""

    def attend(
        module: Any, query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: Any, **options: Any
    ) -> tuple[torch.Tensor, None]:
        if query.shape[2] > 1 or mask is not None:
            return own(module, query, keys, values, mask, **options)  # type: ignore[no-any-return]
        # heads that share keys and values ask them together, as so many tokens: no kernel needs to know of groups
        groups = query.reshape(1, keys.shape[1], -1, query.shape[3])
        found = scaled_dot_product_attention(groups, keys, values, scale=options.get("scaling"))
        return found.reshape(1, 1, query.shape[1], values.shape[3]), None

    return attend


def _own_attention(module: Any, name: str) -> Callable[..., Any]:
    """The attention function that a model's module would take by itself."""
    eager = getattr(sys.modules[type(module).__module__], "eager_attention_forward", None)
    return AttentionInterface().get_interface(name, eager)  # type: ignore[no-any-return]


AttentionInterface.register(NAME, _attend)
