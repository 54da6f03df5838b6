"""EmbeddingMap's bundle in a browser."""

import itertools
import math
import re

import pytest
from harness import Harness, box, content, error, info, status
from map_kernel import PLACES, map_of, mount, settings, take, wait_asked
from playwright.sync_api import Locator, expect

HOSTILE = [
    "<img/src=x/onerror=window.hacked=1>",
    "<script>window.hacked=1</script>",
    "\u202eevil",
    "W" * 200,
    "👩\u200d👩\u200d👧",
    "a&amp;b",
]


def points(root: Locator) -> Locator:
    return root.locator(".llmw-point")


def point(root: Locator, number: int) -> Locator:
    return root.locator(f"[data-point='{number}']")


def entry(root: Locator) -> Locator:
    return root.locator(".llmw-words input")


def chips(root: Locator) -> list[str]:
    return root.locator(".llmw-chip-text").all_inner_texts()


def place_of(dot: Locator) -> tuple[float, float]:
    rect = box(dot.locator(".llmw-dot"))
    return rect["x"] + rect["width"] / 2, rect["y"] + rect["height"] / 2


@pytest.fixture
def lesson(harness: Harness) -> Locator:
    return mount(harness)


def test_words_are_labelled_points_and_the_axes_name_their_share(harness, lesson):
    expect(points(lesson)).to_have_count(7)
    assert sorted(lesson.locator(".llmw-label").all_text_contents()) == sorted(PLACES)
    assert lesson.locator(".llmw-axis-title").all_text_contents() == ["PC 1 (34 %)", "PC 2 (21 %)"]
    expect(lesson).to_contain_text("The two axes hold 55 % of the variance.")


@pytest.mark.parametrize("width", [320, 700, 1400])
def test_one_unit_is_as_long_on_both_axes(harness, width):
    root = mount(harness, width=width)
    drawn = [place_of(point(root, number)) for number in range(7)]
    true = list(PLACES.values())
    scales = [
        math.dist(drawn[one], drawn[other]) / math.dist(true[one], true[other])
        for one, other in itertools.combinations(range(7), 2)
    ]
    assert max(scales) / min(scales) < 1.05
    # upwards is more
    assert drawn[3][1] < drawn[6][1]


@pytest.mark.parametrize("width", [320, 700, 1400])
def test_labels_do_not_collide(harness, width):
    crowd = {f"word{n}": (math.cos(n * 2.4) * n**0.5, math.sin(n * 2.4) * n**0.5) for n in range(40)}
    root = mount(harness, crowd, map={"tokens": 20}, width=width)
    boxes = [box(label) for label in root.locator(".llmw-label").all()]
    assert len(boxes) >= 15
    for one, other in itertools.combinations(boxes, 2):
        apart_across = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
        apart_up = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
        # a box is a line's height and its halo: the ink fills about two thirds of it
        assert apart_across <= 1 or apart_up <= 0.3 * min(one["height"], other["height"]), (one, other)


def test_three_hundred_points(harness):
    crowd = {f"w{n}": (math.cos(n) * n, math.sin(n) * n) for n in range(300)}
    root = mount(harness, crowd, map={"tokens": 200}, width=1400)
    expect(points(root)).to_have_count(300)


def test_words_typed_are_asked_for_and_shown_at_once(harness, lesson):
    entry(lesson).fill("cat, dog、鳥  fish;cat quick")
    entry(lesson).press("Enter")
    request = wait_asked(harness, "map")
    assert request["kind"] == "map"
    assert request["words"] == [*PLACES, "cat", "dog", "鳥", "fish"]
    # what is not asked for stays as it is
    assert request["show_tokens"] is None
    assert chips(lesson) == request["words"]
    expect(entry(lesson)).to_have_value("")
    expect(lesson.locator(".llmw-chip[data-place='coming']")).to_have_count(4)
    more = {**PLACES, "cat": (0.0, 0.0), "dog": (0.3, 0.2), "鳥": (1, 1), "fish": (-0.4, -0.9)}
    take(harness, request, map=map_of(more))
    expect(points(lesson)).to_have_count(11)
    expect(lesson.locator(".llmw-chip[data-place='coming']")).to_have_count(0)


