"""TokenView's pictures for where no page is alive: a plotly Figure, and plain HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmwidgets.language import say
from llmwidgets.widgets.fallback import TINTS, chips
from llmwidgets.widgets.figures import dress, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plotly.graph_objects import Figure

    from llmwidgets.stages.tokens import Tokens

LINE = 60  # characters on one line of the figure
MOST_PIECES = 500  # of a row, in a picture that is saved with the notebook, and in a figure
MOST_ROWS = 20

Named = tuple[str, "Tokens"]


def figure_of(rows: Sequence[Named]) -> Figure:
    """The pieces as boxes in lines, row under row, as a plotly Figure; ids on hover."""
    from plotly import graph_objects as go

    figure, top = go.Figure(), 0
    # plotly checks all shapes again for each that is added: a minute for 500
    shapes: list[dict[str, Any]] = []
    captions: list[dict[str, Any]] = []
    for name, whole in rows[:MOST_ROWS]:
        tokens = whole.first(MOST_PIECES)
        boxes, lines = _boxes(tokens.pieces)
        if len(rows) > 1:
            captions.append(_caption_at(top, say(_caption(name, whole))))
            top -= 1
        shapes += [_shape(index, x, top + y, width) for index, (x, y, width) in enumerate(boxes)]
        figure.add_scatter(
            x=[x + width / 2 for x, _, width in boxes],
            y=[top + y for _, y, _ in boxes],
            text=[label(piece) for piece in tokens.pieces],
            customdata=tokens.ids,
            hovertemplate="%{text}<br>id %{customdata}<extra></extra>",
            mode="text",
            textfont={"color": "#1a2029"},
            showlegend=False,
        )
        top -= lines
    figure.update_layout(shapes=shapes, annotations=captions)
    figure.update_xaxes(range=[-1, LINE + 1], visible=False)
    figure.update_yaxes(range=[top + 0.4, 0.6], visible=False)
    return dress(figure, _caption("", rows[0][1]) if len(rows) == 1 else "Tokens", height=120 - 36 * top)


def _shape(index: int, x: float, y: float, width: float) -> dict[str, Any]:
    """The box under a piece."""
    tint = TINTS[index % len(TINTS)]
    box = {"x0": x, "x1": x + width - 0.2, "y0": y - 0.4, "y1": y + 0.4}
    return {"type": "rect", **box, "fillcolor": tint, "line": {"width": 0}, "layer": "below"}


def _caption_at(y: float, text: str) -> dict[str, Any]:
    """The name above a row."""
    return {"x": 0, "y": y, "text": label(text), "showarrow": False, "xanchor": "left", "font": {"size": 13}}


def picture_of(rows: Sequence[Named]) -> str:
    """The pieces of each row as coloured chips, as HTML with all text escaped."""
    several = len(rows) > 1
    return "".join(
        chips(_caption(name if several else "", tokens), tokens.first(MOST_PIECES).pieces)
        for name, tokens in rows[:MOST_ROWS]
    )


def _caption(name: str, tokens: Tokens) -> str:
    """The counts, and how much of a long text is shown."""
    counts = f"{len(tokens):,} tokens, {tokens.characters:,} characters, {tokens.utf8_bytes:,} bytes"
    shown = f"; the first {MOST_PIECES} tokens" if len(tokens) > MOST_PIECES else ""
    return f"{name}: {counts}{shown}" if name else counts + shown


def _boxes(pieces: tuple[str, ...]) -> tuple[list[tuple[float, int, float]], int]:
    """For each piece its left edge, line (0, -1, ...) and width, in characters; and the number of lines."""
    boxes: list[tuple[float, int, float]] = []
    x, line = 0.0, 0
    for piece in pieces:
        width = sum(2.0 if ord(character) > 0x2E7F else 1.1 for character in piece) + 1.4
        if x > 0 and x + width > LINE:
            x, line = 0.0, line + 1
        boxes.append((x, -line, width))
        x += width
    return boxes, line + 1
