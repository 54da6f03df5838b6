"""How Ray Serve chooses a replica: by the lane of a session."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from ray.serve.request_router import RequestRouter

from llmwidgets.serving.lanes import home_of

if TYPE_CHECKING:
    from ray.serve.request_router import PendingRequest, ReplicaID, RunningReplica


class LaneRouter(RequestRouter):  # type: ignore[misc] # Ray comes without types for it
    """By `session_id`, the name of a lane; what has none goes to any replica.

    Ray's own consistent hash of so few names may put two lanes on one replica while another stands idle.
    """

    _homes: dict[str, ReplicaID] | None = None

    async def choose_replicas(
        self, candidate_replicas: list[RunningReplica], pending_request: PendingRequest | None = None
    ) -> list[list[RunningReplica]]:
        """See RequestRouter."""
        if not candidate_replicas:
            return []
        lane = pending_request.metadata.session_id if pending_request is not None else ""
        if not lane:
            return [[random.choice(candidate_replicas)]]  # noqa: S311 (no secret)
        there = {each.replica_id: each for each in candidate_replicas}
        self._homes = homes = self._homes or {}
        homes[lane] = home_of(lane, homes, list(there))
        return [[there[homes[lane]]]]