def test_words_pasted_one_a_line(harness, lesson):
    harness.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    entry(lesson).evaluate(
        """input => {
            const data = new DataTransfer();
            data.setData("text/plain", "cat\\ndog\\r\\n鳥");
            input.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    assert wait_asked(harness, "map")["words"][-3:] == ["cat", "dog", "鳥"]


def test_one_request_is_in_flight_and_the_newest_wins(harness, lesson):
    for word in ("one", "two", "three"):
        entry(lesson).fill(word)
        entry(lesson).press("Enter")
    assert chips(lesson)[-3:] == ["one", "two", "three"]
    (first,) = harness.wait_sent(1, view=0)
    take(harness, first, map=map_of({**PLACES, "one": (0.2, 0.2)}))
    # the answer to the first does not take back what was typed since
    assert chips(lesson)[-3:] == ["one", "two", "three"]
    sent = harness.wait_sent(2, view=0)
    assert [len(request["words"]) for request in sent] == [8, 10]
    take(harness, sent[-1])
    expect(lesson.locator(".llmw-doing")).to_have_attribute("data-doing", "false")


def test_enter_in_a_composition_adds_no_word(harness, lesson):
    """The Enter that chooses a conversion is not the Enter that ends a word."""
    entry(lesson).focus()
    keyboard = harness.page.context.new_cdp_session(harness.page)
    keyboard.send("Input.imeSetComposition", {"text": "王様", "selectionStart": 2, "selectionEnd": 2})
    entry(lesson).evaluate(
        """input => {
            const init = { key: "Enter", keyCode: 229, isComposing: true, bubbles: true, cancelable: true };
            if (input.dispatchEvent(new KeyboardEvent("keydown", init))) input.form.requestSubmit();
        }"""
    )
    expect(entry(lesson)).to_have_value("王様")
    # an input method whose Enter comes without that mark
    entry(lesson).evaluate("input => input.form.requestSubmit()")
    expect(entry(lesson)).to_have_value("王様")
    keyboard.send("Input.insertText", {"text": "王様"})
    assert harness.sent(view=0) == []
    expect(entry(lesson)).to_have_value("王様")
    entry(lesson).press("Enter")
    assert wait_asked(harness, "map")["words"][-1] == "王様"


def test_words_are_removed_by_button_and_by_backspace(harness, lesson):
    lesson.get_by_role("button", name="Remove slow").click()
    request = wait_asked(harness, "map")
    assert request["words"] == ["quick", "fast", "king", "queen", "man", "woman"]
    take(harness, request, map=map_of({word: PLACES[word] for word in request["words"]}))
    expect(points(lesson)).to_have_count(6)
    expect(entry(lesson)).to_be_focused()
    entry(lesson).press("Backspace")
    assert wait_asked(harness, "map", 2)["words"] == ["quick", "fast", "king", "queen", "man"]


def test_a_refusal_keeps_the_words_and_says_why(harness):
    root = mount(harness, language="ja")
    entry(root).fill("bad")
    entry(root).press("Enter")
    why = error("invalid_value", "words cannot be 'bad'.", "Other.", name="words", value="'bad'", allowed="…")
    harness.refuse(wait_asked(harness, "map"), why, view=0)
    expect(root.get_by_role("alert")).to_contain_text("words に 'bad' は使えません。")
    assert chips(root)[-1] == "bad"
    # the text moves on, and its tokens with it: the words are still there to be mended
    request = harness.sent(view=0)[-1]
    harness.set("settings", settings(seen={request["client"]: request["rid"]}), view=0)
    harness.set("map", map_of(PLACES), view=0)
    assert chips(root)[-1] == "bad"
    root.get_by_role("button", name="「bad」を取り除く").click()
    expect(root.get_by_role("alert")).to_have_count(0)
    assert wait_asked(harness, "map", 2)["words"] == list(PLACES)


def test_answers_to_other_pages_are_nobody_s_business_here(harness, lesson):
    entry(lesson).fill("cat")
    entry(lesson).press("Enter")
    request = wait_asked(harness, "map")
    harness.refuse({**request, "client": "somebody else"}, error(), view=0)
    harness.set("settings", settings(seen={"somebody else": 99}), view=0)
    assert chips(lesson)[-1] == "cat"
    expect(lesson.get_by_role("alert")).to_have_count(0)
    # nor do they free the way for the next request
    entry(lesson).fill("dog")
    entry(lesson).press("Enter")
    assert len(harness.sent(view=0)) == 1


def test_the_kernel_s_own_error(harness):
    root = mount(harness, map={"error": error("model_failed", "The model broke.", "Load it again.")})
    expect(root.get_by_role("alert")).to_have_text("The model broke. Load it again.")
    expect(points(root)).to_have_count(7)


def test_tokens_of_the_text(harness, lesson):
    switch = lesson.get_by_role("switch", name="Tokens of the text")
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.click()
    request = wait_asked(harness, "map")
    assert (request["show_tokens"], request["words"]) == (True, None)
    expect(switch).to_have_attribute("aria-checked", "true")
    shown = {**PLACES, " pirate": (0.4, 1.1), "\n": (-0.3, -0.4)}
    take(harness, request, map=map_of(shown, tokens=2))
    expect(points(lesson)).to_have_count(9)
    expect(lesson.get_by_role("option", name=re.compile("^␣pirate:"))).to_have_count(1)
    # another form, not only another colour; and the heat map is of words only
    expect(point(lesson, 7).locator("rect.llmw-dot")).to_have_count(1)
    expect(point(lesson, 0).locator("circle.llmw-dot")).to_have_count(1)
    expect(lesson.locator(".llmw-heat tbody tr")).to_have_count(7)


def test_one_long_word_leaves_the_heat_map_its_room(harness):
    root = mount(harness, {**PLACES, "w" * 400: (0.3, 0.3)}, width=1100)
    heat = root.locator(".llmw-heat")
    headings = heat.locator(".llmw-heading")
    expect(headings).to_have_count(16)
    for heading in headings.all():
        size = heading.evaluate("element => [element.offsetWidth, element.offsetHeight]")
        assert max(size) <= 110
    long = heat.get_by_role("rowheader").last.locator(".llmw-heading")
    expect(long).to_have_attribute("title", re.compile("^w{24}…:"))


def test_the_heat_map_reads_as_numbers(harness, lesson):
    cells = lesson.locator(".llmw-heat tbody tr").nth(3).locator("td")
    king, man = PLACES["king"], PLACES["man"]
    true = (king[0] * man[0] + king[1] * man[1]) / math.hypot(*king) / math.hypot(*man)
    expect(cells.nth(5)).to_have_text(f"{true:.2f}".replace("-", "−"))
    expect(cells.nth(3)).to_have_text("1.00")
    expect(cells.nth(5)).to_have_attribute("data-sign", "minus")
    assert lesson.locator(".llmw-heat thead th").all_inner_texts() == list(PLACES)


def test_hovering_a_point_names_it_and_marks_the_heat_map(harness, lesson):
    point(lesson, 3).locator(".llmw-dot").hover()
    detail = lesson.locator(".llmw-detail")
    expect(detail).to_have_text(re.compile(r"king.*tokens ki 13 ?ng 53.*norm 2\.44.*Nearest.*queen 1\.00"))
    expect(point(lesson, 3)).to_have_attribute("data-looked", "true")
    expect(point(lesson, 4)).to_have_attribute("data-lit", "true")
    expect(lesson.get_by_role("rowheader", name="king")).to_have_attribute("data-lit", "true")
    expect(lesson.locator(".llmw-tie")).to_have_count(3)
    lesson.get_by_role("heading").hover()
    expect(detail).to_contain_text("Point at a word")
    expect(lesson.locator(".llmw-tie")).to_have_count(0)


def test_hovering_a_cell_marks_its_two_points(harness, lesson):
    lesson.locator("[data-pair='3 5']").hover()
    expect(lesson.locator(".llmw-point[data-lit='true']")).to_have_count(2)
    expect(point(lesson, 5)).to_have_attribute("data-lit", "true")
    expect(lesson.locator(".llmw-detail")).to_have_text(re.compile("king.*↔.*man.*Cosine similarity −"))


def test_keyboard(harness, lesson):
    focused = lesson.locator(".llmw-point:focus")
    expect(lesson.locator(".llmw-point[tabindex='0']")).to_have_count(1)
    lesson.get_by_role("button", name="More settings").press("Tab")
    expect(focused).to_have_attribute("data-point", "0")
    across = [2, 1, 0, 6, 4, 5, 3]
    harness.page.keyboard.press("Home")
    for number in across:
        expect(focused).to_have_attribute("data-point", str(number))
        harness.page.keyboard.press("ArrowRight")
    expect(focused).to_have_attribute("data-point", "3")
    expect(lesson.locator(".llmw-detail")).to_contain_text("king")
    harness.page.keyboard.press("ArrowDown")
    expect(focused).to_have_attribute("data-point", "1")
    harness.page.keyboard.press("ArrowUp")
    harness.page.keyboard.press("ArrowLeft")
    expect(focused).to_have_attribute("data-point", "5")
    harness.page.keyboard.press("End")
    expect(focused).to_have_attribute("data-point", "3")


def test_roles_and_labels(harness, lesson):
    expect(lesson.get_by_role("listbox", name=re.compile("^Map"))).to_have_count(1)
    option = lesson.get_by_role("option", name=re.compile(r"^king: tokens ki \| ng; norm 2\.44; nearest queen 1\.00"))
    expect(option).to_have_count(1)
    expect(lesson.get_by_role("status").filter(has_text="7 words and 0 tokens")).to_have_count(1)
    expect(lesson.get_by_role("columnheader", name="king")).to_have_count(1)


def test_the_table_says_the_same(harness, lesson):
    lesson.get_by_role("button", name="Table").click()
    rows = lesson.locator(".llmw-table").get_by_role("row")
    expect(rows).to_have_count(8)
    expect(rows.nth(4)).to_have_text(re.compile(r"king.*ki 13.*ng 53.*2\.44.*2\.000.*1\.400.*queen 1\.00"))


def test_points_glide_to_their_new_places(harness, lesson):
    """A point keeps its element while its word stays, and so moves instead of being drawn anew."""
    harness.page.emulate_media(reduced_motion="no-preference")
    king = point(lesson, 3).element_handle()
    before = place_of(point(lesson, 3))
    duration = point(lesson, 3).evaluate("e => getComputedStyle(e).transitionDuration")
    assert float(duration.split("s")[0]) > 0
    moved = {word: (-x, -y) for word, (x, y) in PLACES.items() if word != "quick"}
    harness.set("map", map_of(moved), view=0)
    assert point(lesson, 2).evaluate("(now, before) => now === before", king)
    harness.page.wait_for_function("e => e.getAnimations({ subtree: true }).length === 0", arg=king)
    after = place_of(point(lesson, 2))
    assert math.dist(before, after) > 100


def test_a_reader_s_wish_for_stillness(harness, lesson):
    assert point(lesson, 3).evaluate("e => getComputedStyle(e).transitionProperty") in {"none", "all"}
    assert point(lesson, 3).evaluate("e => e.getAnimations().length") == 0


def test_no_words(harness):
    root = mount(harness, {})
    expect(root).to_contain_text("Type a few words")
    expect(root.locator(".llmw-chart svg")).to_have_count(0)
    expect(root.get_by_role("button", name="Table")).to_be_disabled()


def test_a_map_that_the_kernel_has_not_made_yet(harness):
    root = harness.mount("embedding_map", view_state={"map": {}, "settings": {}})
    expect(root.get_by_role("heading")).to_have_text("Embedding map")
    expect(root.locator(".llmw-nothing")).to_have_count(0)
    harness.set("settings", settings(words=[]), view=0)
    expect(root).to_contain_text("Type a few words")
    harness.set("map", map_of(PLACES), view=0)
    expect(points(root)).to_have_count(7)


def test_one_word_is_no_picture_and_says_so(harness):
    root = mount(harness, {"king": (0.0, 0.0)}, map={"variance": []})
    expect(root).to_contain_text("One word alone")
    expect(root.locator(".llmw-chart svg")).to_have_count(0)
    expect(root.locator(".llmw-detail")).to_contain_text("king")


def test_words_on_one_spot(harness):
    root = mount(harness, {"king": (0.0, 0.0), "King": (0.0, 0.0)}, map={"variance": [0.0, 0.0]})
    expect(points(root)).to_have_count(2)
    assert place_of(point(root, 0)) == place_of(point(root, 1))


def test_a_word_without_a_token_is_named(harness):
    root = mount(harness, settings={"words": [*PLACES, "\u200b"]})
    expect(root).to_contain_text("No token, and so no place on the map: U+200B")
    expect(root.locator(".llmw-chip[data-place='none']")).to_have_count(1)


def test_a_model_without_embeddings(harness):
    root = mount(harness, {}, settings={"can_type": False, "ground_kind": ""}, info=info(can_embed=False))
    expect(root).to_contain_text("This model has no input embeddings")
    expect(root.get_by_role("textbox")).to_have_count(0)


def test_without_a_kernel_the_map_stays_and_the_reason_is_said(harness, lesson):
    entry(lesson).fill("half a wo")
    harness.connect(connected=False)
    expect(lesson).to_contain_text("The kernel is gone")
    expect(entry(lesson)).to_have_value("half a wo")
    expect(entry(lesson)).not_to_be_editable()
    entry(lesson).press("Enter")
    for switch in lesson.get_by_role("switch").all():
        expect(switch).to_be_disabled()
    expect(points(lesson)).to_have_count(7)
    point(lesson, 3).locator(".llmw-dot").hover()
    expect(lesson.locator(".llmw-detail")).to_contain_text("king")
    assert harness.sent(view=0) == []


def test_a_refused_text_is_another_view_s_matter(harness):
    root = mount(harness, content=content("a b"))
    editor = harness.mount("token_view").get_by_role("textbox")
    editor.fill("too long")
    harness.refuse(harness.wait_sent(1)[-1], error())
    expect(harness.view(1).get_by_role("alert")).to_have_count(1)
    expect(root.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_hostile_words_are_only_text(harness, theme):
    places = {word: (math.cos(n), math.sin(n)) for n, word in enumerate(HOSTILE)}
    root = mount(harness, places, map={"tokens": 1}, theme=theme, width=320)
    entry(root).fill("<img/src=y/onerror=window.hacked=2>")
    entry(root).press("Enter")
    harness.wait_sent(1, view=0)
    point(root, 3).locator(".llmw-dot").hover()
    for _ in ("chart", "table"):
        assert root.locator("img, script, iframe, object, a, foreignObject").count() == 0
        assert "\u202e" not in root.inner_text()
        assert not harness.overflows()
        assert root.evaluate("root => root.scrollWidth <= root.clientWidth")
        expect(root).to_contain_text("U+202Eevil")
        root.get_by_role("button", name="Table").click()
    harness.set("status", status("error", error=error("other", "<img src=x onerror=window.hacked=1>", "")))
    expect(root.get_by_role("alert")).to_contain_text("<img src=x")
    assert root.locator("img").count() == 0
    assert harness.page.evaluate("typeof window.hacked") == "undefined"


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 700, 2000])
def test_fits_every_width_in_both_themes(harness, width, theme, language):
    root = mount(harness, width=width, theme=theme, language=language)
    assert root.get_attribute("data-theme") == theme
    expect(root.get_by_role("heading")).to_have_text("埋め込みの地図" if language == "ja" else "Embedding map")
    chart, heat = box(root.locator(".llmw-chart")), box(root.locator(".llmw-heat"))
    beside = heat["x"] >= chart["x"] + chart["width"]
    assert beside == (width == 2000)
    if language == "ja":
        assert root.locator(".llmw-axis-title").first.text_content() == "第 1 主成分（34 %）"
    for _ in ("chart", "table"):
        assert not harness.overflows()
        assert root.evaluate("root => root.scrollWidth <= root.clientWidth")
        root.get_by_role("button", name="表" if language == "ja" else "Table", exact=True).click()


def test_the_chart_follows_its_width(harness, lesson):
    before = box(lesson.locator(".llmw-chart"))["width"]
    harness.page.evaluate("document.querySelector('[data-view]').style.width = '400px'")
    harness.page.wait_for_function("before => document.querySelector('.llmw-chart').clientWidth < before", arg=before)
    harness.page.evaluate("document.querySelector('[data-view]').style.display = 'none'")
    harness.page.evaluate("document.querySelector('[data-view]').style.display = ''")
    expect(points(lesson)).to_have_count(7)


def test_closing_leaves_nothing_behind(harness, lesson):
    assert harness.listening(view=0) > 0
    harness.close()
    harness.wait_listening(0, view=0)
    expect(harness.page.locator("[data-view] *")).to_have_count(0)
