"""The views of a session as one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmwidgets.errors import InvalidValue, LLMWidgetsError
from llmwidgets.files import write
from llmwidgets.handout.page import Place, page, places
from llmwidgets.handout.saved import saved
from llmwidgets.handout.settled import settle_views
from llmwidgets.language import default_language
from llmwidgets.widgets.base import View
from llmwidgets.widgets.fallback import paragraph
from llmwidgets.widgets.stack import Stack
from llmwidgets.widgets.store import store_for

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable
    from pathlib import Path

    from llmwidgets.handout.saved import States
    from llmwidgets.text import TextSession


def export(
    session: TextSession, path: str | os.PathLike[str], views: Iterable[View | Stack] | None, title: str
) -> Path:
    """See TextSession.export."""
    chosen = _open(store_for(session).views if views is None else _flat(views), session)
    settle_views(chosen)
    pictures = [_picture(view) for view in chosen]
    states = states_of(chosen)
    kept = [(view, picture) for view, picture in zip(chosen, pictures, strict=True) if view.model_id in states]
    found = [Place(view.model_id, picture) for view, picture in kept]
    language = default_language() or next((str(view.options["language"]) for view in chosen), "")
    contents = saved(states, (place.model for place in found), language)
    return write(path, page(title or session.info.name or "llmwidgets", places(found), contents))


def states_of(views: Iterable[View]) -> States:
    """The states of views and of what they point at. Of views that are the same to the reader there is the first."""
    from ipywidgets.embed import dependency_state

    states: States = dependency_state(list(views), drop_defaults=False)
    for view in views:
        states[view.model_id]["state"] |= view.for_a_page()
    seen: dict[str, str] = {}
    for view in views:
        own = type(view).__name__ + repr(_told(states[view.model_id]["state"]))
        if seen.setdefault(own, view.model_id) != view.model_id:
            del states[view.model_id]
    return states


def _told(state: dict[str, Any]) -> dict[str, Any]:
    """A view's state without what tells apart two views that show the same."""
    return {key: value for key, value in state.items() if not key.startswith("_") and key != "layout"}


def _flat(views: Any) -> list[View]:
    found: list[View] = []
    for view in [views] if isinstance(views, View | Stack) else views:
        if not isinstance(view, View | Stack):
            msg = f"views cannot hold a {type(view).__name__}."
            raise InvalidValue(
                msg, hint="It takes views of llmwidgets.", name="views", value=type(view).__name__, allowed="views"
            )
        found += view.views if isinstance(view, Stack) else [view]
    return found


def _open(views: Iterable[View], session: TextSession) -> list[View]:
    found = [view for view in views if view.comm is not None]
    if found:
        return found
    msg = f"There is no open view of {session.info.name or 'this session'} to export."
    raise InvalidValue(
        msg, hint="Make one first, such as TokenView(session).", name="views", value="none", allowed="open views"
    )


def _picture(view: View) -> str:
    try:
        return view._picture()
    except LLMWidgetsError as error:
        return paragraph(str(error))
