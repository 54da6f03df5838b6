"""From the tokens' vectors to one vector a word, and which words can stand on a map."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Sequence


def masked_mean(vectors: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The mean over tokens where `mask` (batch, tokens) is true: (batch, tokens, d) to (batch, d) float32. A row without any raises InvalidValue."""
    counts = mask.sum(axis=1)
    if (counts == 0).any():
        row = int(np.flatnonzero(counts == 0)[0])
        msg = f"Row {row} has no token to average."
        raise InvalidValue(
            msg, hint="Give words that the tokenizer turns into tokens.", name="mask", value=row, allowed=">= 1 token"
        )
    weights = mask[..., None].astype(np.float32)
    return np.asarray((vectors * weights).sum(axis=1) / counts[:, None], np.float32)


def check_words(words: Sequence[str], limit: int) -> tuple[str, ...]:
    """The words without empty ones (white space alone counts as such) and repetitions, in their order. Raises InvalidValue for what is no list of str, and for more than `limit`.

    White space at a word's ends stays: " king" has other tokens than "king".
    """
    kept = tuple(dict.fromkeys(word for word in as_words(words) if word.strip()))
    if len(kept) > limit:
        msg = f"{len(kept)} words are too many for one map."
        raise InvalidValue(msg, hint=f"Give at most {limit}.", name="words", value=len(kept), allowed=f"<= {limit}")
    return kept


def as_words(words: Any) -> list[str]:
    """Words as a list; a str alone is one. Raises InvalidValue for what is no list of str."""
    if isinstance(words, str):
        return [words]
    if isinstance(words, (bytes, dict)) or not isinstance(words, Iterable):
        raise _refuse_words(type(words).__name__)
    found = list(words)
    for word in found:
        if not isinstance(word, str):
            raise _refuse_words(f"a list that holds {word!r:.40}")
    return found


def _refuse_words(value: str) -> InvalidValue:
    msg = f"words cannot be {value}."
    hint = 'It takes strings: words=["quick", "fast"].'
    return InvalidValue(msg, hint=hint, name="words", value=value, allowed="strings")
