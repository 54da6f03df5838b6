"""A class recorded in one kernel and replayed in a fresh one, without the model."""

from __future__ import annotations

from lab import Notebook, tracebacks
from playwright.sync_api import expect

CELLS = [
    "from llmwidgets import ModelSession, TokenView",
    "session = ModelSession(text='The capital of France is')\nrecord = session.record('lesson.json')",
    "TokenView(session)",
]
PATIENCE = 60_000

REPLAY = """
import sys
from llmwidgets import replay
player = replay('lesson.json')
player"""


def test_a_class_is_recorded_and_stepped_through_in_a_fresh_kernel(notebook: Notebook) -> None:
    editor = notebook.view("token-view").locator("textarea.llmw-editor")
    editor.fill("The capital of Japan is")
    expect(notebook.view("token-view")).to_contain_text("Japan")
    notebook.run_code("_ = session.generate(4)\nrecord.note('Why Tokyo?')\nrecord.stop()\nprint('steps', len(record))")
    assert int(notebook.printed("steps")) >= 3
    notebook.restart_kernel()
    notebook.run_code(REPLAY)
    page = notebook.page
    stepper = page.locator(".llmw-replay-view").last
    expect(stepper).to_contain_text("Step 1 of", timeout=PATIENCE)
    stepper.get_by_role("button", name="Next step").click()
    stepped = notebook.newest
    expect(stepped.locator(".llmw-token-view")).to_contain_text("Japan", timeout=PATIENCE)
    expect(stepped.locator(".llmw-next-token-bar button.llmw-row").first).to_contain_text("Tokyo", timeout=PATIENCE)
    page.keyboard.press("End")
    expect(stepper.locator(".llmw-notes")).to_have_text("Why Tokyo?", timeout=PATIENCE)
    expect(stepper.locator(".llmw-changes")).to_contain_text("tokens generated")
    notebook.run_code(
        "print('loaded', 'transformers' in sys.modules and any('modeling_' in name for name in sys.modules))"
    )
    assert notebook.printed("loaded") == "False"
    assert list(tracebacks(page)) == []
