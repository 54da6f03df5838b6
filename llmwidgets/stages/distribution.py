"""The next-token distribution: logits, probabilities, and the short form in which it travels to the page."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from llmwidgets.arrays import to_numpy
from llmwidgets.errors import BadLogits, InvalidValue
from llmwidgets.language import listed, say
from llmwidgets.numbers import whole
from llmwidgets.stages.choices import rank_of
from llmwidgets.stages.rest import Rest
from llmwidgets.stages.returned import as_returned
from llmwidgets.stages.tokens import spell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HEAD = 1000
FRAME_HEAD = 200
"""Tokens by name in a frame that the next one soon replaces: a fifth of the work, and as many as a view has bars."""
BINS = 256
OUT_OF_REACH = 200.0
"""Below the highest logit of the tail by this much, a token's probability is nothing (e^-200) at any useful temperature."""
SKEW = 500.0
"""How much wider the lowest bin is than the highest: at a temperature T only the first few T below the top weigh anything."""


@dataclass(frozen=True)
class Candidate:
    """One possible next token; `probability` is over the whole vocabulary."""

    id: int
    piece: str
    logit: float
    probability: float


@dataclass(frozen=True, eq=False)
class Distribution:
    """What the model expects after token `position`. `logits` (vocabulary,) float32; -inf is allowed, NaN is not.

    Of a partial one, which a server cut to its most probable tokens, `returned` (k,) int64 are their ids, most probable first, and
    `rest` is the probability of all others together. `logits` holds their log-probabilities, and for each other token what
    it would have if all of them had the same: no statement about any of them. Methods have NaN there, or leave it out.

    >>> Distribution.of([0.0, 0.0]).probs()
    array([0.5, 0.5], dtype=float32)
    """

    logits: np.ndarray
    position: int = -1
    token_bytes: Callable[[int], bytes] | None = None
    returned: np.ndarray | None = None
    rest: float = 0.0

    told_whole: ClassVar[bool] = False
    """Whether its short form says what a whole one's would, though not every token is known here: see stages/kept.py."""

    @classmethod
    def of(cls, logits: Any, position: int = -1, token_bytes: Callable[[int], bytes] | None = None) -> Distribution:
        """From a tensor, array or list of logits, (vocabulary,) or (1, vocabulary). Raises BadLogits for NaN, InvalidValue for other shapes."""
        array = to_numpy(logits).astype(np.float32, copy=False)
        if array.ndim == 2 and array.shape[0] == 1:
            array = array[0]
        if array.ndim != 1 or array.size == 0:
            msg = f"Logits must have the shape (vocabulary,); these have {array.shape}."
            raise InvalidValue(
                msg,
                hint="Take one position of one text: logits[0, -1].",
                name="logits",
                value=str(array.shape),
                allowed="(vocabulary,)",
            )
        check_logits(array)
        return cls(array, position, token_bytes)

    @classmethod
    def partial(
        cls,
        ids: Any,
        log_probs: Any,
        vocabulary: int,
        position: int = -1,
        token_bytes: Callable[[int], bytes] | None = None,
    ) -> Distribution:
        """From the `ids` (k,) and natural log-probabilities (k,) of the most probable of `vocabulary` tokens, in any order, as servers return them.

        They must be the k most probable ones, with none left out in between: what is missing counts as less probable than each of
        them. (A token that a server adds because it drew it is none of these.) -inf is allowed. Servers round: probabilities may
        add up to 1.001, and are then made to add up to 1, with a rest of 0. With all ids it is no partial one.

        Raises InvalidValue for ids that are repeated or of another number than the log-probabilities, for probabilities that add up to more, or
        to less than a rest of so many tokens below the least probable one could fill; UnknownToken for ids outside; BadLogits for NaN.

        >>> found = Distribution.partial([7, 3], [-0.5, -2.0], vocabulary=1000)
        >>> found.top(1)[0].id, round(found.rest, 3)
        (7, 0.258)
        """
        known = as_returned(ids, log_probs, vocabulary)
        if known.others == 0:
            logits = np.empty(known.ids.size, np.float32)
            logits[known.ids] = known.log_probs
            return cls(logits, position, token_bytes)
        values = known.log_probs.astype(np.float32)
        logits = np.full(known.ids.size + known.others, -np.inf, np.float32)
        if known.rest > 0:
            # below each that was returned, whatever float32 makes of it
            logits[:] = min(math.log(known.rest / known.others), np.nextafter(values.min(), np.float32(-np.inf)))
        logits[known.ids] = values
        return cls(logits, position, token_bytes, known.ids[np.lexsort((known.ids, -values))], known.rest)

    @property
    def is_partial(self) -> bool:
        """Whether only some tokens are known: those `returned`."""
        return self.returned is not None

    def knows(self, token: int) -> bool:
        """Whether the probability of this token is known."""
        return self.returned is None or bool((self.returned == token).any())

    @cached_property
    def unknown(self) -> Rest:
        """What was not returned; of a whole distribution nothing."""
        if self.returned is None:
            return Rest(0, 0.0, 0.0)
        ceiling = math.exp(float(self.logits[self.returned[-1]]) - self.log_sum)
        return Rest(self.logits.size - self.returned.size, self.rest, ceiling)

    @cached_property
    def log_sum(self) -> float:
        """Logsumexp of the logits, computed in float64; 0 for a partial distribution, whose logits are log-probabilities."""
        if self.returned is not None:
            return 0.0
        top = float(self.logits.max())
        return top + float(np.log(np.exp(self.logits.astype(np.float64) - top).sum()))

    def probs(self) -> np.ndarray:
        """Softmax of the logits, (vocabulary,) float32; NaN for a token that was not returned."""
        return np.asarray(np.exp(self._log_probs()), np.float32)

    def log_probs(self) -> np.ndarray:
        """Log-softmax of the logits in nats, (vocabulary,) float32; NaN for a token that was not returned."""
        return np.asarray(self._log_probs(), np.float32)

    @cached_property
    def entropy(self) -> float:
        """In nats: -sum p log p. exp(entropy) is the effective number of choices. NaN where only some tokens are known: see `entropy_bounds`."""
        low, high = self.entropy_bounds
        return low if low == high else math.nan

    @cached_property
    def entropy_bounds(self) -> tuple[float, float]:
        """The least and the most that the entropy can be, in nats; the same number twice where every token is known."""
        log_probs = self._log_probs()
        if self.returned is not None:
            log_probs = log_probs[self.returned]
        probs = np.exp(log_probs)
        finite = probs > 0
        known = float(-(probs[finite] * log_probs[finite]).sum())
        least, most = self.unknown.entropy
        return known + least, known + most

    def top(self, k: int = 10) -> tuple[Candidate, ...]:
        """The k most probable tokens, most probable first, equal ones in the order of their ids; all that are known, where they are fewer. Raises InvalidValue."""
        k = whole("k", k, 0, 2**31)
        ids = largest(self.logits, k) if self.returned is None else self.returned[:k]
        piece = self.token_bytes or (lambda _: b"")
        return tuple(
            Candidate(
                int(i), spell(piece(int(i))), float(self.logits[i]), float(np.exp(float(self.logits[i]) - self.log_sum))
            )
            for i in ids
        )

    def short(self, context_ids: Sequence[int] | np.ndarray = (), head: int = HEAD) -> Summary:
        """Its short form for the page, with the `head` most probable tokens by name. `context_ids`: those that a repetition penalty would change."""
        return summarize(self.logits, context_ids, self.returned, head)

    def place_of(self, token: int) -> tuple[float, int] | None:
        """A token's logit and its rank from 1, equal logits by id; None where it is not known."""
        if not self.knows(token):
            return None
        return float(self.logits[token]), rank_of(self.logits, token)

    def _log_probs(self) -> np.ndarray:
        """Float64; NaN where unknown."""
        log_probs = self.logits.astype(np.float64) - self.log_sum
        if self.returned is None:
            return log_probs
        known = np.full_like(log_probs, np.nan)
        known[self.returned] = log_probs[self.returned]
        return known

    def __repr__(self) -> str:
        top = listed(f"{c.piece!r} {c.probability:.3f}" for c in self.top(3))
        low, high = self.entropy_bounds
        if self.returned is None:
            return f"Distribution({say(f'{len(self.logits)} tokens, entropy {low:.3f} nats')}; {top} …)"
        count = say(f"{len(self.returned):,} of {len(self.logits):,} tokens returned, {self.rest:.3g} in the others")
        return f"Distribution({listed([count, say(f'entropy {low:.3f} to {high:.3f} nats')])}; {top} …)"


