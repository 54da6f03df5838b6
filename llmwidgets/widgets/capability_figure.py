"""What an engine gives as a plotly table and as plain HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from llmwidgets.language import say
from llmwidgets.stages.capabilities import MARKS
from llmwidgets.widgets.fallback import table

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from llmwidgets.stages.capabilities import Ability, Capabilities

HEAD = ("ability", "", "what that means", "views")


def picture_of(capabilities: Capabilities) -> str:
    """The card as a plain table."""
    return table(capabilities.title, HEAD, map(_row, capabilities.abilities))


def figure_of(capabilities: Capabilities) -> Figure:
    """The card as a plotly table."""
    from plotly import graph_objects as go

    from llmwidgets.widgets.figures import dress

    columns = list(zip(*map(_row, capabilities.abilities), strict=True))
    cells = go.Table(
        columnwidth=[14, 10, 52, 24],
        header={"values": [f"<b>{say(title)}</b>" for title in HEAD], "align": "left", "fill_color": "#eef1f5"},
        cells={
            "values": [[escape(text, quote=False) for text in column] for column in columns],
            "align": "left",
            "height": 28,
        },
    )
    figure = dress(go.Figure(cells), capabilities.title, height=160 + 34 * len(capabilities.abilities))
    # a table keeps no room for axes
    return figure.update_layout(margin_b=10)


def _row(ability: Ability) -> tuple[str, ...]:
    said = ability.name.replace("_", " "), MARKS[ability.extent], ability.detail
    return *map(say, said), ", ".join(ability.views)
