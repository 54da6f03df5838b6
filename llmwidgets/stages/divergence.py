"""Two next-token distributions side by side: how far they are from each other, and where.

Two vocabularies share the tokens that have the same bytes. What only one of them has counts as one outcome, "outside": the
divergence of what is lumped together is at most that of the parts (the data-processing inequality), so it is a lower bound.
So does what a server did not return of one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from llmwidgets.errors import InvalidValue, LLMWidgetsError, NotReturned, VocabulariesDiffer
from llmwidgets.language import say
from llmwidgets.stages.distribution import largest

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from llmwidgets.stages.distribution import Distribution

SHOWN = 200
LEAST_SHARED = 0.5
"""Of the probability of either side; below it the outcome "outside" would hide most of what there is to see."""


@dataclass(frozen=True)
class Pair:
    """A token in both distributions; an id of -1 and a probability of None where one of them has no such token, or does not tell it."""

    id: int
    other_id: int
    p: float | None
    q: float | None


@dataclass(frozen=True, eq=False)
class Comparison:
    """How two distributions p and q differ.

    `kl` is KL(p‖q) and `kl_back` KL(q‖p), in nats: infinite where one rules out what the other expects, None where too little
    is shared (`aligned` "none"; `error` says so). With `aligned` "bytes" both are lower bounds: `shared` tokens are in both
    vocabularies, `outside` and `other_outside` is the probability of all others. "returned" is the same of partial distributions:
    `shared` tokens are known on both sides. `pairs` hold the 200 most probable of each and
    those that differ most, by the larger probability; `differ` are indices into it, by |p - q| over the whole vocabulary.
    """

    aligned: Literal["ids", "bytes", "returned", "none"]
    shared: int
    outside: float
    other_outside: float
    kl: float | None
    kl_back: float | None
    pairs: tuple[Pair, ...]
    differ: tuple[int, ...]
    error: LLMWidgetsError | None = None

    @property
    def is_least(self) -> bool:
        """Whether both divergences are lower bounds."""
        return self.aligned in ("bytes", "returned")

    def __repr__(self) -> str:
        if self.kl is None or self.kl_back is None:
            return f"Comparison({self.error})"
        least = "at least " if self.is_least else ""
        told = f"KL {least}{self.kl:.4g} and back {least}{self.kl_back:.4g} nats, by {self.aligned}, {len(self.pairs)} pairs"
        return f"Comparison({say(told)})"


@dataclass(frozen=True, eq=False)
class Side:
    """One vocabulary, cut by outcome.

    `outcomes` (vocabulary,) the outcome of each id, -1 outside; `order` the ids by outcome, those outside last; `inside` how many
    are not; `starts` (shared,) where in `order` each shared outcome begins; `ids` (shared,) its lowest id.
    """

    outcomes: np.ndarray
    order: np.ndarray
    inside: int
    starts: np.ndarray
    ids: np.ndarray

    @classmethod
    def of(cls, outcomes: np.ndarray) -> Side:
        """From the outcome of each id; -1 is outside."""
        order = np.argsort(np.where(outcomes < 0, len(outcomes), outcomes), kind="stable")
        inside = int((outcomes >= 0).sum())
        starts = np.flatnonzero(np.diff(outcomes[order[:inside]], prepend=-1))
        return cls(outcomes, order, inside, starts, order[starts])

    def lump(self, log_probs: np.ndarray) -> np.ndarray:
        """Log-probabilities of the shared outcomes, then of "outside"; (shared + 1,) float64."""
        values = log_probs[self.order]
        shared = np.logaddexp.reduceat(values[: self.inside], self.starts) if self.inside else values[:0]
        outside = values[self.inside :]
        return np.append(shared, np.logaddexp.reduce(outside) if outside.size else -np.inf)


@dataclass(frozen=True, eq=False)
class Alignment:
    """Which tokens of two vocabularies are the same. Made once for a pair of tokenizers, and kept."""

    p: Side
    q: Side

    @property
    def shared(self) -> int:
        """Outcomes that both have."""
        return len(self.p.starts)


def align(
    bytes_of_p: Sequence[bytes],
    bytes_of_q: Sequence[bytes],
    special_in_p: Collection[int] = (),
    special_in_q: Collection[int] = (),
) -> Alignment:
    """By the exact bytes of each id. Ids without bytes have no name, and are outside.

    Ids of one vocabulary with equal bytes are one outcome, with the sum of their probabilities. A special token is the same
    only as a special token of the same name.

    >>> align([b"a", b"b", b"a"], [b"a", b"c"]).shared
    1
    """
    p, q = (
        [(data, token in special) if data else None for token, data in enumerate(table)]
        for table, special in ((bytes_of_p, frozenset(special_in_p)), (bytes_of_q, frozenset(special_in_q)))
    )
    in_q = set(q)
    numbers: dict[tuple[bytes, bool] | None, int] = {}
    for name in p:
        if name is not None and name in in_q:
            numbers.setdefault(name, len(numbers))
    return Alignment(
        *(Side.of(np.fromiter((numbers.get(name, -1) for name in side), np.int64, len(side))) for side in (p, q))
    )


def compare(p: Distribution, q: Distribution, alignment: Alignment | None = None) -> Comparison:
    """How two distributions differ. Without an alignment both are over the same vocabulary, else InvalidValue."""
    if alignment is None and p.logits.size != q.logits.size:
        raise InvalidValue(
            f"The distributions are over {p.logits.size:,} and {q.logits.size:,} tokens.",
            hint="Align their vocabularies first.",
            name="q",
            value=q.logits.size,
            allowed=p.logits.size,
        )
    log_p, log_q = (side.logits.astype(np.float64) - side.log_sum for side in (p, q))
    partial = p.is_partial or q.is_partial
    if partial:
        alignment = _known_on_both(p, q, alignment)
    if alignment is None:
        return _same(log_p, log_q)
    lumped_p, lumped_q = alignment.p.lump(log_p), alignment.q.lump(log_q)
    outside = float(np.exp(lumped_p[-1])), float(np.exp(lumped_q[-1]))
    if 1 - max(outside) < LEAST_SHARED - 1e-9:  # what adds up to a half but for rounding is a half
        error = (_too_little_returned if partial else _too_little)(alignment.shared, *outside)
        return Comparison("none", alignment.shared, *outside, None, None, (), (), error)
    pairs, differ = _pairs(
        _Shown.of(alignment.p.outcomes, alignment.p.ids, log_p, np.exp(lumped_p[:-1]), p.returned),
        _Shown.of(alignment.q.outcomes, alignment.q.ids, log_q, np.exp(lumped_q[:-1]), q.returned),
    )
    return Comparison(
        "returned" if partial else "bytes",
        alignment.shared,
        *outside,
        divergence(lumped_p, lumped_q),
        divergence(lumped_q, lumped_p),
        pairs,
        differ,
    )


def _known_on_both(p: Distribution, q: Distribution, alignment: Alignment | None) -> Alignment:
    """With only those outcomes of which each side tells every token."""
    if alignment is None:
        ids = np.arange(p.logits.size)
        sides = ids, ids
    else:
        sides = alignment.p.outcomes, alignment.q.outcomes
    known = np.ones(max(int(outcomes.max(initial=-1)) for outcomes in sides) + 1, bool)
    for distribution, outcomes in zip((p, q), sides, strict=True):
        if distribution.returned is not None:
            told = np.zeros(outcomes.size, bool)
            told[distribution.returned] = True
            hidden = outcomes[~told]
            known[hidden[hidden >= 0]] = False
    # what is outside, -1, stays so
    numbers = np.append(np.where(known, np.cumsum(known) - 1, -1), -1)
    return Alignment(*(Side.of(numbers[outcomes]) for outcomes in sides))


def divergence(log_p: np.ndarray, log_q: np.ndarray) -> float:
    """KL(p‖q) in nats from log-probabilities over the same outcomes: infinite where q rules out what p does not.

    >>> round(divergence(np.log([0.5, 0.5]), np.log([0.25, 0.75])), 4)
    0.1438
    """
    p = np.exp(log_p)
    expected = p > 0
    difference = np.subtract(log_p, log_q, out=np.zeros_like(p), where=expected)
    # rounding may leave equal ones a little below zero
    return max(0.0, float(p @ difference)) if np.isfinite(difference).all() else float(np.inf)


def _same(log_p: np.ndarray, log_q: np.ndarray) -> Comparison:
    ids = np.arange(log_p.size)
    pairs, differ = _pairs(*(_Shown.of(ids, ids, values, np.exp(values)) for values in (log_p, log_q)))
    return Comparison("ids", log_p.size, 0.0, 0.0, divergence(log_p, log_q), divergence(log_q, log_p), pairs, differ)


@dataclass(frozen=True, eq=False)
class _Shown:
    """What one side shows: the outcomes of its most probable tokens, and those of them that it alone has, with probabilities.

    `probs` and `ids` (shared,) are of all shared outcomes.
    """

    probs: np.ndarray
    ids: np.ndarray
    top: np.ndarray
    alone: list[tuple[int, float]]

    @classmethod
    def of(
        cls,
        outcomes: np.ndarray,
        ids: np.ndarray,
        log_probs: np.ndarray,
        probs: np.ndarray,
        returned: np.ndarray | None = None,
    ) -> _Shown:
        tokens = largest(log_probs, SHOWN) if returned is None else returned[:SHOWN]
        top = outcomes[tokens]
        alone = tokens[top < 0]
        return cls(probs, ids, top[top >= 0], list(zip(alone.tolist(), np.exp(log_probs[alone]).tolist(), strict=True)))


def _pairs(p: _Shown, q: _Shown) -> tuple[tuple[Pair, ...], tuple[int, ...]]:
    """Pairs by the larger probability, and which of them differ most."""
    apart = np.abs(p.probs - q.probs)
    most = largest(apart, SHOWN)
    most = most[apart[most] > 0]
    chosen = np.unique(np.concatenate([p.top, q.top, most]))
    columns = (values[chosen].tolist() for values in (p.ids, q.ids, p.probs, q.probs))
    found: list[tuple[int, Pair]] = [
        *((outcome, Pair(*row)) for outcome, *row in zip(chosen.tolist(), *columns, strict=True)),
        *((-1, Pair(token, -1, probability, None)) for token, probability in p.alone),
        *((-1, Pair(-1, token, None, probability)) for token, probability in q.alone),
    ]
    found.sort(key=lambda entry: -max(entry[1].p or 0.0, entry[1].q or 0.0))
    place = {outcome: index for index, (outcome, _) in enumerate(found)}
    return tuple(pair for _, pair in found), tuple(place[outcome] for outcome in most.tolist())


def _too_little(shared: int, outside: float, other_outside: float) -> LLMWidgetsError:
    return VocabulariesDiffer(
        f"The two vocabularies share {shared:,} tokens, which hold only {1 - outside:.1%} of the one side's probability and "
        f"{1 - other_outside:.1%} of the other's: too little to compare.",
        hint="Compare models whose tokenizers cut this text alike.",
        shared=shared,
        share=round(1 - outside, 4),
        other_share=round(1 - other_outside, 4),
    )


def _too_little_returned(shared: int, outside: float, other_outside: float) -> LLMWidgetsError:
    return NotReturned(
        f"Only {shared:,} tokens are known on both sides, which hold {1 - outside:.1%} of the one side's probability and "
        f"{1 - other_outside:.1%} of the other's: too little to compare.",
        hint="Ask the server for more tokens, or compare texts that go on alike.",
        returned=shared,
        shared=shared,
    )
