"""An EmbeddingMap as a plotly Figure and as plain HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.language import say
from llmwidgets.stages.neighbours import cosine_similarities
from llmwidgets.stages.projection import NAMES
from llmwidgets.widgets.fallback import table, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plotly.graph_objects import Figure

    from llmwidgets.stages.projection import Projection
    from llmwidgets.widgets.map_ground import Ground
    from llmwidgets.widgets.map_state import Drawn, Sum

MOST_CELLS = 30
"""Words in the plain table."""


def figure_of(
    labels: Sequence[str],
    kinds: Sequence[str],
    projection: Projection,
    ground: Ground | None = None,
    ground_labels: Sequence[str] = (),
    found: Sum | None = None,
) -> Figure:
    """The labelled scatter, in two or three dimensions, the ground beneath and an expression's steps as arrows."""
    from plotly import graph_objects as go

    from llmwidgets.widgets.figures import ACCENT, MUTED, dress, label

    coordinates = projection.coordinates
    solid = coordinates.shape[1] == 3
    figure = go.Figure()
    if ground is not None:
        _add_ground(figure, ground, ground_labels)
    for kind, colour in (("word", ACCENT), ("token", MUTED)):
        rows = [index for index, each in enumerate(kinds) if each == kind]
        if rows:
            figure.add_trace(
                _scatter(
                    coordinates[rows],
                    text=[label(labels[index]) for index in rows],
                    mode="markers+text",
                    textposition="top center",
                    name=say(kind),
                    marker={"color": colour, "size": 6 if solid else 10},
                )
            )
    if found is not None and len(found.sums):
        steps = np.concatenate([found.sums])
        figure.add_trace(
            _scatter(
                steps,
                mode="lines+markers",
                name=label(found.expression),
                line={"color": ACCENT, "width": 2},
                marker={
                    "symbol": "circle" if solid else "arrow",
                    "size": 5 if solid else 12,
                    **({} if solid else {"angleref": "previous"}),
                },
            )
        )
    _title_axes(figure, projection, solid=solid)
    return dress(figure, "Embeddings", height=520)


def _scatter(coordinates: np.ndarray, **options: Any) -> Any:
    from plotly import graph_objects as go

    if coordinates.shape[1] == 3:
        return go.Scatter3d(x=coordinates[:, 0], y=coordinates[:, 1], z=coordinates[:, 2], **options)
    return go.Scatter(x=coordinates[:, 0], y=coordinates[:, 1], **options)


def _add_ground(figure: Figure, ground: Ground, labels: Sequence[str]) -> None:
    from plotly import graph_objects as go
    from plotly.colors import qualitative

    from llmwidgets.widgets.figures import label

    places = ground.projection.coordinates
    solid = places.shape[1] == 3
    for code, each in enumerate(ground.classes):
        rows = np.flatnonzero(ground.codes == code)
        if not len(rows):
            continue
        name = each.key if each.low is None or each.high is None else f"{each.low:.3g} to {each.high:.3g}"
        options: dict[str, Any] = {
            "mode": "markers",
            "name": label(name),
            "text": [label(labels[index]) for index in rows.tolist()],
            "hoverinfo": "text",
            "marker": {"size": 2 if solid else 3, "opacity": 0.4, "color": _colour(code, ground, qualitative.Dark24)},
        }
        chosen = places[rows]
        if solid:
            figure.add_trace(go.Scatter3d(x=chosen[:, 0], y=chosen[:, 1], z=chosen[:, 2], **options))
        else:
            figure.add_trace(go.Scattergl(x=chosen[:, 0], y=chosen[:, 1], **options))


def _colour(code: int, ground: Ground, palette: Sequence[str]) -> str:
    if ground.classes[code].low is None:
        return palette[code % len(palette)]
    from plotly.colors import sample_colorscale

    share = code / max(len(ground.classes) - 1, 1)
    return str(sample_colorscale("Viridis", [share])[0])


def _title_axes(figure: Figure, projection: Projection, *, solid: bool) -> None:
    axes = projection.coordinates.shape[1]
    if projection.method == "pca":
        share = projection.variance
        titles = [
            say(f"PC {axis + 1} ({share[axis]:.0%})" if axis else f"PC {axis + 1} ({share[axis]:.0%} of the variance)")
            for axis in range(axes)
        ]
    else:
        titles = [f"{NAMES[projection.method]} {axis + 1}" for axis in range(axes)]
    if solid:
        named = {f"{name}axis": {"title": {"text": title}} for name, title in zip("xyz", titles, strict=True)}
        figure.update_layout(scene={**named, "aspectmode": "data"})
        return
    figure.update_xaxes(title=titles[0])
    figure.update_yaxes(title=titles[1], scaleanchor="x")


def picture_of(drawn: Drawn) -> str:
    """The words' cosine similarities as a plain table."""
    count = min(drawn.points.words, MOST_CELLS)
    names = [visible(name.text) for name in drawn.points.names[:count]]
    similarities = cosine_similarities(drawn.points.vectors[:count])
    rows = [[names[row], *(f"{similarities[row, column]:.2f}" for column in range(count))] for row in range(count)]
    more = drawn.points.words - count
    told = [say("Cosine similarity in all dimensions")]
    told += [say(f"{more} more words")] if more else []
    told += [say(f"on {len(drawn.ground):,} points")] if drawn.ground is not None else []
    return table(" · ".join(told), ["", *names], rows)
