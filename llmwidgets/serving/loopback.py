"""What listens where: nothing of the server but its door is there for other machines."""

from __future__ import annotations

import logging
from typing import Any

log = logging.getLogger("llmwidgets")


def keep_to_loopback() -> None:
    """In a replica, before Ray Serve begins to listen there: on loopback alone.

    Ray Serve opens a gRPC server of each replica's to every interface, which reads pickles: whoever reached it could run code. Ray Serve's handles
    as they are used here do not call it.
    """
    from ray.serve._private import replica

    opened = getattr(replica, "add_port_to_grpc_server", None)
    if opened is None:
        log.warning(
            "this version of Ray Serve opens its replicas in a way that is not known here: keep their ports closed to others"
        )
        return

    def on_loopback(server: Any, address: str) -> Any:
        return opened(server, f"127.0.0.1:{address.rpartition(':')[2]}")

    replica.add_port_to_grpc_server = on_loopback
