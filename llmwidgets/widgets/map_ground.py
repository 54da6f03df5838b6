"""The many points on which an EmbeddingMap's words stand: projected, coloured, and packed for the page at four bytes a point."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from llmwidgets.arrays import to_numpy
from llmwidgets.errors import InvalidValue
from llmwidgets.memory import room_on
from llmwidgets.stages.kinds import KINDS, categories, clusters, kinds, levels, scripts
from llmwidgets.stages.projection import lost, project_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmwidgets.stages.neighbours import Measure, Table
    from llmwidgets.stages.projection import Method, Projection
    from llmwidgets.widgets.map_space import Name, Space

ColorBy = Literal["kind", "script", "cluster", "norm", "values"]
SAMPLED = 200
"""Points by which it is estimated how many neighbours the picture loses."""
COUNTED = 10
"""Nearest neighbours that are looked for in the picture."""
BITS = {2: (14, 14), 3: (10, 9, 9)}
"""Bits of a packed point for each axis; the class has the four highest."""

_numbers: Iterator[int] = itertools.count(1)


@dataclass(frozen=True)
class Class:
    """A colour of the ground: `low` and `high` where it is a part of a scale."""

    key: str
    count: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, eq=False)
class Loss:
    """Of a point's nearest in the full space, so many are not so in the picture: the mean over a sample, and its standard error."""

    mean: float
    spread: float
    sampled: int
    counted: int


@dataclass(frozen=True, eq=False)
class Ground:
    """One state of the ground. `codes` (n,) are the classes."""

    projection: Projection
    color_by: ColorBy
    codes: np.ndarray
    classes: tuple[Class, ...]
    loss: Loss
    number: int = field(default_factory=lambda: next(_numbers))

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def low(self) -> np.ndarray:
        """(axes,) the lowest coordinates."""
        return np.asarray(self.projection.coordinates.min(axis=0))

    @property
    def high(self) -> np.ndarray:
        """(axes,) the highest coordinates."""
        return np.asarray(self.projection.coordinates.max(axis=0))

    @property
    def packed(self) -> bytes:
        """32 bits a point: see GroundPayload."""
        return pack(self.projection.coordinates, self.codes, self.low, self.high)


def pack(coordinates: np.ndarray, codes: np.ndarray, low: np.ndarray, high: np.ndarray) -> bytes:
    """(n, axes) float32 and classes (n,) as n little-endian uint32; off by at most half a step of an axis."""
    words = codes.astype(np.uint32) << 28
    shift = 0
    for axis, bits in enumerate(BITS[coordinates.shape[1]]):
        most = 2**bits - 1
        width = float(high[axis]) - float(low[axis])
        steps = (coordinates[:, axis].astype(np.float64) - float(low[axis])) * (most / width if width > 0 else 0.0)
        words |= np.rint(steps).astype(np.uint32) << shift
        shift += bits
    return words.astype("<u4").tobytes()


