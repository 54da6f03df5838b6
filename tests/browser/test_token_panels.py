"""TokenView's panels in a browser: tokenizers compared, how a word became tokens, the vocabulary, IDs turned back into text."""

import re
from typing import Any

import pytest
from harness import JSON, Harness, box, content, error, info, small, tokens
from playwright.sync_api import Locator, expect

TEXT = "Replaying むかし"
MAIN = ["Rep", "laying", " ", b"\xe3\x82", b"\x80", "か", "し"]
OTHER = ["Re", "playing", " む", "かし"]
HOSTILE = (
    "<img src=x onerror=window.hacked=1>",
    "\u202etxt.exe",
    "\x00",
    "W" * 300,
    "👩\u200d👩\u200d👧",
    "e\u0301\u0301",
)
LANGUAGES = [
    {"label": "Latin", "characters": 9, "utf8_bytes": 9, "tokens": [2.0, 2.0]},
    {"label": "Japanese", "characters": 3, "utf8_bytes": 9, "tokens": [4.5, 2.0]},
]


def row(name: str, text: str, cuts: list[Any] | None = None, *, error: JSON | None = None, **changes: Any) -> JSON:
    """A RowPayload."""
    return {**tokens(text, cuts, **changes), "name": name, "error": error}


def settings(kind: str = "text", **changes: Any) -> JSON:
    """TokenSettings."""
    return {
        "kind": kind,
        "tokenizer": "first",
        "color_by": "token",
        "can_score": False,
        "can_attend": False,
        "selection": None,
        "seen": {},
        **changes,
    }


def compare(
    harness: Harness, main: JSON, rows: list[JSON], languages: list[JSON] | None = None, **changes: Any
) -> Locator:
    """A comparison, mounted."""
    state = {"settings": settings("compare"), "rows": rows, "languages": languages or []}
    root = harness.mount("token_view", content=main, view_state=state, **changes)
    root.locator(".llmw-bands [role=option]").first.wait_for()
    return root


@pytest.fixture
def compared(harness: Harness) -> Locator:
    return compare(harness, content(TEXT, MAIN), [row("second", TEXT, OTHER)], LANGUAGES)


def token(root: Locator, lane: int, index: int) -> Locator:
    """The box in which a token begins."""
    return root.locator(f"[data-lane='{lane}'][data-token='{index}']")


def left(box_of: Locator) -> float:
    return box(box_of)["x"]


def right(box_of: Locator) -> float:
    place = box(box_of)
    return place["x"] + place["width"]


# the comparison


def test_the_same_character_stands_at_the_same_place_in_every_row(compared):
    # Rep|laying|␣|む in three bytes' parts|か|し against Re|playing|␣む|かし
    assert left(token(compared, 0, 0)) == pytest.approx(left(token(compared, 1, 0)), abs=0.5)
    assert right(token(compared, 0, 1)) == pytest.approx(right(token(compared, 1, 1)), abs=0.5)
    assert left(token(compared, 0, 2)) == pytest.approx(left(token(compared, 1, 2)), abs=0.5)
    assert right(token(compared, 0, 4)) == pytest.approx(right(token(compared, 1, 2)), abs=0.5)
    assert left(token(compared, 0, 5)) == pytest.approx(left(token(compared, 1, 3)), abs=0.5)
    assert right(token(compared, 0, 6)) == pytest.approx(right(token(compared, 1, 3)), abs=0.5)
    assert left(token(compared, 0, 1)) > left(token(compared, 1, 1)) + 3


def test_each_box_says_its_token(compared):
    for lane, said in enumerate((["Rep", "laying", "␣", "", "", "か", "し"], ["Re", "playing", "␣む", "かし"])):
        for index, text in enumerate(said):
            expect(token(compared, lane, index)).to_have_text(text)
    expect(compared.locator(".llmw-gap")).to_have_count(0)


def test_characters_stand_under_each_other(harness):
    text = "The quick brown fox, 1234567890"
    root = compare(harness, content(text, list(text)), [row("second", text, [text])])
    # one box holds the whole text: its letters stand where the other row has theirs
    drawn = "e => Array.from(e.querySelectorAll('.llmw-box-text'), each => each.getBoundingClientRect().x)"
    own = token(root, 1, 0).evaluate(drawn)
    letters = [left(token(root, 0, index)) for index in range(len(text))]
    assert own == pytest.approx(letters, abs=0.5)


@pytest.mark.parametrize("width", [320, 700, 1300])
def test_no_text_leaves_its_box(harness, width):
    text = "Illustration, WAVE fjord ÅÉ むかしむかし漢字 żółć 123\n"
    root = compare(
        harness, content(text, list(text)), [row("second", text, re.findall(r"\s?\S+|\s", text))], width=width
    )
    wider = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
    assert root.locator(".llmw-bands .llmw-box-text").evaluate_all(wider) == []


def test_tokens_that_share_a_character_are_equal_parts_of_it(compared):
    first, second = (box(token(compared, 0, index)) for index in (3, 4))
    assert first["width"] == pytest.approx(second["width"], abs=0.5)
    over = compared.locator(".llmw-over")
    expect(over).to_have_text("む")
    assert left(over) == pytest.approx(first["x"], abs=0.5)
    assert right(over) == pytest.approx(second["x"] + second["width"], abs=0.5)
    expect(token(compared, 0, 3)).to_have_attribute("title", "E3 82")


