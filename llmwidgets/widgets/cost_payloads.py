"""What a CostView shows to the page, field by field; payloads.py says how js/session/payloads.ts comes from it."""

from __future__ import annotations

from typing import TypedDict

from llmwidgets.stages.cost import RentedHours


class CostMeasured(TypedDict):
    """What the session has measured; see Measured. null for what it has not."""

    tokens_in: int | None
    tokens_out: int | None
    tokens_per_second: float | None
    tokens_computed: int
    seconds: float
    model: str
    device: str


class CostSettings(TypedDict):
    """What a CostView calculates with: the numbers that someone typed, by name; whether example prices stand where none is typed."""

    values: dict[str, float]
    currency: str
    rented_hours: RentedHours
    examples: bool
    seen: dict[str, int]
