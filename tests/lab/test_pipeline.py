"""The pipeline notebook as a class uses it: every cell run, then each view touched and the others watched."""

from __future__ import annotations

import json

from lab import Notebook, percent, tracebacks
from playwright.sync_api import Locator, expect

TEXT = "The capital of France is"


def rows(notebook: Notebook) -> Locator:
    return notebook.view("next-token-bar").locator("button.llmw-row")


def type_text(notebook: Notebook, text: str) -> None:
    notebook.view("token-view").locator("textarea.llmw-editor").fill(text)


def expect_settled(notebook: Notebook) -> None:
    expect(notebook.view("next-token-bar").locator(".llmw-body")).to_have_attribute(
        "data-stale", "false", timeout=60_000
    )


def test_every_cell_runs_and_every_view_is_there(notebook: Notebook) -> None:
    assert list(tracebacks(notebook.page)) == []
    for name in ("token-view", "next-token-bar", "sampler-slider", "embedding-map"):
        expect(notebook.view(name)).to_be_visible()


def test_typing_in_one_cell_moves_the_view_of_another(notebook: Notebook) -> None:
    type_text(notebook, TEXT)
    expect(notebook.view("token-view").get_by_role("option")).to_have_count(5)
    expect_settled(notebook)
    expect(rows(notebook).first).to_contain_text("Paris")


def test_the_bars_are_what_transformers_computes(notebook: Notebook) -> None:
    type_text(notebook, TEXT)
    expect_settled(notebook)
    shown = [percent(text) for text in rows(notebook).locator(".llmw-raw").all_inner_texts()]
    notebook.run_code(
        "import torch\n"
        f"inputs = session.tokenizer({TEXT!r}, return_tensors='pt')\n"
        "with torch.inference_mode():\n"
        "    oracle = session.model(**inputs).logits[0, -1].softmax(-1).topk(10).values\n"
        "print('oracle', oracle.tolist())"
    )
    oracle = json.loads(notebook.printed("oracle"))
    assert len(shown) == len(oracle) == 10
    assert all(abs(ours - theirs) < 6e-4 + theirs * 6e-3 for ours, theirs in zip(shown, oracle, strict=True)), (
        shown,
        oracle,
    )


def test_japanese_is_shown_by_its_bytes_and_reaches_python(notebook: Notebook) -> None:
    story = "むかしむかし、あるところに"
    type_text(notebook, story)
    expect_settled(notebook)
    view = notebook.view("token-view")
    assert "\ufffd" not in view.inner_text()
    expect(view.get_by_role("option").first).to_contain_text("E3 82")
    notebook.run_code("print('text', session.text, len(session.tokens))")
    assert notebook.printed("text") == f"{story} {view.get_by_role('option').count()}"


def test_a_click_on_a_bar_appends_its_token_and_undo_takes_it_back(notebook: Notebook) -> None:
    type_text(notebook, TEXT)
    expect_settled(notebook)
    rows(notebook).first.click()
    expect(notebook.view("token-view").locator("textarea.llmw-editor")).to_have_value(f"{TEXT} Paris")
    notebook.view("sampler-slider").get_by_role("button", name="Undo").click()
    expect(notebook.view("token-view").locator("textarea.llmw-editor")).to_have_value(TEXT)


def test_a_click_on_a_token_sets_the_position(notebook: Notebook) -> None:
    type_text(notebook, TEXT)
    expect_settled(notebook)
    notebook.view("token-view").get_by_role("option").nth(2).click()
    expect(notebook.view("next-token-bar")).to_contain_text("token 3 of 5")
    expect_settled(notebook)
    notebook.run_code("print('position', session.position, session.distribution.position)")
    assert notebook.printed("position") == "2 2"
    notebook.run_code("session.position = -1")
    expect(notebook.view("next-token-bar")).to_contain_text("token 5 of 5")


def test_a_slider_moves_the_bars_while_the_kernel_is_busy(notebook: Notebook) -> None:
    type_text(notebook, TEXT)
    notebook.run_code("session.sampler = Sampler()")
    expect_settled(notebook)
    notebook.run_code("import threading\nthreading.Event().wait(600)", wait=False)
    notebook.expect_busy()
    slider = notebook.view("sampler-slider").get_by_role("slider", name="top_k")
    slider.focus()
    notebook.page.keyboard.press("Home")
    expect(rows(notebook).nth(1)).to_contain_text("top_k")
    notebook.expect_busy()
    notebook.interrupt()
    notebook.wait_idle()
    notebook.run_code("print('top_k', session.sampler.top_k)")
    assert notebook.printed("top_k") == "1"
    notebook.run_code("session.sampler = Sampler(seed=0)")


