"""A real llama.cpp server on loopback with the default model's GGUF, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from llmwidgets.assets import default_gguf

SERVER = """
import sys
import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.n_ctx = 2048
params.hostnames = ["127.0.0.1"]
params.port = 0
params.cpuparams.n_threads = 1
server = xllamacpp.Server(params)
print("listening at", server.listening_address, flush=True)
sys.stdin.read()
"""


@contextmanager
def serving() -> Iterator[str]:
    """Its address. It ends when its standard input does."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(default_gguf())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    address = next((line.split()[-1] for line in process.stdout if line.startswith("listening at")), None)
    assert address, f"llama.cpp ended with {process.wait()}"
    try:
        yield address
    finally:
        process.communicate("")
