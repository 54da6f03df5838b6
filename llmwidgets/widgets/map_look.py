"""What an EmbeddingMap tells of a point when it is asked: its nearest in the full space, and what of them the picture loses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from llmwidgets.stages.neighbours import Measure
    from llmwidgets.widgets.map_payloads import MapPlace
    from llmwidgets.widgets.map_space import Name, Space
    from llmwidgets.widgets.map_state import Drawn

MORE_OWN = 60
"""How many of the words asked about, in their various spellings, may stand before the nearest others."""


@dataclass(frozen=True)
class Near:
    """A point near another in the full space: where it lies, its name, the similarity, and whether it was asked about itself."""

    on: MapPlace
    index: int
    name: Name
    value: float
    own: bool = False


def among_points(drawn: Drawn, vector: np.ndarray, k: int, *, leave_out: Collection[int] = ()) -> list[Near]:
    """The nearest of the map's own points, most similar first, equal ones by index."""
    vectors = drawn.points.vectors
    scores = vectors @ vector
    if drawn.shown.measure == "cosine":
        lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(vector)
        scores = np.divide(scores, lengths, out=np.zeros_like(scores), where=lengths > 0)
    order = [index for index in np.argsort(-scores, kind="stable").tolist() if index not in leave_out]
    return [Near("points", index, drawn.points.names[index], float(scores[index])) for index in order[:k]]


def among_ground(
    space: Space, vector: np.ndarray, k: int, measure: Measure, *, leave_out: Sequence[int] = ()
) -> list[Near]:
    """The nearest of the whole ground, exact."""
    assert space.table is not None  # noqa: S101 (who asks has a ground)
    found = space.table.nearest(vector, k, measure, leave_out=leave_out)
    return [Near("ground", index, space.name(index), value) for index, value in found]


def with_own(found: Sequence[Near], words: Collection[str], k: int) -> list[Near]:
    """The first `k` that are none of the words, and those of the words that stand before them, marked. Case and spaces around do not count."""
    known = {word.strip().casefold() for word in words}
    chosen: list[Near] = []
    others = 0
    for near in found:
        own = near.name.text.strip().casefold() in known
        chosen.append(Near(near.on, near.index, near.name, near.value, own))
        others += not own
        if others == k:
            break
    return chosen


def lost_on_ground(full: Sequence[Near], coordinates: np.ndarray, at: np.ndarray, self_index: int | None) -> int:
    """How many of the nearest are farther in the picture than as many points are. `at` (axes,) is the place of the one asked about."""
    if not full:
        return 0
    distances = ((coordinates - at) ** 2).sum(axis=1)
    if self_index is not None:
        distances[self_index] = np.inf
    count = len(full)
    farthest = np.partition(distances, count - 1)[count - 1]
    return int((distances[[near.index for near in full]] > farthest).sum())
