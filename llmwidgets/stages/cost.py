"""What a workload costs a month in each form of execution: on a GPU that is bought, on one that is rented, through an API.

All sums are exact: numbers are taken as the decimals that someone typed, and stay fractions. js/widgets/cost_view/sums/ is the twin in the page.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from llmwidgets.errors import InvalidValue
from llmwidgets.language import say
from llmwidgets.stages.sampling import Limits

if TYPE_CHECKING:
    from typing_extensions import Self

Form = Literal["bought", "rented", "api"]
"""A form of execution."""
FORMS: tuple[Form, ...] = get_args(Form)

RentedHours = Literal["busy", "open", "always"]
"""The hours of a rented GPU that are paid: in which it computes, in which requests may come, or all."""

HOURS_A_MONTH = 730
"""A year has 8,760 hours and 12 months."""
MONTHS_A_YEAR = 12
MOST_CURRENCY = 8

COST_LIMITS = {
    "students": Limits(1, 100_000_000, whole=True),
    "requests": Limits(0.01, 100_000.0),
    "tokens_in": Limits(0, 10_000_000, whole=True),
    "tokens_out": Limits(0, 10_000_000, whole=True),
    "days": Limits(0.1, 31.0),
    "hours": Limits(0.1, 24.0),
    "peak": Limits(1.0, 1_000.0),
    "bought_price": Limits(0.0, 1e12),
    "bought_years": Limits(0.1, 50.0),
    "bought_watts": Limits(0.0, 1e6),
    "bought_idle_watts": Limits(0.0, 1e6),
    "bought_kwh_price": Limits(0.0, 1e9),
    "bought_tokens_per_second": Limits(0.001, 1e9),
    "bought_gpus": Limits(1, 1_000_000, whole=True),
    "rented_price": Limits(0.0, 1e9),
    "rented_tokens_per_second": Limits(0.001, 1e9),
    "rented_gpus": Limits(1, 1_000_000, whole=True),
    "api_in": Limits(0.0, 1e9),
    "api_out": Limits(0.0, 1e9),
}
"""The numbers of a workload and of the prices, and the values that each may have."""


@dataclass(frozen=True)
class Workload:
    """What is asked of the model in a month.

    `students` who each make so many `requests` a day, on so many `days` a month; `tokens_in` and `tokens_out` of one request. The requests
    come within `hours` a day, and in the busiest moment `peak` times as fast as on the average of these hours. Values out of range raise
    InvalidValue. A workload never changes; `replace` gives another.

    >>> Workload(students=1000, requests=10, days=20).requests_a_month
    200000.0
    """

    students: int = 40
    requests: float = 10
    tokens_in: int = 500
    tokens_out: int = 300
    days: float = 20
    hours: float = 8
    peak: float = 3

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, check_number(field.name, getattr(self, field.name)))

    def replace(self, **changes: Any) -> Self:
        """The same with some values changed. Raises InvalidValue."""
        return replace(self, **changes)

    @property
    def volume(self) -> Fraction:
        """Requests a month."""
        return exact(self.students) * exact(self.requests) * exact(self.days)

    @property
    def requests_a_month(self) -> float:
        """Requests a month."""
        return float(self.volume)

    @property
    def tokens_a_month(self) -> float:
        """Tokens a month, read and written."""
        return float(self.volume * self.tokens_a_request)

    @property
    def tokens_a_request(self) -> int:
        """Tokens of a request, read and written."""
        return self.tokens_in + self.tokens_out

    @property
    def open_hours(self) -> Fraction:
        """Hours a month in which requests come."""
        return min(exact(self.days) * exact(self.hours), Fraction(HOURS_A_MONTH))

    @property
    def peak_tokens_per_second(self) -> float:
        """Tokens a second in the busiest moment."""
        return float(self.volume * self.peak_rate)

    @property
    def peak_rate(self) -> Fraction:
        """Tokens a second in the busiest moment, for one request a month."""
        return self.tokens_a_request * exact(self.peak) / (self.open_hours * 3600)


@dataclass(frozen=True)
class Prices:
    """What the forms of execution cost and do; None is unknown. `currency` is a label: nothing is ever converted.

    bought: `bought_price` of one GPU, written off evenly over `bought_years`; `bought_watts` while it computes, `bought_idle_watts` in all
    other hours; `bought_kwh_price` of power; `bought_tokens_per_second` of one GPU, read and written; `bought_gpus`, None as many as the
    busiest moment needs. rented: `rented_price` of one GPU an hour, for the `rented_hours` in which it computes ("busy"), in which
    requests may come ("open") or around the clock ("always"). api: `api_in` and `api_out`, a million tokens.
    Values out of range raise InvalidValue. Prices never change; `replace` gives others.

    >>> Prices(api_in=30, api_out=120).currency
    '¥'
    """

    currency: str = "¥"
    bought_price: float | None = None
    bought_years: float | None = None
    bought_watts: float | None = None
    bought_idle_watts: float | None = None
    bought_kwh_price: float | None = None
    bought_tokens_per_second: float | None = None
    bought_gpus: int | None = None
    rented_price: float | None = None
    rented_hours: RentedHours = "open"
    rented_tokens_per_second: float | None = None
    rented_gpus: int | None = None
    api_in: float | None = None
    api_out: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "currency", check_currency(self.currency))
        check_rented_hours(self.rented_hours)
        for field in fields(self):
            if field.name in COST_LIMITS and (value := getattr(self, field.name)) is not None:
                object.__setattr__(self, field.name, check_number(field.name, value))

    def replace(self, **changes: Any) -> Self:
        """The same with some values changed. Raises InvalidValue."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Line:
    """The cost a month of a form over requests a month v: `fixed` for each GPU, and `slope` for each request.

    `step`: GPUs that one request a month needs in the busiest moment, 0 where none are counted. `gpus`: how many there are, None as many as needed.
    """

    form: Form
    fixed: Fraction
    slope: Fraction
    step: Fraction
    gpus: int | None = None

    @property
    def capacity(self) -> Fraction | None:
        """Requests a month that the GPUs can do; None where there is no end."""
        return None if self.gpus is None or not self.step else self.gpus / self.step

    def needed(self, volume: Fraction) -> int:
        """GPUs that so many requests a month need, at least one."""
        return max(1, math.ceil(volume * self.step))

    def at(self, volume: Fraction) -> Fraction:
        """The cost of so many requests a month."""
        return self.fixed * (self.gpus or self.needed(volume)) + self.slope * volume


