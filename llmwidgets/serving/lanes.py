"""Which replica a session comes to: as many lanes as there are replicas, and each lane keeps to one of them."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeVar

Replica = TypeVar("Replica")


def lane_of(session: str, lanes: int) -> int:
    """The lane of a session, always the same."""
    return zlib.crc32(session.encode()) % lanes


def home_of(lane: str, homes: Mapping[str, Replica], there: Sequence[Replica]) -> Replica:
    """Which of the replicas that are there is a lane's: the one that it had, unless that is lost, or shared while another has no lane.

    >>> homes = {"0": "a", "1": "b"}
    >>> home_of("1", homes, ["a", "b"]), home_of("1", homes, ["a"]), home_of("1", {"0": "a", "1": "a"}, ["a", "b"])
    ('b', 'a', 'b')
    """
    taken = Counter(homes.values())
    freest = min(there, key=lambda each: taken[each])
    home = homes.get(lane, freest)
    return home if home in there and taken[home] <= taken[freest] + 1 else freest
