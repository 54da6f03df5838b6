"""Several views below each other, as one output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmwidgets.widgets.composed import Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.widgets.base import View


class Stack(Box):
    """`views` below each other; without a page, their pictures. `close` closes them all."""

    def __init__(self, views: Sequence[View]) -> None:
        # what opens above a view, as a menu does, is not cut off
        super().__init__(list(views), layout={"overflow": "visible"})

    @property
    def views(self) -> tuple[View, ...]:
        """The views, from top to bottom."""
        return tuple(self.children)

    def close(self) -> None:
        """Takes the views off the page."""
        for view in self.views:
            view.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        pictures = [view._repr_mimebundle_()[0].get("text/html", "") for view in self.views]
        return {**super()._repr_mimebundle_(**kwargs), "text/html": "\n".join(pictures)}

    def __repr__(self) -> str:
        return "\n".join(map(repr, self.views))
