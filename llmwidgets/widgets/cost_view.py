"""CostView: what a workload costs on a GPU that is bought, on one that is rented, through an API; and where they break even."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, fields
from dataclasses import replace as changed
from typing import TYPE_CHECKING, Any

import traitlets

from llmwidgets.errors import InvalidValue, SessionClosed
from llmwidgets.language import in_own_language, say
from llmwidgets.session import ModelSession
from llmwidgets.stages.break_even import break_evens
from llmwidgets.stages.cost import (
    COST_LIMITS,
    Prices,
    Workload,
    check_currency,
    check_number,
    check_rented_hours,
    costs,
)
from llmwidgets.stages.cost_numbers import Measured, Numbers, speed_of
from llmwidgets.text import TextSession
from llmwidgets.tokenizers.nameless import NamelessTokenizer
from llmwidgets.widgets.base import View, weakly
from llmwidgets.widgets.cost_figure import figure_of, picture_of
from llmwidgets.widgets.cost_requests import cost_settings
from llmwidgets.widgets.cost_words import headline
from llmwidgets.widgets.store import store_for

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from llmwidgets.stages.break_even import BreakEven
    from llmwidgets.stages.cost import Costs
    from llmwidgets.stages.cost_numbers import CostSource

OPTIONS = ("currency", "rented_hours")
"""What the prices have besides numbers."""


class CostView(View):
    """What a workload costs a month in each form of execution: a GPU bought, a GPU rented, an API; with the break-even and what is assumed.

    Tokens of a request and tokens a second are the session's own measurements, until others are typed here or in the page. No price is a
    fact: where none is typed an example stands, marked as one and with its date; `examples=False` leaves it unknown. `workload` and
    `prices` are dicts of what is known, or Workload and Prices; `currency` is a label, and nothing is converted. `session`: the newest
    where none is given; without any, what is typed. Raises InvalidValue for values out of range.

    >>> view = CostView(session, workload={"students": 1000}, prices={"api_in": 30, "api_out": 120})     # doctest: +SKIP
    >>> view.costs.cheapest, view.costs.api.total                                                        # doctest: +SKIP
    ('api', 10200.0)
    >>> view.prices = {"bought_tokens_per_second": 2000}                                                 # doctest: +SKIP
    """

    name = "cost_view"

    settings = traitlets.Dict().tag(sync=True)
    measured = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        session: TextSession | None = None,
        *,
        workload: Workload | Mapping[str, Any] | None = None,
        prices: Prices | Mapping[str, Any] | None = None,
        examples: bool = True,
        language: str | None = None,
    ) -> None:
        self._changing = threading.RLock()
        self._seen: dict[str, int] = {}
        self._measured = Measured()
        self._numbers = Numbers({}, self._measured, examples=_switch(examples))
        self._follow = weakly(self.follow)
        found = _newest() if session is None else session
        # a text that this view made has nobody else to keep it
        self._own = TextSession(NamelessTokenizer()) if found is None else None
        super().__init__(store_for(found or self._own, TextSession), language=language)
        if self.options["language"] == "en":
            self._numbers = changed(self._numbers, currency="$")
        try:
            for given, kind in ((workload, Workload), (prices, Prices)):
                if given is not None:
                    self._take(given, kind)
        except InvalidValue:
            self.close()
            raise
        if found is not None:
            found.attach(self._follow)
        self.follow()
        self._publish()

    # what is calculated

    @property
    def workload(self) -> Workload:
        """What is asked of the model in a month. Set it to a Workload, or to a dict of what changes; None in it goes back to what is measured or assumed."""
        return self._now().workload

    @workload.setter
    def workload(self, value: Workload | Mapping[str, Any]) -> None:
        self._take(value, Workload)
        self._publish()

    @property
    def prices(self) -> Prices:
        """What the forms cost and do. Set it to Prices, or to a dict of what changes; None in it goes back to what is measured, or to the example."""
        return self._now().prices

    @prices.setter
    def prices(self, value: Prices | Mapping[str, Any]) -> None:
        self._take(value, Prices)
        self._publish()

    @property
    def examples(self) -> bool:
        """Whether an example stands where no price is typed."""
        return self._numbers.examples

    @examples.setter
    def examples(self, value: bool) -> None:
        with self._changing:
            self._numbers = changed(self._numbers, examples=_switch(value))
        self._publish()

    @property
    def sources(self) -> dict[str, CostSource]:
        """Where each number comes from: "typed", "measured", "example", "assumed", or "" where there is none."""
        return self._now().sources

    @property
    def costs(self) -> Costs:
        """The cost a month in each form, and the cheapest."""
        numbers = self._now()
        return costs(numbers.workload, numbers.prices)

    @property
    def break_even(self) -> tuple[BreakEven, ...]:
        """For each pair of forms that are known: which is cheaper at which volume, and the volumes at which that changes, exactly."""
        numbers = self._now()
        return break_evens(numbers.workload, numbers.prices)

    @in_own_language
    def figure(self) -> Figure:
        """The cost of each form over requests a month, as a plotly Figure."""
        return figure_of(self._now())

    # the page

    def handle(self, message: dict[str, Any], client: str, rid: int) -> object:
        """See PageWidget."""
        if message.get("kind") != "cost":
            return super().handle(message, client, rid)
        asked = cost_settings(message)
        with self._changing, self._taking(client, rid):
            self._numbers = changed(
                self._numbers, **{"typed" if name == "values" else name: value for name, value in asked.items()}
            )
        self._publish()
        return None

    def follow(self) -> None:
        """Called after every change of the session."""
        session = self._store.session_or_none
        if session is None or session is self._own:
            return
        found = measured_of(session)
        with self._changing:
            if found == self._measured and self.measured:
                return
            self._measured = found
            self._numbers = changed(self._numbers, measured=found)
            self.measured = asdict(found)

    def close(self) -> None:
        """See View."""
        if self.comm is not None and (session := self._store.session_or_none) is not None:
            session.detach(self._follow)
        super().close()

    # inside

    def _now(self) -> Numbers:
        """The numbers with what the session has measured meanwhile."""
        self.follow()
        return self._numbers

    def _take(self, given: Workload | Prices | Mapping[str, Any], kind: type[Workload | Prices]) -> None:
        """What differs from what stands there is typed from now on; None is typed no more."""
        values = given if isinstance(given, Mapping) else _different(given, kind, self._now())
        known = [field.name for field in fields(kind)]
        for name in values:
            if name not in known:
                raise InvalidValue(
                    f"There is no {name!r:.60} in {kind.__name__}.",
                    hint=f"It takes {', '.join(known)}.",
                    name=f"{name!r:.60}",
                    value="a value",
                    allowed=", ".join(known),
                )
        options = {name: values[name] for name in OPTIONS if name in values}
        if "currency" in options:
            options["currency"] = check_currency(options["currency"])
        if "rented_hours" in options:
            options["rented_hours"] = check_rented_hours(options["rented_hours"])
        typed = {name: value for name, value in values.items() if name in COST_LIMITS}
        typed = {name: None if value is None else check_number(name, value) for name, value in typed.items()}
        with self._changing:
            merged = {**self._numbers.typed, **typed}
            kept = {name: value for name, value in merged.items() if value is not None}
            self._numbers = changed(self._numbers, typed=kept, **options)

    def _publish(self) -> None:
        with self._changing, self.hold_sync():
            numbers = self._numbers
            self.settings = {
                "values": dict(numbers.typed),
                "currency": numbers.currency,
                "rented_hours": numbers.rented_hours,
                "examples": numbers.examples,
                "seen": self._seen,
            }
            self.measured = asdict(numbers.measured)

    def _picture(self) -> str:
        return picture_of(self._now())

    def _in_words(self) -> str:
        return f"CostView({say(headline(self.workload, self.costs, self.prices.currency))})"


def measured_of(session: TextSession) -> Measured:
    """What a session has measured so far."""
    state = session.state
    count = len(state.tokens)
    written = sum(choice.how != "forced" for choice in state.choices)
    read = Measured(tokens_in=count - written or None, tokens_out=written or None)
    if not isinstance(session, ModelSession):
        return read
    stats, info = session.stats, session.info
    if session.capabilities.address:
        # the time that one waits for a server is not the speed of a GPU
        return changed(read, model=info.name)
    return changed(
        read,
        tokens_per_second=speed_of(stats.tokens_computed, stats.seconds),
        tokens_computed=stats.tokens_computed,
        seconds=stats.seconds,
        model=info.name,
        device=info.device,
    )


def _newest() -> ModelSession | None:
    try:
        return ModelSession.current()
    except SessionClosed:
        return None


def _different(given: Workload | Prices, kind: type, numbers: Numbers) -> dict[str, Any]:
    if not isinstance(given, kind):
        shown = f"{given!r:.60}"
        raise InvalidValue(
            f"{kind.__name__} cannot be {shown}.",
            hint=f"Give a dict of what changes, or a {kind.__name__}.",
            name=kind.__name__.lower(),
            value=shown,
            allowed=f"a dict or a {kind.__name__}",
        )
    before = numbers.workload if isinstance(given, Workload) else numbers.prices
    return {
        field.name: getattr(given, field.name)
        for field in fields(given)
        if getattr(given, field.name) != getattr(before, field.name)
    }


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    shown = f"{value!r:.60}"
    raise InvalidValue(
        f"examples cannot be {shown}.",
        hint="It takes True or False.",
        name="examples",
        value=shown,
        allowed="True, False",
    )
