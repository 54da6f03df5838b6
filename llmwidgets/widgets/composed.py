"""ipywidgets' own boxes as this package shows them: alike under ipywidgets 7, which Colab has, and 8."""

from __future__ import annotations

from typing import Any

import ipywidgets

VIEW = "application/vnd.jupyter.widget-view+json"
"""The type of an output that stands for a living widget."""


class Box(ipywidgets.VBox):  # type: ignore[misc]  # shipped without types
    """Widgets below each other. Its output has the box for a living page, and whatever a subclass adds for where there is none."""

    # that of ipywidgets 7 goes before _repr_mimebundle_, which that version does not have
    _ipython_display_ = None

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        del kwargs
        if self.comm is None:
            return {"text/plain": repr(self)}
        return {"text/plain": repr(self), VIEW: {"version_major": 2, "version_minor": 0, "model_id": self.model_id}}
