"""Words as vectors: means, cosine similarities, and a picture in two dimensions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from llmwidgets.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, eq=False)
class Projection:
    """Vectors in few dimensions. `coordinates` (n, dimensions) float32; `variance` (dimensions,) the share of the variance that each axis holds."""

    coordinates: np.ndarray
    variance: np.ndarray


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


def cosine_similarities(vectors: np.ndarray) -> np.ndarray:
    """Cosine of every pair, (n, d) to (n, n) float32. A vector of zeros is similar to nothing (0), itself included."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, norms, out=np.zeros_like(vectors, dtype=np.float32), where=norms > 0)
    return np.asarray(np.clip(unit @ unit.T, -1.0, 1.0), np.float32)


def neighbors(similarities: np.ndarray, index: int, k: int) -> list[tuple[int, float]]:
    """The k points most similar to `index`, most similar first, itself left out, equal ones by index."""
    order = np.lexsort((np.arange(len(similarities)), -similarities[index]))
    return [(int(other), float(similarities[index, other])) for other in order if other != index][:k]


def project(vectors: np.ndarray, dimensions: int = 2) -> Projection:
    """PCA by scikit-learn, (n, d) to (n, dimensions). Fewer than two distinct vectors span no axis: their coordinates are 0 and so is the variance.

    The sign of each axis is fixed (its largest coordinate is positive), so that the same words give the same picture.
    """
    count = len(vectors)
    rank = min(dimensions, count - 1, vectors.shape[1]) if count else 0
    coordinates = np.zeros((count, dimensions), np.float32)
    variance = np.zeros(dimensions, np.float32)
    if rank > 0 and not np.allclose(vectors, vectors[0]):
        from sklearn.decomposition import PCA

        pca = PCA(n_components=rank, svd_solver="full")
        found = pca.fit_transform(np.asarray(vectors, np.float64))
        signs = np.sign(found[np.abs(found).argmax(axis=0), np.arange(rank)])
        coordinates[:, :rank] = found * np.where(signs == 0, 1, signs)
        variance[:rank] = np.nan_to_num(pca.explained_variance_ratio_)
    return Projection(coordinates, variance)


def check_words(words: Sequence[str], limit: int) -> tuple[str, ...]:
    """The words without surrounding white space, without empty ones and repetitions, in their order. Raises InvalidValue for what is no list of str, and for more than `limit`."""
    if isinstance(words, (bytes, dict)) or not isinstance(words, Iterable):
        raise _refuse_words(type(words).__name__)
    words = list(words)
    for word in words:
        if not isinstance(word, str):
            raise _refuse_words(f"a list that holds {word!r:.40}")
    cleaned = tuple(dict.fromkeys(word.strip() for word in words if word.strip()))
    if len(cleaned) > limit:
        msg = f"{len(cleaned)} words are too many for one map."
        raise InvalidValue(msg, hint=f"Give at most {limit}.", name="words", value=len(cleaned), allowed=f"<= {limit}")
    return cleaned


def _refuse_words(value: str) -> InvalidValue:
    msg = f"words cannot be {value}."
    hint = 'It takes strings: words=["quick", "fast"].'
    return InvalidValue(msg, hint=hint, name="words", value=value, allowed="strings")
