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

NUMBERS = "a tensor, an array or lists of numbers, each row equally long"
IDS = "whole numbers, (tokens,) or (batch, tokens)"
NOT_NUMBERS = "cOSUMm"
"""NumPy's kinds: complex, objects, bytes, text, times. Of those that remain, bfloat16 in an array of JAX is "V"."""


@dataclass(frozen=True, eq=False)
class Given:
    """`scores` (rows, places, vocabulary), a tensor or an array as it was given; `values` what they are.

    `ids` (rows, tokens) are the texts, None where they were not given; the scores of place i follow token `first` + i. `parts`
    (rows, 2): from which token to which (exclusive) each text goes, without the padding around it.
    """

    scores: Any
    values: Values
    ids: np.ndarray | None
    first: int
    parts: np.ndarray | None = None

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
        """(vocabulary,) float32; what is beyond it is infinite. Raises InvalidValue where probabilities are none."""
        scores = to_numpy(self.scores[row, place])
        with _quiet():
            if self.values == "probs":
                return _logits_of_probs(scores.astype(np.float64), place)
            if self.values == "log_probs":
                _check_log_probs(scores.astype(np.float64), place)
            return scores.astype(np.float32)


def read(source: Any, *, input_ids: Any = None, values: str | None = None) -> Given:
    """Logits from a tensor, an array or lists of shape (vocabulary,), (1, vocabulary), (tokens, vocabulary) or (batch, tokens, vocabulary), or a model's output.

    A tuple or list of tensors or arrays, (vocabulary,) or (batch, vocabulary), holds one place in each, as generate's `logits` do.
    `input_ids` (tokens,) or (batch, tokens), or a tokenizer's output with its attention_mask, are the texts. Of a (tokens, vocabulary) array each row follows one token; fewer
    rows than tokens follow the last of them, as with `logits_to_keep`. What `generate` returned has its own texts, `sequences`:
    each place follows the token before the one that was chosen there, and `input_ids` can only be the beginning of these.

    `values` says what the numbers are, "logits" if nothing is said: numbers that are evidently probabilities are then refused,
    since their softmax would be another distribution. Raises InvalidValue.

    >>> read([2.0, 1.0, 0.0]).shape
    (1, 1, 3)
    """
    if values is not None and values not in get_args(Values):
        raise _refuse("values", f"{values!r:.60}", '"logits", "log_probs" or "probs"')
    found, sequences = _scores_of(source)
    scores = _three_deep(found)
    ids, first = (
        _texts(scores.shape, input_ids, steps=_are_steps(found))
        if sequences is None
        else _sequences(scores.shape, sequences, input_ids)
    )
    parts = None if ids is None else _parts(input_ids, ids)
    given = Given(scores, values or "logits", ids, first, parts)  # type: ignore[arg-type]  # checked above
    if values is None:
        with _quiet():
            _refuse_probabilities(to_numpy(scores[0, -1]).astype(np.float64))
    return given


def _scores_of(source: Any) -> tuple[Any, Any]:
    """The numbers, and the whole sequences where it is what `generate` returned."""
    fields = source if isinstance(source, Mapping) else getattr(source, "__dict__", {})
    logits = fields.get("logits", getattr(source, "logits", None))
    sequences = fields.get("sequences")
    if sequences is not None:
        _check_generated(fields, logits)
    if logits is not None:
        return logits, sequences
    if isinstance(source, (Mapping, str)):
        raise _refuse("source", _shown(source), "logits, or a model's output that holds them")
    return source, None


def _check_generated(fields: Mapping[str, Any], logits: Any) -> None:
    if logits is None:
        found = (
            "with scores alone, which the processors have changed"
            if fields.get("scores") is not None
            else "without logits"
        )
        allowed = "generate(..., return_dict_in_generate=True, output_logits=True)"
        raise _refuse("source", f"what generate returned {found}", allowed)
    if fields.get("beam_indices") is not None:
        raise _refuse("source", "what a beam search returned, whose steps change rows", "generate(..., num_beams=1)")


def _texts(shape: tuple[int, int, int], input_ids: Any, *, steps: bool) -> tuple[np.ndarray | None, int]:
    """The texts, and the token that the first place follows."""
    rows, places, _ = shape
    ids = _ids_of(input_ids)
    if ids is None:
        return None, 0
    if steps and ids.shape[1] != places:
        # the steps of a generate call follow neither the last of its prompt nor the last of its sequences
        allowed = f"the {places} that the steps follow; or give what generate returned, not its logits alone"
        raise _refuse("input_ids", f"{ids.shape[1]} tokens for {places} steps", allowed)
    if ids.shape[0] != rows or ids.shape[1] < places:
        allowed = f"({rows}, {places}) or longer, as the logits are {tuple(shape)}"
        raise _refuse("input_ids", f"of shape {ids.shape}", allowed)
    return ids, ids.shape[1] - places


def _sequences(shape: tuple[int, int, int], sequences: Any, input_ids: Any) -> tuple[np.ndarray, int]:
    """The same of what `generate` returned: nothing has been computed after its last token."""
    rows, places, _ = shape
    whole, prompts = _ids_of(sequences), _ids_of(input_ids)
    if whole is None or whole.shape[0] != rows or whole.shape[1] <= places:
        shown = "none" if whole is None else f"of shape {whole.shape}"
        raise _refuse("sequences", shown, f"({rows}, {places + 1}) or longer, as the logits are {tuple(shape)}")
    if prompts is not None and not _begin(whole, prompts):
        shown = f"other tokens than the sequences begin with (their shapes are {prompts.shape} and {whole.shape})"
        raise _refuse("input_ids", shown, "the prompt, the sequences themselves, or nothing")
    return whole, whole.shape[1] - places - 1