def test_boundaries_that_differ_are_marked_in_form_and_colour(compared):
    differs = {
        (lane, index): token(compared, lane, index).get_attribute("data-differs") == "true"
        for lane, count in ((0, 7), (1, 4))
        for index in range(count)
    }
    assert {place for place, value in differs.items() if value} == {(0, 1), (0, 3), (0, 4), (0, 6), (1, 1)}
    mark = "e => { const s = getComputedStyle(e, '::before'); return [s.content, s.clipPath, s.width] }"
    drawn = token(compared, 1, 1).evaluate(mark)
    assert drawn[0] == '""'
    assert drawn[1].startswith("polygon")
    assert token(compared, 1, 2).evaluate(mark)[0] == "none"
    expect(compared.locator(".llmw-legend")).to_contain_text("Such places in this text: 5.")
    expect(token(compared, 1, 1)).to_have_attribute("aria-label", re.compile("begins where not all tokenizers cut"))


def test_rows_that_agree_say_so(harness):
    root = compare(harness, content("a b"), [row("second", "a b")])
    expect(root.locator(".llmw-legend")).to_have_text("All tokenizers cut this text at the same places.")
    expect(root.locator("[data-differs='true']")).to_have_count(0)


def test_hover_marks_the_same_characters_in_all_rows_and_tells_the_token(compared):
    token(compared, 0, 4).hover()
    same = box(compared.locator(".llmw-same"))
    over = box(compared.locator(".llmw-over"))
    assert (same["x"], same["width"]) == pytest.approx((over["x"], over["width"]), abs=0.5)
    tracks = [box(track) for track in compared.locator(".llmw-track").all()]
    assert same["y"] <= tracks[0]["y"]
    assert same["y"] + same["height"] >= tracks[-1]["y"] + tracks[-1]["height"] - 2
    facts = compared.locator(".llmw-box-facts")
    expect(facts).to_have_text(re.compile("80.*tokenizer first.*ID 128.*bytes 80.*not all tokenizers cut before it"))
    token(compared, 1, 3).hover()
    expect(facts).to_have_text(re.compile("かし.*tokenizer second.*ID 121.*bytes E3 81 8B E3 81 97"))


def test_arrow_keys_move_along_a_row_and_between_rows(harness, compared):
    expect(compared.locator(".llmw-bands [tabindex='0']")).to_have_count(1)
    token(compared, 0, 0).focus()
    for key, lane, index in [
        ("ArrowRight", 0, 1),
        ("ArrowDown", 1, 1),
        ("ArrowRight", 1, 2),
        ("ArrowUp", 0, 3),
        ("End", 0, 6),
        ("ArrowRight", 0, 6),
        ("ArrowDown", 1, 3),
        ("ArrowDown", 1, 3),
        ("Home", 1, 0),
        ("ArrowLeft", 1, 0),
    ]:
        harness.page.keyboard.press(key)
        expect(token(compared, lane, index)).to_be_focused()
    expect(compared.locator(".llmw-bands [tabindex='0']")).to_have_count(1)
    expect(compared.locator(".llmw-same")).to_have_count(1)


def test_rows_are_named_and_their_tokens_labelled(compared):
    first = compared.get_by_role("listbox", name="first, line 1")
    expect(first.get_by_role("option")).to_have_count(7)
    expect(first.get_by_role("option", name="␣, ID 114, bytes 20")).to_have_count(1)
    expect(compared.get_by_role("listbox", name="second, line 1").get_by_role("option")).to_have_count(4)
    expect(compared.locator(".llmw-lane-name")).to_have_text(["first", "second"])


@pytest.mark.parametrize(("width", "beside"), [(320, False), (700, True)])
def test_names_stand_beside_the_rows_or_above_them(harness, width, beside):
    root = compare(harness, content(TEXT, MAIN), [row("second", TEXT, OTHER)], width=width)
    name, track = box(root.locator(".llmw-lane-name").first), box(root.locator(".llmw-track").first)
    if beside:
        assert name["x"] + name["width"] <= track["x"]
    else:
        assert name["y"] + name["height"] <= track["y"] + 1


def test_a_change_of_width_lays_the_text_out_anew(harness):
    root = compare(harness, content(TEXT * 5), [row("second", TEXT * 5)])
    before = root.locator(".llmw-band").count()
    harness.page.locator("[data-view]").evaluate("e => { e.style.width = '320px' }")
    expect(root.locator(".llmw-bands")).to_have_attribute("data-wide", "false")
    assert root.locator(".llmw-band").count() > before


def test_the_table_tells_the_cost_and_marks_the_fewest(compared):
    lines = compared.locator(".llmw-costs").first.locator("tbody tr")
    expect(lines.nth(0)).to_have_text(re.compile(r"^first7.*1\.86.*2\.71$"))
    expect(lines.nth(1)).to_have_text(re.compile(r"^second4fewest3\.25.*4\.75$"))
    expect(compared.get_by_text("fewest", exact=True).first).to_be_visible()


def test_the_table_by_language_tells_what_each_costs(compared):
    table = compared.locator(".llmw-languages")
    expect(table.locator("thead")).to_have_text("languagecharactersfirstsecond")
    latin, japanese = table.locator("tbody tr").nth(0), table.locator("tbody tr").nth(1)
    expect(latin).to_have_text("Latin99 bytes24.5 chars/token24.5 chars/token")
    expect(japanese).to_contain_text("Japanese39 bytes")
    expect(japanese.locator("td").nth(1)).to_have_text(re.compile(r"^4\.50\.667 chars/token.*×6\.8 per character"))
    expect(japanese.locator("td").nth(2)).to_have_text(re.compile(r"^2fewest1\.5 chars/token×3 per character$"))