@dataclass(frozen=True)
class Cost:
    """What a workload costs a month in one form.

    `missing`: the names of the numbers without which it is unknown. `parts`: (name, cost) that make up `exact`. `gpus` there are, `needed` in
    the busiest moment, and the share of the month in which each computes, `busy`; None for an API. `upfront` is paid at the beginning.
    """

    form: Form
    missing: tuple[str, ...] = ()
    parts: tuple[tuple[str, Fraction], ...] = ()
    gpus: int | None = None
    needed: int | None = None
    busy: Fraction | None = None
    upfront: Fraction = Fraction(0)
    requests: Fraction = Fraction(0)
    tokens: Fraction = Fraction(0)

    @property
    def exact(self) -> Fraction | None:
        """The cost a month as a fraction; None where it is unknown."""
        return None if self.missing else sum((cost for _, cost in self.parts), Fraction(0))

    @property
    def total(self) -> float | None:
        """The cost a month; None where it is unknown."""
        return None if self.exact is None else float(self.exact)

    @property
    def per_request(self) -> float | None:
        """The cost of one request."""
        return None if self.exact is None else float(self.exact / self.requests)

    @property
    def per_million_tokens(self) -> float | None:
        """The cost of a million tokens, read and written; None where the requests have no tokens."""
        return None if self.exact is None or not self.tokens else float(self.exact / self.tokens * 1_000_000)

    @property
    def enough(self) -> bool:
        """Whether the GPUs can do the workload."""
        return self.gpus is None or self.needed is None or self.gpus >= self.needed

    def __repr__(self) -> str:
        if self.missing:
            return say(f"Cost({self.form}: unknown without {', '.join(self.missing)})")
        if self.gpus is None:
            return say(f"Cost({self.form}: {self.total:,.2f} a month)")
        gpus = "1 GPU" if self.gpus == 1 else f"{self.gpus} GPUs"
        if self.enough:
            return say(f"Cost({self.form}: {self.total:,.2f} a month, {gpus})")
        return say(f"Cost({self.form}: {self.total:,.2f} a month, {gpus} of {self.needed} needed)")


