"""TokenView: the text and its tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmwidgets.widgets.base import View
from llmwidgets.widgets.fallback import TINTS, chips

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from llmwidgets.session import ModelSession
    from llmwidgets.stages.tokens import Tokens

LINE = 60  # characters on one line of the figure
MOST_PIECES = 500  # in a picture that is saved with the notebook, and in a figure


class TokenView(View):
    """The session's text, editable in the page, with its tokens as coloured pieces; a click on one sets the position.

    `session` None is the newest one. Raises SessionClosed where there is none.

    >>> view = TokenView(ModelSession())            # doctest: +SKIP
    >>> view.tokens.ids                             # doctest: +SKIP
    """

    name = "token_view"

    def __init__(self, session: ModelSession | None = None, *, language: str | None = None) -> None:
        super().__init__(session, language=language)

    @property
    def tokens(self) -> Tokens:
        """The tokens shown."""
        return self.session.tokens

    def figure(self) -> Figure:
        """The pieces as boxes in lines, as a plotly Figure; ids on hover."""
        from plotly import graph_objects as go

        from llmwidgets.widgets.figures import dress, label

        tokens = self.tokens.first(MOST_PIECES)
        boxes, lines = _boxes(tokens.pieces)
        figure = go.Figure()
        for index, (x, y, width) in enumerate(boxes):
            figure.add_shape(
                type="rect",
                x0=x,
                x1=x + width - 0.2,
                y0=y - 0.4,
                y1=y + 0.4,
                fillcolor=TINTS[index % len(TINTS)],
                line={"width": 0},
                layer="below",
            )
        figure.add_scatter(
            x=[x + width / 2 for x, _, width in boxes],
            y=[y for _, y, _ in boxes],
            text=[label(piece) for piece in tokens.pieces],
            customdata=tokens.ids,
            hovertemplate="%{text}<br>id %{customdata}<extra></extra>",
            mode="text",
            textfont={"color": "#1a2029"},
        )
        hidden: dict[str, Any] = {"visible": False}
        figure.update_xaxes(range=[-1, LINE + 1], **hidden)
        figure.update_yaxes(range=[-lines + 0.4, 0.6], **hidden)
        return dress(figure, _caption(self.tokens), height=120 + 36 * lines)

    def _picture(self) -> str:
        tokens = self.tokens
        return chips(_caption(tokens), tokens.first(MOST_PIECES).pieces)

    def _in_words(self) -> str:
        return f"TokenView({self.tokens!r})"


def _caption(tokens: Tokens) -> str:
    """The counts, and how much of a long text is shown."""
    counts = f"{len(tokens):,} tokens, {tokens.characters:,} characters, {tokens.utf8_bytes:,} bytes"
    return f"{counts}; the first {MOST_PIECES} tokens" if len(tokens) > MOST_PIECES else counts


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