def test_a_tokenizer_that_failed_says_why_and_the_others_stand(harness):
    why = error("no_network", "gpt-9 is not on this machine, and the hub cannot be reached.", "Check it", name="gpt-9")
    rows = [row("gpt-9", "", [], error=why), row("second", TEXT, OTHER)]
    root = compare(harness, content(TEXT, MAIN), rows, language="ja")
    expect(root.get_by_role("alert")).to_contain_text(
        "gpt-9: gpt-9 はこのマシンになく、Hugging Face Hub にも接続できません。"
    )
    expect(root.get_by_role("listbox")).to_have_count(2)
    expect(root.locator(".llmw-costs tbody tr").nth(1)).to_contain_text("トークンなし")


def test_what_a_tokenizer_drops_is_a_gap_and_what_it_changes_is_shown_changed(harness):
    text = "Hé  you"
    changed = row("bert", text, ["he", "you"], spans=[(0, 2), (4, 7)])
    root = compare(harness, content(text, ["Hé", " ", " you"]), [changed])
    gaps = root.locator(".llmw-gap")
    expect(gaps).to_have_text(["␣", "␣"])
    expect(token(root, 1, 0)).to_have_text("he")
    expect(token(root, 1, 0)).to_have_attribute("data-changed", "true")
    assert left(gaps.first) == pytest.approx(right(token(root, 1, 0)), abs=0.5)
    assert left(token(root, 1, 1)) == pytest.approx(right(gaps.last), abs=0.5)
    expect(root.locator(".llmw-costs tbody tr").nth(1)).to_contain_text("changes or drops some of the text")


def test_tokens_that_hold_none_of_the_text_are_pills_at_their_place(harness):
    started = row("second", "ab", ["<s>", "ab", "</s>"], spans=[(0, 0), (0, 2), (2, 2)], special=[0, 2], exact=True)
    root = compare(harness, content("ab", ["a", "b"]), [started])
    expect(token(root, 1, 0)).to_have_text("<s>")
    assert right(token(root, 1, 0)) <= left(token(root, 1, 1)) + 0.5
    assert left(token(root, 0, 0)) == pytest.approx(left(token(root, 1, 1)), abs=0.5)
    assert left(token(root, 1, 2)) >= right(token(root, 0, 1)) - 0.5
    expect(root.get_by_role("option", name="special token <s>, ID 100")).to_have_count(1)
    expect(root.locator(".llmw-costs tbody tr").nth(1)).to_contain_text("2 special among them")


def test_a_token_that_goes_on_in_the_next_line_is_open(harness):
    text = "W" * 120
    root = compare(harness, content(text, ["W" * 60, "W" * 60]), [row("second", text, [text])], width=320)
    bands = root.locator(".llmw-band")
    expect(bands.nth(1)).to_be_visible()
    expect(token(root, 1, 0)).to_have_attribute("data-open", "right")
    expect(bands.nth(1).locator("[data-of='1 0']")).to_have_attribute("data-open", "left right")
    expect(root.locator("[data-lane='1'][data-token='0']")).to_have_count(1)
    assert not harness.overflows()


def test_rows_of_an_older_text_wait_for_theirs(harness, compared):
    harness.set("content", content("new text", revision=2))
    expect(compared.locator(".llmw-compare")).to_have_attribute("data-stale", "true")
    expect(token(compared, 0, 0)).to_have_text("Rep")
    harness.set("rows", [row("second", "new text", ["new te", "xt"])], view=0)
    expect(compared.locator(".llmw-compare")).to_have_attribute("data-stale", "false")
    expect(token(compared, 0, 0)).to_have_text("new")
    assert left(token(compared, 0, 1)) < left(token(compared, 1, 1))


def test_a_hundred_thousand_tokens_are_never_all_in_the_page(harness):
    words = [" むかし" if index % 3 else " pirate" for index in range(50_000)]
    text = "".join(words)
    parts = [part for word in words for part in (word[:2], word[2:])]
    root = compare(harness, content(text, parts), [row("second", text, words)])
    boxes = root.locator(".llmw-bands [role=option]")
    assert boxes.count() < 1500
    token(root, 0, 0).focus()
    harness.page.keyboard.press("Control+End")
    expect(token(root, 0, 99_999)).to_be_focused()
    expect(token(root, 0, 99_999)).to_be_in_viewport()
    assert boxes.count() < 1500
    assert right(token(root, 0, 99_999)) == pytest.approx(right(token(root, 1, 49_999)), abs=0.5)
    # the token that has the focus stays in the page, however far one scrolls
    root.locator(".llmw-bands").evaluate("e => { e.scrollTop = 0 }")
    expect(token(root, 0, 0)).to_be_visible()
    harness.page.keyboard.press("ArrowLeft")
    expect(token(root, 0, 99_998)).to_be_focused()


def test_a_cell_that_was_hidden_is_right_when_it_is_back(harness, compared):
    view = harness.page.locator("[data-view]")
    view.evaluate("e => { e.style.display = 'none' }")
    harness.set("rows", [row("second", "ab", ["ab"])], view=0)
    harness.set("content", content("ab", ["a", "b"], revision=2))
    view.evaluate("e => { e.style.display = '' }")
    expect(token(compared, 0, 1)).to_be_visible()
    assert right(token(compared, 0, 1)) == pytest.approx(right(token(compared, 1, 0)), abs=0.5)


