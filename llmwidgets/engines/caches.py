"""The cache that a model goes on from: whether it can be wound back, whether going on says what the whole text says, and branches of it."""

from __future__ import annotations

import inspect
import logging
from enum import Enum
from typing import TYPE_CHECKING, Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

from llmwidgets.memory import is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger("llmwidgets")

TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-4}
"""How far logits of a text that was gone on from may be from those of the whole, in standard deviations; half precision: 0.1."""

TRIED = (4, 5, 9)
"""How much of a text a model is tried on, time after time: a beginning, one token more, several more."""


class Keeping(Enum):
    """What of a text a model may keep for the next one."""

    NOTHING = "every text is computed whole"
    BEGINNING = "what is kept goes on, and cannot be wound back"
    ANY_PLACE = "keys and values alone, which can be cut and branched at any place"


def keeping_of(model: Any) -> Keeping:
    """What this model keeps. One with a state of its own (recurrent, convolutional) is tried, once, on a few tokens: some go on wrong.

    Run it where passes of the model run: without gradients and dropout. Raises what tells that memory is full.
    """
    # Mamba and RWKV hold a state of another kind; given past_key_values they would see the new tokens alone
    if "past_key_values" not in inspect.signature(model.forward).parameters:
        return Keeping.NOTHING
    if _rewinds(model):
        return Keeping.ANY_PLACE
    try:
        right = all(near(*told, TOLERANCE.get(model.dtype, 0.1)) for told in _said_going_on(model))
    except Exception as error:
        if is_out_of_memory(error):
            raise
        log.warning("%s computes every text from its start, for going on fails: %s", type(model).__name__, error)
        return Keeping.NOTHING
    if right:
        return Keeping.BEGINNING
    log.warning("%s computes every text from its start, for going on it says something else", type(model).__name__)
    return Keeping.NOTHING


def new_cache(model: Any) -> DynamicCache:
    """An empty cache for the model: full keys and values where it can be wound back, also where the model looks through a window."""
    return DynamicCache() if _rewinds(model) else DynamicCache(config=model.config)


def branch(cache: DynamicCache, length: int, rows: int = 1) -> DynamicCache:
    """A cache of the first `length` tokens, once for each of `rows` texts, that leaves the other as it is."""
    branched = DynamicCache()
    for index, layer in enumerate(cache.layers):
        if length and layer.keys is not None and layer.values is not None:
            keys, values = (held[..., :length, :].expand(rows, -1, -1, -1) for held in (layer.keys, layer.values))
            branched.update(keys, values, index)
    return branched


def near(said: torch.Tensor, whole: torch.Tensor, tolerance: float) -> bool:
    """Whether logits are those of the whole text alone, within so many of its standard deviations."""
    return bool((said - whole).abs().max() <= tolerance * max(float(whole.float().std()), 1e-6))


def _rewinds(model: Any) -> bool:
    """Whether keys and values are all that the model keeps; transformers says of most others that they have a state."""
    layers = DynamicCache(config=model.config).layers
    return not getattr(model, "_is_stateful", False) and all(
        type(layer) in (DynamicLayer, DynamicSlidingWindowLayer) for layer in layers
    )


def _said_going_on(model: Any) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Logits after each part that a model has gone on by, and what it says of the whole."""
    table = model.get_input_embeddings().weight
    ids = torch.tensor([[(7 * place + 3) % table.shape[0] for place in range(TRIED[-1])]], device=table.device)
    whole = model(input_ids=ids, use_cache=False).logits[0]
    cache, start = new_cache(model), 0
    for end in TRIED:
        said = model(input_ids=ids[:, start:end], past_key_values=cache, use_cache=True).logits[0, -1]
        yield said, whole[end - 1]
        start = end
