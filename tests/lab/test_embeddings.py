"""The embeddings notebook as a class uses it: words, the vocabulary, arithmetic, contexts, choice, other sources, a kernel that ends."""

from __future__ import annotations

import json
import re

from lab import Notebook, tracebacks
from playwright.sync_api import Locator, expect

NOTEBOOK = "en/05_embeddings.ipynb"
WORDS, GROUND, CONTEXTS, OWN, LETTERS = range(5)
PATIENCE = 60_000

# how many of the canvas's pixels are painted
PAINTED = """canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let painted = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at] > 0) painted++;
  return painted;
}"""


def chart(notebook: Notebook, nth: int) -> Locator:
    return notebook.view("embedding-map", nth)


def entry(view: Locator) -> Locator:
    return view.locator(".llmw-words input")


def printed(notebook: Notebook, code: str) -> object:
    """What Python prints as JSON."""
    notebook.run_code(f"import json\nprint('found', json.dumps({code}))")
    return json.loads(notebook.printed("found"))


def painted(view: Locator) -> int:
    return int(view.locator("canvas").first.evaluate(PAINTED))


def drag(view: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Over the picture, in shares of its width and height."""
    rect = view.locator("canvas").first.bounding_box()
    assert rect is not None
    mouse = view.page.mouse
    places = [(rect["x"] + x * rect["width"], rect["y"] + y * rect["height"]) for x, y in (start, end)]
    mouse.move(*places[0])
    mouse.down()
    mouse.move(*places[1], steps=4)
    mouse.up()


def test_every_cell_runs_and_every_map_is_there(notebook: Notebook) -> None:
    assert list(tracebacks(notebook.page)) == []
    expect(notebook.page.locator(".llmw-embedding-map")).to_have_count(5)
    for nth in (GROUND, OWN):
        view = chart(notebook, nth)
        view.scroll_into_view_if_needed()
        expect(view.locator("canvas").first).to_be_visible(timeout=PATIENCE)
        notebook.page.wait_for_function(
            f"canvas => ({PAINTED})(canvas) > 100", arg=view.locator("canvas").first.element_handle(), timeout=PATIENCE
        )


def test_words_typed_in_the_page_are_pythons_and_the_other_way(notebook: Notebook) -> None:
    view = chart(notebook, WORDS)
    entry(view).fill("王様、女王")
    entry(view).press("Enter")
    expect(view.locator(".llmw-chip-text")).to_have_count(9)
    assert printed(notebook, "words.words[-2:]") == ["王様", "女王"]
    notebook.run_code("words.words = words.words[:7]")
    expect(view.locator(".llmw-chip-text")).to_have_count(7)
    expect(view.locator(".llmw-point")).to_have_count(7)


def test_nonsense_that_is_pasted_is_text(notebook: Notebook) -> None:
    view = chart(notebook, WORDS)
    entry(view).fill('<img/src=x/onerror="window.hacked=1"> \\u0000 ;;;; "')
    entry(view).press("Enter")
    notebook.run_code("words.words = ['quick', 'fast', 'slow', 'king', 'queen', 'man', 'woman']")
    expect(view.locator(".llmw-point")).to_have_count(7)
    assert notebook.page.evaluate("window.hacked") is None


def test_an_expression_typed_shows_the_nearest(notebook: Notebook) -> None:
    view = chart(notebook, GROUND)
    field = view.locator(".llmw-arithmetic input")
    field.fill("Paris - France + Japan")
    field.press("Enter")
    expect(view.locator(".llmw-arithmetic")).to_contain_text("Tokyo", timeout=PATIENCE)
    assert printed(notebook, "ground.expression") == "Paris - France + Japan"
    # what JupyterLab does as the focus comes from another cell can take away the selection that is replaced here: first click, then type
    field.click()
    field.fill("Paris - + Japan")
    field.press("Enter")
    expect(field).to_have_value("Paris - + Japan")
    expect(view.locator(".llmw-arithmetic [role=alert], .llmw-arithmetic .llmw-notice").first).to_be_visible()
    assert printed(notebook, "ground.expression") == "Paris - France + Japan"
    notebook.run_code("ground.expression = ''")


def test_a_box_in_the_page_is_a_selection_in_python(notebook: Notebook) -> None:
    view = chart(notebook, GROUND)
    view.get_by_role("radio", name="Choose the points in a box").or_(
        view.get_by_role("button", name="Choose the points in a box")
    ).click()
    drag(view, (0.45, 0.3), (0.7, 0.6))
    expect(view).to_contain_text(re.compile("Chosen: [0-9]"), timeout=PATIENCE)
    expect(view).to_contain_text("Nearest to their mean", timeout=PATIENCE)
    found = printed(
        notebook, "[len(ground.selection), ground.selection.vectors.shape[1], len(set(ground.selection.labels)) > 100]"
    )
    assert isinstance(found, list)
    assert found[0] > 1000
    assert found[1:] == [576, True]
    # exactly those that lie in a box of the picture
    inside = printed(
        notebook,
        "(lambda c, i: bool(((c >= c[i].min(0)) & (c <= c[i].max(0))).all(1).sum() == len(i)))"
        "(ground.projection.coordinates, ground.selection.indices)",
    )
    assert inside is True
    notebook.run_code("ground.selection = ['king', 'queen']")
    # the words, and the tokens of the same text
    expect(view).to_contain_text("Chosen: 3")
    notebook.run_code("ground.selection = None")
    expect(view).not_to_contain_text("Chosen:")


def test_a_token_pointed_at_in_the_text_is_marked_in_its_contexts(notebook: Notebook) -> None:
    tokens, view = notebook.view("token-view"), chart(notebook, CONTEXTS)
    expect(view.locator(".llmw-point")).to_have_count(17, timeout=PATIENCE)
    tokens.locator("[data-index='4']").hover()
    expect(view.locator(".llmw-point[data-lit=true]")).not_to_have_count(0)
    tokens.locator(".llmw-title").hover()


def test_the_layers_move_in_the_page_and_states_are_computed_only_while_shown(notebook: Notebook) -> None:
    view = chart(notebook, CONTEXTS)
    slider = view.get_by_role("slider").first
    place = view.locator(".llmw-point").nth(3)
    before = place.get_attribute("style")
    slider.focus()
    slider.press("End")
    expect(place).not_to_have_attribute("style", before or "")
    slider.press("Home")
    expect(place).to_have_attribute("style", before or "")
    forwards = printed(notebook, "session.stats.forwards")
    notebook.run_code("contexts.show = 'words'\nsession.text = 'A bank.'")
    assert printed(notebook, "session.stats.forwards") == forwards
    notebook.run_code("contexts.show = 'contexts'\n_ = session.hidden_states")
    expect(view.locator(".llmw-point")).to_have_count(3, timeout=PATIENCE)
    notebook.run_code("session.text = 'She sat on the bank of the river. He took his money to the bank.'")
    expect(view.locator(".llmw-point")).to_have_count(17, timeout=PATIENCE)


def test_twenty_maps_on_the_vocabulary_work_and_go(notebook: Notebook) -> None:
    notebook.run_code(
        "from IPython.display import display\n"
        "maps = [EmbeddingMap(session, words=['king', 'queen'], vocabulary=True) for _ in range(20)]\n"
        "display(*maps)"
    )
    views = notebook.page.locator(".llmw-embedding-map")
    expect(views).to_have_count(25, timeout=PATIENCE)
    last = views.last
    last.scroll_into_view_if_needed()
    notebook.page.wait_for_function(
        f"canvas => ({PAINTED})(canvas) > 100", arg=last.locator("canvas").first.element_handle(), timeout=PATIENCE
    )
    first = views.nth(5)
    first.scroll_into_view_if_needed()
    assert painted(first) > 100
    notebook.run_code("for one in maps:\n    one.close()\nmaps = None")
    expect(views).to_have_count(5, timeout=PATIENCE)


def test_without_its_kernel_a_map_stays_and_its_layers_move(notebook: Notebook) -> None:
    notebook.restart_kernel()
    view = chart(notebook, CONTEXTS)
    expect(view).to_contain_text("kernel", timeout=PATIENCE)
    slider = view.get_by_role("slider").first
    place = view.locator(".llmw-point").nth(3)
    before = place.get_attribute("style")
    slider.focus()
    slider.press("End")
    expect(place).not_to_have_attribute("style", before or "")
    expect(entry(chart(notebook, WORDS))).to_have_attribute("readonly", "")
