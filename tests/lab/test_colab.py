"""Colab's conditions, rebuilt: ipywidgets 7 and ipykernel 6, each output a frame with a widget manager of its own, one kernel."""

from __future__ import annotations

import re

import pytest
from colab import Colab
from lab import IPYWIDGETS_7, LabServer, percent
from npm import NPM
from playwright.sync_api import Locator, Page, expect

OPEN = """\
from llmwidgets import ModelSession, NextTokenBar, SamplerSlider, TokenView, present
session = ModelSession(text='The capital of France is')"""


@pytest.fixture(scope="module")
def colab(page: Page, server: LabServer) -> Colab:
    for folder in (NPM, IPYWIDGETS_7):
        if not folder.is_dir():
            pytest.fail(f"no {folder}: `make test` makes it")
    colab = Colab(page, server, IPYWIDGETS_7.name)
    colab.run("open", OPEN)
    colab.run("tokens", "TokenView(session)")
    colab.run("bars", "bar = NextTokenBar(session)\nbar")
    colab.run("slider", "SamplerSlider(session)")
    return colab


def field(colab: Colab, cell: str = "tokens") -> Locator:
    return colab.view(cell, "token-view").get_by_role("textbox", name="Text", exact=True)


def rows(colab: Colab, cell: str = "bars") -> Locator:
    return colab.view(cell, "next-token-bar").locator("button.llmw-row")


def test_the_kernel_is_as_colabs(colab):
    versions = colab.run(
        "versions", "import ipywidgets, ipykernel\nprint(ipywidgets.__version__, ipykernel.__version__)"
    )
    assert versions[-1][1].split() == ["7.7.1", "6.31.0"]
    # as many frames as views, none of which can see another
    assert len({frame.url for frame in colab.page.frames}) == len(colab.page.frames) >= 4


def test_what_is_typed_in_one_output_moves_the_others(colab):
    expect(rows(colab).first).to_contain_text("Paris", timeout=60_000)
    field(colab).fill("The capital of Japan is")
    expect(rows(colab).first).to_contain_text("Tokyo", timeout=60_000)


def test_python_moves_every_output(colab):
    colab.run("python", "session.text = 'The capital of Italy is'")
    expect(rows(colab).first).to_contain_text("Rome", timeout=60_000)
    expect(field(colab)).to_have_value("The capital of Italy is")


def test_a_slider_moves_the_bars_of_another_output(colab):
    before = percent(rows(colab).first.inner_text())
    temperature = colab.view("slider", "sampler-slider").get_by_role("textbox", name="temperature: value")
    temperature.fill("0.5")
    expect(colab.view("bars", "next-token-bar")).to_contain_text("sampled")
    expect(rows(colab).first).not_to_have_accessible_name(re.compile(rf"{before}"))
    temperature.fill("1")


def test_a_view_shown_twice_and_a_cell_run_again_are_in_step(colab):
    colab.run("again", "bar")
    colab.run("tokens", "TokenView(session)")
    field(colab).fill("The capital of Japan is")
    for cell in ("bars", "again"):
        expect(rows(colab, cell).first).to_contain_text("Tokyo", timeout=60_000)


def test_a_presentation_is_large(colab):
    colab.run("presented", "present(bar, dock=False)")
    expect(rows(colab, "presented").first).to_contain_text("Tokyo", timeout=60_000)
    size = "row => row.getBoundingClientRect().height"
    assert rows(colab, "presented").first.evaluate(size) > 1.2 * rows(colab).first.evaluate(size)


def test_a_page_loaded_again_has_its_views_from_the_kernel(colab):
    colab.open()
    expect(field(colab)).to_have_value("The capital of Japan is", timeout=60_000)
    expect(rows(colab).first).to_contain_text("Tokyo")
    field(colab).fill("The capital of France is")
    expect(rows(colab).first).to_contain_text("Paris", timeout=60_000)
    assert colab.run("said", "print(session.text)")[-1][1].strip() == "The capital of France is"


def test_nothing_failed_in_the_page(colab):
    assert colab.failed == []
