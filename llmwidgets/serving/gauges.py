"""What Prometheus reads."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from llmwidgets.serving.replica import Pulse
    from llmwidgets.serving.students import Students
    from llmwidgets.wire import Cost

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Gauges:
    """Counts requests and what they cost, in a registry of its own. No label names a student. `replicas` is how many there are at once."""

    def __init__(self, students: Students, replicas: int = 1) -> None:
        self._replicas, self._heard = replicas, OrderedDict[str, None]()
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "llmwidgets_requests", "Requests by kind and HTTP status.", ("kind", "status"), registry=registry
        )
        self._seconds = Histogram(
            "llmwidgets_request_seconds",
            "Seconds from a request to its answer.",
            ("kind",),
            buckets=SECONDS,
            registry=registry,
        )
        self._computed = Counter("llmwidgets_tokens_computed", "Tokens that went through the model.", registry=registry)
        self._reused = Counter("llmwidgets_tokens_reused", "Tokens whose keys and values were kept.", registry=registry)
        Gauge("llmwidgets_waiting", "Requests under way.", registry=registry).set_function(lambda: students.waiting)
        Gauge("llmwidgets_students", "Students who are remembered.", registry=registry).set_function(
            lambda: len(students)
        )
        # of each replica, as of its newest answer
        self._texts = Gauge("llmwidgets_round_texts", "Texts in the newest forward.", ("replica",), registry=registry)
        self._tokens = Gauge(
            "llmwidgets_round_tokens", "Tokens in the newest forward.", ("replica",), registry=registry
        )
        self._rounds = Gauge("llmwidgets_rounds", "Forwards so far.", ("replica",), registry=registry)
        self._bytes = Gauge("llmwidgets_cache_bytes", "Bytes of keys and values.", ("replica",), registry=registry)
        self._kept = Gauge("llmwidgets_cache_texts", "Texts with keys and values.", ("replica",), registry=registry)
        self._evicted = Gauge("llmwidgets_cache_evictions", "Texts that had to go.", ("replica",), registry=registry)

    def count(self, kind: str, status: int, seconds: float) -> None:
        """A request is answered."""
        self._requests.labels(kind, str(status)).inc()
        self._seconds.labels(kind).observe(seconds)

    def cost(self, cost: Cost) -> None:
        """What an answer cost."""
        self._computed.inc(cost.computed)
        self._reused.inc(cost.reused)

    def pulse(self, pulse: Pulse) -> None:
        """How a replica is. One that was lost is in it no more once its successor has been heard."""
        self._heard[pulse.replica] = None
        self._heard.move_to_end(pulse.replica)
        if len(self._heard) > self._replicas:
            lost, _ = self._heard.popitem(last=False)
            for gauge in (self._texts, self._tokens, self._rounds, self._bytes, self._kept, self._evicted):
                gauge.remove(lost)
        for gauge, value in (
            (self._texts, pulse.texts),
            (self._tokens, pulse.tokens),
            (self._rounds, pulse.rounds),
            (self._bytes, pulse.cache_bytes),
            (self._kept, pulse.cache_texts),
            (self._evicted, pulse.evictions),
        ):
            gauge.labels(pulse.replica).set(value)

    def text(self) -> bytes:
        """All of it, in Prometheus's text format."""
        return generate_latest(self._registry)
