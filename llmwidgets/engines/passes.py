"""A session's own pass of a model: nothing in it drops out, and what watches the user's calls passes it over."""

from __future__ import annotations

import threading
import weakref
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_thread = threading.local()


def is_own_pass() -> bool:
    """Whether this thread is in a pass that a session makes for itself."""
    return bool(getattr(_thread, "passes", 0))


@dataclass
class _Evaluation:
    """How many passes of a model run now, and which of its modules train when none does."""

    passes: int = 0
    training: list[Any] = field(default_factory=list)


_evaluations: weakref.WeakKeyDictionary[Any, _Evaluation] = weakref.WeakKeyDictionary()
_counting = threading.Lock()


@contextmanager
def own_pass(model: Any) -> Iterator[None]:
    """Dropout off for the while, as `generate` users expect, and the mode put back once no session's pass needs it."""
    _thread.passes = getattr(_thread, "passes", 0) + 1
    with _counting:
        found = _evaluations.setdefault(model, _Evaluation())
        if found.passes == 0:
            found.training = [module for module in model.modules() if module.training] if model.training else []
            if found.training:
                model.eval()
        found.passes += 1
    try:
        yield
    finally:
        _thread.passes -= 1
        with _counting:
            found.passes -= 1
            if found.passes == 0:
                for module in found.training:
                    module.training = True
                found.training = []
