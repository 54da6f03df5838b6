"""The sampling notebook as a class uses it: sliders, draws, forks, stop texts, guesses, two contexts, logits alone, a kernel that ends."""

from __future__ import annotations

import json
import re

from lab import Notebook, tracebacks
from playwright.sync_api import Locator, expect

NOTEBOOK = "en/04_sampling.ipynb"
MAIN, QUIZ, BOTH, OUTPUT, TOY = range(5)
TEXT = "The capital of France is"


def bar(notebook: Notebook, nth: int = MAIN) -> Locator:
    return notebook.view("next-token-bar", nth)


def slider(notebook: Notebook, nth: int = 0) -> Locator:
    return notebook.view("sampler-slider", nth)


def printed(notebook: Notebook, code: str) -> object:
    """What Python prints as JSON."""
    notebook.run_code(f"import json\nprint('found', json.dumps({code}))")
    return json.loads(notebook.printed("found"))


def start(notebook: Notebook, sampler: str = "Sampler(seed=1)") -> None:
    """The text and a sampler, and every bar there."""
    notebook.run_code(
        f"session.text = 'x'\nsession.text = {TEXT!r}\nsession.sampler = {sampler}\n_ = session.distribution"
    )
    expect(bar(notebook).locator(".llmw-body")).to_have_attribute("data-stale", "false", timeout=60_000)


def kept(notebook: Notebook) -> Locator:
    return bar(notebook).locator(".llmw-figures div").filter(has_text="tokens left by the sampler").locator("dd")


def test_every_cell_runs_and_every_view_is_there(notebook: Notebook) -> None:
    assert list(tracebacks(notebook.page)) == []
    expect(notebook.page.locator(".llmw-next-token-bar")).to_have_count(5)
    expect(notebook.page.locator(".llmw-sampler-slider")).to_have_count(2)


def test_a_slider_keeps_what_transformers_keeps(notebook: Notebook) -> None:
    start(notebook)
    for name, value in (("temperature", "1.5"), ("top_k", "50"), ("top_p", "0.9")):
        slider(notebook).get_by_role("textbox", name=f"{name}: value").fill(value)
    expected = printed(notebook, "len(session.filtered.kept)")
    expect(kept(notebook)).to_have_text(f"{expected} of 49,152")
    assert printed(notebook, "[session.sampler.temperature, session.sampler.top_k, session.sampler.top_p]") == [
        1.5,
        50,
        0.9,
    ]


def test_plain_keys_are_the_views(notebook: Notebook) -> None:
    """JupyterLab took arrows for itself, so that the position could not be moved by keys, and "x" on a bar deleted the cell."""
    start(notebook)
    cells = notebook.page.locator(".jp-Cell")
    before = cells.count()
    place = bar(notebook).get_by_role("slider", name="Position in the text")
    place.focus()
    place.press("ArrowLeft")
    place.press("ArrowLeft")
    assert printed(notebook, "session.position") == 2
    expect(bar(notebook).locator(".llmw-body")).to_have_attribute("data-stale", "false", timeout=60_000)
    count = bar(notebook).get_by_role("slider", name="Number of bars")
    count.focus()
    count.press("ArrowRight")
    expect(bar(notebook).locator("button.llmw-row")).not_to_have_count(10)
    count.press("ArrowLeft")
    row = bar(notebook).locator("button.llmw-row").first
    row.focus()
    for key in ("x", "d", "d", "ArrowDown"):
        notebook.page.keyboard.press(key)
    assert cells.count() == before + 1  # the one in which Python printed


def test_what_reaches_into_the_tail_becomes_exact(notebook: Notebook) -> None:
    start(notebook, "Sampler(temperature=3.0, top_p=0.9)")
    expected = printed(notebook, "len(session.filtered.kept)")
    assert isinstance(expected, int)
    assert expected > 1000
    expect(kept(notebook)).to_have_text(f"{expected:,} of 49,152")


