"""A real llama.cpp server on loopback with the default model's GGUF, and the same weights in this one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import transformers
from llama_cpp_server import serving

from llmwidgets import ModelSession
from llmwidgets.assets import default_gguf, default_model


@pytest.fixture(scope="session")
def llama_cpp() -> Iterator[str]:
    """Its address."""
    with serving() as address:
        yield address


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
