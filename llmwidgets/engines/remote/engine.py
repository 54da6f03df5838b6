"""An engine whose model is on a server of llmwidgets: the same numbers as from a local one, asked for over the network.

What is known of a text's beginning is not asked for again: the server keeps its keys and values, this engine its surprisals and states.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from dataclasses import replace as changed
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from llmwidgets import wire
from llmwidgets.engines.attending import no_attentions
from llmwidgets.engines.branches import one_by_one
from llmwidgets.engines.engine import MOST_ATTENDING, MOST_STATES, Work
from llmwidgets.engines.remote.link import is_llmwidgets_server
from llmwidgets.engines.whole import WholeEngine, whole_capabilities
from llmwidgets.errors import BadAnswer, LLMWidgetsError
from llmwidgets.stages.capabilities import Ability
from llmwidgets.stages.prefix import common_prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from llmwidgets.engines.remote.about import About
    from llmwidgets.engines.remote.link import Link
    from llmwidgets.stages.capabilities import Capabilities

TEXTS_AT_ONCE = 32


@dataclass(frozen=True, eq=False)
class _Known:
    """What is known of the tokens `ids` in their context: surprisals (n,) or states (layers, n, dimensions)."""

    ids: list[int]
    values: np.ndarray


_NONE = _Known([], np.empty(0, np.float32))


class RemoteEngine(WholeEngine):
    """See Engine. Raises what a local engine raises, and ServerUnreachable, ServerBusy, ServerFailed, KeyRefused and BadAnswer.

    `server_seconds`: of what `work.seconds` counts, what the server itself took.
    """

    def __init__(self, link: Link, about: About, *, lent: bool = False) -> None:
        self._link, self._about, self._lent = link, about, lent
        self._session = uuid.uuid4().hex
        self.info = about.info
        self.work = Work()
        self.server_seconds = 0.0
        self._recording = False
        self._scores = _NONE
        self._states = _NONE
        self._masked_ids: list[int] = []
        self._mask, self._masked = -1, dict[int, float]()
        self._table: torch.Tensor | None = None

    @property
    def about(self) -> About:
        """What the server says of the model."""
        return self._about

    @property
    def capabilities(self) -> Capabilities:
        """See Engine."""
        found = whole_capabilities(self.info, "llmwidgets serve", self._link.url)
        unseen = Ability("calls", "absent", "api.calls", "What happens inside the server is not seen.")
        return changed(found, abilities=tuple(unseen if each.name == "calls" else each for each in found.abilities))

    @property
    def model(self) -> Any:
        """See Engine. It is on the server."""
        return None

    @property
    def generation_config(self) -> Any:
        """See Engine. As the server's model has it."""
        return SimpleNamespace(**self._about.generation)

    def beside(self) -> RemoteEngine:
        """See Engine."""
        return RemoteEngine(self._link.beside(), self._about, lent=True)

    def outdated(self) -> None:
        """See Engine."""
        self._link.cancel()

    def reachable(self) -> bool:
        """See Engine."""
        return is_llmwidgets_server(self._link.url)

    def logits(self, ids: Sequence[int]) -> torch.Tensor:
        """See Engine."""
        return self._run(list(ids), logits=True)["logits"]

    def surprisals(self, ids: Sequence[int]) -> np.ndarray:
        """See Engine."""
        wanted = list(ids)
        if not wanted:
            return np.empty(0, np.float32)
        known = common_prefix(self._scores.ids, wanted)
        before = self._scores.values[:known] if known else np.full(1, np.nan, np.float32)
        if len(before) < len(wanted):
            new = self._run(wanted, scores_from=len(before))["surprisals"].numpy()
            _check(len(before) + len(new) == len(wanted))
            before = np.concatenate([before, new])
        self._scores = _Known(wanted, before)
        # they are handed out, and are what the next call goes on from
        before.setflags(write=False)
        return before

    def continuations(self, ids: Sequence[int], ends: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """See Engine. The server keeps the keys and values of the beginning from one end to the next."""
        return one_by_one(self, ids, ends)

    def logits_at(self, ids: Sequence[int], place: int) -> torch.Tensor:
        """See WholeEngine."""
        return self._run(list(ids), at=place)["at"]

    def surprisals_at(
        self, ids: Sequence[int], places: Sequence[int], mask: int, wanted: Callable[[], bool]
    ) -> np.ndarray | None:
        """See Engine. A request for each place that is not known yet."""
        whole = list(ids)
        if (self._masked_ids, self._mask) != (whole, mask):
            self._masked_ids, self._mask, self._masked = whole, mask, {}
        for place in places:
            if place in self._masked:
                continue
            if not wanted():
                return None
            logits = self.logits_at([*whole[:place], mask, *whole[place + 1 :]], place)
            self._masked[place] = float(logits.logsumexp(-1) - logits[whole[place]])
        return np.array([self._masked[place] for place in places], np.float32)

    def embeddings(self, ids: Sequence[int]) -> np.ndarray:
        """See Engine."""
        found = [np.empty((0, self.info.dimensions), np.float32)]
        for start in range(0, len(ids), wire.EMBEDDED_IDS):
            part = np.asarray(ids[start : start + wire.EMBEDDED_IDS], np.int64)
            arrays, _ = self._asked("/embeddings", {"ids": part})
            found.append(arrays["embeddings"].numpy())
        return np.concatenate(found)

    def table(self) -> torch.Tensor:
        """See Engine. It is fetched once, when it is first asked for."""
        if self._table is None:
            parts: list[torch.Tensor] = []
            rows, total = 0, 1
            while rows < total:
                arrays, facts = wire.unpack(self._link.get("/table", start=rows))
                parts.append(arrays["rows"])
                rows, total = rows + len(parts[-1]), int(facts["rows"])
                _check(len(parts[-1]) > 0)
            self._table = torch.cat(parts)
        return self._table

    def record_states(self, on: bool) -> None:
        """See Engine."""
        self._recording = on
        if not on:
            self._states = _NONE

    def hidden_states(self, ids: Sequence[int]) -> np.ndarray:
        """See Engine."""
        wanted = list(ids)[:MOST_STATES]
        if not wanted:
            return np.empty((self.info.layers, 0, self.info.dimensions), np.float32)
        known = self._known_states(wanted)
        if known < len(wanted):
            self._run(wanted, states_from=known)
        found = self._states.values[:, : len(wanted)]
        found.setflags(write=False)
        return found

    def attentions(self, ids: Sequence[int], first: int = 0, last: int | None = None) -> np.ndarray:
        """See Engine. Only what is asked for travels, in parts where it is much."""
        wanted = list(ids)[:MOST_ATTENDING]
        if not self.info.attends:
            raise no_attentions(self.info.name)
        if not wanted:
            return np.empty((0, 0, 0, 0), np.float32)
        places = range(len(wanted))[first:last]
        parts: list[np.ndarray] = []
        place = places.start
        while place < places.stop:
            part = self._run(wanted, attentions_from=place, attentions_to=places.stop)["attentions"].numpy()
            _check(part.ndim == 4 and 0 < part.shape[2] <= places.stop - place and part.shape[3] == len(wanted))
            parts.append(part)
            place += part.shape[2]
        return np.concatenate(parts, axis=2)

    def last_states(self, texts: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """See Engine."""
        found: list[np.ndarray] = []
        for part in _parts(texts):
            started = time.perf_counter()
            arrays, _ = self._asked("/last_states", wire.pack_texts(part))
            found += [arrays[str(index)].numpy() for index in range(len(part))]
            self.work += Work(1, sum(map(len, part)), 0, time.perf_counter() - started)
        return found

    def stop_ids(self) -> frozenset[int]:
        """See Engine."""
        return self._about.stop_ids

    def forget(self) -> None:
        """See Engine."""
        self._scores = self._states = _NONE
        self._masked_ids, self._masked = [], {}
        self._link.send("/forget", self._session)

    def close(self) -> None:
        """See Engine."""
        self.forget()
        self._table = None
        if not self._lent:
            self._link.close()

    # inside

    def _run(self, ids: list[int], **wanted: Any) -> dict[str, torch.Tensor]:
        """What is wanted of a text, by name; while states are recorded, those of its new tokens too."""
        # attention is computed by a pass of its own
        apart = "attentions_from" in wanted
        records = self._recording and self.info.causal and len(ids) <= MOST_STATES and not apart
        if records and "states_from" not in wanted and (known := self._known_states(ids)) < len(ids):
            wanted["states_from"] = known
        started = time.perf_counter()
        arrays, cost = self._asked("/run", {"ids": np.asarray(ids, np.int64)}, wanted)
        self.server_seconds += float(cost.get("seconds", 0))
        self.work += Work(
            int(cost.get("forwards", 0)),
            int(cost.get("computed", 0)),
            int(cost.get("reused", 0)),
            time.perf_counter() - started,
        )
        if "states_from" in wanted:
            self._record(ids, int(wanted["states_from"]), arrays["states"].numpy())
        return arrays

    def _asked(
        self, path: str, arrays: dict[str, np.ndarray], facts: dict[str, Any] | None = None
    ) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        return wire.unpack(self._link.post(path, self._session, arrays, facts))

    def _known_states(self, ids: list[int]) -> int:
        """How many tokens have their states: of a text that one model reads in both directions, all or none."""
        known = common_prefix(self._states.ids, ids)
        return known if self.info.causal or self._states.ids == ids else 0

    def _record(self, ids: list[int], start: int, new: np.ndarray) -> None:
        _check(new.ndim == 3 and start + new.shape[1] == len(ids))
        before = self._states.values[:, :start] if start else new[:, :0]
        self._states = _Known(ids, np.concatenate([before, new], axis=1))


def _parts(texts: Sequence[Sequence[int]]) -> Iterator[list[list[int]]]:
    """As many texts as may be asked for at once."""
    part: list[list[int]] = []
    for ids in map(list, texts):
        if part and (len(part) == TEXTS_AT_ONCE or sum(map(len, part)) + len(ids) > wire.LAST_TOKENS):
            yield part
            part = []
        part.append(ids)
    if part:
        yield part


def _check(whole: bool) -> None:
    if not whole:
        failed: LLMWidgetsError = BadAnswer(
            "The server's answer has another size than was asked.", hint="Try again.", why="another size than was asked"
        )
        raise failed
