"""A student's value beside the expected one: tensors, arrays, lists and numbers alike, within a stated tolerance."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

import numpy as np

from llmwidgets.exercises.words import Words

SHOWN = 12
"""Numbers that are shown of one row."""
LONGEST = 360
"""Characters that are shown of one value."""


@dataclass(frozen=True)
class Tolerance:
    """How near is near enough: |got - expected| <= absolute + relative * |expected|."""

    absolute: float = 1e-4
    relative: float = 1e-4
    nan: bool = False
    """Whether NaN equals NaN, as it does between two computations with the same mistake."""


CLOSE = Tolerance()


class Unreadable(Exception):
    """The value is of another kind than the expected one; `what` says so."""

    def __init__(self, what: Words) -> None:
        super().__init__(what.en)
        self.what = what


def as_array(value: Any) -> np.ndarray:
    """Numbers of any kind (tensor, array, list, tuple, number, fraction) as float64. Raises Unreadable."""
    try:
        array = np.asarray(_plain(value))
        if array.dtype.kind == "O" and all(isinstance(each, (numbers.Real, Decimal)) for each in array.flat):
            array = array.astype(np.float64)  # fractions, decimals, and whole numbers beyond 64 bits
    except Exception:  # noqa: BLE001 (a student's object may raise anything)
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise Unreadable(
            Words(
                f"The result should be numbers; it is {_kind(value)}.", f"結果は数値のはずですが、{_kind(value)} です。"
            )
        )
    return array.astype(np.float64)


def same(expected: Any, got: Any, tolerance: Tolerance) -> bool:
    """Whether a value is the expected one; a batch axis of one in front may stay. Raises Unreadable where it is of another kind or shape."""
    if expected is None or isinstance(expected, (str, bytes)):
        return _same_word(expected, got)
    if isinstance(expected, Sequence) and any(isinstance(each, (str, bytes)) for each in expected):
        return _same_words(expected, got)
    if got is None:
        return False
    wanted, given = as_array(expected), as_array(got)
    found = given
    while found.ndim > wanted.ndim and found.shape[0] == 1:
        found = found[0]
    if wanted.shape != found.shape:
        raise Unreadable(_other_shape(wanted.shape, given.shape))
    near = np.allclose(found, wanted, rtol=tolerance.relative, atol=tolerance.absolute, equal_nan=tolerance.nan)
    return bool(near)


def _other_shape(wanted: tuple[int, ...], found: tuple[int, ...]) -> Words:
    if not wanted:
        return Words(
            f"The result should be one number; its shape is {found}.",
            f"結果は数 1 つのはずですが、形が {found} の配列です。",
        )
    if not found:
        return Words(
            f"The shape should be {wanted}; it is one number.", f"形は {wanted} のはずですが、数 1 つになっています。"
        )
    return Words(f"The shape should be {wanted}; it is {found}.", f"形は {wanted} のはずですが、{found} です。")


def show(value: Any) -> str:
    """A value as a student would write it, shortened; its kind where it cannot be written."""
    try:
        return _written(value)
    except Exception:  # noqa: BLE001 (a student's object may raise anything)
        return f"<{type(value).__name__}>"


def _written(value: Any) -> str:
    if isinstance(value, (str, bytes)) or value is None or isinstance(value, bool):
        return _cut(repr(value))
    if isinstance(value, Mapping):
        return _cut("{" + ", ".join(f"{key!r}: {_written(each)}" for key, each in value.items()) + "}")
    plain = _plain(value)
    if isinstance(plain, np.ndarray):
        return _cut(_numbers(plain))
    if isinstance(plain, (list, tuple)):
        inner = ", ".join(_written(each) for each in plain[:SHOWN])
        more = ", …" if len(plain) > SHOWN else ""
        left, right = "[]" if isinstance(plain, list) else "()"
        return _cut(f"{left}{inner}{more}{right}")
    if isinstance(plain, numbers.Real) and not isinstance(plain, numbers.Integral):
        return _number(float(plain))
    return _cut(str(plain) if isinstance(plain, numbers.Integral) else repr(plain))


def _same_word(expected: str | bytes | None, got: Any) -> bool:
    if expected is not None and not isinstance(got, (type(expected), type(None))):
        name = type(expected).__name__
        raise Unreadable(
            Words(
                f"The result should be a {name}; it is {_kind(got)}.",
                f"結果は {name} のはずですが、{_kind(got)} です。",
            )
        )
    return bool(expected == got) if got is None or isinstance(got, (str, bytes)) else False


def _same_words(expected: Sequence[Any], got: Any) -> bool:
    try:
        found = (
            None if isinstance(got, (str, bytes, Mapping)) else [_bare(each) for each in islice(got, len(expected) + 1)]
        )
    except Exception:  # noqa: BLE001 (a student's object may raise anything)
        found = None
    if found is None:
        raise Unreadable(
            Words(f"The result should be a list; it is {_kind(got)}.", f"結果はリストのはずですが、{_kind(got)} です。")
        )
    try:
        return [_bare(each) for each in expected] == found
    except Exception:  # noqa: BLE001 (nor need two be comparable)
        return False


def _bare(value: Any) -> Any:
    return tuple(value) if isinstance(value, (list, tuple)) else value


def _plain(value: Any) -> Any:
    """Tensors as arrays, also inside lists."""
    if hasattr(value, "detach"):
        return value.detach().cpu().double().numpy() if value.is_floating_point() else value.detach().cpu().numpy()
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(each) for each in value) if type(value) in (list, tuple) else list(value)
    if isinstance(value, (str, bytes, Mapping, set, frozenset)) or callable(value):
        return value
    if isinstance(value, np.generic):
        return value.item()
    return value


def _numbers(array: np.ndarray) -> str:
    if array.ndim == 0:
        return _number(array.item())
    if array.ndim == 1:
        inner = ", ".join(_number(each) for each in array[:SHOWN].tolist())
    else:
        inner = ", ".join(_numbers(each) for each in array[:SHOWN])
    return f"[{inner}{', …' if len(array) > SHOWN else ''}]"


def _number(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _kind(value: Any) -> str:
    return f"{type(value).__name__} ({show(value)})" if isinstance(value, str) else type(value).__name__


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
