"""A session on `transformers serve`, the second server: it writes, and tells no probabilities."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
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
    arguments = ["serve", str(default_model().path), "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    process = subprocess.Popen(
        [sys.executable, "-m", "transformers.cli.transformers", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_healthy(address: str, process: subprocess.Popen[bytes]) -> None:
    """A server has no other event to wait for than its first answer."""
    end = time.monotonic() + READY_WITHIN
    while time.monotonic() < end:
        assert process.poll() is None, "transformers serve has ended"
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"transformers serve was not ready within {READY_WITHIN:.0f} s")


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