def test_an_empty_text_says_what_to_do(harness):
    state = {"settings": settings("compare"), "rows": [row("second", "", [])], "languages": []}
    root = harness.mount("token_view", view_state=state)
    expect(root.locator(".llmw-compare")).to_contain_text("No text yet")


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 700, 1300])
def test_a_comparison_of_hostile_text_is_only_text_and_fits(harness, width, theme, language):
    text = "".join(HOSTILE)
    root = compare(
        harness,
        content(text, list(HOSTILE)),
        [row("<b>second</b>", text, list(text)), row("x" * 200, text, [text])],
        LANGUAGES,
        width=width,
        theme=theme,
        language=language,
    )
    expect(root.locator(".llmw-bands")).to_contain_text("U+202E")
    assert root.locator("img, script, b").count() == 0
    assert harness.page.evaluate("typeof window.hacked") == "undefined"
    assert not harness.overflows()
    assert root.locator(".llmw-bands").evaluate("e => e.scrollWidth <= e.clientWidth")
    assert root.evaluate("e => e.scrollWidth <= e.clientWidth")


# how it came about


def symbol(piece: str = "", token_id: int = -1, *, octets: str = "") -> JSON:
    """A SymbolPayload."""
    return {"id": token_id, "piece": piece, "bytes": octets}


def word(text: str, method: str, pieces: list[JSON], **changes: Any) -> JSON:
    """A WordPayload."""
    return {"text": text, "method": method, "symbols": [], "merges": [], "pieces": pieces, "scores": [], **changes}


HUGS = word(
    " hugs",
    "bpe",
    [symbol(" hug", 40), symbol("s", 4)],
    symbols=[symbol(" ", 0), symbol("h", 1), symbol("u", 2), symbol("g", 3), symbol("s", 4)],
    merges=[
        {"at": 2, "rank": 1234, "symbol": symbol("ug", 20)},
        {"at": 1, "rank": 2000, "symbol": symbol("hug", 30)},
        {"at": 0, "rank": 9876, "symbol": symbol(" hug", 40)},
    ],
)


def trace(text: str, words: list[JSON], **changes: Any) -> JSON:
    """A TracePayload."""
    return {
        "kind": "trace",
        "text": text,
        "normalizer": "",
        "normalized": text,
        "pre_tokenizer": "ByteLevel",
        "words": words,
        **changes,
    }


def reply(harness: Harness, finding: JSON, *, count: int) -> JSON:
    """Answers the newest of `count` lookups; the lookup."""
    harness.page.wait_for_function(
        "count => window.harness.models.view0.sent.filter(each => each.kind === 'lookup').length >= count", arg=count
    )
    request = [each for each in harness.sent(view=0) if each["kind"] == "lookup"][count - 1]
    answer = {"rid": request["rid"], "client": request["client"], "ok": True, "error": None, "result": finding}
    harness.message(answer, view=0)
    return request


def open_panel(root: Locator) -> Locator:
    root.locator(".llmw-explore > button").click()
    return root.locator(".llmw-explore")


def ask(panel: Locator) -> Locator:
    return panel.get_by_role("tabpanel").get_by_role("textbox")


def traced(harness: Harness, finding: JSON, **changes: Any) -> Locator:
    """The panel with a word's trace."""
    view_state = changes.pop("view_state", {"settings": settings()})
    root = harness.mount("token_view", content=content("a hug"), view_state=view_state, **changes)
    panel = open_panel(root)
    ask(panel).fill(finding["text"])
    reply(harness, finding, count=1)
    panel.locator(".llmw-stages").wait_for()
    return panel


def symbols(panel: Locator) -> list[str]:
    return panel.locator(".llmw-stepper .llmw-symbol-text").all_text_contents()


def test_the_panel_is_closed_until_it_is_asked_for(harness):
    root = harness.mount("token_view", content=content("a b"), view_state={"settings": settings()})
    button = root.locator(".llmw-explore > button")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(ask(root.locator(".llmw-explore"))).to_have_count(0)
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(root.locator(".llmw-explore")).to_contain_text("Type a word")
    assert [each for each in harness.sent(view=0) if each["kind"] == "lookup"] == []


def test_a_token_that_is_clicked_is_followed(harness):
    """A click opened the panel, though it only meant to choose the position: it fills the field, and Explore opens."""
    root = harness.mount("token_view", content=content("one three"), view_state={"settings": settings()})
    root.locator(".llmw-flow").get_by_role("option").nth(1).click()
    expect(root.locator(".llmw-explore > button")).to_have_attribute("aria-expanded", "false")
    root.locator(".llmw-explore > button").click()
    expect(ask(root.locator(".llmw-explore"))).to_have_value(" three")
    request = reply(harness, trace(" three", [word(" three", "vocabulary", [symbol(" three", 107)])]), count=1)
    assert (request["what"], request["row"], request["text"]) == ("trace", 0, " three")
    expect(root.locator(".llmw-explore")).to_contain_text("the whole word is one token of the vocabulary")


