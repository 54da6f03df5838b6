"""How views get into a cell's output: at once where `show` is called, and for a stage that is a cell's last value.

IPython is told by the names of classes, so that nothing is loaded for it.
"""

from __future__ import annotations

import sys
from typing import Any

from llmwidgets.namespace import shell

STAGES = (
    ("llmwidgets.stages.tokens", "Tokens"),
    ("llmwidgets.stages.distribution", "Distribution"),
    ("llmwidgets.stages.sampling", "Filtered"),
    ("llmwidgets.stages.drawn", "Drawn"),
    ("llmwidgets.stages.neighbours", "Table"),
    ("llmwidgets.stages.projection", "Projection"),
)
"""The stages that show themselves as a cell's last value."""

TABLES = (("llmwidgets.stages.capabilities", "Capabilities"),)
"""What shows itself as a plain table: of one moment, where the view of it follows its session."""

SHOWN = (
    ("llmwidgets.widgets.base", "View"),
    ("llmwidgets.widgets.stack", "Stack"),
    ("plotly.basedatatypes", "BaseFigure"),
)
"""What `show` gives back, having displayed it."""


class _Cell:
    """What `show` has displayed in the cell that runs; `number` is IPython's count of cells."""

    number = -1
    shown: tuple[Any, ...] = ()


def follow(running: Any) -> None:
    """Lets an IPython show stages as views. Asked again it does nothing more."""
    formatter = running.display_formatter
    for module, name in STAGES:
        formatter.mimebundle_formatter.for_type_by_name(module, name, _as_view)
    # a grader may have taken the formatters away: otter does while it runs its tests
    if (html := formatter.formatters.get("text/html")) is not None:
        for module, name in TABLES:
            html.for_type_by_name(module, name, _as_table)
    for module, name in SHOWN:
        formatter.ipython_display_formatter.for_type_by_name(module, name, _once)


def follow_running() -> None:
    """The same of the IPython that runs, if one does."""
    if (running := shell()) is not None:
        follow(running)


def display_now(view: Any) -> None:
    """Puts a view into the output of the cell that runs; without IPython, nothing."""
    running = shell()
    if running is None:
        return
    follow(running)
    from IPython.display import display

    display(view)
    before = _Cell.shown if _Cell.number == running.execution_count else ()
    _Cell.number, _Cell.shown = running.execution_count, (*before, view)


def _once(view: Any) -> None:
    """Nothing, where the view is the cell's last value and `show` has displayed it in that cell; else as ever."""
    running = shell()
    seen = _Cell.number == running.execution_count and any(view is shown for shown in _Cell.shown)
    if seen and _is_last_value():
        return
    raise NotImplementedError  # which tells IPython to go on with the other formats


def _is_last_value() -> bool:
    """Whether IPython asks for a cell's last value, not for what `display` was given."""
    hook = sys.displayhook
    # ipykernel's hook has a message while it works, IPython's own a flag
    return bool(getattr(hook, "is_active", False) or getattr(hook, "msg", None))


def _as_view(stage: Any) -> Any:
    """A stage as its view's bundle, in words as ever. None where it has no view: IPython then writes its repr."""
    running = shell()
    if "text/html" not in running.display_formatter.active_types:  # a terminal
        return None
    from llmwidgets.errors import LLMWidgetsError
    from llmwidgets.showing import view_of

    try:
        view = view_of(stage)
    except LLMWidgetsError:
        return None
    data, metadata = running.display_formatter.format(view)
    return {**data, "text/plain": repr(stage)}, metadata


def _as_table(capabilities: Any) -> str:
    """What an engine gives, as HTML."""
    from llmwidgets.widgets.capability_figure import picture_of

    return picture_of(capabilities)
