"""The notebook's own variables: what the user calls a thing, and which of them are models and tokenizers.

Without IPython there are none. Only classes are looked at, so that nothing lazy is loaded and nothing remote is asked.
"""

from __future__ import annotations

import sys
from typing import Any


def shell() -> Any:
    """The running IPython; None without one."""
    ipython = sys.modules.get("IPython")
    get = getattr(ipython, "get_ipython", None)
    return None if get is None else get()


def variables() -> dict[str, Any]:
    """The user's variables by name, without those that IPython put there or that begin with an underscore."""
    running = shell()
    if running is None:
        return {}
    hidden = running.user_ns_hidden
    return {
        name: value
        for name, value in list(running.user_ns.items())
        if not name.startswith("_") and (name not in hidden or hidden[name] is not value)
    }


def name_of(value: Any, default: str = "x") -> str:
    """The variable that holds a thing."""
    return next((name for name, found in variables().items() if found is value), default)


def models() -> dict[str, Any]:
    """The variables that hold a language model, also a compiled or a parallel one."""
    return {name: value for name, value in variables().items() if is_model(value)}


def tokenizers() -> dict[str, Any]:
    """The variables that hold a tokenizer."""
    # which loads NumPy, and this room is entered by the mere import within IPython
    from llmwidgets.tokenizers.face import is_tokenizer

    return {name: value for name, value in variables().items() if is_tokenizer(value)}


def is_model(value: Any) -> bool:
    """Whether it is a model that has embeddings of tokens."""
    return sizes(value) is not None


def unwrapped(model: Any) -> Any:
    """The model within what torch.compile or DataParallel has put around it."""
    if not _is_module(model):
        return model
    from llmwidgets.watching.hooks import unwrapped as found

    return found(model)[-1]


def sizes(model: Any) -> tuple[int, int] | None:
    """How many tokens a model has and how long their vectors are; None for what is no such model."""
    inner = unwrapped(model)
    # a module's attributes are plain; of others the class alone is asked
    asked = inner if _is_module(inner) else type(inner)
    if isinstance(inner, type) or not hasattr(asked, "get_input_embeddings") or not hasattr(inner, "config"):
        return None
    try:
        shape = tuple(inner.get_input_embeddings().weight.shape)
    except (AttributeError, NotImplementedError, TypeError):  # a model of pictures or sounds
        return None
    return (int(shape[0]), int(shape[1])) if len(shape) == 2 else None


def _is_module(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.nn.Module)
