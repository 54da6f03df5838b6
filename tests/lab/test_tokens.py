"""The tokens notebook as a class uses it: texts typed, tokens chosen, IDs pasted, a word taken apart, the kernel restarted."""

from __future__ import annotations

import json

from lab import Notebook, tracebacks
from playwright.sync_api import Locator, expect

from llmwidgets.assets import ensure_tiktoken

NOTEBOOK = "en/02_tokenizers.ipynb"
GPT4O, DECODED, COMPARED, BATCH, CHAT, SURPRISAL = range(6)
MADE = 3
"""The cell that makes the first view."""
SAID = [2066, 2059, 11, 392, 720, 86433, 290, 3823, 2452, 668, 25053, 3692]


def view(notebook: Notebook, nth: int) -> Locator:
    return notebook.view("token-view", nth)


def options(notebook: Notebook, nth: int) -> Locator:
    return view(notebook, nth).locator(".llmw-flow").get_by_role("option")


def printed(notebook: Notebook, code: str) -> object:
    """What Python prints as JSON."""
    notebook.run_code(f"import json\nprint('found', json.dumps({code}))")
    return json.loads(notebook.printed("found"))


def test_every_cell_runs_and_every_view_is_there(notebook: Notebook) -> None:
    assert list(tracebacks(notebook.page)) == []
    expect(notebook.page.locator(".llmw-token-view")).to_have_count(6)
    for nth in range(6):
        expect(view(notebook, nth)).to_be_visible()


def test_what_is_typed_first_while_a_cell_runs_reaches_python_at_once(notebook: Notebook) -> None:
    """The first message of a comm waits for the running cell; so the page sends one that asks nothing before anyone types."""
    notebook.run_code(
        "import threading\n"
        "typed = threading.Event()\n"
        "session.attach(lambda: session.text == 'Mine' and typed.set())\n"
        "typed.wait(60)\n"
        "print('found', session.text)",
        wait=False,
    )
    notebook.expect_busy()
    view(notebook, SURPRISAL).get_by_role("textbox", name="Text", exact=True).fill("Mine")
    notebook.wait_idle()
    assert notebook.printed("found") == "Mine"


def test_the_lessons_sentence(notebook: Notebook) -> None:
    assert [int(text) for text in view(notebook, GPT4O).locator(".llmw-flow .llmw-id").all_text_contents()] == SAID
    expect(view(notebook, DECODED).get_by_role("textbox", name="Text", exact=True)).to_have_value(
        'She smiled and replied, "I\'m glad you enjoyed it."'
    )


def test_what_is_typed_reaches_python_and_what_python_sets_the_page(notebook: Notebook) -> None:
    view(notebook, GPT4O).get_by_role("textbox", name="Text", exact=True).fill("犬が He said")
    expected = ensure_tiktoken("gpt-4o").encode("犬が He said")
    expect(options(notebook, GPT4O)).to_have_count(len(expected))
    assert printed(notebook, "view.tokens.ids.tolist()") == expected
    notebook.run_code("view.session.text = 'He said'")
    expect(view(notebook, GPT4O).get_by_role("textbox", name="Text", exact=True)).to_have_value("He said")
    expect(options(notebook, GPT4O)).to_have_count(2)


def test_a_selection_travels_both_ways(notebook: Notebook) -> None:
    notebook.run_code("view.session.text = 'He said, \"Re'")
    expect(options(notebook, GPT4O)).to_have_count(5)
    options(notebook, GPT4O).nth(1).click()
    options(notebook, GPT4O).nth(3).click(modifiers=["Shift"])
    expect(view(notebook, GPT4O)).to_contain_text("3 tokens selected")
    assert printed(notebook, "[view.selection.text, list(view.selection.span)]") == [' said, "', [2, 10]]
    notebook.run_code("view.selection = (0, 2)")
    expect(view(notebook, GPT4O)).to_contain_text("2 tokens selected: “He␣said”")


def test_ids_that_are_pasted_become_the_text(notebook: Notebook) -> None:
    shown = view(notebook, GPT4O)
    shown.get_by_role("button", name="IDs → text").click()
    field = shown.locator(".llmw-ids")
    field.fill("[13684, 52846, 999999]")
    field.press("Enter")
    expect(shown.get_by_role("alert")).to_contain_text("999999")
    expect(field).to_have_value("[13684, 52846, 999999]")
    field.fill("13684 52846")
    field.press("Enter")
    expect(shown.get_by_role("textbox", name="Text", exact=True)).to_have_value("She smiled")
    assert printed(notebook, "view.tokens.ids.tolist()") == [13684, 52846]