class GroundMaker:
    """What has been worked out of a ground, kept for all that show it: fits, classes, the sample. `values` (n,) colour it by themselves."""

    def __init__(self, values: Any = None) -> None:
        self._values = values
        self._fits: dict[tuple[Method, int], Projection] = {}
        self._colors: dict[ColorBy, tuple[np.ndarray, tuple[Class, ...]]] = {}
        self._samples: dict[Measure, tuple[np.ndarray, np.ndarray]] = {}
        self._version: tuple[int, int] | None = None

    @cached_property
    def colors(self) -> tuple[ColorBy, ...]:
        """What `color_by` takes beside the kinds of tokens."""
        own: tuple[ColorBy, ...] = () if self._values is None else ("values",)
        return (*own, "cluster", "norm")

    def knows(self, table: Table) -> bool:
        """Whether what was worked out is of the vectors as they are now: training changes them."""
        return self._version == table.version

    def make(self, space: Space, *, method: Method, axes: int, color_by: ColorBy, measure: Measure) -> Ground:
        """The ground as it is asked for. Nothing is worked out twice."""
        table = space.table
        assert table is not None  # noqa: S101 (who shows a ground has one)
        if not self.knows(table):
            self._fits, self._samples = {}, {}
            self._colors = {by: found for by, found in self._colors.items() if by not in ("cluster", "norm")}
            self._version = table.version
        with room_on(str(table.tensor.device), "Show fewer points, or vectors of fewer dimensions."):
            return self._made(space, table, method, axes, color_by, measure)

    def _made(
        self, space: Space, table: Table, method: Method, axes: int, color_by: ColorBy, measure: Measure
    ) -> Ground:
        if (method, axes) not in self._fits:
            self._fits[method, axes] = project_table(table, axes, method)
        projection = self._fits[method, axes]
        if color_by not in self._colors:
            self._colors[color_by] = self._classified(space, table, color_by)
        codes, classes = self._colors[color_by]
        return Ground(projection, color_by, codes, classes, self._loss(table, projection, measure))

    def _loss(self, table: Table, projection: Projection, measure: Measure) -> Loss:
        if measure not in self._samples:
            count = min(SAMPLED, len(table))
            points = np.sort(np.random.default_rng(0).choice(len(table), count, replace=False))
            nearest = min(COUNTED, (len(table) - 1) // 2)
            full, _ = table.nearest_many(table.rows(points), nearest, measure, leave_self=points)
            self._samples[measure] = points, full
        points, full = self._samples[measure]
        missing = lost(full, projection.coordinates, points)
        spread = float(missing.std(ddof=1) / np.sqrt(len(missing))) if len(missing) > 1 else 0.0
        # of all points there is nothing to estimate
        return Loss(float(missing.mean()), 0.0 if len(points) == len(table) else spread, len(points), full.shape[1])

    def _classified(self, space: Space, table: Table, color_by: ColorBy) -> tuple[np.ndarray, tuple[Class, ...]]:
        if color_by == "norm":
            return _scale(table.norms)
        if color_by == "values":
            return of_values(self._values)
        if color_by == "cluster":
            codes = clusters(table)
            return codes, _counted(codes, [str(code + 1) for code in range(int(codes.max(initial=0)) + 1)])
        parts, special = _tokens(space.names())
        if color_by == "kind":
            codes = kinds(parts, special)
            return codes, _counted(codes, KINDS)
        codes, keys = scripts(parts, special)
        return codes, _counted(codes, keys)


def of_values(values: Any) -> tuple[np.ndarray, tuple[Class, ...]]:
    """Classes of a user's values, one a point: numbers become a scale, anything else categories. Raises InvalidValue."""
    array = to_numpy(values)
    if array.dtype.kind in "fiu" and array.ndim == 1:
        return _scale(array)
    codes, keys = categories([str(value) for value in array.tolist()])
    return codes, _counted(codes, keys)


def check_values(values: Any, count: int) -> Any:
    """`values` as they are. Raises InvalidValue where they are not one a point, or a number is NaN."""
    if values is None:
        return None
    array = to_numpy(values)
    if array.ndim != 1 or len(array) != count:
        msg = f"values has the shape {array.shape} for {count:,} points."
        allowed = f"({count},)"
        raise InvalidValue(msg, hint="Give one value a point.", name="values", value=str(array.shape), allowed=allowed)
    of_values(array)
    return array


def _scale(values: np.ndarray) -> tuple[np.ndarray, tuple[Class, ...]]:
    codes, edges = levels(values)
    counts = np.bincount(codes, minlength=len(edges) - 1)
    steps = zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    return codes, tuple(Class(str(step), count, low, high) for step, (count, low, high) in enumerate(steps))


def _counted(codes: np.ndarray, keys: Sequence[str]) -> tuple[Class, ...]:
    counts = np.bincount(codes, minlength=len(keys)).tolist()
    return tuple(Class(key, count) for key, count in zip(keys, counts, strict=True))


def _tokens(names: Sequence[Name]) -> tuple[list[bytes | None], list[bool]]:
    # a row that the tokenizer has no token for has no bytes
    return [name.data or None for name in names], [name.special for name in names]
