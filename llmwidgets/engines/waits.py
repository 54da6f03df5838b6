"""How long a server asks to wait."""

from __future__ import annotations

import math
import time
from email.utils import mktime_tz, parsedate_tz
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 30 * 86_400.0
"""Seconds; what asks for more is no answer that somebody could wait for."""


def seconds_of(headers: Mapping[str, str]) -> float | None:
    """The seconds that the headers of an answer ask to wait, as milliseconds, as seconds or as a date; None where they ask for none.

    >>> seconds_of({"retry-after": "30"})
    30.0
    """
    told = headers.get("retry-after") or ""
    for found in (_number(headers.get("retry-after-ms")) / 1000, _number(told), _until(told)):
        if 0 < found < LONGEST:
            return found
    return None


def _number(header: str | None) -> float:
    try:
        return float(header or "")
    except ValueError:
        return math.nan


def _until(header: str) -> float:
    """Seconds until a date of HTTP's."""
    try:
        date = parsedate_tz(header)
        return mktime_tz(date) - time.time() if date else math.nan
    except (ValueError, OverflowError, IndexError, TypeError):
        return math.nan