@dataclass(frozen=True)
class Costs:
    """What a workload costs a month in each form."""

    bought: Cost
    rented: Cost
    api: Cost

    def __getitem__(self, form: Form) -> Cost:
        if form not in FORMS:
            raise KeyError(form)
        found: Cost = getattr(self, form)
        return found

    @property
    def cheapest(self) -> Form | None:
        """The form that costs least among those that can do the workload; None where none is known."""
        known = [(cost.exact, form) for form in FORMS if (cost := self[form]).exact is not None and cost.enough]
        return min(known, key=lambda pair: pair[0] or 0)[1] if known else None

    def payback(self, against: Form) -> float | None:
        """Months after which the purchase has been saved, instead of `against`; None where it never is, or is unknown."""
        months = self.exact_payback(against)
        return None if months is None else float(months)

    def exact_payback(self, against: Form) -> Fraction | None:
        """See payback."""
        other = self[against].exact
        if other is None or self.bought.exact is None or not (self.bought.enough and self[against].enough):
            return None
        running = sum((cost for name, cost in self.bought.parts if name != "purchase"), Fraction(0))
        return self.bought.upfront / (other - running) if other > running else None


NEEDS: dict[Form, tuple[str, ...]] = {
    "bought": ("bought_price", "bought_years", "bought_watts", "bought_kwh_price", "bought_tokens_per_second"),
    "rented": ("rented_price", "rented_tokens_per_second"),
    "api": ("api_in", "api_out"),
}
"""What has to be known of a form."""


def costs(workload: Workload, prices: Prices) -> Costs:
    """What the workload costs a month in each form.

    >>> costs(Workload(), Prices(api_in=30, api_out=120)).api.total
    408.0
    """
    return Costs(_bought(workload, prices), _rented(workload, prices), _api(workload, prices))


def line(form: Form, workload: Workload, prices: Prices) -> Line | None:
    """The cost of a form over requests a month, all else as in `workload`; None where it is unknown."""
    if missing(form, prices):
        return None
    if form == "api":
        return Line(form, Fraction(0), sum(_api_parts(workload, prices).values(), Fraction(0)), Fraction(0))
    hours, step, gpus = _demand(form, workload, prices)
    if form == "bought":
        idle, watts = _power(prices)
        return Line(form, _purchase(prices) + idle * HOURS_A_MONTH, hours * (watts - idle), step, gpus)
    price = exact(prices.rented_price)
    if prices.rented_hours == "busy":
        return Line(form, Fraction(0), hours * price, step, gpus)
    return Line(form, price * _paid_hours(workload, prices), Fraction(0), step, gpus)


def missing(form: Form, prices: Prices) -> tuple[str, ...]:
    """What is unknown of a form, and needed."""
    return tuple(name for name in NEEDS[form] if getattr(prices, name) is None)


