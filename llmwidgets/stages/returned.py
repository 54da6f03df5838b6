"""What a server returned of a distribution, read and checked: ids and log-probabilities of its most probable tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from llmwidgets.arrays import to_numpy
from llmwidgets.errors import BadLogits, InvalidValue, UnknownToken
from llmwidgets.numbers import whole

MOST_TOKENS = 2**31 - 1
ROUNDING = 1e-3
"""By so much probabilities may miss what they should add up to: servers round, and compute in half precision."""


@dataclass(frozen=True, eq=False)
class Returned:
    """`ids` (k,) int64 and `log_probs` (k,) float64 as they came; `others` tokens are not among them, with the probability `rest` together.

    All of it adds up to 1, and no other token has more than the least probable one here.
    """

    ids: np.ndarray
    log_probs: np.ndarray
    others: int
    rest: float


def as_returned(ids: Any, log_probs: Any, vocabulary: int) -> Returned:
    """Checked. Raises what Distribution.partial raises."""
    vocabulary = whole("vocabulary", vocabulary, 1, MOST_TOKENS)
    tokens = _ids(ids, vocabulary)
    values = _log_probs(log_probs, tokens.size)
    probs = np.exp(values)
    total, others = float(probs.sum()), vocabulary - tokens.size
    if total > 1 + ROUNDING:
        raise _refuse(
            "log_probs", f"probabilities that add up to {total:.6g}", "natural logarithms that add up to at most 1"
        )
    most = others * float(probs.min())
    missing = 1 - total
    if missing > most + ROUNDING:
        raise InvalidValue(
            f"The {tokens.size:,} tokens hold {total:.4g} of the probability, and the {others:,} others, each below the least probable "
            f"of these ({probs.min():.3g}), can hold no more than {most:.3g}.",
            hint="Give the most probable tokens and leave none out between them; check the size of the vocabulary.",
            name="log_probs",
            value=f"{total:.4g}",
            allowed=f"at least {1 - most:.4g}",
        )
    rest = min(max(0.0, missing), most)
    return Returned(tokens, values - np.log(total + rest), others, rest / (total + rest))


def _ids(ids: Any, vocabulary: int) -> np.ndarray:
    array = to_numpy(ids)
    if array.ndim != 1 or array.size == 0 or array.dtype.kind not in "iu":
        raise _refuse("ids", f"{ids!r:.60}", "a list of ids with at least one, (k,)")
    outside = (array < 0) | (array >= vocabulary)
    if outside.any():
        found = int(array[outside][0])
        allowed = f"0 to {vocabulary - 1:,}"
        raise UnknownToken(
            f"No token has the id {found}: the vocabulary has {vocabulary:,}.",
            hint=f"Ids go from {allowed}.",
            name="ids",
            value=found,
            allowed=allowed,
        )
    tokens = array.astype(np.int64)
    distinct, counts = np.unique(tokens, return_counts=True)
    if distinct.size < tokens.size:
        raise _refuse("ids", f"a list with {int(distinct[counts > 1][0])} more than once", "each id once")
    return tokens


def _log_probs(log_probs: Any, count: int) -> np.ndarray:
    array = to_numpy(log_probs)
    if array.shape != (count,) or array.dtype.kind not in "fiu":
        shown = f"{log_probs!r:.60}"
        raise _refuse("log_probs", shown, f"a list of {count:,} numbers, one for each id")
    values = array.astype(np.float64)
    missing = np.isnan(values)
    if missing.any():
        raise BadLogits(
            f"The log-probabilities hold NaN: {int(missing.sum())} of {count:,}, the first at place {int(missing.argmax())}.",
            hint="Leave out tokens whose log-probability is not known, and all that are less probable.",
            count=int(missing.sum()),
        )
    if values.max() > ROUNDING:
        raise _refuse("log_probs", f"{values.max():.6g}", "natural logarithms of probabilities, at most 0")
    if not np.isfinite(values).any():
        raise BadLogits("The log-probabilities are all -inf.", hint="Check what the server returned.", count=0)
    return values


def _refuse(name: str, value: str, allowed: str) -> InvalidValue:
    return InvalidValue(
        f"{name} cannot be {value}.", hint=f"It takes {allowed}.", name=name, value=value, allowed=allowed
    )
