"""What is read of a call of a model, before it and behind it: sizes, modes and the cache. Read only; no tensor is kept, copied or waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from llmwidgets.stages.flow import FlowCache

Clock = Callable[[], Any]
"""What gives a moment: seconds of the processor's clock, an event on a GPU's stream, or None."""

Form = tuple[torch.Size, torch.dtype, torch.device]
"""All that is noted of a tensor: shape, dtype, device."""

_INPUTS = ("decoder_input_ids", "input_ids", "decoder_inputs_embeds", "inputs_embeds")
_CACHES = ("past_key_values", "cache_params")


class Before(NamedTuple):
    """What stands when a call begins. `rows` and `tokens` of its input; `reused` tokens are in the cache, None where that is unknown."""

    rows: int
    tokens: int
    reused: int | None
    training: bool
    grad: bool
    inference: bool
    autocast: str


class After(NamedTuple):
    """What stands when it has ended. `logits` are those of its output."""

    model: str
    attention: str
    cache: FlowCache | None
    loss: float | None
    logits: Form | None


def before(model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Before:
    """See Before."""
    given = _input(args, kwargs)
    shape = () if given is None else given.shape
    kind = "cpu" if given is None else given.device.type
    cache = _cache_of(args, kwargs)
    return Before(
        shape[0] if len(shape) > 1 else 1,
        shape[1] if len(shape) > 1 else sum(shape[:1]),
        0 if cache is None else _length(cache),
        bool(model.training),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        name_of(torch.get_autocast_dtype(kind)) if torch.is_autocast_enabled(kind) else "",
    )


def after(model: Any, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any, found: Before) -> After:
    """See After."""
    cache = _cache_of(output, output if isinstance(output, dict) else {})
    cache = _cache_of(args, kwargs) if cache is None else cache
    logits = getattr(output, "logits", None)
    return After(
        type(model).__name__,
        str(getattr(getattr(model, "config", None), "_attn_implementation", None) or ""),
        None if cache is None else FlowCache(type(cache).__name__, _bytes(cache), _length(cache), found.reused),
        _loss(getattr(output, "loss", None)),
        form_of(logits) if isinstance(logits, torch.Tensor) else None,
    )


def clock_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Clock:
    """The clock of the device on which a call's input lies. Without waiting for it, other devices than these two tell no time."""
    given = _input(args, kwargs)
    kind = "cpu" if given is None else given.device.type
    if kind == "cpu":
        return time.perf_counter
    if kind == "cuda" and not torch.cuda.is_current_stream_capturing():
        return _event
    return _no_time


def seconds_between(began: Any, ended: Any) -> float | None:
    """Seconds between two moments of one clock. None where the clock tells none, or a GPU has not come there yet."""
    if isinstance(began, float) and isinstance(ended, float):
        return ended - began
    if began is None or ended is None:
        return None
    try:
        return float(began.elapsed_time(ended)) / 1000 if ended.query() else None
    except RuntimeError:
        # the two lie on different GPUs
        return None


def form_of(tensor: torch.Tensor) -> Form:
    """See Form."""
    return tensor.shape, tensor.dtype, tensor.device


def first_tensor(value: Any) -> torch.Tensor | None:
    """A module's output, or what comes first in it."""
    if isinstance(value, torch.Tensor):
        return value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, (tuple, list)) else ()
    return next((part for part in parts if isinstance(part, torch.Tensor)), None)


def name_of(dtype: torch.dtype) -> str:
    """A dtype as `float32`."""
    return str(dtype).removeprefix("torch.")


def is_traced() -> bool:
    """Whether torch.jit records what runs, shapes that are read included."""
    return torch._C._get_tracing_state() is not None


def _event() -> torch.cuda.Event:
    event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
    event.record()
    return event


def _no_time() -> None:
    return None


def _input(args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.Tensor | None:
    """What goes through the blocks: a decoder's own input where there are two."""
    named = (kwargs.get(name) for name in _INPUTS)
    return next((value for value in (*named, *args, *kwargs.values()) if isinstance(value, torch.Tensor)), None)


def _cache_of(values: Any, named: dict[str, Any]) -> Any:
    """The cache among arguments or in an output."""
    for name in _CACHES:
        if (found := named.get(name)) is not None:
            return found
    among = values if isinstance(values, tuple) else ()
    return next((value for value in among if hasattr(value, "get_seq_length")), None)


def _length(cache: Any) -> int | None:
    """Tokens that a cache has seen; None where it counts none, or on a GPU alone."""
    if isinstance(cache, tuple):
        return int(cache[0][0].shape[-2]) if cache else 0
    try:
        length = cache.get_seq_length()
    except (AttributeError, ValueError):
        # states of linear attention have no length
        return None
    if isinstance(length, torch.Tensor):
        return int(length) if length.device.type == "cpu" else None
    return int(length)


def _bytes(cache: Any) -> int | None:
    """Bytes of a cache's tensors; None where they are packed in a way of their own."""
    if isinstance(cache, tuple):
        return sum(tensor.nbytes for layer in cache for tensor in layer if isinstance(tensor, torch.Tensor))
    if hasattr(cache, "cross_attention_cache"):
        halves = _bytes(cache.self_attention_cache), _bytes(cache.cross_attention_cache)
        return None if None in halves else sum(filter(None, halves))
    held = 0
    for layer in getattr(cache, "layers", ()):
        if hasattr(layer, "_quantized_keys"):
            return None
        for name in ("keys", "values"):
            if isinstance(tensor := getattr(layer, name, None), torch.Tensor):
                held += tensor.nbytes
        for name in ("conv_states", "recurrent_states"):
            held += sum(state.nbytes for state in getattr(layer, name, {}).values() if isinstance(state, torch.Tensor))
    return held


def _loss(loss: Any) -> float | None:
    if not isinstance(loss, torch.Tensor) or loss.numel() != 1 or loss.device.type != "cpu":
        return None
    return float(loss.detach().item())
