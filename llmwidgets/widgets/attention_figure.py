"""Who attends to whom in a text, as a plotly heatmap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmwidgets.language import say
from llmwidgets.widgets.figures import dress, label

if TYPE_CHECKING:
    import numpy as np
    from plotly.graph_objects import Figure

    from llmwidgets.stages.tokens import Tokens

MOST = 60
"""Tokens on a side."""


def attention_figure(tokens: Tokens, attentions: np.ndarray) -> Figure:
    """Each row a token, each column what it attends to, in percent: the mean over layers and heads of (layers, heads, n, n)."""
    from plotly import graph_objects as go

    shares = 100 * attentions[:, :, :MOST, :MOST].mean((0, 1))
    pieces = [label(piece) for piece in tokens.first(len(shares)).pieces]
    places = list(range(len(pieces)))
    figure = go.Figure()
    figure.add_heatmap(
        z=shares,
        x=places,
        y=places,
        text=[[f"{query} → {key}" for key in pieces] for query in pieces],
        hovertemplate="%{text}<br>%{z:.1f}%<extra></extra>",
        colorscale="YlGnBu",
        colorbar={"title": {"text": "%"}},
    )
    ticks = {"tickmode": "array", "tickvals": places, "ticktext": pieces}
    figure.update_xaxes(**ticks, title={"text": say("attended to")}, side="top")
    figure.update_yaxes(**ticks, title={"text": say("attending token")}, autorange="reversed")
    dressed = dress(figure, "Attention, mean over layers and heads", height=max(360, 160 + 22 * len(pieces)))
    return dressed.update_layout(margin={"l": 90, "r": 20, "t": 150, "b": 30})
