"""The plotly side of the views: one look, and text that plotly cannot take for its markup."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from llmwidgets.language import say
from llmwidgets.widgets.fallback import visible

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

ACCENT = "#1f5fd0"
MUTED = "#b7c0cc"
FONT = "Inter, system-ui, 'Hiragino Sans', 'Yu Gothic UI', 'Noto Sans CJK JP', 'Noto Sans JP', sans-serif"


def label(text: str) -> str:
    """A token as a label, which plotly cannot take for markup such as `<b>`."""
    return escape(visible(text), quote=False)


def dress(figure: Figure, title: str, *, height: int) -> Figure:
    """The common look. The title is said in the language of now."""
    figure.update_layout(
        title={"text": escape(say(title), quote=False)},
        template="plotly_white",
        font={"family": FONT, "size": 14},
        height=height,
        margin={"l": 20, "r": 20, "t": 60, "b": 40},
    )
    return figure