def test_merges_step_forward_and_back_to_the_start(harness):
    panel = traced(harness, trace(" hugs", [HUGS]))
    sentence = panel.get_by_role("status").filter(has_text=re.compile("Next|No pair"))
    starting = ["␣", "h", "u", "g", "s"]
    assert symbols(panel) == starting
    expect(panel.locator("[data-state='next'] .llmw-symbol-text")).to_have_text(["u", "g"])
    expect(sentence).to_have_text("Next, “u” and “g” become “ug”: rank 1,234. Learned earlier means merged earlier.")
    following = panel.get_by_role("button", name="One step on")
    previous = panel.get_by_role("button", name="One step back")
    expect(previous).to_be_disabled()
    for expected in (["␣", "h", "ug", "s"], ["␣", "hug", "s"], ["␣hug", "s"]):
        following.click()
        expect(panel.locator(".llmw-stepper .llmw-symbol-text")).to_have_text(expected)
    expect(following).to_be_disabled()
    expect(sentence).to_have_text("No pair left is in the list of merges: these are the tokens.")
    expect(panel.locator("[data-state='next']")).to_have_count(0)
    previous.click()
    expect(panel.locator("[data-state='next'] .llmw-symbol-text")).to_have_text(["␣", "hug"])
    panel.get_by_role("button", name="To the start").click()
    assert symbols(panel) == starting
    panel.get_by_role("button", name="To the end").click()
    assert symbols(panel) == ["␣hug", "s"]


def test_the_list_of_merges_and_the_range_are_the_same_steps(harness):
    panel = traced(harness, trace(" hugs", [HUGS]))
    merges = panel.get_by_role("listbox", name=re.compile("merges")).get_by_role("option")
    expect(merges).to_have_count(3)
    expect(merges.nth(1)).to_have_attribute("aria-label", "“h” and “ug” become “hug”, rank 2,000")
    expect(merges.nth(0)).to_have_attribute("aria-selected", "true")
    merges.nth(2).click()
    assert symbols(panel) == ["␣", "hug", "s"]
    merges.nth(2).focus()
    for key, at in [("ArrowUp", 1), ("ArrowUp", 0), ("ArrowUp", 0), ("End", 2), ("Home", 0), ("ArrowDown", 1)]:
        harness.page.keyboard.press(key)
        expect(merges.nth(at)).to_be_focused()
        expect(merges.nth(at)).to_have_attribute("aria-selected", "true")
    assert symbols(panel) == ["␣", "h", "ug", "s"]
    step = panel.get_by_role("slider")
    expect(step).to_have_value("1")
    step.press("End")
    assert symbols(panel) == ["␣hug", "s"]
    expect(step).to_have_attribute("aria-valuetext", "step 3 of 3")


def test_bytes_of_a_japanese_word_merge_too(harness):
    ka = word(
        "か",
        "bpe",
        [symbol("か", 9)],
        symbols=[symbol(octets="e3", token_id=1), symbol(octets="81", token_id=2), symbol(octets="8b", token_id=3)],
        merges=[
            {"at": 0, "rank": 5, "symbol": symbol(octets="e381", token_id=8)},
            {"at": 0, "rank": 7, "symbol": symbol("か", 9)},
        ],
    )
    panel = traced(harness, trace("か", [ka]), language="ja")
    assert symbols(panel) == ["E3", "81", "8B"]
    panel.get_by_role("button", name="1 つ進む").click()
    assert symbols(panel) == ["E3 81", "8B"]
    expect(panel.locator(".llmw-sentence")).to_have_text(
        "次は⟨E3 81⟩と⟨8B⟩を結合して「か」にします（順位 7）。先に学習した組ほど先に結合します。"
    )


def test_each_stage_is_named_and_what_was_changed_is_marked(harness):
    words = [word("café", "wordpiece", [symbol("cafe", 5)], symbols=[symbol("cafe", 5)])]
    finding = trace("CAFÉ", words, normalizer="BertNormalizer", normalized="cafe", pre_tokenizer="BertPreTokenizer")
    panel = traced(harness, finding)
    stages = panel.locator(".llmw-stages > li")
    expect(stages.nth(0)).to_contain_text("Normaliser BertNormalizer")
    expect(stages.nth(0).locator("del")).to_have_text("CAFÉ")
    expect(stages.nth(0).locator("ins")).to_have_text("cafe")
    expect(stages.nth(1)).to_contain_text("BertPreTokenizer")


def test_a_stage_that_does_nothing_says_so(harness):
    panel = traced(harness, trace(" hugs", [HUGS], pre_tokenizer=""))
    expect(panel.locator(".llmw-stages > li").nth(0)).to_contain_text("none: nothing happens here")
    expect(panel.locator(".llmw-stages > li").nth(0)).to_contain_text("unchanged")
    expect(panel.locator(".llmw-stages > li").nth(1)).to_contain_text("none: nothing happens here")


def test_wordpiece_takes_the_longest_match_step_by_step(harness):
    found = [symbol("un", 17), symbol("able", 19)]
    panel = traced(harness, trace("unable", [word("unable", "wordpiece", found, symbols=found)]))
    expect(panel.locator(".llmw-rest")).to_have_text("unable")
    following = panel.get_by_role("button", name="One step on")
    following.click()
    expect(panel.locator(".llmw-rest")).to_have_text("able")
    expect(panel.locator(".llmw-sentence")).to_have_text("“un” is the longest piece that fits. Left to cut: “able”.")
    following.click()
    expect(panel.locator(".llmw-rest")).to_have_count(0)
    assert symbols(panel) == ["un", "able"]


def test_unigram_shows_the_pieces_scores_and_their_sum(harness):
    quickly = word(" quickly", "unigram", [symbol(" quick", 5), symbol("ly", 6)], scores=[-8.25, -4.0])
    panel = traced(harness, trace(" quickly", [quickly]))
    expect(panel.locator(".llmw-score")).to_have_text(["log p -8.25", "log p -4"])
    expect(panel).to_contain_text("sum of the log-probabilities: -12.3")