def test_draws_of_the_page_are_those_of_torch_with_the_seed(notebook: Notebook) -> None:
    start(notebook, "Sampler(temperature=0.8, seed=7)")
    bar(notebook).get_by_role("button", name="Draw 1,000", exact=True).click()
    expect(bar(notebook)).to_contain_text("seed 7 on cpu")
    notebook.run_code(
        "probs = torch.as_tensor(session.filtered.probs)\n"
        "torch.manual_seed(7)\n"
        "bare = torch.multinomial(probs, 1000, replacement=True).tolist()\n"
        "print('same', session.drawn.ids.tolist() == bare)"
    )
    assert notebook.printed("same") == "True"
    top = printed(notebook, "[session.drawn[0][1], session.drawn[1][1]]")
    expect(bar(notebook).locator("button.llmw-row").first).to_contain_text(f"{top[0]}")  # type: ignore[index]  # a list of two


def test_another_token_forks_and_the_way_left_can_be_taken_again(notebook: Notebook) -> None:
    start(notebook, "Sampler(do_sample=False)")
    slider(notebook).get_by_role("textbox", name="Number of tokens to generate").fill("4")
    slider(notebook).get_by_role("button", name="Generate").click()
    expect(slider(notebook)).to_contain_text("Stopped: all 4 tokens are written.", timeout=60_000)
    whole = printed(notebook, "session.text")
    notebook.run_code("session.position = session.choices[1].index - 1")
    expect(bar(notebook).locator(".llmw-body")).to_have_attribute("data-stale", "false", timeout=60_000)
    bar(notebook).locator("button.llmw-row").nth(4).click()
    assert printed(notebook, "[fork.text for fork in session.forks]") == [whole]
    slider(notebook).get_by_role("button", name=re.compile("^Go way")).last.click()
    assert printed(notebook, "session.text") == whole


def test_a_stop_text_of_the_page_ends_the_writing(notebook: Notebook) -> None:
    start(notebook, "Sampler(do_sample=False)")
    shown = slider(notebook)
    shown.get_by_role("textbox", name="Number of tokens to generate").fill("60")
    shown.locator(".llmw-stop-text").fill(".")
    shown.get_by_role("button", name="Generate").click()
    expect(shown).to_contain_text(re.compile(r"Stopped.*stop text|Stopped at"), timeout=60_000)
    assert printed(notebook, "session.status.reason") == "stop_text"
    assert str(printed(notebook, "session.text")).endswith(".")
    shown.locator(".llmw-stop-text").click()
    shown.locator(".llmw-stop-text").fill("")


def test_a_guess_is_judged_and_read_in_python(notebook: Notebook) -> None:
    quiz = bar(notebook, QUIZ)
    expect(quiz.locator("button.llmw-row")).to_have_count(0)
    quiz.get_by_role("textbox", name="Your guess").fill("kitchen")
    quiz.get_by_role("button", name="Guess", exact=True).click()
    expect(quiz.locator("button.llmw-row").first).to_be_visible()
    assert printed(notebook, "[quiz.score.right, quiz.guess.text]") == [1, "kitchen"]


def test_the_other_text_is_typed_in_the_page(notebook: Notebook) -> None:
    start(notebook)
    shown = bar(notebook, BOTH)
    shown.get_by_role("textbox", name="Text on the right").fill(TEXT)
    expect(shown).to_contain_text("0 nats", timeout=60_000)
    assert printed(notebook, "round(both.comparison.kl, 9)") == 0
    shown.get_by_role("textbox", name="Text on the right").fill("日本の首都は")
    notebook.run_code("_ = both.comparison")
    found = printed(notebook, "both.comparison.kl")
    assert isinstance(found, float)
    expect(shown).to_contain_text(f"{found:#.3g} nats", timeout=60_000)


def test_logits_alone_are_looked_at_place_by_place(notebook: Notebook) -> None:
    shown = bar(notebook, OUTPUT)
    expect(shown).to_contain_text("There is no model here: no token can be appended.")
    before = shown.locator("button.llmw-row").first.inner_text()
    shown.get_by_role("slider", name=re.compile("position|token", re.IGNORECASE)).first.press("ArrowLeft")
    expect(shown.locator("button.llmw-row").first).not_to_have_text(before)
    expect(bar(notebook, TOY)).to_contain_text("5 of 7")


def test_sliders_work_after_the_kernel_has_restarted(notebook: Notebook) -> None:
    start(notebook)
    notebook.restart_kernel()
    expect(bar(notebook)).to_contain_text("The kernel is gone")
    slider(notebook).get_by_role("textbox", name="top_k: value").fill("3")
    expect(kept(notebook)).to_have_text("3 of 49,152")
    expect(bar(notebook).get_by_role("button", name="Draw 10", exact=True)).to_be_disabled()
