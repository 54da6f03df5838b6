"""The panels around EmbeddingMap's picture in a browser: words, toolbar, ground, details, heat map, arithmetic, search, choice."""

import base64
import math
import re

import pytest
from harness import box, error
from map_kernel import (
    KING,
    PLACES,
    answer,
    array,
    asked,
    buffer_of,
    chosen_of,
    found_of,
    ground_of,
    look_of,
    map_of,
    mount,
    near,
    settings,
    take,
    wait_asked,
    with_ground,
)
from playwright.sync_api import Locator, expect

FIELDS = {
    "words",
    "show",
    "show_tokens",
    "ground",
    "method",
    "axes",
    "layer",
    "pooling",
    "leading_space",
    "measure",
    "color_by",
    "expression",
}


def entry(root: Locator) -> Locator:
    return root.locator(".llmw-words input")


def expression(root: Locator) -> Locator:
    return root.locator(".llmw-arithmetic input")


def dot(root: Locator, number: int) -> Locator:
    return root.locator(f"[data-point='{number}'] .llmw-dot")


def only(request: dict) -> dict:
    """What a request asks for."""
    return {name: request[name] for name in FIELDS if request[name] is not None}


def painted(root: Locator) -> int:
    return int(root.locator("canvas").get_attribute("data-shown") or -1)


# words


def test_quotes_keep_the_spaces_of_a_word(harness):
    root = mount(harness)
    entry(root).fill('" king" cat, "New York"')
    entry(root).press("Enter")
    assert only(wait_asked(harness, "map")) == {"words": [*PLACES, " king", "cat", "New York"]}
    expect(root.locator(".llmw-chip-text").nth(7)).to_have_text("␣king")


