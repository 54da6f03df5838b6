"""The notebook on one's own model as a class uses it: every call is shown, a running one is seen and stopped, a deleted model is said."""

from __future__ import annotations

import json
import re

from lab import Notebook, tracebacks
from playwright.sync_api import Locator, expect

NOTEBOOK = "en/07_your_own_model.ipynb"
PATIENCE = 60_000


def printed(notebook: Notebook, code: str) -> object:
    """What Python prints as JSON."""
    notebook.run_code(f"import json\nprint('found', json.dumps({code}))")
    return json.loads(notebook.printed("found"))


def editor(notebook: Notebook) -> Locator:
    return notebook.view("token-view").get_by_role("textbox", name="Text", exact=True)


def stop(notebook: Notebook) -> Locator:
    return notebook.view("sampler-slider").get_by_role("button", name="Stop")


def test_every_cell_runs_and_the_views_show_the_last_call(notebook: Notebook) -> None:
    assert list(tracebacks(notebook.page)) == []
    for name in ("sampler-slider", "pipeline-strip", "beam-tree"):
        expect(notebook.view(name)).to_be_visible()
    # one more view of the next token, by show
    expect(notebook.page.locator(".llmw-next-token-bar")).to_have_count(2)
    text = printed(notebook, "tokenizer.decode(output[0])")
    expect(editor(notebook)).to_have_value(str(text))
    expect(notebook.view("pipeline-strip")).to_contain_text("30 blocks")


def test_the_results_are_those_of_a_model_that_nobody_watches(notebook: Notebook) -> None:
    notebook.run_code(
        "settings = dict(max_new_tokens=12, do_sample=True, return_dict_in_generate=True, output_logits=True)\n"
        "def run():\n"
        "    torch.manual_seed(3)\n"
        "    return model.generate(**inputs, **settings)\n"
        "seen = run()\n"
        "session.unwatch()\n"
        "alone = run()\n"
        "session = ModelSession.watch(model, tokenizer)\n"
        "same = torch.equal(seen.sequences, alone.sequences) and all(map(torch.equal, seen.logits, alone.logits))"
    )
    assert list(tracebacks(notebook.page)) == []
    assert printed(notebook, "same") is True


def test_a_running_generate_is_seen_and_stopped(notebook: Notebook) -> None:
    """The notebook as it is opened: views of a watch that has ended stay, and a new watch has views of its own."""
    notebook.run_code("display(TokenView(session), SamplerSlider(session))")
    tokens = notebook.page.locator(".llmw-token-view").last
    slider = notebook.page.locator(".llmw-sampler-slider").last
    notebook.run_code("long = model.generate(**inputs, min_new_tokens=1500, max_new_tokens=1500)", wait=False)
    expect(tokens.get_by_role("option").nth(12)).to_be_attached(timeout=PATIENCE)
    notebook.expect_busy()
    slider.scroll_into_view_if_needed()
    slider.get_by_role("button", name="Stop").click()
    notebook.wait_idle()
    assert list(tracebacks(notebook.page)) == []
    count = printed(notebook, "long.shape[1]")
    assert isinstance(count, int)
    assert count < 1500
    # the last state arrives
    expect(tokens.locator(".llmw-counts dd").first).to_have_text(f"{count:,}")
    expect(slider).to_contain_text(re.compile("Stopped"))


def test_a_batch_has_a_chooser(notebook: Notebook) -> None:
    notebook.run_code(
        "batch = tokenizer(['The sky', 'むかしむかし'], return_tensors='pt', padding=True, padding_side='left')\n"
        "made = model.generate(**batch, max_new_tokens=4, do_sample=False)"
    )
    tokens = notebook.page.locator(".llmw-token-view").last
    chooser = tokens.get_by_role("combobox")
    chooser.select_option(index=1)
    expect(tokens.get_by_role("textbox", name="Text", exact=True)).to_have_value(re.compile("^むかしむかし"))


def test_an_interrupt_leaves_the_views_alive(notebook: Notebook) -> None:
    notebook.run_code("model.generate(**inputs, min_new_tokens=1500, max_new_tokens=1500)", wait=False)
    tokens = notebook.page.locator(".llmw-token-view").last
    # more than any text before it had
    expect(tokens.get_by_role("option").nth(40)).to_be_attached(timeout=PATIENCE)
    notebook.interrupt()
    notebook.wait_idle()
    expect(notebook.newest).to_contain_text("KeyboardInterrupt")
    notebook.run_code("made = model.generate(**inputs, max_new_tokens=3, do_sample=False)")
    text = printed(notebook, "tokenizer.decode(made[0])")
    expect(tokens.get_by_role("textbox", name="Text", exact=True)).to_have_value(str(text))


def test_a_deleted_model_is_said(notebook: Notebook) -> None:
    notebook.run_code(
        "import gc, weakref\n"
        "other = AutoModelForCausalLM.from_pretrained(name)\n"
        "session = ModelSession.watch(other, tokenizer)\n"
        "display(NextTokenBar(session))\n"
        "made = other.generate(**inputs, max_new_tokens=3, do_sample=False)"
    )
    bar = notebook.page.locator(".llmw-next-token-bar").last
    expect(bar).to_contain_text("Paris")
    notebook.run_code("found = weakref.ref(other)\ndel other\ngc.collect()")
    expect(bar).to_contain_text("was deleted", timeout=PATIENCE)
    assert printed(notebook, "found() is None") is True
    # what was shown stays
    expect(bar).to_contain_text("Paris")
