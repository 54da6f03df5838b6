"""A kernel restarted under open views: what needs no model still works, and a new run brings everything back."""

from __future__ import annotations

from lab import Notebook, tracebacks
from playwright.sync_api import expect

TEXT = "The capital of France is"


def set_text(notebook: Notebook) -> None:
    notebook.view("token-view").locator("textarea.llmw-editor").fill(TEXT)
    bars = notebook.view("next-token-bar")
    expect(bars.locator(".llmw-row").first).to_contain_text("Paris", timeout=60_000)
    expect(bars.locator(".llmw-body")).to_have_attribute("data-stale", "false")


def test_a_restarted_kernel_leaves_the_text_and_the_sliders(notebook: Notebook) -> None:
    rows = notebook.page.locator(".llmw-next-token-bar button.llmw-row")
    set_text(notebook)
    notebook.restart_kernel()
    expect(notebook.view("token-view").locator("textarea.llmw-editor")).to_have_value(TEXT)
    expect(notebook.view("next-token-bar")).to_contain_text("The kernel is gone")
    slider = notebook.view("sampler-slider").get_by_role("slider", name="top_k")
    slider.focus()
    notebook.page.keyboard.press("End")
    expect(rows.nth(1)).not_to_contain_text("top_k")
    notebook.page.keyboard.press("Home")
    expect(rows.nth(1)).to_contain_text("top_k")
    notebook.run_all()
    assert list(tracebacks(notebook.page)) == []
    set_text(notebook)
