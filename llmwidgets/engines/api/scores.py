"""The log-probabilities that a server tells of a prompt's own tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.engines.api.answers import malformed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.engines.api.servers import Scoring


def scores_of(answer: Any, ids: Sequence[int], how: Scoring) -> np.ndarray:
    """-log p of each token, (n,) float32 in nats, NaN for the first, from an answer by vLLM's `prompt_logprobs` or OpenAI's `echo`. Raises BadAnswer."""
    try:
        choice = answer["choices"][0]
        log_probs = _by_ids(choice, ids) if how == "prompt_logprobs" else _by_echo(choice, len(ids))
        scores = -np.asarray([np.nan, *log_probs[1:]], np.float32)
    except (KeyError, IndexError, TypeError, ValueError):
        raise malformed("it does not score the prompt's tokens") from None
    return scores


def _by_ids(choice: dict[str, Any], ids: Sequence[int]) -> list[float]:
    told = choice["prompt_logprobs"]
    if len(told) != len(ids):
        raise ValueError
    return [np.nan, *(float(place[str(token)]["logprob"]) for place, token in zip(told[1:], ids[1:], strict=True))]


def _by_echo(choice: dict[str, Any], count: int) -> list[float]:
    told = choice["logprobs"]["token_logprobs"]
    if len(told) < count:
        raise ValueError
    return [np.nan, *(float(value) for value in told[1:count])]
