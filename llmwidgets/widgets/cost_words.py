"""What is said of costs where no page is alive: amounts, the break-even and the assumptions as sentences."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from llmwidgets.language import say

if TYPE_CHECKING:
    from fractions import Fraction

    from llmwidgets.stages.break_even import BreakEven
    from llmwidgets.stages.cost import Cost, Costs, Form, Workload

HUGE = 1e15
"""From here on an amount has more digits than anyone reads."""

NAMES: dict[Form, str] = {"bought": "a bought GPU", "rented": "a rented GPU", "api": "the API"}
PARTS = {
    "purchase": "purchase",
    "power": "power",
    "idle_power": "power when idle",
    "rent": "rent",
    "tokens_in": "tokens in",
    "tokens_out": "tokens out",
}
UNKNOWN = (
    "Assumed: an even price over the years, 730 hours a month, as many GPUs as the busiest moment needs where no number is given, one rate for tokens read and written. Not in it: "
    "that tokens are read faster than they are written, batching, cached prompts, staff, cooling, taxes. No currency is converted."
)


def money(amount: float, currency: str) -> str:
    """¥1,234; $0.0123; 1,234 円; ¥6.2e24."""
    size = abs(amount)
    whole = size >= 100 or float(amount).is_integer()
    digits = f"{amount:,.0f}" if whole else f"{amount:,.2f}" if size >= 1 else f"{amount:.3g}"
    if size >= HUGE:
        digits = f"{amount:.3g}".replace("+", "")
    sign = len(currency) == 1 and unicodedata.category(currency) == "Sc"
    return f"{currency}{digits}" if sign else f"{digits} {currency}"


def cost_row(cost: Cost, currency: str) -> tuple[str, ...]:
    """form, cost a month, its parts, GPUs."""
    if cost.total is None:
        return say(NAMES[cost.form]), say("unknown"), say(f"missing: {', '.join(cost.missing)}"), ""
    parts = " + ".join(f"{say(PARTS[name])} {money(float(part), currency)}" for name, part in cost.parts if part)
    gpus = "" if cost.gpus is None else str(cost.gpus) if cost.enough else say(f"{cost.gpus}, {cost.needed} needed")
    return say(NAMES[cost.form]), money(cost.total, currency), parts, gpus


def headline(workload: Workload, costs: Costs, currency: str) -> str:
    """The workload, and what it costs in the cheapest form."""
    load = f"{workload.students:,} students, {workload.requests_a_month:,.10g} requests a month"
    cheapest = costs.cheapest
    if cheapest is None:
        return f"{load}: no cost is known yet"
    return f"{load}: cheapest by {NAMES[cheapest]}, {money(costs[cheapest].total or 0, currency)} a month"


def said(pair: BreakEven) -> str:
    """Which of two forms is cheaper at which volume."""
    stretches = pair.stretches
    first, last = stretches[0].cheaper, stretches[-1].cheaper
    end = "" if pair.limit is None else f", up to the {_volume(pair.limit)} that the GPUs can do"
    if len(stretches) == 1:
        return _sentence(_never(pair, first, end))
    begin = f"{_named(first)} costs less up to {_volume(stretches[1].start)}"
    if not pair.settled:
        return _sentence(f"{begin}; above that it changes with each further GPU.")
    if len(stretches) == 2:
        return _sentence(f"{begin}, above that {_named(last)}{end}.")
    between = f"in between it changes {len(stretches) - 3} times, as further GPUs are needed"
    return _sentence(f"{begin}, and {_named(last)} from {_volume(stretches[-1].start)} on{end}; {between}.")


def _never(pair: BreakEven, cheaper: Form | None, end: str) -> str:
    one, other = NAMES[pair.one], NAMES[pair.other]
    if cheaper is None:
        return f"{one} and {other} cost the same at any volume{end}."
    dearer = other if cheaper == pair.one else one
    if not pair.settled:
        return f"{NAMES[cheaper]} costs less than {dearer} at every volume that was looked at."
    return f"{NAMES[cheaper]} costs less than {dearer} at any volume{end}: they never break even."


def payback_said(costs: Costs, against: Form) -> str:
    """After how long the purchase is saved; "" where nothing can be said."""
    if costs.bought.total is None or costs[against].total is None:
        return ""
    months = costs.payback(against)
    if months is None:
        return f"Against {NAMES[against]} the purchase is never saved at this workload."
    return f"Against {NAMES[against]} the purchase is saved after {months:,.3g} months of this workload."


def _named(form: Form | None) -> str:
    return "neither" if form is None else NAMES[form]


def _volume(volume: Fraction) -> str:
    return f"{float(volume):,.0f} requests a month"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