def _begin(whole: np.ndarray, prompts: np.ndarray) -> bool:
    """Whether the sequences begin with their prompts; a prompt may have several, one below the other."""
    several, rest = divmod(len(whole), len(prompts)) if len(prompts) else (0, 1)
    return rest == 0 and np.array_equal(whole[:, : prompts.shape[1]], prompts.repeat(several, axis=0))


def _are_steps(scores: Any) -> bool:
    """Whether it is a tuple or list with a (batch, vocabulary) tensor or array for each step."""
    return _holds_arrays(scores) and scores[0].ndim == 2


def _holds_arrays(scores: Any) -> bool:
    """Whether it is a tuple or list of tensors or of arrays."""
    if not isinstance(scores, (tuple, list)) or not scores:
        return False
    return all(_is_tensor(part) for part in scores) or all(isinstance(part, np.ndarray) for part in scores)


def _three_deep(scores: Any) -> Any:
    try:
        array = _one(scores)
    except InvalidValue:
        raise
    except (TypeError, ValueError, RuntimeError) as error:
        raise _refuse("logits", _shown(scores), NUMBERS) from error
    if array.ndim not in (1, 2, 3) or 0 in array.shape:
        raise _refuse(
            "logits",
            f"of shape {tuple(array.shape)}",
            "(vocabulary,), (tokens, vocabulary) or (batch, tokens, vocabulary)",
        )
    return array.reshape((1,) * (3 - array.ndim) + tuple(array.shape))


def _one(scores: Any) -> Any:
    """One tensor or array of floating numbers."""
    if _is_tensor(scores):
        return _strided(scores)
    if _holds_arrays(scores):
        return _stack(scores)
    array = to_numpy(scores)
    if array.dtype.kind == "f":
        return array
    if array.dtype.kind in NOT_NUMBERS:
        raise _refuse("logits", f"{_shown(scores)} ({array.dtype})", NUMBERS)
    return array.astype(np.float64)


def _stack(parts: Any) -> Any:
    axis = 1 if parts[0].ndim == 2 else 0
    if parts[0].ndim > 2:
        shown = f"a {type(parts).__name__} of shapes {tuple(parts[0].shape)}"
        raise _refuse("logits", shown, "(vocabulary,) or (batch, vocabulary) in each place")
    if not _is_tensor(parts[0]):
        return _one(np.stack(parts, axis))
    import torch

    return torch.stack([_strided(part) for part in parts], dim=axis)


def _strided(tensor: Any) -> Any:
    """The tensor without its history, dense and floating; itself where it is that already."""
    if tensor.is_meta or tensor.is_complex() or tensor.is_nested:
        kind = "without data (meta)" if tensor.is_meta else "complex" if tensor.is_complex() else "nested"
        raise _refuse("logits", f"a tensor that is {kind}", NUMBERS)
    tensor = tensor.detach()
    if tensor.layout is not sys.modules["torch"].strided:
        tensor = tensor.to_dense()
    return tensor if tensor.is_floating_point() else tensor.float()


def _shown(value: Any) -> str:
    return f"{type(value).__name__} {' '.join(repr(value).split()):.40}"


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _ids_of(given: Any) -> np.ndarray | None:
    if given is None:
        return None
    found = given.get("input_ids") if isinstance(given, Mapping) else getattr(given, "input_ids", given)
    try:
        ids = to_numpy(found)
    except (TypeError, ValueError, RuntimeError) as error:
        raise _refuse("input_ids", _shown(found), f"{IDS}, rows equally long (padding=True)") from error
    if ids.dtype.kind not in "iu" or ids.ndim not in (1, 2):
        raise _refuse("input_ids", f"{type(given).__name__} of shape {ids.shape}", IDS)
    return ids.reshape(1, -1).astype(np.int64) if ids.ndim == 1 else ids.astype(np.int64)


def _parts(given: Any, ids: np.ndarray) -> np.ndarray:
    """From where to where each row is no padding: by the attention_mask of a tokenizer's output, else the whole row."""
    mask = given.get("attention_mask") if isinstance(given, Mapping) else getattr(given, "attention_mask", None)
    rows, tokens = ids.shape
    if mask is None:
        return np.tile([0, tokens], (rows, 1))
    kept = to_numpy(mask).reshape(-1, to_numpy(mask).shape[-1]).astype(bool)
    several, rest = divmod(rows, len(kept)) if len(kept) else (0, 1)
    if rest or kept.shape[1] > tokens or not kept.any(axis=1).all():
        raise _refuse(
            "attention_mask", f"of shape {kept.shape}", f"that of input_ids, {ids.shape}, with a token in each row"
        )
    # what was generated behind a prompt is no padding
    whole = np.pad(kept, ((0, 0), (0, tokens - kept.shape[1])), constant_values=True).repeat(several, axis=0)
    return np.stack([whole.argmax(axis=1), tokens - whole[:, ::-1].argmax(axis=1)], axis=1)


def _quiet() -> np.errstate:
    """What overflows is infinite, and then refused in words, not warned of."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore")


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
