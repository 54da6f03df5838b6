"""The pipeline's notebook with one line changed: the model on a server of llmwidgets, and at llama.cpp's API. The same cells, the same views.

But for those tagged "local", which show the same by hand with the model object itself, and the exercises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import served
from executed import execute, failed, said, views
from llama_cpp_server import serving

LINE = "session = ModelSession()"


def executed(folder: Path, changed: str) -> dict[str, Any]:
    """The notebook's code cells by their ids, run with this line instead of the one that opens the session."""
    return execute("en/03_pipeline.ipynb", folder, replacing={LINE: changed}, without={"local", "exercise"})


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return executed(tmp_path_factory.mktemp("here"), LINE)


@pytest.fixture(scope="module")
def on_a_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("served")
    server = served.start("", folder / "log", token="")
    try:
        yield executed(folder, f"session = ModelSession.connect({server.url!r})")
    finally:
        served.stop(server)


@pytest.fixture(scope="module")
def at_an_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with serving() as address:
        yield executed(tmp_path_factory.mktemp("api"), f"session = ModelSession.connect({address!r})")


def test_a_server_says_what_the_model_here_says(here: dict[str, Any], on_a_server: dict[str, Any]) -> None:
    assert failed(here) == failed(on_a_server) == {}
    assert views(on_a_server) == views(here)
    assert "llmwidgets serve" in said(on_a_server.pop("load"))
    for name, cell in on_a_server.items():
        assert said(cell) == said(here[name])


def test_an_api_says_what_it_has_and_names_what_it_has_not(here: dict[str, Any], at_an_api: dict[str, Any]) -> None:
    lacking = {"vectors": "NotOffered", "draws": "NotReturned", "similar": "NotOffered"}
    assert {name: error.partition(":")[0] for name, error in failed(at_an_api).items()} == lacking
    assert views(at_an_api) == views(here)
    assert said(at_an_api["ids"]) == said(here["ids"])
    assert "makes no vectors of words" in said(at_an_api["embedding-map"])
    own, theirs = shares(here["top"]), shares(at_an_api["top"])
    assert len(theirs) == 10
    assert next(iter(theirs)) == next(iter(own))
    # its arithmetic is quantised: the bound that holds for all texts that are compared
    assert all(abs(theirs[token] - own[token]) < 0.05 for token in theirs.keys() & own.keys())
    assert len(theirs.keys() & own.keys()) >= 8


def shares(cell: Any) -> dict[int, float]:
    """The probabilities that a cell printed, by token."""
    return {
        int(token): float(share) / 100 for token, share in re.findall(r"^ *(\d+) +([\d.]+)%", said(cell), re.MULTILINE)
    }
