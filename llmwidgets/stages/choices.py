"""How the tokens of a text came: what was chosen, what else could have come, and the ways that were left."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from llmwidgets.errors import InvalidValue
from llmwidgets.language import listed, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from llmwidgets.stages.distribution import Distribution
    from llmwidgets.stages.tokens import Tokens

How = Literal["drawn", "greedy", "forced"]
Reason = Literal["", "eos", "length", "stop_text", "stopped", "context", "edited"]

ALTERNATIVES = 10
LEAST = -1e9
"""The log-probability of what a model rules out, since sums of infinities are none."""
MOST_FORKS = 20


@dataclass(frozen=True, eq=False)
class Choice:
    """How the token at place `index` of a text came: "drawn", taken as the most probable ("greedy") or put in by someone ("forced").

    `probability` is the model's, `drawn_with` the one after the sampler. `ids`, `logits`, `probabilities`, `after_sampler` (k,)
    are the ten most probable tokens there, and the one that came if it is not among them.
    """

    index: int
    token: int
    how: How
    probability: float
    drawn_with: float
    ids: np.ndarray
    logits: np.ndarray
    ranks: np.ndarray
    probabilities: np.ndarray
    after_sampler: np.ndarray

    def __repr__(self) -> str:
        told = f"token {self.token} at {self.index}, {self.how}, probability {self.probability:.3g}"
        return f"Choice({say(told)})"


@dataclass(frozen=True)
class Ending:
    """Why a generation ended: `reason`, and in `by` the end token or the stop text that did it."""

    reason: Reason = ""
    by: str = ""


@dataclass(frozen=True, eq=False)
class Fork:
    """A way that a text went before another token was put in at place `at`: its `tokens`, how they came, why they ended."""

    tokens: Tokens
    choices: tuple[Choice, ...] = ()
    ending: Ending = field(default_factory=Ending)
    at: int = 0

    @property
    def text(self) -> str:
        """The whole text of this way."""
        return self.tokens.text

    def log_prob(self, start: int = 0) -> tuple[float, int]:
        """Log-probability by the model of the tokens from place `start` on, in nats, and of how many it is known."""
        places, sums = self._sums
        first = int(np.searchsorted(places, start))
        return float(sums[-1] - sums[first]), len(places) - first

    @cached_property
    def _sums(self) -> tuple[np.ndarray, np.ndarray]:
        """The places whose probability is known, and the sum of the log-probabilities before each; (k,) and (k + 1,)."""
        known = [choice for choice in self.choices if not math.isnan(choice.probability)]
        logs = [math.log(choice.probability) if choice.probability > 0 else LEAST for choice in known]
        return np.asarray([choice.index for choice in known], np.int64), np.concatenate([[0.0], np.cumsum(logs)])

    def __repr__(self) -> str:
        return f"Fork({listed([repr(self.text), say(f'left at token {self.at}')])})"


def choice_of(index: int, token: int, how: How, logits: torch.Tensor, probs: torch.Tensor | None) -> Choice:
    """A choice from the logits (vocabulary,) that it was made from and the probabilities after the sampler, (vocabulary,); None is greedy."""
    import torch

    with torch.inference_mode():
        chosen = torch.as_tensor([token], device=logits.device)
        # the one that came stands last, whether it is among them or not: one transfer for all
        places = torch.cat([_most_probable(logits), chosen])
        found = logits[places]
        raw = (found - logits.logsumexp(dim=-1)).exp()
        after = (places == chosen).to(torch.float32) if probs is None else probs[places]
        rank = 1 + (logits > found[-1]).sum() + (logits[:token] == found[-1]).sum()
        ids = places.cpu().numpy()
        values = torch.stack([found, raw, after]).cpu().numpy()
    count = len(ids) - 1 if token in ids[:-1] else len(ids)
    # equal logits in id order, as everywhere
    order = np.lexsort((ids[:count], -values[0, :count]))
    ranks = np.arange(1, count + 1)
    if count == len(ids):
        ranks[-1] = int(rank)
    return Choice(
        index,
        token,
        how,
        float(values[1, -1]),
        float(values[2, -1]),
        ids[order],
        values[0, order],
        ranks,
        values[1, order],
        values[2, order],
    )


def told_choice(
    index: int, token: int, how: How, distribution: Distribution | None, log_prob: float = math.nan
) -> Choice:
    """A choice from what a server told: its most probable tokens, None for nothing, and the log-probability of the one that came, NaN for unknown.

    What each of them was drawn with is not told.
    """
    top = () if distribution is None else distribution.top(ALTERNATIVES)
    ids = [each.id for each in top]
    log_probs = [math.log(each.probability) if each.probability > 0 else LEAST for each in top]
    ranks = list(range(1, len(ids) + 1))
    if token in ids:
        log_prob = log_probs[ids.index(token)]
    elif distribution is not None and distribution.returned is not None:
        at = np.flatnonzero(distribution.returned == token)
        if at.size:
            log_prob = float(distribution.logits[token])
            ids, log_probs, ranks = [*ids, token], [*log_probs, log_prob], [*ranks, int(at[0]) + 1]
    probs = np.exp(np.asarray(log_probs, np.float64)).astype(np.float32)
    return Choice(
        index,
        token,
        how,
        math.exp(log_prob),
        math.nan,
        np.asarray(ids, np.int64),
        np.asarray(log_probs, np.float32),
        np.asarray(ranks),
        probs,
        np.full(len(ids), np.nan, np.float32),
    )


def _most_probable(logits: torch.Tensor) -> torch.Tensor:
    """The ids of the ten largest logits; of equal ones the lowest, which topk does not promise."""
    top = logits.topk(min(ALTERNATIVES + 1, logits.shape[-1]))
    count = min(ALTERNATIVES, logits.shape[-1])
    if len(top.values) <= count or top.values[count - 1] != top.values[count]:
        return top.indices[:count]
    least = top.values[count - 1]
    above = top.indices[top.values > least]
    return above.new_tensor([*above.tolist(), *(logits == least).nonzero()[: count - len(above), 0].tolist()])


def unknown_choice(index: int, token: int) -> Choice:
    """A token that someone put in where the model has said nothing: every probability is NaN."""
    none = np.empty(0, np.float32)
    return Choice(index, token, "forced", math.nan, math.nan, np.empty(0, np.int64), none, none, none, none)


def forced_among(choice: Choice, token: int) -> Choice | None:
    """The same choice with another of its tokens put in; None where that token is not among them."""
    at = np.flatnonzero(choice.ids == token)
    if at.size == 0:
        return None
    place = int(at[0])
    return replace(
        choice,
        token=token,
        how="forced",
        probability=float(choice.probabilities[place]),
        drawn_with=float(choice.after_sampler[place]),
    )


def rank_of(logits: np.ndarray, token: int) -> int:
    """The rank of a token, from 1; equal logits by id."""
    own = logits[token]
    return 1 + int((logits > own).sum()) + int((logits[:token] == own).sum())


def ranks_of(logits: np.ndarray, tokens: Sequence[int]) -> list[int]:
    """The rank of each of many tokens, from 1; equal logits by id."""
    order = np.lexsort((np.arange(logits.size), -logits)) if tokens else np.empty(0, np.int64)
    places = np.empty(order.size, np.int64)
    places[order] = np.arange(1, order.size + 1)
    return [int(places[token]) for token in tokens]


def with_fork(forks: tuple[Fork, ...], fork: Fork) -> tuple[Fork, ...]:
    """The forks and one more, unless another begins with it; those that it begins with go, and beyond twenty the oldest."""
    ids = fork.tokens.ids
    if any(begins(ids, other.tokens.ids) for other in forks):
        return forks
    return (*without_beginnings(forks, ids)[1 - MOST_FORKS :], fork)


def without_beginnings(forks: tuple[Fork, ...], ids: np.ndarray) -> tuple[Fork, ...]:
    """The forks that are not what a text begins with."""
    return tuple(fork for fork in forks if not begins(fork.tokens.ids, ids))


def begins(ids: np.ndarray, others: np.ndarray) -> bool:
    """Whether a text begins with these ids."""
    return len(ids) <= len(others) and np.array_equal(ids, others[: len(ids)])


def shared(left: np.ndarray, right: np.ndarray) -> int:
    """How many ids two texts have in common at their beginning."""
    size = min(len(left), len(right))
    differs = np.flatnonzero(left[:size] != right[:size])
    return int(differs[0]) if differs.size else size


def choice_at(choices: tuple[Choice, ...], index: int) -> Choice:
    """The choice at a place. Raises InvalidValue where the token there was neither drawn nor put in."""
    for choice in choices:
        if choice.index == index:
            return choice
    msg = f"Token {index!r} was not generated, so it has no alternatives."
    places = ", ".join(str(choice.index) for choice in choices[:8]) or "none yet"
    raise InvalidValue(
        msg, hint=f"Generated tokens: {places}.", name="index", value=repr(index), allowed=f"generated tokens: {places}"
    )
