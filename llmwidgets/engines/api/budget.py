"""How many requests may be made and how much may be spent: the user's own caps, counted here and not by the server."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import Any

from llmwidgets.errors import InvalidValue, LimitReached


@dataclass(frozen=True)
class Prices:
    """What a million tokens cost, in and out, in the user's currency."""

    tokens_in: float
    tokens_out: float


class Budget:
    """Counts requests and tokens against their caps. Safe on any thread. `most_spent` needs `prices`, (in, out) a million tokens."""

    def __init__(
        self,
        most_requests: int | None = None,
        most_spent: float | None = None,
        prices: tuple[float, float] | None = None,
    ) -> None:
        self._most_requests = _positive("most_requests", most_requests)
        self._most_spent = _positive("most_spent", most_spent)
        self._prices = _prices(prices)
        if most_spent is not None and self._prices is None:
            msg = "most_spent needs the prices of this server."
            hint = "Give them for a million tokens, in and out: prices=(0.15, 0.60)."
            raise InvalidValue(msg, hint=hint, name="prices", value="None", allowed="(in, out) a million tokens")
        self._lock = threading.Lock()
        self.requests = 0
        self.tokens_in = 0
        self.tokens_out = 0

    @property
    def spent(self) -> float | None:
        """What it has cost so far, in the currency of the prices; None where no prices were given."""
        if self._prices is None:
            return None
        return (self.tokens_in * self._prices.tokens_in + self.tokens_out * self._prices.tokens_out) / 1e6

    def take(self) -> None:
        """One request more. Raises LimitReached where a cap forbids it."""
        with self._lock:
            if self._most_requests is not None and self.requests >= self._most_requests:
                raise _reached("most_requests", f"{self.requests:,} requests were made", self._most_requests)
            spent = self.spent
            if self._most_spent is not None and spent is not None and spent >= self._most_spent:
                raise _reached("most_spent", f"{spent:.4g} was spent", self._most_spent)
            self.requests += 1

    def count(self, usage: Any) -> None:
        """Adds what a server says that it used."""
        if not isinstance(usage, dict):
            return
        with self._lock:
            self.tokens_in += _count(usage.get("prompt_tokens"))
            self.tokens_out += _count(usage.get("completion_tokens"))


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _positive(name: str, value: Any) -> Any:
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf):
        return value
    msg = f"{name} cannot be {value!r:.60}."
    hint = "It takes a number above 0, or None for no cap."
    raise InvalidValue(msg, hint=hint, name=name, value=f"{value!r:.60}", allowed="a number above 0")


def _prices(prices: Any) -> Prices | None:
    if prices is None:
        return None
    try:
        tokens_in, tokens_out = (float(price) for price in prices)
        fits = 0 <= tokens_in < math.inf and 0 <= tokens_out < math.inf and not isinstance(prices, str)
    except (TypeError, ValueError):
        fits = False
    if fits:
        return Prices(tokens_in, tokens_out)
    msg = f"prices cannot be {prices!r:.60}."
    hint = "Give two numbers: what a million tokens cost, in and out."
    raise InvalidValue(msg, hint=hint, name="prices", value=f"{prices!r:.60}", allowed="(in, out)")


def _reached(name: str, what: str, cap: float) -> LimitReached:
    msg = f"Your limit is reached: {what}, and {name} is {cap:,}."
    return LimitReached(msg, hint="Connect again with a higher one to go on.", name=name, limit=cap)
