"""A NextTokenBar as plotly figures."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.errors import InvalidValue
from llmwidgets.language import say
from llmwidgets.stages.tokens import UNKNOWN, spell
from llmwidgets.widgets.figures import ACCENT, MUTED, dress, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plotly.graph_objects import Figure

    from llmwidgets.prediction import PredictionSession
    from llmwidgets.stages.distribution import Distribution
    from llmwidgets.stages.divergence import Comparison, Pair
    from llmwidgets.stages.sampling import Filtered
    from llmwidgets.state import State

DRAWN = "#b45309"
TEXT_SHOWN = 24
"""Characters before the position that tell two texts of one model apart."""


def figure_of(session: PredictionSession, k: int) -> Figure:
    """Bars of the raw and the sampled probability, most probable on top, and the last draws' shares with the expected spread.

    What a server did not return is a hatched bar; what the sampler makes of it may lie between bounds, drawn as error bars.
    """
    from plotly import graph_objects as go

    distribution, filtered, drawn = session.distribution, session.filtered, session.drawn
    top, unknown = distribution.top(k), distribution.unknown.tokens
    ids = [candidate.id for candidate in top]
    rest = len(distribution.logits) - len(top) - unknown
    names = [_token(candidate.piece, candidate.id) for candidate in top]
    names += [say(f"{rest:,} other tokens")] if rest else []
    names += [say(f"{unknown:,} not returned")] if unknown else []
    ends = (rest, distribution.rest if unknown else None), (rest, filtered.rest if unknown else None)
    raw = _with_rest([candidate.probability for candidate in top], *ends[0])
    kept = _with_rest([float(filtered.probs[token]) for token in ids], *ends[1])
    hatched = {"pattern": {"shape": ["/" if unknown and at == len(names) - 1 else "" for at in range(len(names))]}}
    figure = go.Figure()
    figure.add_bar(y=names, x=raw, orientation="h", name=say("model"), marker={"color": MUTED, **hatched})
    figure.add_bar(
        y=names,
        x=kept,
        orientation="h",
        name=say("after the sampler"),
        marker={"color": ACCENT, **hatched},
        error_x=None if filtered.exact else _bounds(distribution, filtered, ids, kept, rest),
    )
    if drawn is not None:
        n = len(drawn.ids)
        elsewhere = float((drawn.ids == UNKNOWN).mean()) if unknown else None
        shares = _with_rest([float((drawn.ids == token).mean()) for token in ids], rest, elsewhere)
        spread = [2 * float(np.sqrt(p * (1 - p) / n)) for p in kept]
        figure.add_scatter(
            y=names,
            x=shares,
            mode="markers",
            name=say(f"{n:,} draws, ±2σ expected"),
            marker={"color": DRAWN, "size": 10, "symbol": "diamond"},
            error_x={"array": spread, "color": DRAWN, "thickness": 1.5},
        )
    figure.update_yaxes(autorange="reversed", type="category", automargin=True)
    figure.update_xaxes(title=say("probability"), tickformat=".0%", rangemode="tozero")
    figure.update_layout(barmode="group", legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"})
    entropy, masked = in_nats(distribution.entropy_bounds), session.info.predicts == "masked"
    title = f"token at this place, entropy {entropy}" if masked else f"next token, entropy {entropy}"
    return dress(figure, title, height=140 + 34 * len(names))


def in_nats(bounds: tuple[float, float]) -> str:
    """An entropy that lies between two numbers, which may be the same."""
    least, most = (f"{nats:.2f}" for nats in bounds)
    return f"{most} nats" if least == most else f"{least} to {most} nats"


def _bounds(
    distribution: Distribution, filtered: Filtered, ids: Sequence[int], kept: Sequence[float], rest: int
) -> dict[str, Any]:
    """How far each bar may go to either side."""
    assert filtered.bounds is not None  # noqa: S101 (what is not exact has bounds)
    assert distribution.returned is not None  # noqa: S101
    bounds, shown = filtered.bounds, np.isin(distribution.returned, ids)
    low, high = ([*values[shown], *([values[~shown].sum()] if rest else [])] for values in (bounds.low, bounds.high))
    low, high = [*low, bounds.rest[0]], [*high, bounds.rest[1]]
    up, down = np.asarray(high) - kept, np.asarray(kept) - low
    return {"type": "data", "array": np.maximum(up, 0), "arrayminus": np.maximum(down, 0), "color": DRAWN}


def mirrored_figure_of(
    comparison: Comparison | None, session: PredictionSession, other: PredictionSession, k: int
) -> Figure:
    """Both sides, mirrored: this one to the left. Raises InvalidValue where too little is shared to compare."""
    from plotly import graph_objects as go

    if comparison is None or comparison.error is not None:
        why = (
            comparison.error.message
            if comparison is not None and comparison.error is not None
            else "nothing to compare"
        )
        raise InvalidValue(why, name="against", value="another vocabulary", allowed="one that shares its tokens")
    pairs = comparison.pairs[:k]
    rows = [_row(session, other, pair) for pair in pairs]
    names = _names(session, other)
    figure = go.Figure()
    figure.add_bar(y=rows, x=[-(pair.p or 0.0) for pair in pairs], orientation="h", name=names[0], marker_color=ACCENT)
    figure.add_bar(y=rows, x=[pair.q or 0.0 for pair in pairs], orientation="h", name=names[1], marker_color=DRAWN)
    most = max([*(pair.p or 0.0 for pair in pairs), *(pair.q or 0.0 for pair in pairs)], default=1.0)
    ticks = np.linspace(-most, most, 5)
    figure.update_yaxes(autorange="reversed", type="category", automargin=True)
    figure.update_xaxes(
        title=say("probability"),
        range=[-1.05 * most, 1.05 * most],
        tickvals=ticks,
        ticktext=[f"{abs(tick):.1%}" for tick in ticks],
    )
    least = "at least " if comparison.is_least else ""
    title = f"KL {least}{comparison.kl:.3f} nats, and back {least}{comparison.kl_back:.3f}"
    figure = dress(figure, title, height=200 + 30 * len(rows))
    # below: two long names need two lines, which would lie on the title
    legend = {"orientation": "h", "yref": "container", "y": 0.01, "yanchor": "bottom"}
    return figure.update_layout(barmode="overlay", legend=legend, margin={"b": 100})


def _with_rest(values: list[float], rest: int, unknown: float | None = None) -> list[float]:
    """With what `rest` other tokens have together, and what was not returned has, if there is such."""
    last = [] if unknown is None else [unknown]
    return [*values, *([max(0.0, 1 - sum(values) - sum(last))] if rest else []), *last]


def _token(piece: str, token: int) -> str:
    return f"{label(piece) or say('no token')}  {token}"


def _row(session: PredictionSession, other: PredictionSession, pair: Pair) -> str:
    if pair.id >= 0:
        return _token(spell(session.token_bytes(pair.id)), pair.id)
    return say(f"{_token(spell(other.token_bytes(pair.other_id)), pair.other_id)} of the other")


def _names(session: PredictionSession, other: PredictionSession) -> tuple[str, str]:
    """The models' names; where these are equal with the ends of the texts."""
    sides = (session, other)
    name, other_name = (escape(side.info.name, quote=False) for side in sides)
    if name == other_name:
        name, other_name = (f"{name} {_end(side.state)}".rstrip() for side in sides)
    return name, say(f"{other_name} (the other)") if name == other_name else other_name


def _end(state: State) -> str:
    """The last of the text before what is asked for, in quotes; nothing of no text."""
    text = state.before
    start = max(0, len(text) - TEXT_SHOWN)
    # spaces between words need no sign
    shown = " ".join(label(word) for word in text[start:].split(" "))
    return f"“{'…' if start else ''}{shown}”" if text else ""