@dataclass(frozen=True, eq=False)
class Summary:
    """A distribution in about 15 kB: a head of tokens and a histogram of the rest.

    `ids`, `logits` (head,) int32 and float32: the `HEAD` most probable tokens and every id of the context, by logit, ties by
    id; `context` the indices in the head of the context's ids; `tail_counts`, `tail_logits`, `tail_variances` (bins,) the other
    tokens in bins from high to low, each with the mean and the variance of its logits; a variance of 0 says that they are equal;
    `masked` counts logits of -inf. Of a partial distribution the head is what was returned, and the tail one bin, which says what
    the rest would be if it were even; ids of the context that were not returned are counted as `unseen`.

    A bin's mass at temperature T is n·exp(mean/T + variance/2T²) up to a factor 1 ± (variance/T²)·(w/T)·exp(w/T)/6 + …, w its
    width: js/lib/sampling/list.ts holds that bound. Measured on random and real vectors of up to 201,088 logits, T from 0.1 to 5: the tail's
    mass is right to 1e-7 of the whole.
    """

    ids: np.ndarray
    logits: np.ndarray
    context: np.ndarray
    tail_counts: np.ndarray
    tail_logits: np.ndarray
    tail_variances: np.ndarray
    masked: int
    unseen: int = 0


def check_logits(logits: np.ndarray) -> None:
    """Raises BadLogits where a logit is NaN or +inf, or where all are -inf."""
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(logits.sum()):
            return
    count = int(np.isnan(logits).sum())
    if count:
        first = int(np.flatnonzero(np.isnan(logits))[0])
        msg = f"The logits hold NaN: {count} of {logits.size}, the first at id {first}."
        raise BadLogits(
            msg, hint="Check the model's weights and dtype; loading it in float32 often helps.", count=count
        )
    if np.isposinf(logits).any() or not np.isfinite(logits).any():
        msg = "The logits hold +inf, or -inf for every token, so there is no distribution."
        raise BadLogits(msg, hint="Check the model's weights and dtype.", count=0)