DROP = """(form, [name, type, bytes, text]) => {
    const data = new DataTransfer();
    if (text !== null) data.setData("text/plain", text);
    if (bytes !== null) {
        const content = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
        data.items.add(new File([content], name, { type }));
    }
    for (const kind of ["dragover", "drop"])
        form.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


def test_text_and_files_are_dropped_on_the_words(harness):
    root = mount(harness)
    form = root.locator(".llmw-words")
    form.evaluate(DROP, ["", "", None, "cat dog"])
    assert wait_asked(harness, "map")["words"][-2:] == ["cat", "dog"]
    take(harness, asked(harness, "map")[-1])
    file = base64.b64encode("鳥、\ufeff猫\nfish".encode()).decode()
    form.evaluate(DROP, ["list.txt", "text/plain", file, None])
    assert wait_asked(harness, "map", 2)["words"][-1] == "fish"
    expect(root.locator(".llmw-words")).to_have_attribute("data-over", "false")


def test_a_file_that_is_no_text_is_refused_in_words(harness):
    root = mount(harness)
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n\x00\xff\xfe").decode()
    root.locator(".llmw-words").evaluate(DROP, ["cat.png", "image/png", png, None])
    expect(root.get_by_role("alert")).to_contain_text("cat.png is not a text file")
    assert asked(harness, "map") == []


def test_more_than_a_hundred_words(harness):
    root = mount(harness)
    entry(root).fill(" ".join(f"w{number}" for number in range(150)))
    entry(root).press("Enter")
    assert len(wait_asked(harness, "map")["words"]) == 100
    notice = root.get_by_role("status").filter(has_text="first 100 words")
    expect(notice).to_have_count(1)
    # the others are not lost
    expect(entry(root)).to_have_value(" ".join(f"w{number}" for number in range(93, 150)))
    root.get_by_role("button", name="Remove quick").click()
    expect(notice).to_have_count(0)


def test_where_nothing_can_be_typed_there_is_no_field_for_it(harness):
    root = mount(harness, settings={"can_type": False})
    expect(root.locator(".llmw-words")).to_have_count(0)
    expect(root.locator(".llmw-point")).to_have_count(7)
    dot(root, 0).click()
    expect(root.get_by_role("button", name=re.compile("^add"))).to_have_count(0)


# toolbar


@pytest.mark.parametrize(
    ("role", "name", "change", "more"),
    [
        ("switch", "Whole vocabulary", {"ground": True}, False),
        ("switch", "Tokens of the text", {"show_tokens": True}, False),
        ("radio", "t-SNE", {"method": "tsne"}, False),
        ("radio", "3-D", {"axes": 3}, False),
        ("radio", "Contexts", {"show": "contexts"}, False),
        ("radio", "Dot product", {"measure": "dot"}, True),
        ("radio", "Last layer", {"layer": "last"}, True),
        ("radio", "The lesson’s way", {"pooling": "lesson"}, True),
        ("radio", "with a space before", {"leading_space": True}, True),
    ],
)
def test_a_control_asks_for_its_own_and_shows_it_at_once(harness, role, name, change, more):
    root = mount(harness)
    if more:
        root.get_by_role("button", name="More settings").click()
    control = root.get_by_role(role, name=name, exact=True)
    expect(control).not_to_be_checked()
    # the label is above the radio button itself
    control.check(force=True) if role == "radio" else control.click()
    assert only(wait_asked(harness, "map")) == change
    expect(root.locator(".llmw-doing")).to_have_attribute("data-doing", "true")
    if change != {"show": "contexts"}:
        expect(root.get_by_role(role, name=name, exact=True)).to_be_checked()
    take(harness, asked(harness, "map")[-1])
    expect(root.locator(".llmw-doing")).to_have_attribute("data-doing", "false")
    expect(root.get_by_role(role, name=name, exact=True)).to_be_checked()


def test_the_lesson_s_way_is_explained_where_it_is_chosen(harness):
    root = mount(harness, settings={"pooling": "lesson"})
    more = root.get_by_role("button", name="More settings")
    expect(more).to_have_attribute("aria-expanded", "false")
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    expect(root).to_contain_text("padding and begin-of-text token included")


def test_a_method_that_is_not_there_says_what_it_needs(harness):
    root = mount(harness)
    expect(root.get_by_role("radio", name="UMAP")).to_be_disabled()
    reason = root.locator(".llmw-segments label", has_text="UMAP").get_attribute("title")
    assert "pip install umap-learn" in str(reason)
    # for those without a mouse as well
    root.get_by_role("button", name="More settings").click()
    expect(root.locator(".llmw-more")).to_contain_text("pip install umap-learn")
    harness.set("settings", settings(methods=["pca", "tsne", "umap"]), view=0)
    expect(root.get_by_role("radio", name="UMAP")).to_be_enabled()
    expect(root.locator(".llmw-more")).not_to_contain_text("umap-learn")


def test_what_cannot_be_shown_has_no_control(harness):
    root = mount(
        harness,
        settings={
            "can_contexts": False,
            "can_tokens": False,
            "can_space": False,
            "ground_kind": "",
            "layers": ["given"],
            "poolings": [],
        },
    )
    expect(root.get_by_role("switch")).to_have_count(0)
    expect(root.get_by_role("radio", name="Contexts")).to_have_count(0)
    root.get_by_role("button", name="More settings").click()
    expect(root.locator(".llmw-more dt")).to_have_text(["Similarity", "UMAP"])


def test_a_refused_setting_falls_back_and_says_why(harness):
    root = mount(harness)
    root.get_by_role("radio", name="t-SNE").check(force=True)
    harness.refuse(wait_asked(harness, "map"), error("other", "t-SNE is too slow here.", "Use PCA."), view=0)
    expect(root.get_by_role("radio", name="PCA")).to_be_checked()
    expect(root.get_by_role("alert")).to_have_text("t-SNE is too slow here. Use PCA.")


# the ground


def test_the_ground_is_asked_for_painted_and_explained(harness):
    root = with_ground(harness)
    legend = root.locator(".llmw-ground-legend")
    expect(legend.locator("li")).to_have_text(["space + letters 200", "letters 197", "special 3"])
    before = painted(root)
    assert before > 100
    legend.get_by_role("button", name="space + letters").click()
    expect(legend.get_by_role("button", name="space + letters")).to_have_attribute("aria-pressed", "false")
    harness.page.wait_for_function(
        "before => Number(document.querySelector('canvas').dataset.shown) < before", arg=before
    )
    legend.get_by_role("button", name="space + letters").click()
    harness.page.wait_for_function(
        "before => Number(document.querySelector('canvas').dataset.shown) === before", arg=before
    )
    assert len(asked(harness, "ground")) == 1


def test_other_colours_keep_the_points_and_another_projection_does_not(harness):
    root = with_ground(harness)
    root.get_by_role("combobox", name="Colour").select_option("cluster")
    assert only(wait_asked(harness, "map")) == {"color_by": "cluster"}
    clusters = [{"key": str(number), "count": 200, "low": None, "high": None} for number in range(2)]
    take(harness, asked(harness, "map")[-1], ground=ground_of(number=2, color_by="cluster", classes=clusters))
    assert wait_asked(harness, "ground", 2)["number"] == 2
    assert painted(root) > 100
    expect(root.locator(".llmw-ground-legend li").first).to_have_text("cluster 1 200")
    answer(harness, asked(harness, "ground")[-1], {"kind": "ground", "number": 2}, buffer_of(classes=2))
    harness.set("ground", ground_of(number=3, method="tsne", variance=[]), view=0)
    assert wait_asked(harness, "ground", 3)["number"] == 3
    expect(root.locator(".llmw-ground-note")).to_have_text("The vocabulary is being placed…")
    # what answers an older question is of another picture
    answer(harness, {**asked(harness, "ground")[-1], "rid": 1}, {"kind": "ground", "number": 2}, buffer_of())
    expect(root.locator(".llmw-ground-note")).to_have_text("The vocabulary is being placed…")
    answer(harness, asked(harness, "ground")[-1], {"kind": "ground", "number": 3}, buffer_of())
    expect(root.locator(".llmw-ground-legend")).to_have_count(1)


def test_a_scale_has_its_range(harness):
    steps = [{"key": str(n), "count": 40, "low": -0.5 + n / 4, "high": -0.25 + n / 4} for n in range(10)]
    root = with_ground(
        harness, ground={"scale": True, "color_by": "norm", "classes": steps}, settings={"color_by": "norm"}
    )
    expect(root.get_by_role("img", name="norm: from −0.5 to 2")).to_have_count(1)
    expect(root.locator(".llmw-class")).to_have_count(0)


def test_a_ground_that_could_not_be_made(harness):
    why = error("out_of_memory", "There is no room left on cuda:0.", "Use the CPU.", device="cuda:0")
    root = mount(harness, ground=ground_of(error=why), settings={"ground": True}, language="ja")
    expect(root.get_by_role("alert")).to_contain_text("cuda:0 のメモリが足りません。")
    expect(root.locator(".llmw-point")).to_have_count(7)
    assert asked(harness, "ground") == []


def test_a_saved_notebook_says_what_brings_the_ground_back(harness):
    harness.mount("token_view")
    harness.connect(connected=False)
    payload = map_of(PLACES, fitted="ground")
    root = harness.mount(
        "embedding_map", view_state={"map": payload, "settings": settings(ground=True), "ground": ground_of()}
    )
    expect(root).to_contain_text("Run the cell to see the whole vocabulary.")
    expect(root.locator(".llmw-point")).to_have_count(7)
    assert asked(harness, "ground", view=1) == []


def test_given_vectors_are_shown_without_any_word(harness):
    root = with_ground(
        harness,
        places={},
        ground={"kind": "vectors", "number": 7},
        settings={"ground_kind": "vectors", "ground": False, "can_type": False, "can_contexts": False},
    )
    assert painted(root) > 100
    expect(root.locator(".llmw-nothing")).to_have_count(0)
    expect(root.get_by_role("switch", name="Whole vocabulary")).to_have_count(0)
    assert root.locator(".llmw-axis-title").all_text_contents() == ["PC 1 (4.1 %)", "PC 2 (2.8 %)"]


# details


# a hand that passes over points, a frame at each: in the page, where nothing else comes between
PASS = """async (root, numbers) => {
  for (const number of numbers) {
    const dot = root.querySelector(`[data-point='${number}'] .llmw-dot`);
    const { x, y, width, height } = dot.getBoundingClientRect();
    const at = { clientX: x + width / 2, clientY: y + height / 2, pointerType: 'mouse', bubbles: true };
    dot.dispatchEvent(new PointerEvent('pointermove', at));
    await new Promise(requestAnimationFrame);
  }
}"""


def test_a_passing_hand_asks_for_nothing_and_a_resting_one_once(harness):
    root = with_ground(harness)
    root.evaluate(PASS, [0, 4, 3])
    request = wait_asked(harness, "look")
    assert [(each["on"], each["index"]) for each in asked(harness, "look")] == [("points", 3)]
    nearest = [near("ground", 30 + rank, f" king{rank}", 0.9 - rank / 20) for rank in range(10)]
    answer(harness, request, look_of("points", 3, "king", nearest))
    detail = root.locator(".llmw-detail")
    expect(detail.locator(".llmw-near li")).to_have_count(10)
    expect(detail).to_contain_text("4 of the 10 nearest are not near it in the picture")
    expect(detail).to_contain_text("norm 2.44")
    # the lines lead to the ten wherever they are in the picture
    expect(root.locator(".llmw-tie")).to_have_count(10)
    dot(root, 4).hover()
    request = wait_asked(harness, "look", 2)
    answer(harness, request, look_of("points", 4, "queen", []))
    # what is known is not asked for again
    dot(root, 3).hover()
    expect(detail.locator(".llmw-near li")).to_have_count(10)
    dot(root, 5).hover()
    wait_asked(harness, "look", 3)
    assert [each["index"] for each in asked(harness, "look")] == [3, 4, 5]


def test_a_neighbour_is_looked_at_or_becomes_a_word(harness):
    root = with_ground(harness)
    dot(root, 3).click()
    nearest = [near("ground", 30, " kings"), near("ground", 31, "", data="e381"), near("points", 4, "queen")]
    answer(harness, wait_asked(harness, "look"), look_of("points", 3, "king", nearest))
    detail = root.locator(".llmw-detail")
    # a part of a character is no word
    expect(detail.get_by_role("button", name=re.compile("^add .* as a word"))).to_have_count(1)
    detail.get_by_role("button", name="add ␣kings as a word").click()
    assert wait_asked(harness, "map")["words"] == [*PLACES, " kings"]
    take(harness, asked(harness, "map")[-1])
    root.get_by_role("heading", name="Embedding map").hover()
    detail.get_by_role("button", name="␣kings 0.50").click()
    request = wait_asked(harness, "look", 2)
    assert (request["on"], request["index"]) == ("ground", 30)
    expect(detail.locator("strong")).to_have_text("␣kings")
    answer(harness, request, look_of("ground", 30, " kings", [], lost=0))
    expect(detail).to_contain_text("all 10 nearest are near it")
    detail.get_by_role("button", name="use in the expression").click()
    expect(expression(root)).to_have_value('" kings"')
    expect(expression(root)).to_be_focused()


def test_a_picked_word_is_known_by_its_name(harness):
    root = mount(harness)
    dot(root, 3).click()
    root.get_by_role("heading", name="Embedding map").hover()
    expect(root.locator(".llmw-detail strong")).to_have_text("king")
    rest = {word: place for word, place in PLACES.items() if word != "quick"}
    harness.set("map", map_of(rest), view=0)
    expect(root.locator(".llmw-detail strong")).to_have_text("king")
    harness.set("map", map_of({"cat": (0.0, 1.0), "dog": (1.0, 0.0)}), view=0)
    expect(root.locator(".llmw-detail")).to_contain_text("Point at a word")


def test_names_of_the_ground_are_asked_for_once(harness):
    root = with_ground(harness, 60)
    request = wait_asked(harness, "names")
    indices = request["indices"]
    assert indices
    answer(
        harness,
        request,
        {
            "kind": "names",
            "indices": indices,
            "names": [{"id": index, "piece": f" t{index}", "bytes": "", "special": False} for index in indices],
        },
    )
    expect(root.locator(".llmw-ground-label").first).to_be_visible()
    root.get_by_role("button", name="Zoom in").click()
    root.get_by_role("button", name="Show all").click()
    dot(root, 0).hover()
    wait_asked(harness, "look")
    assert len(asked(harness, "names")) == 1


# search


def test_search_asks_when_the_typing_rests_and_lists_what_it_finds(harness):
    root = with_ground(harness)
    root.get_by_role("searchbox").evaluate(
        """field => {
          for (const typed of ['q', 'qu', 'que']) {
            field.value = typed;
            field.dispatchEvent(new InputEvent('input', { bubbles: true }));
          }
        }"""
    )
    request = wait_asked(harness, "search")
    assert [each["text"] for each in asked(harness, "search")] == ["que"]
    results = root.locator(".llmw-results")
    expect(results).to_contain_text("searching…")
    answer(harness, request, found_of("que", [40, 41, 42], [" que", "queue", " quest"], total=9))
    expect(results.locator("li")).to_have_text(
        [re.compile("queen"), re.compile("␣que"), re.compile("queue"), re.compile("␣quest")]
    )
    expect(results).to_contain_text("“que” is in 10 labels; the 4 shortest of them are listed.")
    results.get_by_role("button", name="␣quest", exact=True).click()
    assert wait_asked(harness, "look")["index"] == 42
    expect(root.locator(".llmw-detail strong")).to_have_text("␣quest")
    results.get_by_role("button", name="add queue as a word").click()
    assert wait_asked(harness, "map")["words"][-1] == "queue"
    root.get_by_role("searchbox").fill("")
    expect(results).to_have_count(0)


def test_without_a_ground_the_words_are_searched(harness):
    root = mount(harness)
    root.get_by_role("searchbox").fill("MAN")
    expect(root.locator(".llmw-results li")).to_have_text(["man", "woman"])
    expect(root.locator(".llmw-point[data-lit='true']")).to_have_count(2)
    # brought out, and not looked at
    expect(root.locator(".llmw-point[data-looked='true']")).to_have_count(0)
    root.get_by_role("searchbox").fill("queen")
    expect(root.locator(".llmw-results")).to_contain_text("“queen” is in one label.")
    root.get_by_role("searchbox").fill("zebra")
    expect(root.locator(".llmw-results")).to_contain_text("Show the whole vocabulary to search all tokens.")
    assert asked(harness, "search") == []


# heat map


def headings(root: Locator) -> list[str]:
    return root.locator(".llmw-heat thead th").all_inner_texts()


def test_the_heat_map_is_sorted(harness):
    root = mount(harness)
    order = root.get_by_role("combobox", name="Order of the words")
    order.select_option("alphabet")
    assert headings(root) == sorted(PLACES)
    order.select_option("grouped")
    assert headings(root) == list(PLACES)[::-1]
    root.get_by_role("rowheader", name="king").get_by_role("button").click()
    expect(order).to_have_value("like")
    assert headings(root)[:2] == ["king", "queen"]
    expect(root.get_by_role("columnheader", name="king")).to_have_attribute("aria-sort", "descending")
    # each number stays with its pair
    cell = root.locator("[data-pair='3 5']")
    king, man = PLACES["king"], PLACES["man"]
    true = (king[0] * man[0] + king[1] * man[1]) / math.hypot(*king) / math.hypot(*man)
    expect(cell).to_have_text(f"{true:.2f}".replace("-", "−"))
    cell.hover()
    expect(root.locator(".llmw-point[data-lit='true']")).to_have_count(2)
    root.get_by_role("rowheader", name="king").get_by_role("button").click()
    assert headings(root) == list(PLACES)


def test_a_hundred_words_in_the_heat_map(harness):
    crowd = {f"w{n}": (math.cos(n) * n, math.sin(n) * n) for n in range(1, 101)}
    root = mount(harness, crowd, width=700)
    expect(root.locator(".llmw-heat tbody td")).to_have_count(10_000)
    # a hand over a point changes a row and its cells, and leaves the others' elements alone
    untouched = root.locator("[data-pair='90 91']").element_handle()
    dot(root, 3).dispatch_event("pointermove")
    expect(root.locator("[data-pair='90 91']")).to_have_text(re.compile(r"0\.\d\d|1\.00"))
    assert untouched.evaluate("cell => cell.isConnected")
    assert not harness.overflows()


# what the picture hides


def test_the_line_of_what_is_hidden_unfolds(harness):
    root = with_ground(harness, map={"about": True}, width=520)
    line = root.locator(".llmw-honest")
    folded = box(line)["height"]
    assert folded < 46
    more = line.get_by_role("button", name="More")
    more.click()
    expect(line).to_contain_text("8.9 ± 0.2 of a point’s 10 nearest")
    expect(line).to_contain_text("interpolated")
    expect(line).to_contain_text("one matrix")
    assert box(line)["height"] > folded
    line.get_by_role("button", name="Less").click()
    assert box(line)["height"] == folded


def test_places_without_axes_are_said_to_have_none(harness):
    root = mount(harness, settings={"method": "tsne"}, map={"variance": []})
    expect(root.locator(".llmw-honest")).to_contain_text("t-SNE keeps neighbours together: its axes")
    expect(root.locator(".llmw-axis-title")).to_have_count(0)
    expect(root).not_to_contain_text("PC 1")


# arithmetic


def test_an_expression_is_asked_for_drawn_and_listed(harness):
    root = mount(harness)
    expression(root).fill(" king - man + woman ")
    expression(root).press("Enter")
    assert only(wait_asked(harness, "map")) == {"expression": "king - man + woman"}
    take(harness, asked(harness, "map")[-1], arithmetic=KING)
    expect(root.locator(".llmw-arrow[data-kind='step']")).to_have_count(2)
    expect(root.locator(".llmw-arrow[data-kind='copy']")).to_have_count(1)
    expect(root.locator(".llmw-mark")).to_have_text("=\u2009king−man+woman")
    results = root.locator(".llmw-result li")
    expect(results).to_have_text(
        [re.compile("queen.*0.72"), re.compile("␣prince.*0.61"), re.compile("E3 81.*0.50"), re.compile("Queen")]
    )
    own = root.get_by_role("switch", name="with the expression’s own words")
    own.click()
    expect(results).to_have_count(5)
    expect(results.first).to_have_attribute("data-own", "true")
    results.nth(1).get_by_role("button", name="queen").click()
    root.get_by_role("heading", name="Embedding map").hover()
    expect(root.locator(".llmw-detail strong")).to_have_text("queen")
    root.get_by_role("button", name="Clear the expression").click()
    assert only(wait_asked(harness, "map", 2)) == {"expression": ""}
    expect(root.locator(".llmw-arrow")).to_have_count(0)
    expect(expression(root)).to_have_value("")


def test_the_terms_of_an_expression_are_words(harness):
    rest = {word: place for word, place in PLACES.items() if word != "man"}
    root = mount(harness, rest, arithmetic=KING, settings={"expression": KING["expression"]})
    terms = root.locator(".llmw-term")
    terms.nth(0).click()
    expect(root.locator(".llmw-detail strong")).to_have_text("king")
    assert asked(harness, "map") == []
    terms.nth(1).click()
    assert wait_asked(harness, "map")["words"] == [*rest, "man"]


@pytest.mark.parametrize("way", ["payload", "answer"])
def test_an_expression_that_cannot_be_read_stays_to_be_mended(harness, way):
    root = mount(harness)
    expression(root).fill("king --")
    expression(root).press("Enter")
    request = wait_asked(harness, "map")
    why = error("other", "A word is missing.", "Write one.")
    if way == "answer":
        harness.refuse(request, why, view=0)
    else:
        take(harness, request, arithmetic={**KING, "expression": "king --", "terms": [], "nearest": [], "error": why})
    expect(root.get_by_role("alert")).to_have_text("A word is missing. Write one.")
    expect(expression(root)).to_have_value("king --")
    expect(expression(root)).to_have_attribute("aria-invalid", "true")
    # the map moves on: what was typed is still there
    harness.set("map", map_of(PLACES), view=0)
    expect(expression(root)).to_have_value("king --")
    expression(root).fill("king")
    expression(root).press("Enter")
    expect(root.get_by_role("alert")).to_have_count(0)


def test_an_expression_s_error_in_japanese(harness):
    told = "There is no word between '+' (character 4) and the end."
    why = error("invalid_value", told, "Hint.", name="expression", value="'+'", allowed="words")
    unread = {**KING, "expression": "王様 +", "terms": [], "nearest": [], "error": why}
    root = mount(harness, language="ja", arithmetic=unread, settings={"expression": "王様 +"})
    expect(root.get_by_role("alert")).to_contain_text("'+'（4 文字目）と末尾の間に単語がありません。")


def test_enter_in_a_composition_works_nothing_out(harness):
    root = mount(harness)
    expression(root).focus()
    keyboard = harness.page.context.new_cdp_session(harness.page)
    keyboard.send("Input.imeSetComposition", {"text": "王様", "selectionStart": 2, "selectionEnd": 2})
    expression(root).evaluate(
        """input => {
            const init = { key: "Enter", keyCode: 229, isComposing: true, bubbles: true, cancelable: true };
            if (input.dispatchEvent(new KeyboardEvent("keydown", init))) input.form.requestSubmit();
        }"""
    )
    expression(root).evaluate("input => input.form.requestSubmit()")
    keyboard.send("Input.insertText", {"text": "王様"})
    assert asked(harness, "map") == []
    expression(root).press("Enter")
    assert wait_asked(harness, "map")["expression"] == "王様"


def test_without_directions_there_are_no_arrows(harness):
    places = {**KING, "sums": array([], (0, 2))}
    root = mount(
        harness, arithmetic=places, settings={"expression": KING["expression"], "method": "tsne"}, map={"variance": []}
    )
    expect(root.locator(".llmw-arrow")).to_have_count(0)
    expect(root.locator(".llmw-result")).to_contain_text("choose PCA")
    expect(root.locator(".llmw-result li")).to_have_count(4)


# choice


def test_a_box_chooses_points_and_says_so_to_python(harness):
    root = with_ground(harness)
    root.get_by_role("radio", name="Choose the points in a box").check(force=True)
    chart = box(root.locator(".llmw-chart"))
    king = box(dot(root, 3))
    mouse = harness.page.mouse
    mouse.move(king["x"] - 40, king["y"] - 40)
    mouse.down()
    mouse.move(king["x"] + 20, king["y"] + 20)
    mouse.move(king["x"] + 50, king["y"] + 50)
    mouse.up()
    request = wait_asked(harness, "choose")
    assert request["points"] == [3]
    assert request["number"] == 1
    bits = base64.b64decode(request["ground"])
    assert len(bits) == 50
    count = sum(byte.bit_count() for byte in bits)
    assert 1 <= count < 100
    assert chart["width"] > 300
    # shown before Python has answered
    expect(root.locator(".llmw-chosen")).to_contain_text(f"Chosen: {count + 1}")
    harness.set("chosen", chosen_of([3], [8, 9]), view=0)
    answer(harness, request, None)
    expect(root.locator(".llmw-chosen")).to_contain_text("Chosen: 3")
    expect(root.locator(".llmw-chosen li").first).to_have_text("w3")


def test_what_python_chooses_is_shown_cleared_and_made_words(harness):
    root = with_ground(harness, chosen=chosen_of([0, 4], [8, 9]))
    chosen = root.locator(".llmw-chosen")
    expect(chosen.get_by_role("status")).to_have_text("Chosen: 4")
    expect(root.locator(".llmw-point[data-chosen='true']")).to_have_count(2)
    expect(chosen).to_contain_text("Nearest to their mean")
    chosen.get_by_role("button", name="add as words").click()
    assert wait_asked(harness, "map")["words"] == [*PLACES, "w0", "w4", " g8", " g9"]
    chosen.get_by_role("button", name="clear").click()
    request = wait_asked(harness, "choose")
    assert (request["points"], request["ground"]) == ([], "")
    expect(chosen).to_have_count(0)
    harness.set("chosen", {**chosen_of(), "nearest": []}, view=0)
    answer(harness, request, None)
    expect(chosen).to_have_count(0)


def test_what_is_chosen_in_another_ground_is_not_shown(harness):
    root = with_ground(harness, chosen=chosen_of([0], [8], number=99))
    expect(root.locator(".llmw-point")).to_have_count(7)
    expect(root.locator(".llmw-chosen")).to_have_count(0)
    harness.set("chosen", chosen_of([0], [8], number=1), view=0)
    expect(root.locator(".llmw-chosen")).to_contain_text("Chosen: 2")


def test_a_long_choice_is_cut_and_unfolds(harness):
    root = with_ground(harness, chosen=chosen_of([], list(range(30)), count=1234))
    chosen = root.locator(".llmw-chosen .llmw-near").first
    expect(chosen.locator("li")).to_have_count(9)
    chosen.get_by_role("button", name="and 1,226 more").click()
    expect(chosen.locator("li")).to_have_count(31)
    expect(chosen).to_contain_text("and 1,204 more")


# pointing


def test_a_token_pointed_at_elsewhere_is_brought_out(harness):
    harness.mount("token_view")
    # the last word is made of two tokens, and so is none of them
    ids = [*([10 + index] for index in range(6)), [13, 16]]
    tokens = map_of(PLACES, ids=ids, pieces=[[word] for word in PLACES])
    root = harness.mount("embedding_map", view_state={"map": tokens, "settings": settings()})
    harness.set("pointed", [13])
    expect(root.locator(".llmw-point[data-lit='true']")).to_have_attribute("data-point", "3")
    harness.set("pointed", [])
    expect(root.locator(".llmw-point[data-lit='true']")).to_have_count(0)


def test_a_token_under_the_hand_here_is_told_to_others(harness):
    root = mount(harness, shares_store=False)
    dot(root, 3).hover()
    harness.page.wait_for_function("() => window.harness.models.session.sent.some((each) => each.kind === 'point')")
    request = [each for each in harness.sent() if each["kind"] == "point"][-1]
    assert request["ids"] == [13, 53]
    harness.message({"rid": request["rid"], "client": request["client"], "ok": True, "error": None, "result": None})
    root.get_by_role("heading", name="Embedding map").hover()
    harness.page.wait_for_function(
        "() => window.harness.models.session.sent.filter((each) => each.kind === 'point').at(-1).ids.length === 0"
    )


# all of it


def test_names_are_only_text(harness):
    hostile = "<img src=x onerror=window.hacked=1>\u202e\n"
    root = with_ground(harness, chosen=chosen_of([], [8], names=[near("ground", 8, hostile)["name"]]))
    dot(root, 3).click()
    answer(harness, wait_asked(harness, "look"), look_of("points", 3, "king", [near("ground", 9, hostile)]))
    expect(root.locator(".llmw-detail li")).to_contain_text("U+202E⏎")
    assert root.locator("img").count() == 0
    assert "\u202e" not in root.inner_text()
    assert harness.page.evaluate("typeof window.hacked") == "undefined"


def test_without_a_kernel_what_needs_it_is_off_and_the_rest_works(harness):
    root = with_ground(harness, arithmetic=KING, settings={"expression": KING["expression"]}, chosen=chosen_of([3]))
    sent = len(harness.sent(view=0))
    harness.connect(connected=False)
    expect(root).to_contain_text("The kernel is gone")
    for control in [
        *root.get_by_role("radio", name=re.compile("PCA|t-SNE|2-D|3-D|Contexts")).all(),
        root.get_by_role("switch", name="Whole vocabulary"),
        root.get_by_role("combobox", name="Colour"),
        root.locator(".llmw-chosen").get_by_role("button", name="clear"),
        root.get_by_role("button", name="Work it out"),
    ]:
        expect(control).to_be_disabled()
    expect(expression(root)).not_to_be_editable()
    assert painted(root) > 100
    root.get_by_role("combobox", name="Order of the words").select_option("alphabet")
    assert headings(root) == sorted(PLACES)
    dot(root, 3).hover()
    expect(root.locator(".llmw-detail strong")).to_have_text("king")
    root.get_by_role("switch", name="with the expression’s own words").click()
    expect(root.locator(".llmw-result li")).to_have_count(5)
    root.get_by_role("button", name="Zoom in").click()
    assert len(harness.sent(view=0)) == sent


def test_the_table_lists_what_was_found_in_the_ground(harness):
    root = with_ground(harness)
    root.get_by_role("searchbox").fill("qu")
    answer(harness, wait_asked(harness, "search"), found_of("qu", [40, 41], [" qu", "quo"]))
    root.get_by_role("button", name="Table", exact=True).click()
    expect(root.locator(".llmw-ground-table tbody tr")).to_have_text(["␣qu40", "quo41"])


def test_the_table_of_given_vectors_lists_those_that_are_chosen(harness):
    given = {"ground_kind": "vectors", "can_type": False}
    root = with_ground(harness, places={}, ground={"kind": "vectors", "number": 7}, settings=given)
    root.get_by_role("button", name="Table", exact=True).click()
    expect(root).to_contain_text("Search for points, or choose some")
    harness.set("chosen", chosen_of([], [8], number=7), view=0)
    expect(root.locator(".llmw-ground-table tbody tr")).to_have_text(["␣g88"])


def test_a_notebook_saved_by_an_older_version_shows_its_map(harness):
    old = map_of(PLACES)
    for newer in ("order", "lost", "counted", "fitted", "about", "error"):
        del old[newer]
    old |= {"words": list(PLACES), "show_tokens": False, "dimensions": 576, "seen": {}}
    root = harness.mount("embedding_map", view_state={"map": old})
    expect(root.locator(".llmw-point")).to_have_count(7)
    expect(root.locator(".llmw-words")).to_have_count(0)
    dot(root, 3).hover()
    expect(root.locator(".llmw-detail strong")).to_have_text("king")
    expect(root.get_by_role("alert")).to_have_count(0)
    expect(root.get_by_role("combobox", name="Order of the words").get_by_role("option")).to_have_count(2)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("width", [320, 340, 520, 700, 1100, 2000])
def test_everything_fits(harness, width, language):
    root = with_ground(
        harness,
        width=width,
        language=language,
        arithmetic=KING,
        settings={"expression": KING["expression"]},
        chosen=chosen_of([3], [8, 9]),
    )
    dot(root, 3).click()
    long = "W" * 300
    nearest = [near("ground", 30, long), *(near("ground", 31 + rank, f" king{rank}") for rank in range(9))]
    answer(harness, wait_asked(harness, "look"), look_of("points", 3, "king", nearest))
    expect(root.locator(".llmw-detail li")).to_have_count(10)
    root.locator(".llmw-disclosure").click()
    root.get_by_role("searchbox").fill("W")
    answer(harness, wait_asked(harness, "search"), found_of("W", [30], [long]))
    expect(root.locator(".llmw-results li").last).to_contain_text("WWW")
    assert not harness.overflows()
    assert root.evaluate("root => root.scrollWidth <= root.clientWidth")


def test_a_closed_view_leaves_nothing_behind(harness):
    root = with_ground(harness)
    dot(root, 3).click()
    wait_asked(harness, "look")
    root.get_by_role("searchbox").fill("qu")
    harness.close()
    harness.wait_listening(0, view=0)
    expect(harness.page.locator("[data-view] *")).to_have_count(0)


def test_words_as_typed_can_be_read_as_inside_a_sentence(harness):
    root = mount(harness, settings={"expression": KING["expression"], "leading_space": False}, arithmetic=KING)
    root.get_by_role("button", name="Read them with a space before").click()
    assert only(wait_asked(harness, "map")) == {"leading_space": True}
    # shown as asked, before the kernel has answered
    expect(root.get_by_role("button", name="Read them with a space before")).to_have_count(0)


@pytest.mark.parametrize("changes", [{"leading_space": True}, {"can_space": False}])
def test_where_a_space_is_there_or_makes_no_difference_nothing_is_said(harness, changes):
    root = mount(harness, settings={"expression": KING["expression"], **changes}, arithmetic=KING)
    expect(root.locator(".llmw-result")).to_be_visible()
    expect(root.get_by_role("button", name="Read them with a space before")).to_have_count(0)


def test_a_refusal_is_said_beside_what_was_asked(harness):
    root = with_ground(harness)
    root.get_by_role("radio", name="t-SNE").check(force=True)
    why = error("invalid_value", "t-SNE of 49,152 points would take too long.", "Take PCA.", name="method")
    harness.refuse(wait_asked(harness, "map"), why, view=0)
    alert = root.get_by_role("alert")
    expect(alert).to_contain_text("Take PCA.")
    assert box(alert)["y"] < box(root.locator(".llmw-chart"))["y"]
    expect(root.get_by_role("radio", name="PCA")).to_be_checked()
