"""The pipeline's notebook with one line changed: the model on a server of llmwidgets, and at llama.cpp's API. The same cells, the same views.

But for those tagged "local", which show the same by hand with the model object itself, and the exercises.
"""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
import served
from executed import execute_in_turn, failed, prepared, said, views
from llama_cpp_server import serving

LINE = "session = ModelSession()"


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The code cells by their ids, run in one kernel with each of the lines that open the session."""
    folder = tmp_path_factory.mktemp("forms")
    server = served.start("", folder / "log", token="")
    try:
        with serving() as api:
            lines = {
                "here": LINE,
                "server": f"session = ModelSession.connect({server.url!r})",
                "api": f"session = ModelSession.connect({api!r})",
            }
            notebooks = [
                prepared("en/03_pipeline.ipynb", replacing={LINE: line}, without={"local", "exercise"})
                for line in lines.values()
            ]
            return dict(zip(lines, execute_in_turn(notebooks, folder, os.environ), strict=True))
    finally:
        served.stop(server)


def test_a_server_says_what_the_model_here_says(forms: dict[str, dict[str, Any]]) -> None:
    here, on_a_server = forms["here"], dict(forms["server"])
    assert failed(here) == failed(on_a_server) == {}
    assert views(on_a_server) == views(here)
    assert "llmwidgets serve" in said(on_a_server.pop("load"))
    for name, cell in on_a_server.items():
        assert said(cell) == said(here[name])


def test_an_api_says_what_it_has_and_names_what_it_has_not(forms: dict[str, dict[str, Any]]) -> None:
    here, at_an_api = forms["here"], forms["api"]
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
