"""CostView's pictures for where no page is alive: a plotly Figure, and plain HTML."""

from __future__ import annotations

from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING

from llmwidgets.language import say
from llmwidgets.stages.break_even import break_evens
from llmwidgets.stages.cost import FORMS, costs, line
from llmwidgets.stages.cost_numbers import EXAMPLES_DATE
from llmwidgets.widgets.cost_words import NAMES, UNKNOWN, cost_row, headline, payback_said, said
from llmwidgets.widgets.fallback import paragraph, table

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from llmwidgets.stages.cost import Form, Line, Prices, Workload
    from llmwidgets.stages.cost_numbers import Numbers

LOOKS: dict[Form, tuple[str, str]] = {
    "bought": ("#1f5fd0", "solid"),
    "rented": ("#b45309", "dash"),
    "api": ("#0f766e", "dot"),
}
"""Of each form its colour and its line."""
MOST_STEPS = 300
SAMPLES = 600


def figure_of(numbers: Numbers) -> Figure:
    """The cost of each form over requests a month, with the crossings and the workload."""
    from plotly import graph_objects as go

    from llmwidgets.widgets.figures import dress

    workload, prices = numbers.workload, numbers.prices
    lines = [found for form in FORMS if (found := line(form, workload, prices)) is not None]
    end = _end(workload, prices)
    figure = go.Figure()
    for shown in lines:
        colour, dash = LOOKS[shown.form]
        points = points_of(shown, end)
        figure.add_scatter(
            x=[float(volume) for volume, _ in points],
            y=[float(cost) for _, cost in points],
            mode="lines",
            name=say(NAMES[shown.form]),
            line={"color": colour, "dash": dash, "width": 2.5},
        )
    crossings = _crossings(workload, prices, lines, end)
    if crossings:
        figure.add_scatter(
            x=[float(volume) for volume, _ in crossings],
            y=[float(cost) for _, cost in crossings],
            mode="markers",
            name=say("break-even"),
            marker={"color": "#ffffff", "size": 10, "line": {"color": "#1a2029", "width": 2}},
        )
    figure.add_vline(
        x=workload.requests_a_month, line={"color": "#5b6675", "dash": "dot"}, annotation_text=say("workload")
    )
    figure.update_xaxes(title=say("requests a month"), range=[0, float(end)])
    figure.update_yaxes(title=escape(say(f"cost a month, {prices.currency}"), quote=False), rangemode="tozero")
    return dress(figure, headline(workload, costs(workload, prices), prices.currency), height=460)


def picture_of(numbers: Numbers) -> str:
    """The costs as an HTML table, with the break-even and the assumptions as sentences; all text escaped."""
    workload, prices = numbers.workload, numbers.prices
    found = costs(workload, prices)
    head = ("form", f"cost a month, {prices.currency}", "made up of", "GPUs")
    rows = [cost_row(found[form], prices.currency) for form in FORMS]
    told = [said(pair) for pair in break_evens(workload, prices)]
    told += [words for form in ("rented", "api") if (words := payback_said(found, form))]
    if "example" in numbers.sources.values():
        told.append(f"Prices that nobody typed are examples of {EXAMPLES_DATE}, nobody's offer.")
    return table(headline(workload, found, prices.currency), head, rows) + "".join(map(paragraph, [*told, UNKNOWN]))


def points_of(shown: Line, end: Fraction) -> list[tuple[Fraction, Fraction]]:
    """A form's cost as (volume, cost) from 0 to `end`, or to what its GPUs can do; with both ends of each step, where they are few."""
    end = end if shown.capacity is None else min(end, shown.capacity)
    if shown.gpus is not None or not shown.step or not shown.fixed:
        return [(volume, shown.at(volume)) for volume in (Fraction(0), end)]
    steps = int(end * shown.step)
    if steps > MOST_STEPS:
        return [(volume, shown.at(volume)) for volume in (end * at / SAMPLES for at in range(SAMPLES + 1))]
    points = [(Fraction(0), shown.at(Fraction(0)))]
    for gpus in range(1, steps + 1):
        volume = gpus / shown.step
        cost = shown.at(volume)
        points += [(volume, cost), (volume, cost + shown.fixed)]
    return [*points, (end, shown.at(end))] if points[-1][0] < end else points[:-1] or points


def _end(workload: Workload, prices: Prices) -> Fraction:
    """Up to which volume there is something to see: twice the workload, and past the next crossing."""
    starts = [stretch.start for pair in break_evens(workload, prices) for stretch in pair.stretches[1:]]
    following = min((start for start in starts if start > workload.volume), default=Fraction(0))
    return max(2 * workload.volume, following * Fraction(5, 4))


def _crossings(workload: Workload, prices: Prices, lines: list[Line], end: Fraction) -> list[tuple[Fraction, Fraction]]:
    known = {shown.form: shown for shown in lines}
    return [
        (stretch.start, known[pair.one].at(stretch.start))
        for pair in break_evens(workload, prices)
        for stretch in pair.stretches[1:]
        if stretch.start <= end
    ]
