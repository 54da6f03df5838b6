"""A presentation beside the notebook: it stands on the right, large, and moves while a cell on the left runs."""

from __future__ import annotations

from lab import Notebook, tracebacks
from playwright.sync_api import expect

CELLS = [
    "from llmwidgets import ModelSession, TokenView, present\nimport threading\nsession = ModelSession(text='The capital of Japan is')",
    "shown = present(TokenView(session))\nsession.text = 'The cell goes on'",
]


def test_it_stands_beside_the_notebook_and_follows(notebook: Notebook) -> None:
    assert list(tracebacks(notebook.page)) == []
    docked = notebook.page.locator(".jp-LinkedOutputView .llmw-token-view, .lm-DockPanel .llmw-token-view")
    expect(docked).to_have_count(1)
    expect(docked).to_have_attribute("data-presenting", "")
    notebook.page.evaluate("() => new Promise(requestAnimationFrame)")
    left, right = notebook.page.locator(".jp-NotebookPanel").bounding_box(), docked.bounding_box()
    assert left is not None
    assert right is not None
    assert right["x"] >= left["x"] + left["width"]
    held = (
        "import time\ngo = threading.Event()\nsession.text = 'A cell runs'\ngo.wait(120)\nprint('seen', session.text)"
    )
    notebook.run_code(held, wait=False)
    expect(docked.locator(".llmw-piece").first).to_contain_text("A")
    notebook.expect_busy()
    docked.locator(".llmw-piece").first.click()
    docked.press("r")
    expect(docked.get_by_role("textbox", name="Text", exact=True)).to_have_value("The capital of Japan is")
    notebook.interrupt()
    notebook.wait_idle()
