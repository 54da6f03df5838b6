"""A session on `transformers serve`, the second server: it writes, and tells no probabilities."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from llmwidgets import ModelSession, NextTokenBar, Sampler
from llmwidgets.assets import default_model
from llmwidgets.errors import NotOffered

READY_WITHIN = 120.0


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """Its address; ended by its own process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = [
        "serve",
        str(default_model().path),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--device",
        "cpu",
        "--log-level",
        "info",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "transformers.cli.transformers", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
    )
    ready = threading.Event()
    threading.Thread(target=_listen, args=(process, ready), daemon=True).start()
    try:
        assert ready.wait(READY_WITHIN), "transformers serve was not ready in time"
        assert process.poll() is None, "transformers serve has ended"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _listen(process: subprocess.Popen[bytes], ready: threading.Event) -> None:
    """Tells once the server says that it listens, or has ended."""
    assert process.stderr is not None
    with process.stderr:
        for line in process.stderr:
            if b"running on" in line:
                ready.set()
    ready.set()


@pytest.fixture(scope="module")
def session(served) -> Iterator[ModelSession]:
    path = str(default_model().path)
    with ModelSession.connect(served, path, tokenizer=path) as session:
        yield session


def test_it_is_known_and_says_what_it_does_not_give(session):
    assert session.capabilities.server == "transformers serve"
    assert session.capabilities["distribution"].extent == "absent"
    session.text = "The capital of France is"
    with pytest.raises(NotOffered, match="returns no probabilities"):
        _ = session.distribution


def test_it_writes_what_the_model_here_writes(session):
    with ModelSession() as here:
        for each in (session, here):
            each.sampler = Sampler(do_sample=False)
            each.text = "The capital of France is"
        made, expected = session.generate(12), here.generate(12)
    assert made.text == expected.text
    assert made.reason == "length"
    assert session.text.endswith(made.text)


def test_the_views_say_that_there_are_no_probabilities(session):
    bar = NextTokenBar(session)
    session.text = "Another text"
    with pytest.raises(NotOffered):
        _ = session.distribution
    bar.store.publish()
    assert bar.store.status["error"]["code"] == "not_offered"
    bar.close()
