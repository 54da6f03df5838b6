"""The views in Notebook 7, which is JupyterLab's parts in a page of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from lab import LabServer, Notebook, percent, tracebacks
from playwright.sync_api import expect

CELLS = [
    "from llmwidgets import ModelSession, NextTokenBar, SamplerSlider, TokenView\nsession = ModelSession()",
    "TokenView(session)",
    "NextTokenBar(session)",
    "SamplerSlider(session)",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    server = LabServer(tmp_path_factory.mktemp("notebook"), application="notebook")
    yield server
    server.stop()


def test_every_view_is_there(notebook: Notebook) -> None:
    assert list(tracebacks(notebook.page)) == []
    assert "/notebooks/" in notebook.page.url
    for name in ("token-view", "next-token-bar", "sampler-slider"):
        expect(notebook.view(name)).to_be_visible()


def test_what_is_typed_in_one_view_moves_the_other(notebook: Notebook) -> None:
    notebook.view("token-view").get_by_role("textbox", name="Text", exact=True).fill("The capital of Japan is")
    expect(notebook.view("next-token-bar")).to_contain_text("Tokyo", timeout=60_000)


def test_a_slider_moves_the_bars(notebook: Notebook) -> None:
    bars = notebook.view("next-token-bar")
    tokyo = bars.get_by_role("button", name=re.compile("Tokyo"))
    before = percent(tokyo.inner_text())
    notebook.view("sampler-slider").get_by_role("textbox", name="temperature: value").fill("0.5")
    expect(bars).to_contain_text("sampled")
    expect(tokyo).not_to_have_accessible_name(re.compile(rf"{before}"))
