"""The notebook on forms of execution as a class uses it: what there is to see, an amount typed, a volume at which the order turns."""

from __future__ import annotations

import json
import re

from lab import Notebook, tracebacks
from playwright.sync_api import Locator, expect

NOTEBOOK = "en/06_where_it_runs.ipynb"


def printed(notebook: Notebook, code: str) -> object:
    """What Python prints as JSON."""
    notebook.run_code(f"import json\nprint('found', json.dumps({code}))")
    return json.loads(notebook.printed("found"))


def card(notebook: Notebook, kind: str) -> Locator:
    return notebook.view("cost-view").locator(f".llmw-card[data-kind='{kind}']")


def test_every_cell_runs_and_every_view_is_there(notebook: Notebook) -> None:
    assert list(tracebacks(notebook.page)) == []
    expect(notebook.view("capability-card")).to_contain_text("SmolLM2")
    expect(notebook.view("cost-view")).to_contain_text("requests a month")
    expect(notebook.view("next-token-bar").locator("button.llmw-row")).to_have_count(8)


def test_a_click_on_a_bar_writes_and_what_is_written_is_measured(notebook: Notebook) -> None:
    notebook.run_code("session.text = 'The capital of France is'")
    rows = notebook.view("next-token-bar").locator("button.llmw-row")
    expect(rows.first).to_contain_text("Paris", timeout=60_000)
    rows.first.click()
    assert printed(notebook, "session.text") == "The capital of France is Paris"


def test_an_amount_typed_is_pythons(notebook: Notebook) -> None:
    field = card(notebook, "workload").get_by_role("textbox", name=re.compile("^Students,"))
    field.fill("４０万")
    field.blur()
    expect(card(notebook, "workload").locator(".llmw-amount")).to_have_text("80,000,000 requests a month")
    assert printed(notebook, "[cost.workload.students, cost.costs.cheapest]") == [400_000, "bought"]
    notebook.run_code("cost.workload = {'students': 40}")
    expect(field).to_have_value("40")
    expect(card(notebook, "api").locator(".llmw-badge")).to_have_text("cheapest")
