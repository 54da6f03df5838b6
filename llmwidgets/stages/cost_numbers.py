"""Where the numbers of a cost calculation come from: typed, measured, examples, assumed. js/widgets/cost_view/sums/numbers.ts is the twin in the page."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from llmwidgets.stages.cost import COST_LIMITS, Prices, RentedHours, Workload

if TYPE_CHECKING:
    from collections.abc import Mapping

CostSource = Literal["typed", "measured", "example", "assumed", ""]
"""Where a number comes from; "" where there is none."""

EXAMPLES_DATE = "2026-11"
"""When the examples were written. They are round numbers to calculate with, and nobody's offer."""

EXAMPLES: dict[str, dict[str, float]] = {
    "¥": {
        "bought_price": 400_000,
        "bought_years": 4,
        "bought_watts": 450,
        "bought_idle_watts": 30,
        "bought_kwh_price": 31,
        "rented_price": 150,
        "api_in": 30,
        "api_out": 120,
    },
    "$": {
        "bought_price": 2_500,
        "bought_years": 4,
        "bought_watts": 450,
        "bought_idle_watts": 30,
        "bought_kwh_price": 0.17,
        "rented_price": 1,
        "api_in": 0.2,
        "api_out": 0.8,
    },
    "€": {
        "bought_price": 2_400,
        "bought_years": 4,
        "bought_watts": 450,
        "bought_idle_watts": 30,
        "bought_kwh_price": 0.3,
        "rented_price": 1,
        "api_in": 0.2,
        "api_out": 0.7,
    },
}
"""Example prices by label of the currency, each set written for itself; other labels have none."""

ASSUMED: dict[str, float] = {field.name: field.default for field in fields(Workload)}  # type: ignore[misc]  # all are numbers
"""The workload where nobody has typed or measured another: a class that may ask all day."""


_Kind = TypeVar("_Kind", Workload, Prices)


@dataclass(frozen=True)
class Measured:
    """What a session has measured: tokens of its text that were read and written, and tokens a second of whatever ran its model.

    None for what it has not. `tokens_per_second` is `tokens_computed` through `seconds`, to three digits, on `device`.
    """

    tokens_in: int | None = None
    tokens_out: int | None = None
    tokens_per_second: float | None = None
    tokens_computed: int = 0
    seconds: float = 0.0
    model: str = ""
    device: str = ""

    def number(self, name: str) -> float | None:
        """What was measured for a number of the calculation, where it is within its limits."""
        value = self.tokens_per_second if name.endswith("_tokens_per_second") else getattr(self, name, None)
        if name not in MEASURABLE or value is None:
            return None
        limits = COST_LIMITS[name]
        return float(value) if limits.low <= value <= limits.high else None


MEASURABLE = ("tokens_in", "tokens_out", "bought_tokens_per_second", "rented_tokens_per_second")


def speed_of(tokens: int, seconds: float) -> float | None:
    """Tokens a second to three digits, which can be calculated with by hand; None where nothing was measured."""
    return float(f"{tokens / seconds:.3g}") if tokens > 0 and seconds > 0 else None


@dataclass(frozen=True)
class Numbers:
    """The numbers of a calculation, each with its source. `typed`: by name, those that someone gave."""

    typed: Mapping[str, float]
    measured: Measured
    currency: str = "¥"
    rented_hours: RentedHours = "open"
    examples: bool = True

    def of(self, name: str) -> tuple[float | None, CostSource]:
        """A number and where it comes from."""
        if name in self.typed:
            return self.typed[name], "typed"
        if (value := self.measured.number(name)) is not None:
            return value, "measured"
        if self.examples and (found := EXAMPLES.get(self.currency, {}).get(name)) is not None:
            return found, "example"
        if name in ASSUMED:
            return ASSUMED[name], "assumed"
        return None, ""

    @property
    def sources(self) -> dict[str, CostSource]:
        """Where each number comes from."""
        return {name: self.of(name)[1] for name in COST_LIMITS}

    @property
    def workload(self) -> Workload:
        """What is asked of the model in a month."""
        return self._filled(Workload)

    @property
    def prices(self) -> Prices:
        """What the forms of execution cost and do."""
        return self._filled(Prices).replace(currency=self.currency, rented_hours=self.rented_hours)

    def _filled(self, kind: type[_Kind]) -> _Kind:
        found: dict[str, Any] = {
            field.name: self.of(field.name)[0] for field in fields(kind) if field.name in COST_LIMITS
        }
        return kind(**found)
