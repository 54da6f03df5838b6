"""A ContinuationView's pictures for where no page is alive: a plotly Figure, and plain HTML."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llmwidgets.language import say
from llmwidgets.stages.tokens import spell
from llmwidgets.widgets.fallback import paragraph, table, visible

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from llmwidgets.stages.continuations import Continuation, ContinuationMeasure, Continuations

TITLES: dict[ContinuationMeasure, str] = {
    "sum": "log-probability (nats)",
    "token": "nats a token",
    "character": "nats a character",
    "byte": "nats a byte",
}
HEAD = ("candidate", *TITLES.values(), "tokens, with their surprisal in bits")
TEXT_SHOWN = 60


def figure_of(found: Continuations, measure: ContinuationMeasure) -> Figure:
    """A bar a candidate, most probable on top, its tokens on hover."""
    from plotly import graph_objects as go

    from llmwidgets.widgets.figures import ACCENT, dress, label

    ranked = found.ranked(measure)
    figure = go.Figure()
    figure.add_bar(
        y=[label(_short(one.candidate)) for one in ranked],
        x=[None if math.isnan(one.per(measure)) else one.per(measure) for one in ranked],
        orientation="h",
        marker={"color": ACCENT},
        customdata=[label(_tokens(one)) for one in ranked],
        hovertemplate="%{x:.2f} nats<br>%{customdata}<extra></extra>",
    )
    figure.update_yaxes(autorange="reversed", type="category", automargin=True)
    figure.update_xaxes(title=say(TITLES[measure]), rangemode="tozero")
    return dress(figure, headline(found), height=140 + 40 * max(len(ranked), 1))


def picture_of(found: Continuations, measure: ContinuationMeasure) -> str:
    """The candidates as an HTML table, most probable first; all text escaped."""
    ranked = found.ranked(measure)
    rows = [[visible(one.candidate), *(_number(one.per(each)) for each in TITLES), _tokens(one)] for one in ranked]
    told = [
        f"“{visible(one.candidate)}” fuses with the end of the prompt, “{visible(one.prompt_part)}”, and is scored from there on."
        for one in ranked
        if one.fused
    ]
    return table(headline(found), HEAD, rows) + "".join(map(paragraph, told))


def headline(found: Continuations) -> str:
    """What goes on."""
    prompt = found.prompt if len(found.prompt) <= TEXT_SHOWN else f"…{found.prompt[-TEXT_SHOWN:]}"
    return f"How “{visible(prompt)}” goes on"


def _number(value: float) -> str:
    return say("no probability") if math.isnan(value) else f"{value:.2f}"


def _tokens(one: Continuation) -> str:
    return " ".join(
        f"{visible(spell(part))} {'–' if math.isnan(bits) else f'{bits:.1f}'}"
        for part, bits in zip(one.token_bytes, one.bits.tolist(), strict=True)
    )


def _short(text: str) -> str:
    return text if len(text) <= TEXT_SHOWN else f"{text[:TEXT_SHOWN]}…"
