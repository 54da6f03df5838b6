"""A real `llmwidgets serve` on a free loopback port, for tests and benchmarks. Its processes are ended by their own ids."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

TOKEN = "the class's token"
READY_WITHIN = 240  # on a machine that does much else meanwhile


@dataclass
class Server:
    """A server under test."""

    process: subprocess.Popen[Any]
    url: str
    log: Path

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def replicas(self) -> list[psutil.Process]:
        """The processes that hold the model, by the name that Ray gives them."""
        return [each for each in self.children() if "ServeReplica:llmwidgets:Replica" in " ".join(each.cmdline())]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def start(model: Path | str, log: Path, *options: str, port: int = 0, token: str = TOKEN) -> Server:
    """Starts a server and waits until it answers."""
    port = port or free_port()
    environment = {**os.environ, "LLMWIDGETS_TOKEN": token, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "llmwidgets", "serve", *filter(None, [str(model)]), "--port", str(port), *options]
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)
    server = Server(process, f"http://127.0.0.1:{port}", log)
    until = time.monotonic() + READY_WITHIN
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < until:
            assert process.poll() is None, log.read_text()
            try:
                if client.get(f"{server.url}/healthz", timeout=5).status_code == 200:
                    return server
            except httpx.HTTPError:
                pass
            time.sleep(0.2)  # nothing tells when a port is taken
    stop(server)
    raise TimeoutError(log.read_text())


def stop(server: Server) -> None:
    """Ends a server as Ctrl-C does, and whatever of it is left by the ids that its processes had."""
    children = server.children() if server.process.poll() is None else []
    server.process.send_signal(signal.SIGINT)
    try:
        server.process.wait(30)
    finally:
        _, left = psutil.wait_procs(children, timeout=10)
        for process in left:
            process.kill()
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()
