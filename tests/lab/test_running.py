"""What the page asks while a cell runs reaches Python during that cell: its messages travel on a subshell, and stay on it."""

from __future__ import annotations

import json

from lab import Notebook, tracebacks
from playwright.sync_api import Locator, expect

OPEN = """\
from llmwidgets import ModelSession, NextTokenBar, Sampler, SamplerSlider, TokenView
import threading, torch
session = ModelSession()"""
CELLS = [
    OPEN,
    "TokenView(session)",
    "NextTokenBar(session)",
    "SamplerSlider(session)",
]
GENERATE = "session.text = 'Once upon a time'\nsession.sampler = Sampler(seed=1)\nmade = session.generate(1000)\n"
"""A cell that would write for minutes."""


def slider(notebook: Notebook) -> Locator:
    return notebook.view("sampler-slider")


def editor(notebook: Notebook) -> Locator:
    return notebook.view("token-view").get_by_role("textbox", name="Text", exact=True)


def printed(notebook: Notebook, code: str) -> object:
    """What Python prints as JSON."""
    notebook.run_code(f"import json\nprint('found', json.dumps({code}))")
    return json.loads(notebook.printed("found"))


def start(notebook: Notebook, code: str = GENERATE) -> None:
    """Runs a cell, and waits until the page shows that it writes."""
    notebook.run_code(code, wait=False)
    expect(slider(notebook).get_by_role("button", name="Stop")).to_be_enabled(timeout=60_000)


def test_every_view_is_there(notebook: Notebook) -> None:
    assert list(tracebacks(notebook.page)) == []
    for name in ("token-view", "next-token-bar", "sampler-slider"):
        expect(notebook.view(name)).to_be_visible()


def test_stop_ends_the_generate_of_a_cell(notebook: Notebook) -> None:
    start(notebook)
    slider(notebook).get_by_role("button", name="Stop").click()
    notebook.wait_idle()
    assert printed(notebook, "[made.reason, session.status.reason, len(made.tokens) < 1000]") == [
        "stopped",
        "stopped",
        True,
    ]


def test_a_slider_changes_the_sampler_of_a_running_generate(notebook: Notebook) -> None:
    start(
        notebook,
        "begun = []\n"
        "def end_after_ten():\n"
        "    if session.sampler.temperature == 0.5:\n"
        "        begun.append(len(session.tokens))\n"
        "        if len(session.tokens) >= begun[0] + 10:\n"
        "            session.stop()\n"
        "session.attach(end_after_ten)\n" + GENERATE,
    )
    slider(notebook).get_by_role("textbox", name="temperature: value").fill("0.5")
    notebook.wait_idle()
    notebook.run_code("session.detach(end_after_ten)")
    # a token that is not certain is drawn with its own probability at temperature 1, and with another at 0.5
    cooled = "[abs(choice.drawn_with - choice.probability) > 1e-4 for choice in session.choices if choice.probability < 0.99]"
    found = printed(notebook, cooled)
    assert isinstance(found, list)
    assert found == sorted(found)
    assert set(found) == {False, True}
    assert printed(notebook, "[made.reason, session.sampler.temperature]") == ["stopped", 0.5]


def test_what_is_typed_ends_the_generate_and_is_the_text(notebook: Notebook) -> None:
    start(notebook)
    editor(notebook).fill("Mine")
    notebook.wait_idle()
    assert printed(notebook, "[made.reason, session.text]") == ["edited", "Mine"]


def test_the_page_is_heard_behind_what_the_cell_itself_sent(notebook: Notebook) -> None:
    notebook.run_code(
        "typed = threading.Event()\n"
        "def hear():\n"
        "    if session.text == 'Mine':\n"
        "        typed.set()\n"
        "session.attach(hear)\n"
        "session.text = 'of the cell'\n"
        "heard = typed.wait(60)\n"
        "session.detach(hear)",
        wait=False,
    )
    expect(editor(notebook)).to_have_value("of the cell", timeout=60_000)
    editor(notebook).fill("Mine")
    notebook.wait_idle()
    assert printed(notebook, "heard") is True


def test_the_page_is_heard_while_the_cell_runs_the_model_and_another_thread_publishes(notebook: Notebook) -> None:
    """The user's own `model.generate` on the main thread, and frames for the page from a thread beside it."""
    notebook.run_code(
        "import transformers\n"
        "heard = threading.Event()\n"
        "def hear():\n"
        "    if session.sampler.top_k == 3:\n"
        "        heard.set()\n"
        "session.attach(hear)\n"
        "class UntilHeard(transformers.StoppingCriteria):\n"
        "    def __call__(self, ids, scores, **kwargs):\n"
        "        return torch.full((len(ids),), heard.is_set())\n"
        "def frames():\n"
        "    while not heard.wait(1 / 15):\n"
        "        session.tokens = [*session.tokens.ids[-50:], 1]\n"
        "session.text = 'Frames'\n"
        "thread = threading.Thread(target=frames)\n"
        "thread.start()\n"
        "inputs = session.tokenizer('Once upon a time', return_tensors='pt')\n"
        "out = session.model.generate(**inputs, min_new_tokens=1000, max_new_tokens=1000, stopping_criteria=[UntilHeard()])\n"
        "in_time = heard.is_set()\n"
        "heard.set()\n"
        "thread.join()\n"
        "session.detach(hear)",
        wait=False,
    )
    expect(notebook.view("token-view").get_by_role("option").nth(10)).to_be_attached(timeout=60_000)
    slider(notebook).get_by_role("textbox", name="top_k: value").fill("3")
    notebook.wait_idle()
    assert printed(notebook, "[in_time, len(out[0]) < 1000]") == [True, True]
