"""In the kernel of a notebook that is made into a page: what the views show is there, and the page has been told."""

from __future__ import annotations

import contextlib

from llmwidgets.errors import LLMWidgetsError
from llmwidgets.widgets.store import SessionStore, open_stores


def settle() -> None:
    """Waits until every open view has what it shows, and sends it."""
    for store in open_stores():
        settle_store(store)
        # whole: where a text is long, only its changes have travelled
        store.send_state("content")


def settle_store(store: SessionStore) -> None:
    """The same of one session's views."""
    for view in store.views:
        with contextlib.suppress(LLMWidgetsError):
            # a picture waits for what it shows
            view._picture()
    store.publish()