def test_a_word_is_taken_apart(notebook: Notebook) -> None:
    shown = view(notebook, GPT4O)
    shown.get_by_role("button", name="How it came about").click()
    shown.get_by_role("textbox", name="Word or text").fill("unbelievable")
    expect(shown.locator(".llmw-outcome")).to_contain_text("tokens of this word")
    count = len(ensure_tiktoken("gpt-4o").encode("unbelievable"))
    expect(shown.locator(".llmw-outcome")).to_contain_text(f": {count}")


def test_compared_tokenizers_follow_the_text(notebook: Notebook) -> None:
    shown = view(notebook, COMPARED)
    expect(shown).to_contain_text("gpt-4o")
    expect(shown).to_contain_text("gpt-4")
    shown.get_by_role("textbox", name="Text", exact=True).fill("むかし")
    counts = [len(ensure_tiktoken(name).encode("むかし")) for name in ("gpt-4o", "gpt-4")]
    assert counts[0] != counts[1]
    notebook.page.wait_for_function(
        "count => [...document.querySelectorAll('.llmw-token-view')][2].querySelector('table')?.innerText.includes(count)",
        arg=str(counts[1]),
    )
    assert printed(notebook, "[len(tokens) for tokens in compared.row_tokens[:2]]") == counts


def test_padding_and_the_template_are_told(notebook: Notebook) -> None:
    expect(view(notebook, BATCH)).to_contain_text("of which 3 padding")
    expect(view(notebook, CHAT)).to_contain_text("written by the chat template")


def test_surprisals_are_computed_for_what_is_typed(notebook: Notebook) -> None:
    shown = view(notebook, SURPRISAL)
    shown.get_by_role("textbox", name="Text", exact=True).fill("The capital of France is Berlin.")
    expect(shown.locator(".llmw-flow")).to_have_attribute("data-stale", "false")
    expect(options(notebook, SURPRISAL)).to_have_count(7)
    value = printed(notebook, "float(session.surprisals[5])")
    options(notebook, SURPRISAL).nth(5).hover()
    assert isinstance(value, float)
    expect(shown.locator(".llmw-detail")).to_contain_text(f"{value:.3g} nats")


def test_a_long_text_is_edited_and_found_again(notebook: Notebook) -> None:
    """Long texts travel by their changes alone: a page that is opened anew must get the whole."""
    notebook.run_code("view.session.text = 'The king 犬 ' * 4000")
    area = view(notebook, GPT4O).get_by_role("textbox", name="Text", exact=True)
    expect(area).to_have_value("The king 犬 " * 4000)
    expect(area).to_be_editable()
    area.evaluate("area => { area.focus(); area.setSelectionRange(22000, 22000); }")
    notebook.page.keyboard.insert_text("Queen😀")
    expect(view(notebook, GPT4O).locator(".llmw-flow")).to_have_attribute("data-ahead", "false")
    text = "The king 犬 " * 2000 + "Queen😀" + "The king 犬 " * 2000
    expected = ensure_tiktoken("gpt-4o").encode(text)
    assert printed(notebook, "[view.session.text[22000:22006], len(view.tokens)]") == ["Queen😀", len(expected)]
    expect(view(notebook, GPT4O).locator(".llmw-counts")).to_contain_text(f"{len(expected):,}")
    notebook.save()
    notebook.open()
    area = view(notebook, GPT4O).get_by_role("textbox", name="Text", exact=True)
    expect(area).to_have_value(text)
    expect(view(notebook, GPT4O).locator(".llmw-counts")).to_contain_text(f"{len(expected):,}")


def test_a_restarted_kernel_is_said_and_a_new_run_mends_it(notebook: Notebook) -> None:
    notebook.restart_kernel()
    shown = view(notebook, GPT4O)
    expect(shown).to_contain_text("The kernel is gone")
    expect(shown.get_by_role("textbox", name="Text", exact=True)).not_to_be_editable()
    notebook.run_cell(MADE)
    assert list(tracebacks(notebook.page)) == []
    expect(view(notebook, GPT4O).get_by_role("textbox", name="Text", exact=True)).to_be_editable()
    expect(options(notebook, GPT4O)).to_have_count(len(SAID))
