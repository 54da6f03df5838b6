"""Views in large type: in a cell's output, or beside the notebook in a panel of JupyterLab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from llmwidgets.widgets.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.widgets.base import View

MARK = "llmwidgets-presentation"
"""The class by which a view in the page knows that it is presented."""


class Presentation(Stack):
    """See `llmwidgets.present`. `views` stay where they are shown besides; `close` ends the presentation alone."""

    _docked: ClassVar[Presentation | None] = None

    def __init__(self, views: Sequence[View]) -> None:
        super().__init__(views)
        self.add_class(MARK)
        self._panel: Any = None

    @property
    def docked(self) -> bool:
        """Whether it stands beside the notebook."""
        return self._panel is not None

    def dock(self) -> None:
        """Opens a panel beside the notebook, in the place of the one before. Needs the package sidecar."""
        from IPython.display import display
        from sidecar import Sidecar

        if Presentation._docked is not None:
            Presentation._docked.close()
        panel = Sidecar(title=", ".join(type(view).__name__ for view in self.views), anchor="split-right")
        with panel:
            display(self)
        self._panel, Presentation._docked = panel, self

    def close(self) -> None:
        """Takes the presentation off the page."""
        panel, self._panel = self._panel, None
        if panel is not None:
            Presentation._docked = None
            panel.close()
        # not the views, which someone may show elsewhere
        super(Stack, self).close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if self.docked:
            return {"text/plain": f"{self!r}\nbeside the notebook"}
        return super()._repr_mimebundle_(**kwargs)
