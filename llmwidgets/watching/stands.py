"""What stands on a watched model: a forward hook, and before three of its methods an object that calls them.

A copy of the model, made or saved meanwhile, has none of it: its hook does nothing, its methods are its class's.
"""

from __future__ import annotations

import functools
import inspect
import types
import weakref
from typing import TYPE_CHECKING, Any

import torch

from llmwidgets.watching.engine import model_gone

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmwidgets.watching.hooks import ModelHooks


class Inert:
    """What stands on a model, and does nothing on a copy of it."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return ForwardHook(None)

    def __reduce__(self) -> Any:
        return ForwardHook, (None,)


class ForwardHook(Inert):
    """The forward hook."""

    def __init__(self, hooks: ModelHooks | None) -> None:
        self._hooks = hooks

    def __call__(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        """Tells of a call. A graph keeps no trace of it."""
        if torch.compiler.is_compiling() or self._hooks is None:
            return
        self._hooks.passed(module, args, kwargs, output)


class Stand:
    """A method of the model, standing on the model itself; a copy of the model has its class's own again."""

    def __init__(self, hooks: ModelHooks, model: Any, name: str, before: Any) -> None:
        self._hooks = hooks
        self._model = weakref.ref(model)
        self._name = name
        self._before = before
        functools.update_wrapper(self, getattr(type(model), name))  # type: ignore[arg-type]  # a callable object may stand for a function
        self.__signature__ = inspect.signature(getattr(model, name))

    @property
    def _original(self) -> Callable[..., Any]:
        if self._before is not None:
            return self._before  # type: ignore[no-any-return]  # what stood there
        model = self._model()
        if model is None:
            raise model_gone("The watched model")
        bound: Callable[..., Any] = getattr(type(model), self._name).__get__(model)
        return bound

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in ("__self__", "__func__"):
            raise AttributeError(name)
        return getattr(self._original, name)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        copied = memo.get(id(self._model()))
        return types.MethodType(getattr(type(copied), self._name), copied)

    def __reduce__(self) -> Any:
        return getattr, (self._model(), self._name)


class Generate(Stand):
    """`generate`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls it, and tells of it."""
        return self._hooks.generating(self._original, args, kwargs)


class Criteria(Stand):
    """Where `generate` makes its stopping criteria."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls it, and adds one that can stop."""
        config = args[0] if args else kwargs.get("generation_config")
        return self._hooks.settings(config, self._original(*args, **kwargs))


class Compiled(Stand):
    """Where `generate` takes its compiled forward from."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls it; what it returns tells of each call."""
        return self._hooks.compiled(self._original(*args, **kwargs))
