"""A real llama.cpp server on loopback with the default model's GGUF, in a process of its own; and the same weights in this one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import transformers

from llmwidgets import ModelSession
from llmwidgets.assets import default_gguf, default_model

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


@pytest.fixture(scope="session")
def llama_cpp() -> Iterator[str]:
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
    yield address
    process.communicate("")


@pytest.fixture(scope="session")
def same_weights() -> Iterator[ModelSession]:
    """The weights of the same GGUF in transformers: what the default model holds where no hub was reached, else read here."""
    session = ModelSession() if not default_model().exact else _from_gguf(default_gguf())
    yield session
    session.close()


def _from_gguf(gguf: Path) -> ModelSession:
    model = transformers.AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype="float32")
    tokenizer = transformers.AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    return ModelSession(model.eval(), tokenizer)
