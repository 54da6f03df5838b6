"""The points of an EmbeddingMap that somebody chose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.arrays import to_numpy
from llmwidgets.errors import InvalidValue
from llmwidgets.language import listed, more, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.stages.tokens import Tokens
    from llmwidgets.widgets.map_space import Name


@dataclass(frozen=True, eq=False)
class Choice:
    """Chosen points: `points` among the map's own (or the text's tokens), `ground` (m,) int64 of the ground, both in order."""

    points: tuple[int, ...] = ()
    ground: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.points) + len(self.ground)


@dataclass(frozen=True, eq=False)
class MapSelection:
    """Points that were chosen: `labels`, token `ids` (k,) int64 (-1 where a point is no single token), `vectors` (k, d) float32, `indices` (k,) into the view's labels."""

    labels: tuple[str, ...]
    ids: np.ndarray
    vectors: np.ndarray
    indices: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        shown = listed(map(repr, self.labels[:8])) + more(len(self) - 8)
        return f"MapSelection({say(f'{len(self)} points')}: {shown})"


def choose(value: Any, labels: Sequence[str], points: int) -> Choice:
    """The choice that `value` names: labels, indices, a slice, a mask or a MapSelection; `points` of the labels are the map's own. Raises InvalidValue."""
    if value is None:
        return Choice()
    places = np.unique(_places(value, labels))
    own = places[places < points]
    return Choice(tuple(own.tolist()), places[places >= points] - points)


def kept(choice: Choice, before: Sequence[Name], after: Sequence[Name], ground: int) -> Choice:
    """The same choice where the points have changed: what is still there stays chosen, by its name. `ground` is the ground's size now."""
    if before is after:
        names = choice.points
    else:
        places = {name: index for index, name in reversed(list(enumerate(after)))}
        found = (places.get(before[index]) for index in choice.points if index < len(before))
        names = tuple(sorted(index for index in found if index is not None))
    return Choice(names, choice.ground if ground else choice.ground[:0])


def still_there(choice: Choice, before: Tokens | None, after: Tokens | None) -> Choice:
    """The choice of a text's tokens where the text has changed: they stay chosen while they and all before them are the same."""
    if before is None or after is None:
        return Choice() if after is None else choice
    shorter = min(len(before), len(after))
    differs = np.flatnonzero(before.ids[:shorter] != after.ids[:shorter])
    same = int(differs[0]) if len(differs) else shorter
    return Choice(tuple(index for index in choice.points if index < same))


def _places(value: Any, labels: Sequence[str]) -> np.ndarray:
    if isinstance(value, MapSelection):
        value = value.indices
    if isinstance(value, slice):
        return np.arange(len(labels))[value]
    items = _listed(value)
    if items and all(isinstance(item, bool) for item in items):
        if len(items) != len(labels):
            raise _refuse(f"a mask of {len(items):,} for {len(labels):,} points")
        return np.flatnonzero(items)
    if items and all(isinstance(item, str) for item in items):
        return _labelled(items, labels)
    if not all(isinstance(item, int) and not isinstance(item, bool) for item in items):
        raise _refuse(f"{value!r:.60}")
    for item in items:
        if not -len(labels) <= item < len(labels):
            msg = f"There is no point {item}: the map has {len(labels):,}."
            allowed = f"0 to {len(labels) - 1}" if labels else "none yet"
            raise InvalidValue(msg, hint="Look at view.labels.", name="selection", value=item, allowed=allowed)
    return np.array([item % len(labels) for item in items], np.int64)


def _listed(value: Any) -> list[Any]:
    if isinstance(value, str) or (isinstance(value, (int, np.integer)) and not isinstance(value, bool)):
        return [value]
    if hasattr(value, "shape"):
        value = to_numpy(value).ravel().tolist()
    if not isinstance(value, (list, tuple, set, frozenset)):
        raise _refuse(f"{value!r:.60}")
    return [item.item() if isinstance(item, np.generic) else item for item in value]


def _labelled(items: Sequence[str], labels: Sequence[str]) -> np.ndarray:
    places: dict[str, list[int]] = {}
    for index, label in enumerate(labels):
        places.setdefault(label, []).append(index)
    for item in items:
        if item not in places:
            msg = f"{item!r:.60} is not on the map."
            hint = "Add it to view.words first, or look at view.labels."
            raise InvalidValue(msg, hint=hint, name="selection", value=f"{item!r:.60}", allowed="one of view.labels")
    return np.array([index for item in items for index in places[item]], np.int64)


def _refuse(value: str) -> InvalidValue:
    msg = f"The selection cannot be {value}."
    allowed = "labels, indices, a slice, a mask (n,), None"
    return InvalidValue(msg, hint=f"It takes {allowed}.", name="selection", value=value, allowed=allowed)
