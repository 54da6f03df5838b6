"""Byte-pair encoding, step by step.

The algorithm is that of Sennrich, Haddow and Birch (2016), https://arxiv.org/abs/1508.07909: of all neighbouring pairs join the
one that was learned first, until none is left that was learned. tiktoken's educational code
(`tiktoken/_educational.py`) does it in the same way, and the `tokenizers` library gives the same tokens with a heap.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
NEVER = float("inf")


@dataclass(frozen=True)
class Step(Generic[T]):
    """Symbols `left` and `right`, at `at` and `at` + 1 of what was there, became `made`."""

    at: int
    rank: int
    left: T
    right: T
    made: T


def merge(symbols: Sequence[T], rule: Callable[[T, T], tuple[int, T] | None]) -> tuple[list[T], list[Step[T]]]:
    """The symbols that are left when no rule applies, and the merges in order. `rule` gives the rank of a pair and what it becomes.

    >>> rules = {("a", "b"): (1, "ab"), ("b", "c"): (0, "bc"), ("a", "bc"): (2, "abc")}
    >>> merge("abc", lambda left, right: rules.get((left, right)))[0]
    ['abc']
    """
    left, steps = list(symbols), []
    found = [rule(*pair) for pair in pairwise(left)]
    ranks = [NEVER if pair is None else pair[0] for pair in found]
    while ranks and (best := min(ranks)) != NEVER:
        at = ranks.index(best)
        rank, made = found[at] or (0, left[at])
        steps.append(Step(at, rank, left[at], left[at + 1], made))
        left[at : at + 2] = [made]
        del found[at], ranks[at]
        for index in (at - 1, at):
            if 0 <= index < len(left) - 1:
                found[index] = pair = rule(left[index], left[index + 1])
                ranks[index] = NEVER if pair is None else pair[0]
    return left, steps
