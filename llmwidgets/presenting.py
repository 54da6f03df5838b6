"""present: views in large type, beside the notebook where JupyterLab can, so that the last row reads them while cells run.

Not here: what large type looks like (js/lib/theme.css), what a session comes back to (preparing.py).
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from llmwidgets import displaying, namespace
from llmwidgets.errors import InvalidValue
from llmwidgets.session import ModelSession
from llmwidgets.showing import view_of
from llmwidgets.widgets.presentation import Presentation
from llmwidgets.widgets.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmwidgets.widgets.base import View


def present(x: Any = None, *, dock: bool | None = None, **options: Any) -> Presentation:
    """Shows views in large type and high contrast, and prepares their sessions: R comes back to this moment, Escape leaves.

    `x`: a view, several in a list, or anything that `show` takes, with its `options`; the newest session where nothing is given.
    `dock`: beside the notebook, which takes JupyterLab and the package sidecar (`pip install "llmwidgets[present]"`); None does so where
    sidecar is installed, except in Colab and VS Code; False shows it in the cell's output. A docked presentation takes the place of the one before;
    `.close()` ends it, and the views go on where they were. Raises as `show` does, and InvalidValue.

    >>> session.text = "The capital of France is"           # doctest: +SKIP
    >>> present(session)                                    # doctest: +SKIP
    >>> present([token_view, next_token_bar], dock=False)   # doctest: +SKIP
    """
    views = tuple(_views_of(ModelSession.current() if x is None else x, options))
    docks = _can_dock() if dock is None else _checked(dock)
    for session in {id(view.session): view.session for view in views}.values():
        session.prepare(keep=True)
    made = Presentation(views)
    if docks:
        made.dock()
    else:
        displaying.display_now(made)
    return made


def _views_of(x: Any, options: dict[str, Any]) -> Iterator[View]:
    if isinstance(x, (list, tuple)) and x and all(hasattr(each, "_repr_mimebundle_") for each in x):
        for each in x:
            yield from _views_of(each, options)
        return
    made = view_of(x, **options)
    yield from made.views if isinstance(made, Stack) else (made,)


def _can_dock() -> bool:
    """Whether there may be a JupyterLab with sidecar. The kernel does not see the page; of these two it is known."""
    elsewhere = "google.colab" in sys.modules or any(name.startswith("VSCODE_") for name in os.environ)
    return not elsewhere and namespace.shell() is not None and find_spec("sidecar") is not None


def _checked(dock: bool) -> bool:
    if not isinstance(dock, bool):
        raise InvalidValue(
            f"dock cannot be {dock!r:.60}.",
            hint="It takes True, False or None.",
            name="dock",
            value=f"{dock!r:.60}",
            allowed="True, False, None",
        )
    if dock and find_spec("sidecar") is None:
        raise InvalidValue(
            "dock cannot be True: views stand beside the notebook with the package sidecar, which is not installed.",
            hint='pip install "llmwidgets[present]" and reload the page; or present(..., dock=False).',
            name="dock",
            value="True",
            allowed="False, None",
        )
    return dock
