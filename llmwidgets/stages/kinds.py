"""Classes by which many points are coloured, at most sixteen: kinds of token, scripts, clusters, steps of a value, categories."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.arrays import to_numpy
from llmwidgets.errors import InvalidValue
from llmwidgets.stages.comparison import writing
from llmwidgets.stages.neighbours import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = ("special", "space", "letters", "digits", "punctuation", "whitespace", "bytes", "unnamed")
MOST = 15
OTHER = "other"
NONE = "none"
MISSING = frozenset({"None", "nan", "<NA>", "NaT"})
"""How Python, NumPy and pandas write what is not there."""
SAMPLE = 20_000
"""Clusters are found on so many rows drawn at random, and all rows then go to the nearest."""


def kinds(token_bytes: Sequence[bytes | None], special: Sequence[bool]) -> np.ndarray:
    """(n,) int8, places in KINDS: "space" begins with one and has letters, "letters" goes on with a word, "bytes" is no whole UTF-8, "unnamed" has no bytes."""
    number = {kind: place for place, kind in enumerate(KINDS)}
    found = ("special" if marked else _kind(data) for data, marked in zip(token_bytes, special, strict=True))
    return np.fromiter((number[kind] for kind in found), np.int8, len(token_bytes))


def scripts(token_bytes: Sequence[bytes | None], special: Sequence[bool]) -> tuple[np.ndarray, tuple[str, ...]]:
    """The writing system of each token's letters: (n,) int8 places in the keys, most frequent first, at most 15 and "other".

    Of several the one with most letters; Han beside kana is Japanese. "none": without letters, not whole UTF-8, or special.
    """
    texts = [
        "" if marked or data is None else data.decode("utf-8", "ignore")
        for data, marked in zip(token_bytes, special, strict=True)
    ]
    return _ranked(writing(texts))


def clusters(table: Any, k: int = 12, seed: int = 0) -> np.ndarray:
    """(n,) int8: k-means on the vectors' directions (lengths do not count), numbered by size; `table` a Table, tensor or array."""
    from sklearn.cluster import MiniBatchKMeans

    table = Table.of(table)
    rng = np.random.default_rng(seed)
    drawn = np.sort(rng.choice(len(table), min(len(table), SAMPLE), replace=False))
    found = MiniBatchKMeans(min(k, len(table)), random_state=seed, n_init=3, batch_size=2048)
    found.fit(_directions(table.rows(drawn)))
    labels = np.concatenate([found.predict(_directions(rows.float().cpu().numpy())) for _, rows in table.chunks()])
    sizes = np.bincount(labels, minlength=k)
    rank = np.empty(len(sizes), np.int8)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return np.asarray(rank[labels])


def levels(values: Any, bins: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Steps of a number a point: (n,) int8 from 0, and the steps' edges (steps + 1,) float64.

    Steps are equal from the 1st to the 99th percentile, and the outer ones reach on to the lowest and the highest value. One step where all are the same.
    """
    values = to_numpy(values)
    if values.ndim != 1 or values.dtype.kind not in "fiub":
        raise InvalidValue(
            f"Values of the shape {values.shape} and type {values.dtype} are no number a point.",
            hint="Give one number for each point.",
            name="values",
            value=f"{values.shape} {values.dtype}",
            allowed="(n,) numbers",
        )
    values = values.astype(np.float64)
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        row = int(wrong[0])
        raise InvalidValue(
            f"The values hold {values[row]} in row {row:,}.",
            hint="Give a finite number for each point.",
            name="values",
            value=f"{values[row]} (row {row})",
            allowed="finite numbers",
        )
    if not len(values):
        return np.zeros(0, np.int8), np.zeros(2)
    low, high = np.percentile(values, [1, 99])
    if low == high:
        low, high = values.min(), values.max()
    if low == high:
        return np.zeros(len(values), np.int8), np.array([low, high])
    edges = np.linspace(low, high, bins + 1)
    codes = np.searchsorted(edges[1:-1], values, side="right").astype(np.int8)
    edges[0], edges[-1] = values.min(), values.max()
    return codes, edges


def categories(values: Sequence[Any]) -> tuple[np.ndarray, tuple[str, ...]]:
    """A user's categories: (n,) int8 places in the keys, more frequent first, at most 15 and "other"; what is not there (None, NaN, pandas.NA) is "none"."""
    names = [str(value) for value in values]
    return _ranked(
        [
            NONE if name in MISSING and not isinstance(value, str) else name
            for name, value in zip(names, values, strict=True)
        ]
    )


def _kind(data: bytes | None) -> str:
    if not data:
        return "unnamed"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "bytes"
    if text.isspace():
        return "whitespace"
    classes = {unicodedata.category(letter)[0] for letter in text}
    if classes & {"L", "M"}:
        return "space" if text[0].isspace() else "letters"
    return "digits" if "N" in classes else "punctuation"


def _ranked(names: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Names as places in keys, more frequent ones first, equally frequent ones as they come; those beyond the 15th are "other"."""
    counted = Counter(name for name in names if name != OTHER)
    keys = [name for name, _ in counted.most_common(MOST)]
    number = {name: place for place, name in enumerate(keys)}
    codes = np.fromiter((number.get(name, len(keys)) for name in names), np.int8, len(names))
    return codes, (*keys, OTHER) if (codes == len(keys)).any() else tuple(keys)


def _directions(rows: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0))
