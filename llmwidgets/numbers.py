"""Whole numbers that a user gives, checked in one way, and durations, written in one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from llmwidgets.errors import InvalidValue


def whole(name: str, value: Any, low: int, high: int) -> int:
    """`value` as an int from `low` to `high`, both included; NumPy's integers count as such, booleans do not. Else InvalidValue."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and low <= value <= high:
        return int(value)
    allowed = f"a whole number from {low:,} to {high:,}"
    msg = f"{name} cannot be {value!r:.60}."
    raise InvalidValue(msg, hint=f"It takes {allowed}.", name=name, value=f"{value!r:.60}", allowed=allowed)


def milliseconds(seconds: float) -> str:
    """A duration in three significant digits, its zeros too: 7.00 ms beside 8.52 ms."""
    told = seconds * 1e3
    if told == 0:
        return "0 ms"
    digits = max(2 - math.floor(math.log10(abs(float(f"{told:.2e}")))), 0)
    return f"{float(f'{told:.2e}'):,.{digits}f} ms"
