"""What an EmbeddingMap answers to the questions of its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.arrays import encode, encode_small
from llmwidgets.errors import Outdated
from llmwidgets.numbers import whole
from llmwidgets.stages.contexts import drift, layer_neighbours
from llmwidgets.widgets import map_requests, requests
from llmwidgets.widgets.base import WithBuffers
from llmwidgets.widgets.map_encode import name_payload, near_payload
from llmwidgets.widgets.map_ground import COUNTED
from llmwidgets.widgets.map_look import Near, among_ground, among_points, lost_on_ground
from llmwidgets.widgets.map_space import Name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.stages.neighbours import Table
    from llmwidgets.widgets.map_context import Context
    from llmwidgets.widgets.map_ground import Ground
    from llmwidgets.widgets.map_payloads import DriftPayload, FoundPayload, GroundPoints, LookPayload, NamesPayload
    from llmwidgets.widgets.map_space import Space
    from llmwidgets.widgets.map_state import Drawn

KINDS = ("ground", "look", "names", "search", "drift")
MOST_FOUND_NAMES = 100


@dataclass(frozen=True, eq=False)
class Answers:
    """What is shown at this moment, to be asked about. Each answer raises InvalidValue for what is not there."""

    drawn: Drawn
    space: Space
    context: Context

    def to(self, message: dict[str, Any]) -> object:
        """The answer to a message of one of KINDS."""
        kind = message["kind"]
        if kind == "ground":
            return WithBuffers(self._ground(map_requests.number(message, "number")), [self._ground_now().packed])
        if kind == "look":
            return self._look(message)
        if kind == "names":
            return self._names(map_requests.indices(message))
        if kind == "search":
            return self._search(requests.typed(message))
        return self._drift(map_requests.number(message, "index"), map_requests.number(message, "other"))

    def _ground_now(self) -> Ground:
        if self.drawn.ground is None:
            raise Outdated("There is no ground now.", hint="Show it again.", base=0, revision=0)
        return self.drawn.ground

    def _ground(self, number: int) -> GroundPoints:
        ground = self._ground_now()
        if number != ground.number:
            msg = f"The ground has changed: {number} is {ground.number} by now."
            raise Outdated(msg, hint="Ask for the new one.", base=number, revision=ground.number)
        return {"kind": "ground", "number": number}

    def _look(self, message: dict[str, Any]) -> LookPayload:
        on, index, layer = map_requests.place(message)
        if on == "contexts":
            return self._look_at_context(index, layer)
        if on == "ground":
            return self._look_at_ground(index)
        return self._look_at_point(index)

    def _look_at_point(self, index: int) -> LookPayload:
        drawn = self.drawn
        points = drawn.points
        index = whole("index", index, 0, len(points) - 1)
        name, vector = points.names[index], points.vectors[index]
        if drawn.ground is None:
            nearest = among_points(drawn, vector, COUNTED, leave_out=(index,))
            return _look("points", index, 0, name, vector, nearest, int(drawn.lost[index]), drawn.counted)
        row = name.id if name.id >= 0 else self.space.place(name.text)
        nearest = self._near(vector, row)
        missing = lost_on_ground(nearest, drawn.ground.projection.coordinates, drawn.coordinates[index], row)
        return _look("points", index, 0, name, vector, nearest, missing, len(nearest))

    def _look_at_ground(self, index: int) -> LookPayload:
        ground = self._ground_now()
        index = whole("index", index, 0, len(ground) - 1)
        vector, coordinates = self._table.row(index), ground.projection.coordinates
        nearest = self._near(vector, index)
        missing = lost_on_ground(nearest, coordinates, coordinates[index], index)
        return _look("ground", index, 0, self.space.name(index), vector, nearest, missing, len(nearest))

    def _look_at_context(self, index: int, layer: int) -> LookPayload:
        context = self.context
        states = context.values
        index = whole("index", index, 0, states.shape[1] - 1)
        layer = whole("layer", layer, 0, len(states) - 1)
        found = layer_neighbours(states, layer, index, COUNTED)
        nearest = [Near("contexts", other, context.names[other], value) for other, value in found]
        missing = int(context.lost[layer, index])
        return _look("contexts", index, layer, context.names[index], states[layer, index], nearest, missing, len(found))

    def _near(self, vector: np.ndarray, row: int | None) -> list[Near]:
        leave = () if row is None else (row,)
        return among_ground(self.space, vector, COUNTED, self.drawn.shown.measure, leave_out=leave)

    @property
    def _table(self) -> Table:
        table = self.space.table
        assert table is not None  # noqa: S101 (a ground has one)
        return table

    def _names(self, indices: Sequence[int]) -> NamesPayload:
        count = len(self._ground_now())
        found = [self.space.name(whole("index", index, 0, count - 1)) for index in indices]
        return {"kind": "names", "indices": list(indices), "names": [name_payload(name) for name in found]}

    def _search(self, text: str) -> FoundPayload:
        self._ground_now()
        found, total = self.space.find(text)
        return {
            "kind": "found",
            "text": text,
            "total": total,
            "indices": encode_small(np.asarray(found, np.int64)),
            "names": [name_payload(self.space.name(index)) for index in found[:MOST_FOUND_NAMES]],
        }

    def _drift(self, index: int, other: int) -> DriftPayload:
        values = self.context.values
        for each in (index, other):
            whole("index", each, 0, values.shape[1] - 1)
        found = drift(values, index, other)
        return {
            "kind": "drift",
            "index": index,
            "other": other,
            "revision": self.context.revision,
            "values": encode(found),
        }


def _look(
    on: Any, index: int, layer: int, name: Name, vector: np.ndarray, nearest: Sequence[Near], missing: int, counted: int
) -> LookPayload:
    return {
        "kind": "look",
        "on": on,
        "index": index,
        "layer": layer,
        "name": name_payload(name),
        "norm": round(float(np.linalg.norm(vector)), 4),
        "nearest": [near_payload(near) for near in nearest],
        "lost": missing,
        "counted": counted,
    }
