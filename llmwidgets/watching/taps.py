"""A method of one model, seen where it is called on the model, and given back as it was."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_ABSENT = object()


class Tap:
    """Stands in for one method of one model: calls it, tells `asked` and `seen` before and after, and hands the result on.

    It is an attribute of the model itself, before the class's own. Two that stand on each other may go in any order.
    """

    def __init__(self, model: Any, name: str, asked: Callable[..., None], seen: Callable[..., None]) -> None:
        self._model = model
        self._name = name
        self._asked = asked
        self._seen = seen
        self._removed = False
        self._before = vars(model).get(name, _ABSENT)
        self._method = getattr(model, name)
        vars(model)[name] = self

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """The method itself."""
        if self._removed:
            return self._method(*arguments, **named)
        self._asked(self._name, arguments, named)
        result = self._method(*arguments, **named)
        self._seen(self._name, result, named)
        return result

    def remove(self) -> None:
        """Puts back what was there. Under another tap it stays without effect until that one goes."""
        self._removed = True
        held = vars(self._model)
        if held.get(self._name) is not self:
            return
        before = self._before
        while isinstance(before, Tap) and before._removed:
            before = before._before
        if before is _ABSENT:
            del held[self._name]
        else:
            held[self._name] = before

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy of the model, made or saved meanwhile, has the method alone."""
        return itemgetter(0), ((self._method,),)