def exact(value: float | None) -> Fraction:
    """A number as the decimal that it is written as: 0.1 is a tenth. None is 0."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value or 0)


def check_number(name: str, value: Any) -> float:
    """A number within its limits. Raises InvalidValue."""
    limits = COST_LIMITS[name]
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not number or not limits.low <= value <= limits.high:
        raise _refuse(name, value, str(limits))
    if float(value).is_integer():
        return int(value)
    if limits.whole:
        raise _refuse(name, value, str(limits))
    return float(value)


def check_currency(label: Any) -> str:
    """A label for amounts. Raises InvalidValue."""
    if isinstance(label, str) and 0 < len(label.strip()) <= MOST_CURRENCY and label.isprintable():
        return label.strip()
    raise _refuse("currency", label, f"a label of 1 to {MOST_CURRENCY} characters, such as '¥'")


def check_rented_hours(hours: Any) -> RentedHours:
    """One of the choices. Raises InvalidValue."""
    for known in get_args(RentedHours):
        if hours == known:
            return known  # type: ignore[no-any-return]  # of the Literal's own values
    raise _refuse("rented_hours", hours, "'busy', 'open', 'always'")


def _refuse(name: str, value: Any, allowed: str) -> InvalidValue:
    shown = f"{value!r:.60}"
    return InvalidValue(
        f"{name} cannot be {shown}.", hint=f"It takes {allowed}.", name=name, value=shown, allowed=allowed
    )


def _demand(form: Form, workload: Workload, prices: Prices) -> tuple[Fraction, Fraction, int | None]:
    """Of one request a month: hours of computing, and GPUs in the busiest moment; and how many GPUs there are."""
    speed = exact(getattr(prices, f"{form}_tokens_per_second"))
    gpus: int | None = getattr(prices, f"{form}_gpus")
    return workload.tokens_a_request / (speed * 3600), workload.peak_rate / speed, gpus


def _purchase(prices: Prices) -> Fraction:
    """Of one GPU, a month."""
    return exact(prices.bought_price) / (exact(prices.bought_years) * MONTHS_A_YEAR)


def _power(prices: Prices) -> tuple[Fraction, Fraction]:
    """The cost of an hour of one GPU that idles, and of one that computes."""
    price = exact(prices.bought_kwh_price) / 1000
    return exact(prices.bought_idle_watts) * price, exact(prices.bought_watts) * price


def _paid_hours(workload: Workload, prices: Prices) -> Fraction:
    return workload.open_hours if prices.rented_hours == "open" else Fraction(HOURS_A_MONTH)


def _api_parts(workload: Workload, prices: Prices) -> dict[str, Fraction]:
    """Of one request."""
    million = Fraction(1_000_000)
    return {
        "tokens_in": workload.tokens_in * exact(prices.api_in) / million,
        "tokens_out": workload.tokens_out * exact(prices.api_out) / million,
    }


def _api(workload: Workload, prices: Prices) -> Cost:
    if lacks := missing("api", prices):
        return Cost("api", lacks)
    volume = workload.volume
    parts = tuple((name, volume * cost) for name, cost in _api_parts(workload, prices).items())
    return Cost("api", parts=parts, requests=volume, tokens=volume * workload.tokens_a_request)


def _bought(workload: Workload, prices: Prices) -> Cost:
    return _on_gpus("bought", workload, prices)


def _rented(workload: Workload, prices: Prices) -> Cost:
    return _on_gpus("rented", workload, prices)


def _on_gpus(form: Form, workload: Workload, prices: Prices) -> Cost:
    if lacks := missing(form, prices):
        return Cost(form, lacks)
    volume = workload.volume
    hours, step, given = _demand(form, workload, prices)
    needed = max(1, math.ceil(volume * step))
    gpus = given or needed
    computing = volume * hours
    parts: tuple[tuple[str, Fraction], ...]
    if form == "bought":
        idle, watts = _power(prices)
        rest = gpus * HOURS_A_MONTH - computing
        parts = (("purchase", gpus * _purchase(prices)), ("power", computing * watts), ("idle_power", rest * idle))
    else:
        paid = computing if prices.rented_hours == "busy" else gpus * _paid_hours(workload, prices)
        parts = (("rent", paid * exact(prices.rented_price)),)
    return Cost(
        form,
        parts=parts,
        gpus=gpus,
        needed=needed,
        busy=computing / (gpus * HOURS_A_MONTH),
        upfront=gpus * exact(prices.bought_price) if form == "bought" else Fraction(0),
        requests=volume,
        tokens=volume * workload.tokens_a_request,
    )
