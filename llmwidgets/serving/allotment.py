"""How the tokens of one forward are shared among those who wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def allot(wanted: Sequence[int], budget: int) -> list[int]:
    """A share for each: nobody gets less so that another may have more, nobody more than wanted, and everybody at least one.

    >>> allot([1, 1, 8000], 64)
    [1, 1, 62]
    """
    shares = [0] * len(wanted)
    left = max(budget, len(wanted))
    # the smallest first: what it leaves over is there for the others
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    for place, index in enumerate(order):
        shares[index] = min(wanted[index], left // (len(order) - place))
        left -= shares[index]
    return shares
