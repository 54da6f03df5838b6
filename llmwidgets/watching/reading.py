"""What a call of a model was given and gave: its ids, its mask, its logits, its cache. Nothing here computes on the model's tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from typing_extensions import TypeIs

IDS = ("decoder_input_ids", "input_ids")
"""What the logits follow: the decoder's own ids, where a model has two sides."""


def is_readable(value: Any) -> TypeIs[torch.Tensor]:
    """Whether a value is a tensor with numbers in it, not a stand-in of a transform, a trace or an export."""
    return (
        isinstance(value, torch.Tensor)
        and type(value) in (torch.Tensor, torch.nn.Parameter)
        and value.device.type != "meta"
        and not torch._C._functorch.is_functorch_wrapped_tensor(value)
    )


def ids_of(model: Any, given: dict[str, Any]) -> torch.Tensor | None:
    """The ids (rows, n) that a call ran on; None where it was given none."""
    if getattr(model.config, "is_encoder_decoder", False) and is_readable(given.get("labels")):
        given = {"decoder_input_ids": _from_labels(model, given["labels"]), **_without_nones(given)}
    found: torch.Tensor | None = next((given[name] for name in IDS if is_readable(given.get(name))), None)
    if found is None or found.ndim not in (1, 2) or found.is_floating_point():
        return None
    return found.detach().reshape(-1, found.shape[-1])


def mask_of(given: dict[str, Any], rows: int, columns: int) -> torch.Tensor | None:
    """Which of the columns are no padding, (rows, columns) bool; None where nothing says so."""
    side = "decoder_attention_mask" if is_readable(given.get("decoder_input_ids")) else "attention_mask"
    found = given.get(side)
    if not is_readable(found) or tuple(found.shape) != (rows, columns):
        return None
    return found.detach().bool()


def logits_of(output: Any, vocabulary: int) -> torch.Tensor | None:
    """The logits (rows, n, vocabulary) in a model's output, of whatever form; None where it has none."""
    logits = getattr(output, "logits", None)
    if logits is None and isinstance(output, (tuple, list)):
        # with labels the loss stands before them
        logits = next((part for part in output[:2] if getattr(part, "ndim", 0) == 3), None)
    if not is_readable(logits) or logits.ndim != 3 or logits.shape[-1] != vocabulary:
        return None
    return logits.detach()


def cache_of(output: Any, given: dict[str, Any]) -> Any:
    """The cache that a call has filled; None where it kept none."""
    found = getattr(output, "past_key_values", None)
    found = given.get("past_key_values") if found is None else found
    return found if hasattr(found, "get_seq_length") else None


def length_of(cache: Any) -> int | None:
    """How many tokens a cache holds; None where only the device knows."""
    length = cache.get_seq_length()
    return length if isinstance(length, int) else None


def packed(given: dict[str, Any]) -> bool:
    """Whether a call runs several texts as one row, as continuous batching does: its ids are no text."""
    return any(given.get(name) is not None for name in ("cu_seq_lens_q", "block_table"))


def _from_labels(model: Any, labels: torch.Tensor) -> torch.Tensor | None:
    shift = getattr(model, "prepare_decoder_input_ids_from_labels", None)
    if shift is None:
        return None
    made: torch.Tensor = shift(labels=labels)
    return made


def _without_nones(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}
