"""The attention weights of a pass, by transformers' own eager implementation, without a trace in the user's model.

The fast implementations (SDPA, FlashAttention) never hold the weights, and which one runs stands in the model's configuration, for every
thread that calls it. So the pass runs through a twin: modules and configuration copied for the while, the tensors the very same.
"""

from __future__ import annotations

import copy
import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from llmwidgets.arrays import to_numpy
from llmwidgets.engines.heads import text_config
from llmwidgets.errors import NotOffered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
_SHARED = ("_hf_hook", "hf_quantizer")
"""What stands on a module for where its weights lie and how they are stored: the same on a twin."""


def hands_out_attentions(model: Any) -> bool:
    """Whether a model's class has attention weights to give. Mamba, RWKV and their kin have none."""
    recorded = (getattr(module, "_can_record_outputs", None) or {} for module in model.modules())
    if any("attentions" in names for names in recorded):
        return True
    takes = "output_attentions" in inspect.signature(model.forward).parameters
    return takes and bool(getattr(text_config(model.config), "num_attention_heads", 0))


def eager_twin(model: Any) -> Any:
    """The same model with eager attention, in evaluation mode. It shares every tensor and takes no memory worth the word.

    Hooks of a user's run on it too; what watches or records calls copies itself as something that does nothing.
    """
    plain = getattr(model, "_orig_mod", model)
    shared = {id(each): each for each in _shared(plain)}
    twin = copy.deepcopy(plain, shared)
    if hasattr(twin, "set_attn_implementation"):
        twin.set_attn_implementation("eager")
    return twin.eval()


def attentions_of(twin: Any, ids: Sequence[int], name: str) -> np.ndarray:
    """Attention weights of one text, (layers, heads, n, n) float32, by one pass. Raises NotOffered."""
    if getattr(twin.config, "is_encoder_decoder", False):
        twin = twin.get_encoder()
    takes = inspect.signature(twin.forward).parameters
    given = torch.as_tensor([list(ids)], device=twin.get_input_embeddings().weight.device)
    options: dict[str, Any] = {"use_cache": False} if "use_cache" in takes else {}
    if "logits_to_keep" in takes:
        options["logits_to_keep"] = 1
    if "attention_mask" in takes:
        options["attention_mask"] = torch.ones_like(given)
    found = getattr(twin(input_ids=given, output_attentions=True, **options), "attentions", None)
    return _stacked(found, len(ids), name)


def no_attentions(name: str) -> NotOffered:
    """What is said of a model without attention weights."""
    msg = f"{name} hands out no attention weights."
    hint = "Mamba, RWKV and their kin have none; take a transformer."
    return NotOffered(msg, hint=hint, what="attentions", server="transformers", known="", name=name)


def _stacked(found: Sequence[torch.Tensor | None] | None, count: int, name: str) -> np.ndarray:
    """Those of the layers that attend, as one array; the layers of a model may lie on several devices."""
    layers = [layer for layer in found or () if layer is not None]
    if not layers or any(layer.ndim != 4 or layer.shape[-2:] != (count, count) for layer in layers):
        raise no_attentions(name)
    if len({layer.shape[1] for layer in layers}) > 1:
        msg = f"The layers of {name} have different numbers of heads, so that their attention is no one array."
        raise NotOffered(msg, hint="Take another model.", what="attentions", server="transformers", known="", name=name)
    return np.stack([to_numpy(layer[0]).astype(np.float32, copy=False) for layer in layers])


def _shared(model: Any) -> Iterator[Any]:
    """What a twin has in common with its model."""
    for module in model.modules():
        held = vars(module)
        yield from (each for each in (*module._parameters.values(), *module._buffers.values()) if each is not None)
        yield from (each for each in held.values() if isinstance(each, torch.Tensor))
        yield from (held[each] for each in _SHARED if held.get(each) is not None)
        hooks = (hook for each in _HOOKS for hook in held.get(each, {}).values())
        yield from (hook for hook in hooks if not _copies_itself(hook))


def _copies_itself(hook: Any) -> bool:
    """Whether it is a hook of ours, which does nothing on a copy."""
    return type(hook).__module__.startswith("llmwidgets.")
