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
if pooling := sys.argv[2]:
    params.embedding = True
    params.pooling_type = getattr(xllamacpp.llama_pooling_type, f"LLAMA_POOLING_TYPE_{pooling}")
server = xllamacpp.Server(params)
print("listening at", server.listening_address, flush=True)
sys.stdin.read()
"""


@contextmanager
def serving(pooling: str = "") -> Iterator[str]:
    """Its address. It ends when its standard input does. `pooling`: it makes vectors of texts as well, by "MEAN", "LAST", or "NONE", of which /v1/embeddings makes nothing."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(default_gguf()), pooling],
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
