"""What a CostView's page may ask, checked. See requests.py."""

from __future__ import annotations

from typing import Any

from llmwidgets.stages.cost import COST_LIMITS, check_currency, check_number, check_rented_hours
from llmwidgets.widgets.requests import refuse


def cost_settings(message: dict[str, Any]) -> dict[str, Any]:
    """The settings in a `cost` request that are not null: `values` all typed numbers by name, `currency`, `rented_hours`, `examples` bool."""
    names = ("values", "currency", "rented_hours", "examples")
    found = {name: message[name] for name in names if message.get(name) is not None}
    if "values" in found:
        values = found["values"]
        if not isinstance(values, dict) or not set(values) <= set(COST_LIMITS):
            raise refuse("values", f"{values!r:.80}", "numbers by name")
        found["values"] = {name: check_number(name, value) for name, value in values.items()}
    if "currency" in found:
        found["currency"] = check_currency(found["currency"])
    if "rented_hours" in found:
        found["rented_hours"] = check_rented_hours(found["rented_hours"])
    if not isinstance(found.get("examples", True), bool):
        raise refuse("examples", f"{found['examples']!r:.40}", "true or false")
    return found
