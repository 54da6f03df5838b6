"""Where two forms of execution cost the same, exactly; and which is cheaper on either side. js/widgets/cost_view/sums/break_even.ts is the twin in the page."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

from llmwidgets.language import listed, say
from llmwidgets.stages.cost import FORMS, line

if TYPE_CHECKING:
    from llmwidgets.stages.cost import Form, Line, Prices, Workload

MOST_PIECES = 400
"""Further GPUs up to which crossings are looked for: where two forms cost nearly the same for each GPU, they go on without end."""


@dataclass(frozen=True)
class Stretch:
    """From `start` requests a month on `cheaper` costs less than the other form; None: both cost the same."""

    start: Fraction
    cheaper: Form | None


@dataclass(frozen=True)
class BreakEven:
    """Which of two forms is cheaper, over requests a month: stretches one after the other, the first from 0 on.

    `limit`: the requests a month that the GPUs there are can do, None where there is no end. `settled`: nothing changes beyond the last stretch.
    """

    one: Form
    other: Form
    stretches: tuple[Stretch, ...]
    limit: Fraction | None = None
    settled: bool = True

    @property
    def crossings(self) -> tuple[float, ...]:
        """Requests a month at which the cheaper form changes."""
        return tuple(float(stretch.start) for stretch in self.stretches[1:])

    @property
    def never(self) -> bool:
        """Whether they never cost the same, or always do."""
        return self.settled and len(self.stretches) == 1

    def cheaper(self, requests_a_month: float) -> Form | None:
        """The cheaper form at so many requests a month; None where both cost the same."""
        return [stretch for stretch in self.stretches if stretch.start <= requests_a_month][-1].cheaper

    def __repr__(self) -> str:
        told = listed(map(_told, self.stretches))
        return say(f"BreakEven({self.one} or {self.other}: {told})")


def _told(stretch: Stretch) -> str:
    start = f"{float(stretch.start):,.6g}"
    if stretch.cheaper is None:
        return say(f"from {start} both")
    return f"{say(f'from {start}')} {say(stretch.cheaper)}"


def break_evens(workload: Workload, prices: Prices) -> tuple[BreakEven, ...]:
    """Each pair of forms whose costs are known, all else as in `workload`."""
    lines = [found for form in FORMS if (found := line(form, workload, prices)) is not None]
    return tuple(break_even(one, other) for one, other in combinations(lines, 2))


def break_even(one: Line, other: Line) -> BreakEven:
    """Which of two forms is cheaper at which volume."""
    limit = min((found for found in (one.capacity, other.capacity) if found is not None), default=None)
    last = _last_change(one, other)
    stretches: list[Stretch] = []
    low, settled = Fraction(0), True
    for piece in range(MOST_PIECES + 1):
        if (limit is not None and low >= limit) or (last is not None and low > last):
            break
        if piece == MOST_PIECES:
            settled = False
            break
        high = _next(low, one, other, limit)
        for start, sign in _signs(one, other, low, high):
            cheaper = one.form if sign < 0 else other.form if sign > 0 else None
            if not stretches or stretches[-1].cheaper != cheaper:
                stretches.append(Stretch(start, cheaper))
        if high is None:
            break
        low = high
    return BreakEven(one.form, other.form, tuple(stretches), limit, settled)


def _next(low: Fraction, one: Line, other: Line, limit: Fraction | None) -> Fraction | None:
    """The end of the piece that begins at `low`: the next further GPU, or the limit. None where there is none."""
    ends = [(math.floor(low * line.step) + 1) / line.step for line in (one, other) if _steps(line)]
    return min([*ends, *([] if limit is None else [limit])], default=None)


def _steps(line: Line) -> bool:
    return line.gpus is None and line.step > 0 and line.fixed > 0


def _parts(line: Line, low: Fraction) -> tuple[Fraction, Fraction]:
    """Behind `low` and up to the next further GPU the cost is the first plus the second for each request."""
    gpus = line.gpus or math.floor(low * line.step) + 1
    return line.fixed * gpus, line.slope


def _signs(one: Line, other: Line, low: Fraction, high: Fraction | None) -> list[tuple[Fraction, int]]:
    """(start, sign of one minus other) within a piece: one, or two where they cross inside it."""
    (fixed, slope), (other_fixed, other_slope) = _parts(one, low), _parts(other, low)
    fixed, slope = fixed - other_fixed, slope - other_slope
    begin = _sign(fixed + slope * low) or _sign(slope)
    end = _sign(slope) if high is None else _sign(fixed + slope * high)
    if begin * end < 0:
        return [(low, begin), (-fixed / slope, end)]
    return [(low, begin)]


def _last_change(one: Line, other: Line) -> Fraction | None:
    """A volume behind which the cheaper form does not change; None where none is known."""
    (rate, least, most), (other_rate, other_least, other_most) = _bounds(one), _bounds(other)
    if rate == other_rate:
        return None
    room = most - other_least if rate < other_rate else other_most - least
    return max(Fraction(0), room / abs(rate - other_rate))


def _bounds(line: Line) -> tuple[Fraction, Fraction, Fraction]:
    """The cost lies between rate × volume + least and rate × volume + most."""
    if _steps(line):
        return line.fixed * line.step + line.slope, Fraction(0), line.fixed
    fixed = line.fixed * (line.gpus or 1)
    return line.slope, fixed, fixed


def _sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)