def test_step_generate_and_stop_from_the_page(notebook: Notebook) -> None:
    type_text(notebook, TEXT)
    expect_settled(notebook)
    sampler, tokens = notebook.view("sampler-slider"), notebook.view("token-view").get_by_role("option")
    sampler.get_by_role("button", name="Step").click()
    expect(tokens).to_have_count(6)
    sampler.get_by_role("textbox", name="tokens").or_(sampler.get_by_role("spinbutton", name="tokens")).first.fill(
        "2000"
    )
    sampler.get_by_role("button", name="Generate").click()
    expect(tokens.nth(9)).to_be_attached()
    sampler.get_by_role("button", name="Stop").click()
    expect(sampler.get_by_role("button", name="Stop")).to_be_disabled()
    notebook.run_code("print('count', len(session.tokens))")
    assert 10 <= int(notebook.printed("count")) < 1900


def test_views_of_one_session_cost_one_forward(notebook: Notebook) -> None:
    notebook.run_code("before = session.stats.forwards\nfurther = NextTokenBar(session, k=3)\nfurther")
    type_text(notebook, "One more")
    expect_settled(notebook)
    notebook.run_code("print('forwards', session.stats.forwards - before)")
    assert notebook.printed("forwards") == "1"
    notebook.run_code("further.close()")


def test_a_word_typed_in_the_map_becomes_a_point(notebook: Notebook) -> None:
    view = notebook.view("embedding-map")
    view.locator(".llmw-words input").fill("princess")
    notebook.page.keyboard.press("Enter")
    expect(view.locator(".llmw-overlay")).to_contain_text("princess")
    notebook.run_code("print('words', words.words[-1], words.neighbors('princess', 1)[0][0])")
    assert notebook.printed("words") == "princess queen"


def test_hostile_text_stays_text(notebook: Notebook) -> None:
    type_text(notebook, "<img src=x onerror='window.hit=1'><script>window.hit=1</script>")
    expect_settled(notebook)
    notebook.run_code("words.words = [\"<img src=x onerror='window.hit=1'>\", 'king']")
    expect(notebook.view("embedding-map").locator(".llmw-overlay")).to_contain_text("<img")
    assert notebook.page.evaluate("window.hit") is None
    assert notebook.page.locator(".llmw img, .llmw script").count() == 0


def test_errors_are_said_in_the_view_and_the_text_stays(notebook: Notebook) -> None:
    long = "word " * 8200
    type_text(notebook, long)
    expect(notebook.view("next-token-bar").get_by_role("alert")).to_contain_text("8,192", timeout=60_000)
    assert notebook.view("token-view").locator("textarea.llmw-editor").input_value() == long
    type_text(notebook, TEXT)
    expect_settled(notebook)
    expect(rows(notebook).first).to_contain_text("Paris")


def test_a_saved_notebook_is_small_and_holds_a_picture(notebook: Notebook) -> None:
    notebook.menu("Settings", "Save Widget State Automatically")
    notebook.run_code("session.text = 'The capital of France is'")
    notebook.save()
    raw = (notebook.server.folder / notebook.name).read_bytes()
    # four views, most of it their code
    assert len(raw) <= 900_000, len(raw)
    saved = json.loads(raw)
    assert "application/vnd.jupyter.widget-state+json" in saved["metadata"]["widgets"]
    pictures = [
        output["data"]
        for cell in saved["cells"]
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    assert sum("49,142 other tokens" in "".join(data["text/html"]) for data in pictures) >= 1


def test_a_reloaded_page_finds_its_views_alive(notebook: Notebook) -> None:
    notebook.run_code(f"session.text = {TEXT!r}")
    notebook.save()
    notebook.open()
    expect(notebook.view("token-view").locator("textarea.llmw-editor")).to_have_value(TEXT, timeout=60_000)
    type_text(notebook, "After a reload")
    expect_settled(notebook)
    notebook.run_code("print('text', session.text)")
    assert notebook.printed("text") == "After a reload"
