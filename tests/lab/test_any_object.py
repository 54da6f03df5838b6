"""Code that a user wrote without llmwidgets, and what it has in hand: show, stages as a cell's last value, %load_ext and %llm_watch."""

from __future__ import annotations

import json

from lab import Notebook, tracebacks
from playwright.sync_api import Locator, expect

LOAD = """import torch
from llmwidgets import ModelSession
with ModelSession() as loaded:  # the default model as objects in hand
    model, tokenizer = loaded.model, loaded.tokenizer
"""
OWN = """inputs = tokenizer("The capital of France is", return_tensors="pt")
with torch.no_grad():
    outputs = model(**inputs, output_hidden_states=True)
from llmwidgets import show
"""
CELLS = (
    LOAD,
    OWN,
    "for x in (inputs, outputs.logits):\n    show(x)\nNone",
    "view = show(outputs.hidden_states[-1])\nview",
    "show('He said').tokens",
    "%load_ext llmwidgets",
)
LOOP, MAP, TOKENS, OFFER = 2, 3, 4, 5
SENTENCE = "The capital of France is"


def output(notebook: Notebook, index: int) -> Locator:
    cell = notebook.cell(index)
    cell.scroll_into_view_if_needed()
    return cell.locator(".jp-OutputArea-output")


def test_a_loop_shows_each_object_in_its_view(notebook: Notebook) -> None:
    assert list(tracebacks(notebook.page)) == []
    cell = notebook.cell(LOOP)
    cell.scroll_into_view_if_needed()
    expect(cell.locator(".llmw-token-view").get_by_role("textbox", name="Text", exact=True)).to_have_value(SENTENCE)
    expect(cell.locator(".llmw-next-token-bar button.llmw-row").first).to_contain_text("Paris")


def test_a_last_value_is_shown_once(notebook: Notebook) -> None:
    expect(output(notebook, MAP)).to_have_count(1)
    expect(notebook.cell(MAP).locator(".llmw-embedding-map")).to_be_visible()


def test_tokens_as_a_last_value_show_themselves(notebook: Notebook) -> None:
    expect(output(notebook, TOKENS)).to_have_count(2)  # show's, and the cell's value
    views = notebook.cell(TOKENS).locator(".llmw-token-view")
    expect(views).to_have_count(2)
    expect(views.last.get_by_role("textbox", name="Text", exact=True)).to_have_value("He said")


def test_the_offers_button_watches_the_model(notebook: Notebook) -> None:
    cell = notebook.cell(OFFER)
    cell.scroll_into_view_if_needed()
    expect(cell).to_contain_text("%llm_watch model tokenizer")
    cell.get_by_role("button", name="Watch model").click()
    for view in ("token-view", "next-token-bar", "pipeline-strip"):
        expect(cell.locator(f".llmw-{view}")).to_be_visible(timeout=60_000)
    notebook.run_code(
        "import json\n_ = model.generate(**inputs, max_new_tokens=4, do_sample=False)\n"
        "print('found', json.dumps(session.text))"
    )
    text = json.loads(notebook.printed("found"))
    assert text.startswith(SENTENCE)
    assert text != SENTENCE
    shown = cell.locator(".llmw-token-view").get_by_role("textbox", name="Text", exact=True)
    expect(shown).to_have_value(text, timeout=60_000)


def test_the_line_does_the_same_again(notebook: Notebook) -> None:
    notebook.run_code("%llm_watch model tokenizer")
    last = notebook.newest
    expect(last).to_contain_text("Watching model with tokenizer. session is its ModelSession.")
    expect(last.locator(".llmw-next-token-bar")).to_be_visible()
    notebook.run_code("%llm_watch modle")
    last = notebook.newest
    expect(last).to_contain_text("UsageError: There is no 'modle' here. Did you mean model?")
    assert list(tracebacks(notebook.page)) == []
