"""Where the stages of a model stand among its modules: its embeddings, blocks, last norms and head, whatever it is called there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch import nn

from llmwidgets.stages.flow import StageKind

_COUNTS = ("num_hidden_layers", "num_layers", "encoder_layers", "decoder_layers", "num_decoder_layers")
"""How configurations call the number of blocks."""


@dataclass(frozen=True)
class Part:
    """A stage that is a module, without it. `detail`: its path and class; `stack`: the path of the blocks that it belongs to, "" for none."""

    kind: StageKind
    detail: str
    stack: str = ""
    part: str = ""
    index: int = 0


def parts_of(model: Any) -> list[tuple[Any, Part]]:
    """The modules of a model that are stages; those that it does not have, or hides, are left out."""
    stacks = _stacks(model)
    parts = [(module, Part("embeddings", _detail(path, module))) for path, module in _embeddings(model)]
    for stack, blocks in stacks.items():
        part = _part_name(stack) if len(stacks) > 1 else ""
        for index, block in enumerate(blocks):
            parts.append((block, Part("block", _detail(f"{stack}.{index}", block), stack, part, index)))
        parts += [(norm, Part("norm", _detail(path, norm), stack, part)) for path, norm in _norms(model, stack)]
    parts += [(head, Part("logits", _detail(path, head))) for path, head in _head(model)]
    return parts


def _detail(path: str, module: Any) -> str:
    return f"{path}: {type(module).__name__}"


def _stacks(model: Any) -> dict[str, nn.ModuleList]:
    """The lists of blocks, by path: those as long as the configuration says, else the longest list. Lists within blocks are none."""
    found = dict(_outermost_lists(model, ""))
    counts = _counts(model)
    named = {path: blocks for path, blocks in found.items() if len(blocks) in counts}
    if named or not found:
        return named
    path = max(found, key=lambda path: len(found[path]))
    return {path: found[path]}


def _counts(model: Any) -> set[int]:
    config: Any = getattr(model, "config", None)
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    values = (getattr(one, name, None) for one in (config, text) for name in _COUNTS)
    return {value for value in values if isinstance(value, int)}


def _outermost_lists(module: Any, path: str) -> Iterator[tuple[str, nn.ModuleList]]:
    for name, child in module.named_children():
        place = f"{path}.{name}" if path else name
        if isinstance(child, nn.ModuleList) and len(child):
            yield place, child
        else:
            yield from _outermost_lists(child, place)


def _part_name(path: str) -> str:
    """Which of several stacks: "encoder", "decoder", or else its path."""
    return next((step for step in path.split(".") if step in ("encoder", "decoder")), path)


def _embeddings(model: Any) -> Iterator[tuple[str, Any]]:
    """The input embeddings, and others that share their weights: an encoder and a decoder may each have their own module."""
    table = _asked(model, "get_input_embeddings")
    weight = getattr(table, "weight", None)
    for path, module in model.named_modules():
        shares = isinstance(module, nn.Embedding) and weight is not None and module.weight is weight
        if module is table or shares:
            yield path, module


def _norms(model: Any, stack: str) -> Iterator[tuple[str, Any]]:
    """Norms beside a list of blocks; which of them comes last shows when they run."""
    above = stack.rpartition(".")[0]
    for name, module in model.get_submodule(above).named_children():
        if "norm" in type(module).__name__.lower():
            yield f"{above}.{name}" if above else name, module


def _head(model: Any) -> Iterator[tuple[str, Any]]:
    head = _asked(model, "get_output_embeddings")
    if head is not None:
        yield next((path for path, module in model.named_modules() if module is head), ""), head


def _asked(model: Any, method: str) -> Any:
    """What a model answers; None where it has no such thing."""
    try:
        return getattr(model, method)()
    except (AttributeError, NotImplementedError):
        return None
