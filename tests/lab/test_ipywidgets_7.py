"""JupyterLab 4 whose kernel has ipywidgets 7: ipywidgets' own models are of another version there and fail, views live all the same."""

from __future__ import annotations

import re

import pytest
from lab import IPYWIDGETS_7, THREE_VIEWS, percent
from playwright.sync_api import expect

CELLS = THREE_VIEWS
KERNEL = IPYWIDGETS_7.name


@pytest.fixture(scope="module", autouse=True)
def _made() -> None:
    if not IPYWIDGETS_7.is_dir():
        pytest.fail(f"no {IPYWIDGETS_7}: `make test` makes it")


def test_views_live(notebook):
    rows = notebook.view("next-token-bar").locator("button.llmw-row")
    expect(rows.first).to_contain_text("Paris", timeout=60_000)
    notebook.view("token-view").get_by_role("textbox", name="Text", exact=True).fill("The capital of Japan is")
    expect(rows.first).to_contain_text("Tokyo", timeout=60_000)
    before = percent(rows.first.inner_text())
    notebook.view("sampler-slider").get_by_role("textbox", name="temperature: value").fill("0.5")
    expect(rows.first).not_to_have_accessible_name(re.compile(rf"{before}"))


def test_the_text_is_the_kernels(notebook):
    notebook.run_code("import ipywidgets; print('found', ipywidgets.__version__, session.text)")
    assert notebook.printed("found") == "7.7.1 The capital of Japan is"
