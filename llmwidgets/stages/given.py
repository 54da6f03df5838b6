"""Logits that someone has in hand, whatever they are held in: read as one distribution for each place of each text."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from llmwidgets.arrays import to_numpy
from llmwidgets.errors import InvalidValue

Values = Literal["logits", "log_probs", "probs"]

TOLERANCE = 0.02
"""By how much probabilities may miss a sum of 1: those of a bfloat16 softmax over a large vocabulary do by about this."""


@dataclass(frozen=True, eq=False)
class Given:
    """`scores` (rows, places, vocabulary), a tensor or an array as it was given; `values` what they are.

    `ids` (rows, tokens) are the texts, None where they were not given; the scores of place i follow token `first` + i.
    """

    scores: Any
    values: Values
    ids: np.ndarray | None
    first: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, places and vocabulary."""
        rows, places, vocabulary = self.scores.shape
        return int(rows), int(places), int(vocabulary)

    @property
    def dtype(self) -> str:
        """Of the scores as they were given."""
        return str(self.scores.dtype).removeprefix("torch.")

    @property
    def device(self) -> str:
        """Where the scores are."""
        return str(getattr(self.scores, "device", "cpu"))

    def logits(self, row: int, place: int) -> np.ndarray:
        """(vocabulary,) float32. Raises InvalidValue where probabilities are none."""
        scores = to_numpy(self.scores[row, place])
        if self.values == "probs":
            return _logits_of_probs(scores.astype(np.float64), place)
        if self.values == "log_probs":
            _check_log_probs(scores.astype(np.float64), place)
        return scores.astype(np.float32)


def read(source: Any, *, input_ids: Any = None, values: str | None = None) -> Given:
    """Logits from a tensor, an array or lists of shape (vocabulary,), (1, vocabulary), (tokens, vocabulary) or (batch, tokens, vocabulary), or a model's output.

    `input_ids` (tokens,) or (batch, tokens) are the texts. Of a (tokens, vocabulary) array each row follows one token; fewer
    rows than tokens follow the last of them, as with `logits_to_keep`. `values` says what the numbers are, "logits" if nothing is said: numbers
    that are evidently probabilities are then refused, since their softmax would be another distribution. Raises InvalidValue.

    >>> read([2.0, 1.0, 0.0]).shape
    (1, 1, 3)
    """
    if values is not None and values not in get_args(Values):
        raise _refuse("values", repr(values), '"logits", "log_probs" or "probs"')
    scores, sequences = _scores_of(source)
    ids = _ids_of(sequences if input_ids is None else input_ids)
    scores = _three_deep(scores)
    rows, places, _ = scores.shape
    if ids is not None and (ids.shape[0] != rows or ids.shape[1] < places):
        raise _refuse(
            "input_ids",
            f"of shape {ids.shape}",
            f"({rows}, {places}) or longer, as the logits are {tuple(scores.shape)}",
        )
    first = 0 if ids is None else ids.shape[1] - places - (1 if sequences is not None and input_ids is None else 0)
    if first < 0:
        raise _refuse("sequences", f"of {ids.shape[1] if ids is not None else 0} tokens", f"more than {places} tokens")
    given = Given(scores, values or "logits", ids, first)  # type: ignore[arg-type]  # checked above
    if values is None:
        _refuse_probabilities(to_numpy(scores[0, -1]).astype(np.float64))
    return given


def _scores_of(source: Any) -> tuple[Any, Any]:
    """The numbers, and the whole sequences where it is what `generate` returned."""
    fields = source if isinstance(source, Mapping) else getattr(source, "__dict__", {})
    logits = fields.get("logits", getattr(source, "logits", None))
    sequences = fields.get("sequences")
    if logits is None and sequences is not None:
        logits = fields.get("scores")
        if logits is None:
            raise _refuse(
                "source",
                "what generate returned without logits",
                "generate(..., return_dict_in_generate=True, output_logits=True)",
            )
    if isinstance(logits, tuple):
        import torch

        # one (batch, vocabulary) for each new token
        return torch.stack(list(logits), dim=1), sequences
    if logits is not None:
        return logits, None
    if isinstance(source, (Mapping, str)):
        raise _refuse(
            "source", f"{type(source).__name__} {source!r:.40}", "logits, or a model's output that holds them"
        )
    return source, None


def _three_deep(scores: Any) -> Any:
    array = scores if _is_tensor(scores) else _as_array(scores)
    if array.ndim not in (1, 2, 3) or 0 in array.shape:
        raise _refuse(
            "logits",
            f"of shape {tuple(array.shape)}",
            "(vocabulary,), (tokens, vocabulary) or (batch, tokens, vocabulary)",
        )
    if not isinstance(array, np.ndarray):
        array = array.detach()
        if not array.is_floating_point():
            array = array.float()
    return array.reshape((1,) * (3 - array.ndim) + tuple(array.shape))


def _as_array(scores: Any) -> np.ndarray:
    try:
        array = to_numpy(scores)
        return array if array.dtype.kind == "f" else array.astype(np.float64)
    except (TypeError, ValueError) as error:
        shown = f"{type(scores).__name__} {scores!r:.40}"
        raise _refuse("logits", shown, "a tensor, an array or lists of numbers, each row equally long") from error


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _ids_of(given: Any) -> np.ndarray | None:
    if given is None:
        return None
    found = given["input_ids"] if isinstance(given, Mapping) else getattr(given, "input_ids", given)
    ids = to_numpy(found)
    if ids.dtype.kind not in "iu" or ids.ndim not in (1, 2):
        raise _refuse(
            "input_ids", f"{type(given).__name__} of shape {ids.shape}", "whole numbers, (tokens,) or (batch, tokens)"
        )
    return ids.reshape(1, -1).astype(np.int64) if ids.ndim == 1 else ids.astype(np.int64)


def _refuse_probabilities(scores: np.ndarray) -> None:
    if scores.size > 1 and (scores >= 0).all() and abs(scores.sum() - 1) < TOLERANCE:
        msg = (
            f"These {scores.size:,} numbers are not negative and add up to 1: they look like probabilities, not logits."
        )
        hint = 'Say which: values="probs", or values="logits" if they are logits all the same.'
        raise InvalidValue(
            msg, hint=hint, name="logits", value="numbers that add up to 1", allowed='values="probs" or values="logits"'
        )


def _logits_of_probs(probs: np.ndarray, place: int) -> np.ndarray:
    if np.isnan(probs).any():
        return probs.astype(np.float32)  # named by the check that follows
    total = probs.sum()
    if probs.min() < 0 or abs(total - 1) > TOLERANCE:
        shown = f"{probs.min():.3g} at the least, {total:.4g} in sum (place {place})"
        raise _refuse("probs", shown, "numbers from 0 to 1 that add up to 1")
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(probs / total), np.float32)


def _check_log_probs(scores: np.ndarray, place: int) -> None:
    if np.isnan(scores).any():
        return
    total = float(np.exp(scores).sum())
    if scores.max() > TOLERANCE or abs(total - 1) > TOLERANCE:
        shown = f"{scores.max():.3g} at the most; their exponentials add up to {total:.4g} (place {place})"
        raise _refuse("log_probs", shown, "numbers up to 0 whose exponentials add up to 1")


def _refuse(name: str, value: str, allowed: str) -> InvalidValue:
    return InvalidValue(
        f"{name} cannot be {value}.", hint=f"It takes {allowed}.", name=name, value=value, allowed=allowed
    )
