"""The first notebook as a class uses it: candidates typed and ranked, a bar clicked, the exercises' checks asked."""

from __future__ import annotations

import json
import re

import pytest
from lab import Notebook, tracebacks
from playwright.sync_api import Locator, expect

NOTEBOOK = "en/01_what_is_an_llm.ipynb"
PATIENCE = 60_000


def printed(notebook: Notebook, code: str) -> object:
    """What Python prints as JSON."""
    notebook.run_code(f"import json\nprint('found', json.dumps({code}))")
    return json.loads(notebook.printed("found"))


def continuations(notebook: Notebook) -> Locator:
    return notebook.view("continuation-view")


def test_every_cell_runs_and_the_most_natural_stands_first(notebook: Notebook) -> None:
    assert list(tracebacks(notebook.page)) == []
    first = continuations(notebook).get_by_role("button", name=re.compile("^Edit")).first
    expect(first).to_have_accessible_name("Edit “ an old man and an old woman”", timeout=PATIENCE)
    scores = printed(notebook, "continuations.scores")
    assert isinstance(scores, dict)
    assert max(scores, key=scores.__getitem__) == " an old man and an old woman"


def test_a_candidate_typed_in_the_page_is_scored_as_by_hand(notebook: Notebook) -> None:
    field = continuations(notebook).get_by_role("textbox", name="Another candidate")
    field.fill(" a king and a queen")
    field.press("Enter")
    added = continuations(notebook).get_by_role("button", name="Edit “ a king and a queen”")
    expect(added).to_be_visible(timeout=PATIENCE)
    viewed = printed(notebook, "continuations.scores[continuations.candidates[-1]]")
    by_hand = printed(notebook, "score_of(prompt, continuations.candidates[-1])[0]")
    assert viewed == pytest.approx(by_hand, abs=1e-3)


def test_a_bar_clicked_is_written(notebook: Notebook) -> None:
    notebook.run_code("session.text = 'The capital of France is'")
    rows = notebook.view("next-token-bar").locator("button.llmw-row")
    expect(rows.first).to_contain_text("Paris", timeout=PATIENCE)
    rows.first.click()
    assert printed(notebook, "session.text") == "The capital of France is Paris"


def test_a_check_answers_in_its_cell(notebook: Notebook) -> None:
    checks = [index for index, cell in enumerate(notebook.cells) if cell["id"].endswith("-check")]
    assert len(checks) >= 3
    for index in checks:
        cell = notebook.cell(index)
        cell.scroll_into_view_if_needed()
        expect(cell.locator(".jp-OutputArea-output")).to_have_count(1)
