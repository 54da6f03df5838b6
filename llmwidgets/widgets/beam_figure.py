"""BeamTree's pictures for where no page is alive: a plotly Figure, and plain HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmwidgets.language import say
from llmwidgets.widgets.beam_encode import text_of
from llmwidgets.widgets.fallback import paragraph, table, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from plotly.graph_objects import Figure

    from llmwidgets.stages.beam_fates import Node
    from llmwidgets.stages.beams import Beam, BeamRow, Beams

MOST_STEPS = 60  # of a figure
EMPTY = "No beam search yet: run model.generate(..., num_beams=4) in any cell."
LOOKS = {
    "running": ("live", "#1f5fd0", "circle"),
    "ended": ("ended", "#b45309", "square"),
    "continued": ("continued", "#8fb2ea", "circle"),
    "pruned": ("pruned", "#b7c0cc", "x-thin-open"),
}
"""For each state its name, colour and sign."""


def figure_of(row: BeamRow | None, spelled: Callable[[int], str]) -> Figure:
    """The beams of a row as a plotly tree that grows to the right, pruned ones grey; candidates that were never kept are left out."""
    from plotly import graph_objects as go

    from llmwidgets.widgets.figures import dress

    figure = go.Figure()
    if row is None:
        return dress(figure, EMPTY, height=200)
    columns = [_shown(column) for column in row.nodes(row.step - MOST_STEPS)]
    heights = _heights(columns)
    lines = _lines(columns, heights)
    figure.add_scatter(
        x=lines[0],
        y=lines[1],
        mode="lines",
        line={"color": "#c9d2dd", "width": 1.5},
        hoverinfo="skip",
        showlegend=False,
    )
    for state, (name, colour, symbol) in LOOKS.items():
        nodes = [node for column in columns for node in column if node.fate.state == state]
        if nodes:
            figure.add_trace(_marks(nodes, heights, spelled, say(name), {"color": colour, "symbol": symbol}))
    figure.update_xaxes(title=say("step"), dtick=1 if len(columns) < 20 else None, showgrid=False, zeroline=False)
    figure.update_yaxes(visible=False)
    most = max((len(column) for column in columns), default=1)
    return dress(figure, caption(row), height=200 + 44 * most)


def picture_of(beams: Beams | None, row: BeamRow | None, token_bytes: Callable[[int], bytes]) -> str:
    """The live and finished beams as an HTML table with all text escaped."""
    if beams is None or row is None:
        return paragraph(EMPTY)
    head = ("", "text", "tokens", "log-probability", "score", "ended by")
    lines = [("live", beam) for beam in row.running] + [("finished", beam) for beam in row.finished]
    return table(caption(row), head, [_line(kind, beam, token_bytes) for kind, beam in lines])


def caption(row: BeamRow) -> str:
    """What was asked for and how far it is."""
    search = row.search
    how = "beam sampling" if search.do_sample else "beam search"
    return (
        f"{how}: num_beams={search.num_beams}, length_penalty={search.length_penalty:g}, "
        f"early_stopping={search.early_stopping!r}, step {row.step}, "
        f"{len(row.running)} live, {len(row.finished)} finished"
    )


def _line(kind: str, beam: Beam, token_bytes: Callable[[int], bytes]) -> Sequence[str]:
    text = visible(text_of(beam.ids, token_bytes))
    return say(kind), text, f"{len(beam.ids)}", f"{beam.log_prob:.4f}", f"{beam.score:.4f}", beam.ended_by


def _shown(column: Sequence[Node]) -> list[Node]:
    return [node for node in column if node.fate.why != "not_kept"]


def _heights(columns: Sequence[Sequence[Node]]) -> dict[tuple[int, int], float]:
    """How high each node stands: children in the order of their parents, so that no lines cross, around the middle."""
    heights: dict[tuple[int, int], float] = {}
    for column in columns:
        ordered = sorted(column, key=lambda node: (-heights.get((node.step - 1, node.parent), 0.0), -node.log_prob))
        for place, node in enumerate(ordered):
            heights[node.step, node.place] = (len(ordered) - 1) / 2 - place
    return heights


def _lines(
    columns: Sequence[Sequence[Node]], heights: dict[tuple[int, int], float]
) -> tuple[list[float | None], list[float | None]]:
    """The lines from each node to its parent, as plotly takes many of them."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for node in (node for column in columns for node in column):
        start = heights.get((node.step - 1, node.parent))
        if start is not None:
            xs += [node.step, node.step + 1, None]
            ys += [start, heights[node.step, node.place], None]
    return xs, ys


def _marks(
    nodes: Sequence[Node],
    heights: dict[tuple[int, int], float],
    spelled: Callable[[int], str],
    name: str,
    marker: dict[str, str],
) -> object:
    from plotly import graph_objects as go

    from llmwidgets.widgets.figures import label

    return go.Scatter(
        x=[node.step + 1 for node in nodes],
        y=[heights[node.step, node.place] for node in nodes],
        text=[label(spelled(node.token)) for node in nodes],
        customdata=[[node.log_prob, node.gained, node.fate.why or node.ended_by] for node in nodes],
        hovertemplate=f"%{{text}}<br>{say('log-probability')} %{{customdata[0]:.3f}} (%{{customdata[1]:.3f}})<br>%{{customdata[2]}}<extra></extra>",
        mode="markers+text",
        textposition="top center",
        marker={"size": 11, "line": {"width": 2, "color": marker["color"]}, **marker},
        name=name,
    )