@pytest.mark.parametrize(
    ("method", "sentence"),
    [
        ("vocabulary", "the whole word is one token of the vocabulary"),
        ("added", "it is looked for before all else"),
        ("unknown", "is not known here"),
        ("bpe", "No pair of neighbours is in the list of merges."),
    ],
)
def test_methods_without_steps_say_what_they_are(harness, method, sentence):
    panel = traced(harness, trace("x", [word("x", method, [symbol("x", 5)], symbols=[symbol("x", 5)])]))
    expect(panel).to_contain_text(sentence)
    expect(panel.locator(".llmw-stepper")).to_have_count(0)


def test_the_longest_of_several_words_is_followed_until_another_is_chosen(harness):
    one = word("a", "vocabulary", [symbol("a", 7)])
    panel = traced(harness, trace("a hugs", [one, HUGS]))
    boxes = panel.locator(".llmw-word")
    expect(boxes.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(panel.locator(".llmw-stepper")).to_have_count(1)
    boxes.nth(0).click()
    expect(boxes.nth(0)).to_have_attribute("aria-pressed", "true")
    expect(panel.locator(".llmw-stepper")).to_have_count(0)
    boxes.nth(1).click()
    assert symbols(panel) == ["␣", "h", "u", "g", "s"]


def test_of_compared_tokenizers_one_is_chosen(harness):
    state = {"settings": settings("compare"), "rows": [row("second", "a hug")], "languages": []}
    panel = traced(harness, trace(" hugs", [HUGS]), view_state=state)
    chooser = panel.get_by_role("combobox", name="Tokenizer")
    expect(chooser.locator("option")).to_have_text(["first", "second"])
    chooser.select_option("second")
    request = reply(harness, trace(" hugs", [word(" hugs", "vocabulary", [symbol(" hugs", 3)])]), count=2)
    assert (request["row"], request["text"]) == (1, " hugs")
    expect(panel).to_contain_text("the whole word is one token")


def test_what_is_typed_is_asked_one_at_a_time_and_the_newest_is_shown(harness):
    panel = traced(harness, trace(" hugs", [HUGS]))
    ask(panel).press_sequentially("abc")
    expect(panel.locator(".llmw-found:visible")).to_have_attribute("data-waiting", "true")
    expect(panel.locator(".llmw-stepper")).to_be_visible()
    # what was typed is asked in the frame after
    harness.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert reply(harness, trace(" hugsa", []), count=2)["text"] == " hugsa"
    assert reply(harness, trace(" hugsabc", [word("new", "vocabulary", [])]), count=3)["text"] == " hugsabc"
    expect(panel.locator(".llmw-found:visible")).to_have_attribute("data-waiting", "false")
    expect(panel.locator(".llmw-word")).to_have_text("new")


def test_a_lookup_that_is_refused_says_why(harness):
    panel = traced(harness, trace(" hugs", [HUGS]))
    ask(panel).fill("too long")
    harness.page.wait_for_function("() => window.harness.models.view0.sent.some(each => each.text === 'too long')")
    request = harness.sent(view=0)[-1]
    harness.refuse(request, error("invalid_value", "Too long.", "Give a word."), view=0)
    expect(panel.get_by_role("alert")).to_contain_text("Give a word.")
    expect(ask(panel)).to_have_value("too long")
    expect(ask(panel)).to_have_attribute("aria-invalid", "true")
    ask(panel).fill(" hugs")
    expect(panel.get_by_role("alert")).to_have_count(0)


def test_without_a_kernel_the_panel_says_so_and_keeps_what_it_found(harness):
    panel = traced(harness, trace(" hugs", [HUGS]))
    harness.connect(connected=False)
    expect(panel).to_contain_text("nothing new can be looked up")
    expect(ask(panel)).not_to_be_editable()
    panel.get_by_role("button", name="One step on").click()
    assert symbols(panel) == ["␣", "h", "ug", "s"]
    harness.connect(connected=True)
    expect(ask(panel)).to_be_editable()


# the vocabulary


def entry(piece: str, token_id: int, **changes: Any) -> JSON:
    """A TokenPayload."""
    return {
        "kind": "token",
        "id": token_id,
        "piece": piece,
        "bytes": piece.encode().hex(),
        "special": False,
        "rank": None,
        "score": None,
        "parts": [],
        "containing": [],
        "containing_total": 0,
        **changes,
    }


HUG = entry(
    " hug",
    40,
    rank=9876,
    parts=[symbol(" ", 0), symbol("hug", 30)],
    containing=[symbol(" hugs", 41), symbol(" huge", 42)],
    containing_total=1234,
)


def search(query: str, total: int, *matches: JSON) -> JSON:
    """A SearchPayload."""
    return {"kind": "search", "query": query, "total": total, "matches": list(matches)}


@pytest.fixture
def searched(harness: Harness) -> Locator:
    text = " hug hug a hug"
    root = harness.mount(
        "token_view",
        content=content(text, [" hug", " hug", " a", " hug"], ids=[40, 40, 5, 40]),
        view_state={"settings": settings()},
    )
    panel = open_panel(root)
    panel.get_by_role("tab", name="Vocabulary").click()
    ask(panel).fill("hug")
    request = reply(harness, search("hug", 3210, symbol("hug", 30), symbol(" hug", 40)), count=1)
    assert (request["what"], request["text"], request["row"]) == ("search", "hug", 0)
    panel.locator(".llmw-found .llmw-symbol:visible").first.wait_for()
    return panel


def test_search_a_token_its_page_its_parts_and_back(harness, searched):
    expect(searched.get_by_role("status").filter(has_text="match")).to_have_text(
        "Tokens that match “hug”: 3,210; here are the 2 shortest"
    )
    searched.get_by_role("button", name="␣hug, ID 40").click()
    request = reply(harness, HUG, count=2)
    assert (request["what"], request["id"]) == ("token", 40)
    page = searched.get_by_role("article", name="␣hug, ID 40")
    facts = page.locator(".llmw-entry-facts")
    expect(facts).to_contain_text("bytes20 68 75 67")
    expect(facts).to_contain_text("U+0020 U+0068 U+0075 U+0067")
    expect(facts).to_contain_text("rank of its merge9,876")
    expect(facts).to_contain_text("occurrences in the text shown3")
    expect(page).to_contain_text("Other tokens that contain it: 1,234")
    page.get_by_role("button", name="hug, ID 30", exact=True).click()
    assert reply(harness, entry("hug", 30), count=3)["id"] == 30
    expect(searched.get_by_role("article", name="hug, ID 30", exact=True)).to_be_visible()
    back = searched.get_by_role("button", name="Back")
    back.click()
    expect(page).to_be_visible()
    back.click()
    expect(searched.locator(".llmw-found .llmw-symbol:visible")).to_have_count(2)
    expect(back).to_have_count(0)
    assert len([each for each in harness.sent(view=0) if each["kind"] == "lookup"]) == 3


def test_a_search_is_asked_of_another_tokenizer_once_it_is_looked_at(harness):
    state = {"settings": settings("compare"), "rows": [row("second", "a b")], "languages": []}
    panel = open_panel(harness.mount("token_view", content=content("a b"), view_state=state))
    panel.get_by_role("tab", name="Vocabulary").click()
    ask(panel).fill("hug")
    reply(harness, search("hug", 1, symbol("hug", 30)), count=1)
    panel.get_by_role("tab", name="Step by step").click()
    panel.get_by_role("combobox", name="Tokenizer").select_option("second")
    ask(panel).fill("a")
    assert reply(harness, trace("a", []), count=2)["what"] == "trace"
    panel.get_by_role("tab", name="Vocabulary").click()
    request = reply(harness, search("hug", 0), count=3)
    assert (request["what"], request["row"], request["text"]) == ("search", 1, "hug")
    expect(panel.get_by_text("No token matches “hug”.")).to_be_visible()
    panel.get_by_role("tab", name="Step by step").click()
    expect(panel.locator(".llmw-found:visible")).to_have_attribute("data-waiting", "false")
    assert len([each for each in harness.sent(view=0) if each["kind"] == "lookup"]) == 3


def test_a_token_of_bytes_and_a_special_one(harness, searched):
    searched.get_by_role("button", name="hug, ID 30", exact=True).click()
    reply(harness, entry("", 30, bytes="e381", score=-9.5), count=2)
    page = searched.get_by_role("article")
    expect(page.locator(".llmw-entry-facts")).to_contain_text("only a part of a character")
    expect(page.locator(".llmw-entry-facts")).to_contain_text("log-probability-9.5")
    expect(page.locator(".llmw-chip")).to_have_text("E3 81")
    ask(searched).fill("<s>")
    reply(harness, search("<s>", 1, symbol("<s>", 1)), count=3)
    expect(searched.get_by_role("button", name="Back")).to_have_count(0)
    searched.get_by_role("button", name="<s>, ID 1").click()
    reply(harness, entry("<s>", 1, special=True), count=4)
    expect(page).to_contain_text("special token")


def test_nothing_found_and_nothing_asked(harness, searched):
    ask(searched).fill("qqq")
    reply(harness, search("qqq", 0), count=2)
    expect(searched.get_by_text("No token matches “qqq”.")).to_be_visible()
    ask(searched).fill("")
    expect(searched.get_by_text("Search the vocabulary by text or ID")).to_be_visible()


def test_enter_asks_again_and_makes_no_line(harness, searched):
    ask(searched).press("Enter")
    assert reply(harness, search("hug", 0), count=2)["text"] == "hug"
    expect(ask(searched)).to_have_value("hug")


def test_the_pieces_of_a_word_lead_to_their_pages(harness):
    panel = traced(harness, trace(" hugs", [HUGS]))
    panel.locator(".llmw-stages").get_by_role("button", name="␣hug, ID 40").click()
    assert reply(harness, HUG, count=2)["id"] == 40
    expect(panel.get_by_role("tab", name="Vocabulary")).to_have_attribute("aria-selected", "true")
    expect(panel.get_by_role("article", name="␣hug, ID 40")).to_be_visible()
    panel.get_by_role("tab", name="Vocabulary").press("ArrowLeft")
    expect(panel.get_by_role("tab", name="Step by step")).to_be_focused()
    expect(panel.locator(".llmw-stages")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 700])
