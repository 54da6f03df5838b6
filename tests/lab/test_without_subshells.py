"""A kernel that hears nothing while a cell runs: the page says of what it was asked that it acts when the cell ends, and it does."""

from __future__ import annotations

import json

import pytest
from lab import IPYKERNEL_6, Notebook, tracebacks
from playwright.sync_api import Locator, expect

KERNEL = IPYKERNEL_6.name
OPEN = """\
from llmwidgets import ModelSession, NextTokenBar, SamplerSlider, TokenView
import threading
session = ModelSession()
session.text = 'The capital of France is'"""
CELLS = [
    OPEN,
    "TokenView(session)",
    "NextTokenBar(session)",
    "SamplerSlider(session)",
]
CELL = "started = len(session.tokens)\nthreading.Event().wait(600)"
"""Runs until it is interrupted."""


@pytest.fixture(autouse=True, scope="module")
def old_kernel() -> None:
    if not IPYKERNEL_6.is_dir():
        pytest.fail(f"no ipykernel 6 in {IPYKERNEL_6}: `make test` installs it")


def slider(notebook: Notebook) -> Locator:
    return notebook.view("sampler-slider")


def note(notebook: Notebook, view: str) -> Locator:
    return notebook.view(view).locator(".llmw-late")


def printed(notebook: Notebook, code: str) -> object:
    """What Python prints as JSON."""
    notebook.run_code(f"import json\nprint('found', json.dumps({code}))")
    return json.loads(notebook.printed("found"))


def end_cell(notebook: Notebook) -> None:
    notebook.interrupt()
    notebook.wait_idle()


def test_the_kernel_is_the_old_one_and_every_view_is_there(notebook: Notebook) -> None:
    assert list(tracebacks(notebook.page)) == []
    assert str(printed(notebook, "__import__('ipykernel').__version__")).startswith("6.")
    for name in ("token-view", "next-token-bar", "sampler-slider"):
        expect(notebook.view(name)).to_be_visible()


def test_a_step_asked_for_during_a_cell_says_so_and_comes_after_it(notebook: Notebook) -> None:
    notebook.run_code(CELL, wait=False)
    notebook.expect_busy()
    slider(notebook).get_by_role("button", name="Step").click()
    expect(note(notebook, "sampler-slider")).to_have_text("Step acts when the running cell ends.")
    end_cell(notebook)
    expect(note(notebook, "sampler-slider")).to_have_text("")
    assert printed(notebook, "len(session.tokens) - started") == 1


def test_a_slider_moves_the_bars_at_once_and_python_after_the_cell(notebook: Notebook) -> None:
    notebook.run_code(CELL, wait=False)
    notebook.expect_busy()
    slider(notebook).get_by_role("textbox", name="top_k: value").fill("1")
    expect(notebook.view("next-token-bar").locator("button.llmw-row").nth(1)).to_contain_text("top_k")
    expect(note(notebook, "sampler-slider")).to_have_text("In Python these settings act when the running cell ends.")
    expect(note(notebook, "next-token-bar")).to_have_text("")
    end_cell(notebook)
    expect(note(notebook, "sampler-slider")).to_have_text("")
    assert printed(notebook, "session.sampler.top_k") == 1


def test_stop_during_the_generate_of_a_cell_says_so_and_an_interrupt_keeps_what_is_there(notebook: Notebook) -> None:
    notebook.run_code("session.text = 'Once upon a time'\nsession.generate(1000)", wait=False)
    stop = slider(notebook).get_by_role("button", name="Stop")
    expect(stop).to_be_enabled(timeout=60_000)
    stop.click()
    expect(note(notebook, "sampler-slider")).to_contain_text("Stop acts when the running cell ends.")
    expect(stop).to_be_enabled()
    end_cell(notebook)
    expect(note(notebook, "sampler-slider")).to_have_text("")
    assert printed(notebook, "[session.status.reason, 4 < len(session.tokens) < 1000]") == ["stopped", True]


def test_what_is_typed_and_chosen_during_a_cell_comes_after_it(notebook: Notebook) -> None:
    notebook.run_code("session.text = 'The capital of France is'\n" + CELL, wait=False)
    bars = notebook.view("next-token-bar")
    expect(bars.locator(".llmw-row").first).to_contain_text("Paris", timeout=60_000)
    expect(bars.locator(".llmw-body")).to_have_attribute("data-stale", "false", timeout=60_000)
    bars.locator("button.llmw-row").first.click()
    expect(note(notebook, "next-token-bar")).to_have_text("The token is appended when the running cell ends.")
    end_cell(notebook)
    expect(note(notebook, "next-token-bar")).to_have_text("")
    assert printed(notebook, "session.text") == "The capital of France is Paris"
    notebook.run_code(CELL, wait=False)
    notebook.expect_busy()
    notebook.view("token-view").get_by_role("textbox", name="Text", exact=True).fill("Mine")
    expect(notebook.view("token-view").locator(".llmw-doing")).to_have_text(
        "what you typed waits for the cell that runs"
    )
    end_cell(notebook)
    assert printed(notebook, "session.text") == "Mine"


def test_a_watched_generate_is_seen_while_it_runs_and_stop_says_that_it_comes_later(notebook: Notebook) -> None:
    notebook.run_code(
        "model, tokenizer = session.model, session.tokenizer\n"
        "watched = ModelSession.watch(model, tokenizer)\n"
        "inputs = tokenizer('The capital of France is', return_tensors='pt')\n"
        "display(TokenView(watched), SamplerSlider(watched))"
    )
    tokens, sampler = (notebook.page.locator(f".llmw-{name}").last for name in ("token-view", "sampler-slider"))
    notebook.run_code("made = model.generate(**inputs, min_new_tokens=100, max_new_tokens=100)", wait=False)
    expect(tokens.get_by_role("option").nth(8)).to_be_attached(timeout=60_000)
    notebook.expect_busy()
    sampler.get_by_role("button", name="Stop").click()
    expect(sampler.locator(".llmw-late")).to_contain_text("when the running cell ends")
    notebook.wait_idle()
    assert printed(notebook, "made.shape[1]") == 105
    expect(tokens.locator(".llmw-counts dd").first).to_have_text("105")
