"""Starts the server: Ray and the replicas, on this machine or in a Ray cluster that is there, and the door in this process."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn

from llmwidgets.errors import ServerFailed
from llmwidgets.progress import say
from llmwidgets.serving.front import Front
from llmwidgets.serving.heads import BoundedHeads

if TYPE_CHECKING:
    from llmwidgets.serving.settings import Lock, Settings

NAME = "llmwidgets"

_NAMED = re.compile(r"(RuntimeError: )?[\w.]+(Error|errors\.\w+|Exception): ")
"""How a line of a traceback begins that says what was raised."""

MOST_UNDER_WAY = 5_000
"""Requests that a replica may have at once: it is the rounds that share the model, not a queue in front of it."""

LOGGING = {"enable_access_log": False, "log_level": "WARNING"}

LIGHTER = {
    # how often Serve looks after its replicas: ten times a second by itself, which a small machine feels
    "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "1",
    "RAY_SERVE_REQUEST_PATH_LOG_BUFFER_SIZE": "1000",
}
"""What Ray Serve is told before it starts, where nobody has told it otherwise."""

STORE_BYTES = 200_000_000
"""Of Ray's store, through which answers pass from one process to another."""


@dataclass(frozen=True)
class Address:
    """Where it listens. `ray`: a cluster to join ("auto" finds it), "" to start one on this machine."""

    host: str = "127.0.0.1"
    port: int = 8000
    ray: str = ""


def serve_forever(settings: Settings, address: Address, lock: Lock) -> None:
    """Serves until the process is told to end. Raises ServerFailed where it cannot start."""
    with _bound(address) as door:
        _serve_behind(door, settings, address, lock)


def _serve_behind(door: socket.socket, settings: Settings, address: Address, lock: Lock) -> None:
    # before Ray is imported, and for all processes that it starts
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    for name, value in LIGHTER.items():
        os.environ.setdefault(name, value)
    if not address.ray:
        # Ray's own processes speak with each other over loopback alone; so does Ray on Windows and macOS
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    lighter = str(Path(__file__).with_name("lighter"))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (lighter, os.environ.get("PYTHONPATH"))))
    sys.path.insert(0, lighter)
    import ray
    from ray import serve

    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    _end_by_signals()
    try:
        say("starting Ray …")
        _start_ray(ray, settings, address)
        # Ray has set a handler of its own
        _end_by_signals()
        say(f"loading the model; replicas: {settings.replicas} …")
        _answer(Front(_replicas(serve, settings), settings, lock), door, address)
    except KeyboardInterrupt:
        say("ending …")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        if address.ray and ray.is_initialized():
            # the cluster stays, and with it what others serve there
            serve.delete(NAME)
        ray.shutdown()


def _replicas(serve: Any, settings: Settings) -> Any:
    """Ray Serve's handle of the replicas, which have loaded the model."""
    # the door is this process: by Ray Serve's own proxy a request would pass through two processes more
    serve.start(proxy_location="Disabled", logging_config=LOGGING)
    try:
        return serve.run(application(settings), name=NAME, route_prefix=None)
    except RuntimeError as error:
        msg = f"The model could not be served: {_why(serve) or error}"
        raise ServerFailed(msg, hint="Ray's logs say more: /tmp/ray/session_latest/logs/serve.") from error


def _why(serve: Any) -> str:
    """The last words of what went wrong in a replica that could not begin; "" where nobody tells."""
    told = serve.status().applications.get(NAME)
    messages = "\n".join(each.message for each in told.deployments.values()) if told else ""
    errors = [line for line in messages.splitlines() if _NAMED.match(line)]
    return _NAMED.sub("", errors[-1]) if errors else ""


def application(settings: Settings) -> Any:
    """The replicas, for `ray.serve.run`."""
    from ray import serve
    from ray.serve.config import RequestRouterConfig

    from llmwidgets.serving.replica import Replica
    from llmwidgets.serving.router import LaneRouter

    return serve.deployment(
        Replica,
        logging_config=LOGGING,
        num_replicas=settings.replicas,
        max_ongoing_requests=MOST_UNDER_WAY,
        ray_actor_options={"num_cpus": 0, "num_gpus": settings.gpus},
        # the same session comes to the replica that has its keys and values
        request_router_config=RequestRouterConfig(request_router_class=LaneRouter),
        health_check_period_s=5,
        graceful_shutdown_timeout_s=10,
    ).bind(settings)


KEPT_OPEN = 75
"""Seconds that a connection without requests stays: longer than a notebook keeps one, so that none is closed as it is used again."""


class _Door(uvicorn.Server):
    """Says when it is open. SIGINT and SIGTERM end it."""

    def __init__(self, front: Front, ready: str) -> None:
        super().__init__(
            uvicorn.Config(
                front,
                http=BoundedHeads,
                lifespan="off",
                ws="none",
                access_log=False,
                log_level="warning",
                timeout_keep_alive=KEPT_OPEN,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn."""
        await super().startup(sockets)
        say(self._ready)


def _answer(front: Front, door: socket.socket, address: Address) -> None:
    """Answers until the process is told to end."""
    ready = f"ready at http://{_shown(address)}; who waits is shown there; Ctrl-C ends it"
    _Door(front, ready).run(sockets=[door])


def _bound(address: Address) -> socket.socket:
    """The port, taken before the model is loaded; whoever connects is refused until it is. Raises ServerFailed where another has it."""
    try:
        family, kind, *_, place = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise _unusable(address, error) from error
    door = socket.socket(family, kind)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind(place)
    except OSError as error:
        door.close()
        raise _unusable(address, error) from error
    return door


def _unusable(address: Address, error: OSError) -> ServerFailed:
    msg = f"Port {address.port} of {address.host} cannot be used: {error.strerror}."
    return ServerFailed(msg, hint="Choose another: --port or --host.")


def _end_by_signals() -> None:
    """Ctrl-C and SIGTERM raise KeyboardInterrupt."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


def _start_ray(ray: Any, settings: Settings, address: Address) -> None:
    if address.ray:
        ray.init(address=address.ray, log_to_driver=False, logging_level="WARNING")
        return
    try:
        ray.init(
            address="local",
            include_dashboard=False,
            log_to_driver=False,
            logging_level="ERROR",
            object_store_memory=STORE_BYTES,
            num_cpus=max(os.cpu_count() or 1, settings.replicas),
        )
    except Exception as error:
        # Ray raises a bare Exception: it gives its own processes 15 s, and a machine that does much else needs longer
        msg = f"Ray could not be started: {error}"
        raise ServerFailed(msg, hint="Try again; its logs say more: /tmp/ray/session_latest/logs.") from error


def _shown(address: Address) -> str:
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{host}:{address.port}"