def test_hostile_words_and_tokens_are_only_text_and_fit(harness, width, theme):
    hostile = [symbol(text, 50 + index) for index, text in enumerate(HOSTILE)]
    words = [word(text, "unknown", hostile) for text in HOSTILE]
    finding = trace(
        "".join(HOSTILE), words, normalizer="<i>" * 40, normalized="W" * 400, pre_tokenizer="<b>bold</b>" * 20
    )
    panel = traced(harness, finding, width=width, theme=theme, language="ja")
    assert not harness.overflows()
    panel.get_by_role("tab").nth(1).click()
    ask(panel).fill("<img>")
    reply(harness, search("<img src=x onerror=window.hacked=1>" + "W" * 300, 900, *hostile), count=2)
    expect(panel.locator(".llmw-found:visible")).to_contain_text("U+202E")
    assert not harness.overflows()
    panel.locator(".llmw-found .llmw-symbol:visible").first.click()
    reply(harness, entry("".join(HOSTILE), 50, parts=hostile, containing=hostile, containing_total=6), count=3)
    panel.get_by_role("article").wait_for()
    assert not harness.overflows()
    assert panel.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert panel.locator("img, script, i, b").count() == 0
    assert harness.page.evaluate("typeof window.hacked") == "undefined"
    assert "\u202e" not in panel.inner_text()