def largest(values: np.ndarray, k: int) -> np.ndarray:
    """Indices of the k largest values, largest first, equal ones by index; (min(k, n),) int64."""
    k = min(k, values.size)
    if k <= 0:
        return np.empty(0, np.int64)
    if k < values.size:
        threshold = np.partition(values, values.size - k)[values.size - k]
        above = np.flatnonzero(values > threshold)
        ties = np.flatnonzero(values == threshold)[: k - above.size]
        chosen = np.concatenate([above, ties])
    else:
        chosen = np.arange(values.size)
    return chosen[np.lexsort((chosen, -values[chosen]))]


def summarize(
    logits: np.ndarray,
    context_ids: Sequence[int] | np.ndarray = (),
    returned: np.ndarray | None = None,
    head: int = HEAD,
) -> Summary:
    """The short form of `logits` (vocabulary,) float32, with the `head` most probable tokens by name.

    `context_ids` are the ids that a repetition penalty would change, `returned` those known of a partial distribution.
    """
    if returned is not None:
        return _summarize_partial(logits, context_ids, returned)
    top = largest(logits, head)
    context = np.unique(np.asarray(context_ids, np.int64))
    context = context[(context >= 0) & (context < logits.size)]
    in_head = np.zeros(logits.size, bool)
    in_head[top] = True
    extra = context[~in_head[context]]
    in_head[extra] = True
    ids = np.concatenate([top, extra])
    if extra.size:
        ids = ids[np.lexsort((ids, -logits[ids]))]
    ids = ids[np.isfinite(logits[ids])]
    is_context = np.zeros(logits.size, bool)
    is_context[context] = True
    tail = logits[~in_head]
    finite = tail[np.isfinite(tail)]
    counts, means, variances = _histogram(finite)
    masked = int(logits.size - ids.size - finite.size)
    return Summary(
        ids.astype(np.int32),
        logits[ids],
        np.flatnonzero(is_context[ids]).astype(np.int32),
        counts,
        means,
        variances,
        masked,
    )


def _summarize_partial(logits: np.ndarray, context_ids: Sequence[int] | np.ndarray, returned: np.ndarray) -> Summary:
    ids = returned[np.isfinite(logits[returned])]
    context = np.unique(np.asarray(context_ids, np.int64))
    unknown = np.ones(logits.size, bool)
    unknown[returned] = False
    fill = logits[unknown][:1]
    bins = int(np.isfinite(fill).sum())
    others = logits.size - returned.size
    return Summary(
        ids.astype(np.int32),
        logits[ids],
        np.flatnonzero(np.isin(ids, context)).astype(np.int32),
        np.full(bins, others, np.int32),
        fill[:bins],
        np.zeros(bins, np.float32),
        logits.size - ids.size - bins * others,
        int((~np.isin(context, ids)).sum()),
    )


def _histogram(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Non-empty bins from high to low, the finer the higher: counts int32, means and variances float32.

    Logits out of all reach share the last bin: models that mask with the dtype's lowest number would stretch the others.
    """
    if values.size == 0:
        return np.empty(0, np.int32), np.empty(0, np.float32), np.empty(0, np.float32)
    depth = float(values.max()) - values.astype(np.float64)
    far = depth > OUT_OF_REACH
    if far.any():
        depth[far] = 0.0
    reach = float(depth.max())
    bins = np.zeros(values.size, np.int32)
    if reach > 0:
        scale = BINS / math.log1p(SKEW)
        bins = np.minimum(np.log1p(depth * (SKEW / reach)) * scale, BINS - 1).astype(np.int32)
    bins[far] = BINS
    counts = np.bincount(bins, minlength=BINS + 1)
    filled = counts > 0
    logits = values.astype(np.float64)
    means = np.bincount(bins, logits, minlength=BINS + 1)[filled] / counts[filled]
    places = np.cumsum(filled) - 1
    variances = np.bincount(bins, (logits - means[places[bins]]) ** 2, minlength=BINS + 1)[filled] / counts[filled]
    # only equal logits may come out with 0
    known = np.finfo(np.float32)
    variances = np.where(variances > 0, np.clip(variances, known.tiny, known.max), 0.0)
    return counts[filled].astype(np.int32), means.astype(np.float32), variances.astype(np.float32)
