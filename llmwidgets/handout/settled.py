"""In the kernel of a notebook that is made into a page: what the views show is there, and the page has been told."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from llmwidgets.errors import LLMWidgetsError
from llmwidgets.widgets.store import open_stores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.widgets.base import View


def settle() -> None:
    """Waits until every open view has what it shows, and sends it."""
    for store in open_stores():
        settle_views(store.views)
        for view in store.views:
            for name, value in view.for_a_page().items():
                setattr(view, name, value)
        # whole: where a text is long, only its changes have travelled
        store.send_state("content")


def settle_views(views: Sequence[View]) -> None:
    """The same of some views. What stands in the way of one, it says itself."""
    for view in views:
        with contextlib.suppress(LLMWidgetsError):
            view.settle()
    for store in {view._store for view in views}:
        store.publish()