# IDs to text


def decode(harness: Harness, **changes: Any) -> Locator:
    root = harness.mount("token_view", content=content("a b"), view_state={"settings": settings()}, **changes)
    panel = root.locator(".llmw-decode")
    panel.get_by_role("button").first.click()
    return panel


@pytest.mark.parametrize(
    "text",
    ["[2066, 2059, 11]", "２０６６、２０５９、１１", "tensor([[2066, 2059,\n 11]], device='cuda:0')", "2066 2059 11"],
)
def test_ids_in_any_common_form_are_sent(harness, text):
    panel = decode(harness)
    panel.get_by_role("textbox").fill(text)
    panel.get_by_role("textbox").press("Enter")
    request = harness.wait_sent(1)[-1]
    assert (request["kind"], request["ids"], request["text"]) == ("set", [2066, 2059, 11], None)
    expect(panel.get_by_role("textbox")).to_have_value(text)
    expect(panel).to_contain_text("IDs: 3")


def test_what_is_not_an_id_is_named_and_the_input_kept(harness):
    panel = decode(harness)
    field = panel.get_by_role("textbox")
    field.fill("2066, abc, -1")
    panel.get_by_role("button", name="Decode").click()
    expect(panel.get_by_role("status")).to_have_text("Not IDs: “abc” and 1 more.")
    expect(field).to_have_value("2066, abc, -1")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert harness.sent() == []
    field.fill("2066 <img src=x onerror=window.hacked=1>")
    expect(field).to_have_attribute("aria-invalid", "false")
    field.press("Enter")
    expect(panel.get_by_role("status")).to_contain_text("“<img” and 2 more")
    field.fill("")
    field.press("Enter")
    expect(panel.get_by_role("status")).to_have_text("Type at least one ID.")
    assert panel.locator("img").count() == 0


def test_an_id_that_is_refused_is_marked_and_kept(harness):
    panel = decode(harness)
    field = panel.get_by_role("textbox")
    field.fill("999999999")
    field.press("Enter")
    why = error("invalid_value", "ID 999999999 is not in the vocabulary.", "IDs are below 49,152.")
    harness.refuse(harness.wait_sent(1)[-1], why)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("999999999")
    expect(harness.root.get_by_role("alert")).to_contain_text("999999999 is not in the vocabulary")
    field.press("End")
    field.press("Backspace")
    expect(field).to_have_attribute("aria-invalid", "false")


def test_the_ids_shown_fill_the_field(harness):
    panel = decode(harness)
    panel.get_by_role("button", name="Take the IDs shown").click()
    expect(panel.get_by_role("textbox")).to_have_value("100, 107")
    many = {**content("a b"), "ids": small([7] * 10_001), "steps": small([0] * 10_001), "widths": small([0] * 10_001)}
    harness.set("content", {**many, "distinct": [7], "pieces": ["x"], "bytes": [""]})
    panel.get_by_role("button", name="Take the first 10,000 IDs").click()
    assert panel.get_by_role("textbox").input_value().count("7") == 10_000


def test_ids_wait_for_the_kernel(harness):
    panel = decode(harness, language="ja")
    panel.get_by_role("textbox").fill("1 2")
    harness.connect(connected=False)
    expect(panel.get_by_role("button", name="テキストに戻す")).to_be_disabled()
    expect(panel).to_contain_text("カーネルが終了しています")
    expect(panel.get_by_role("textbox")).to_have_value("1 2")


def test_a_view_that_cannot_be_edited_has_no_field_for_ids(harness):
    state = {"settings": settings()}
    root = harness.mount("token_view", content=content("a b"), info=info(can_edit=False), view_state=state)
    expect(root.locator(".llmw-decode")).to_have_count(0)


@pytest.mark.parametrize(("width", "theme"), [(320, "light"), (700, "dark")])
def test_the_open_panels_fit_in_japanese(harness, width, theme):
    panel = traced(harness, trace(" hugs", [HUGS]), width=width, theme=theme, language="ja")
    harness.root.locator(".llmw-decode > button").click()
    expect(panel.get_by_role("tab")).to_have_text(["分割の過程", "語彙"])
    expect(panel.locator(".llmw-stages > li").nth(0)).to_contain_text("正規化 なし（ここでは何もしません）")
    expect(panel.get_by_role("button", name="1 つ進む")).to_be_visible()
    assert not harness.overflows()
    assert not re.search(r"\b(trace|explore|vocabulary|decode|compare)\.\w", harness.root.inner_text())


def test_closing_leaves_no_listener(harness):
    traced(harness, trace(" hugs", [HUGS]))
    harness.close()
    harness.wait_listening(0, view=0)
