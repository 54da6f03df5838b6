"""A real `llmwidgets serve` on a free loopback port, for tests and benchmarks. Its processes are ended by their own ids."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """Starts a server and waits until it says that it is ready."""
    port = port or free_port()
    environment = {**os.environ, "LLMWIDGETS_TOKEN": token, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "llmwidgets", "serve", *filter(None, [str(model)]), "--port", str(port), *options]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    server = Server(process, f"http://127.0.0.1:{port}", log)
    said = threading.Event()
    threading.Thread(target=_follow, args=(process, log, said), daemon=True).start()
    if said.wait(READY_WITHIN) and process.poll() is None:
        return server
    stop(server)
    raise TimeoutError(log.read_text())


def _follow(process: subprocess.Popen[Any], log: Path, said: threading.Event) -> None:
    """Writes down what a server says, and tells once it is ready or has ended."""
    assert process.stdout is not None
    with process.stdout, log.open("ab") as output:
        for line in process.stdout:
            output.write(line)
            output.flush()
            if b"ready at" in line:
                said.set()
    process.wait()
    said.set()


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
