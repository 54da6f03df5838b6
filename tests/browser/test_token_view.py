"""TokenView's bundle in a browser."""

import itertools
import re

import pytest
from harness import Harness, box, content, error, info, status
from playwright.sync_api import Locator, expect

PIRATE = "You are a pirate\nUser: Who?"
PIRATE_CUTS = ["You", " are", " a", " pirate", "\n", "User", ":", " Who", "?"]
JAPANESE = "むかし😀"
JAPANESE_CUTS = ["む".encode(), b"\xe3\x81", b"\x8b", "し".encode(), b"\xf0\x9f", b"\x98", b"\x80"]
HOSTILE = (
    '<img src=x onerror="window.hacked=1">',
    "<script>window.hacked=1</script>",
    "\u202etxt.exe",
    "\x00",
    "\r\n",
    "\u200b",
    "👩\u200d👩\u200d👧",
    "W" * 300,
    "&amp;{{constructor}}",
)


def tokens(root: Locator) -> Locator:
    return root.get_by_role("option")


def editor(root: Locator) -> Locator:
    return root.get_by_role("textbox", name=re.compile("^(Text|テキスト)$"))


def inside(root: Locator) -> bool:
    parts = "[root, ...root.querySelectorAll('.llmw-flow, .llmw-line')]"
    return bool(root.evaluate(f"root => {parts}.every(part => part.scrollWidth <= part.clientWidth)"))


@pytest.fixture
def pirate(harness: Harness) -> Locator:
    return harness.mount("token_view", content=content(PIRATE, PIRATE_CUTS))


def test_pieces_ids_and_counts(harness, pirate):
    expect(tokens(pirate)).to_have_count(9)
    expect(tokens(pirate).nth(1)).to_contain_text("␣are")
    expect(tokens(pirate).nth(1)).to_contain_text("107")
    expect(tokens(pirate).nth(4)).to_contain_text("⏎")
    expect(pirate.locator(".llmw-counts")).to_have_text("tokens9characters27bytes in UTF-827")
    expect(editor(pirate)).to_have_value(PIRATE)
    expect(pirate).to_contain_text("SmolLM2-135M-Instruct")


def test_ids_can_be_hidden(harness, pirate):
    expect(pirate.get_by_text("107", exact=True)).to_be_visible()
    pirate.get_by_role("button", name="IDs", exact=True).click()
    expect(pirate.get_by_text("107", exact=True)).to_be_hidden()


def test_a_newline_token_breaks_the_line(harness, pirate):
    before, after = (box(tokens(pirate).nth(index)) for index in (4, 5))
    first = box(tokens(pirate).nth(0))
    assert before["y"] == pytest.approx(first["y"], abs=2)
    assert after["y"] >= before["y"] + before["height"]
    assert after["x"] == pytest.approx(first["x"], abs=2)


def test_neighbours_differ_in_colour(harness, pirate):
    colours = [each.evaluate("e => getComputedStyle(e).backgroundColor") for each in tokens(pirate).all()]
    assert all(one != other for one, other in itertools.pairwise(colours))


def test_an_edit_asks_the_kernel_and_its_answer_moves_the_tokens(harness, pirate):
    editor(pirate).fill("You are")
    request = harness.wait_sent(1)[-1]
    assert (request["kind"], request["text"], request["position"]) == ("set", "You are", None)
    expect(pirate.locator(".llmw-flow")).to_have_attribute("data-ahead", "true")
    expect(pirate.locator(".llmw-doing")).to_have_text("computing…")
    harness.take(request, content=content("You are", ["You", " are"], revision=2))
    expect(tokens(pirate)).to_have_count(2)
    expect(pirate.locator(".llmw-flow")).to_have_attribute("data-ahead", "false")


def test_typing_ahead_of_late_answers_is_kept_and_settles_on_the_newest(harness, pirate):
    editor(pirate).fill("a")
    editor(pirate).press_sequentially("bc")
    first = harness.wait_sent(1)[0]
    harness.take(first, content=content("a", revision=2))
    expect(editor(pirate)).to_have_value("abc")
    last = harness.wait_sent(2)[-1]
    assert last["text"] == "abc"
    harness.take(last, content=content("abc", revision=3))
    expect(tokens(pirate)).to_have_count(1)
    expect(editor(pirate)).to_have_value("abc")
    assert len(harness.sent()) == 2


def test_a_refused_text_stays_in_the_editor_and_is_explained(harness):
    root = harness.mount("token_view", content=content(PIRATE, PIRATE_CUTS), language="ja")
    editor(root).fill("too long " * 20)
    why = error("text_too_long", "Too long.", "Shorten it.", tokens=9000, context=8192)
    harness.refuse(harness.wait_sent(1)[-1], why)
    expect(root.get_by_role("alert")).to_contain_text("9000 トークン")
    expect(editor(root)).to_have_value("too long " * 20)
    expect(tokens(root)).to_have_count(9)
    # looking elsewhere in the old tokens is answered, and takes nothing away
    tokens(root).nth(2).click()
    harness.take(harness.wait_sent(2)[-1], content=content(PIRATE, PIRATE_CUTS, position=2))
    expect(editor(root)).to_have_value("too long " * 20)
    editor(root).fill("short")
    expect(root.get_by_role("alert")).to_have_count(0)
    assert harness.wait_sent(3)[-1]["text"] == "short"
    # another text takes its place all the same
    harness.refuse(harness.sent()[-1], why)
    harness.set("content", content("from Python", revision=2, seen=harness.get("content")["seen"]))
    expect(editor(root)).to_have_value("short")
    harness.take(harness.sent()[-1], content=content("from Python", revision=3))
    expect(editor(root)).to_have_value("from Python")


def test_a_composition_is_neither_sent_nor_disturbed_before_it_ends(harness, pirate):
    """An input method keeps its unfinished text in the textarea: a value set from outside would tear it apart."""
    editor(pirate).focus()
    editor(pirate).press("Control+End")
    keyboard = harness.page.context.new_cdp_session(harness.page)
    for text in ("む", "むか", "昔"):
        keyboard.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    expect(editor(pirate)).to_have_value(f"{PIRATE}昔")
    harness.set("content", content("the kernel's own", revision=2))
    expect(tokens(pirate)).to_have_count(3)
    expect(editor(pirate)).to_have_value(f"{PIRATE}昔")
    assert harness.sent() == []
    keyboard.send("Input.insertText", {"text": "昔"})
    assert [request["text"] for request in harness.wait_sent(1)] == [f"{PIRATE}昔"]
    expect(editor(pirate)).to_have_value(f"{PIRATE}昔")


@pytest.mark.parametrize(
    ("before", "caret", "after", "moved"),
    [
        ("one two", 7, "one two three", 7),
        ("one two", 3, "one two three", 3),
        ("one two", 5, "zero one two", 10),
        ("one two", 7, "one", 3),
    ],
)
def test_the_caret_stays_with_its_neighbours(harness, before, caret, after, moved):
    root = harness.mount("token_view", content=content(before))
    editor(root).evaluate("(area, caret) => { area.focus(); area.setSelectionRange(caret, caret) }", caret)
    harness.set("content", content(after, revision=2))
    expect(editor(root)).to_have_value(after)
    assert editor(root).evaluate("area => [area.selectionStart, area.selectionEnd]") == [moved, moved]


def test_the_answer_to_an_edit_in_the_middle_leaves_the_caret(harness, pirate):
    editor(pirate).evaluate("area => { area.focus(); area.setSelectionRange(4, 4) }")
    editor(pirate).press_sequentially("X")
    text = "You Xare a pirate\nUser: Who?"
    harness.take(harness.wait_sent(1)[-1], content=content(text, revision=2))
    expect(pirate.locator(".llmw-flow")).to_have_attribute("data-ahead", "false")
    assert editor(pirate).evaluate("area => area.selectionStart") == 5


def test_the_editor_grows_with_its_text(harness, pirate):
    before = box(editor(pirate))["height"]
    editor(pirate).fill("line\n" * 5)
    assert box(editor(pirate))["height"] > before + 40
    assert editor(pirate).evaluate("area => area.scrollHeight <= area.clientHeight")


def test_a_click_sets_the_position(harness, pirate):
    expect(tokens(pirate).nth(8)).to_have_attribute("aria-selected", "true")
    tokens(pirate).nth(2).click()
    request = harness.wait_sent(1)[-1]
    assert (request["position"], request["text"]) == (2, None)
    expect(tokens(pirate).nth(2)).to_have_attribute("aria-selected", "true")
    expect(tokens(pirate).nth(3)).to_have_attribute("data-after", "true")
    expect(tokens(pirate).nth(1)).to_have_attribute("data-after", "false")
    expect(pirate.locator(".llmw-here")).to_contain_text("after token 3 of 9")
    assert pirate.locator(".llmw-flow .llmw-next").evaluate("e => e.previousElementSibling.dataset.index") == "2"
    harness.take(request, content=content(PIRATE, PIRATE_CUTS, position=2))
    expect(tokens(pirate).nth(2)).to_have_attribute("aria-selected", "true")


def test_the_last_token_follows_the_end(harness):
    root = harness.mount("token_view", content=content(PIRATE, PIRATE_CUTS, position=2))
    tokens(root).nth(8).click()
    assert harness.wait_sent(1)[-1]["position"] == -1
    harness.take(harness.sent()[-1], content=content(PIRATE, PIRATE_CUTS, position=3))
    root.get_by_role("button", name="Follow the end").click()
    assert harness.wait_sent(2)[-1]["position"] == -1
    expect(root.get_by_role("button", name="Follow the end")).to_have_count(0)


def test_keyboard(harness, pirate):
    focused = pirate.locator("[data-index]:focus")
    expect(pirate.locator("[data-index][tabindex='0']")).to_have_count(1)
    editor(pirate).press("Tab")
    expect(focused).to_have_attribute("data-index", "8")
    for key, index in [
        ("ArrowLeft", 7),
        ("Home", 0),
        ("ArrowLeft", 0),
        ("ArrowRight", 1),
        ("ArrowDown", 6),
        ("ArrowUp", 1),
        ("End", 8),
        ("ArrowRight", 8),
        ("ArrowLeft", 7),
    ]:
        harness.page.keyboard.press(key)
        expect(focused).to_have_attribute("data-index", str(index))
    assert harness.sent() == []
    harness.page.keyboard.press("Enter")
    assert harness.wait_sent(1)[-1]["position"] == 7
    expect(pirate.locator("[data-index][tabindex='0']")).to_have_attribute("data-index", "7")
    harness.page.keyboard.press("Shift+Tab")
    expect(editor(pirate)).to_be_focused()


def test_hover_and_focus_tell_one_token_in_full(harness, pirate):
    facts = pirate.locator(".llmw-facts")
    tokens(pirate).nth(1).hover()
    expect(facts).to_have_text(re.compile(r"␣are.*ID 107.*bytes 20 61 72 65.*characters 4–7"))
    pirate.get_by_role("heading").hover()
    expect(facts).to_contain_text("3F")
    tokens(pirate).nth(0).focus()
    expect(facts).to_have_text(re.compile(r"You.*ID 100.*59 6F 75.*characters 1–3"))


def test_tokens_that_share_a_character_are_joined_under_it(harness):
    root = harness.mount("token_view", content=content(JAPANESE, JAPANESE_CUTS))
    expect(tokens(root)).to_have_count(7)
    groups = root.locator(".llmw-group")
    expect(groups).to_have_count(2)
    expect(groups.nth(0).locator(".llmw-shared")).to_have_text("か")
    expect(groups.nth(0).get_by_role("option")).to_have_count(2)
    expect(groups.nth(0).get_by_role("option").nth(0)).to_have_text("E3 81107")
    expect(groups.nth(1).locator(".llmw-shared")).to_have_text("😀")
    expect(groups.nth(1).get_by_role("option")).to_have_count(3)
    assert "\ufffd" not in root.text_content()
    first, second = (box(groups.nth(0).get_by_role("option").nth(index)) for index in (0, 1))
    assert first["x"] + first["width"] == pytest.approx(second["x"], abs=1)
    # offsets in the page count UTF-16 units; people count characters
    tokens(root).nth(6).hover()
    expect(root.locator(".llmw-fact").nth(2)).to_have_text("characters 4")
    expect(root.locator(".llmw-counts")).to_have_text("tokens7characters4bytes in UTF-813")


def test_a_character_that_is_not_finished_shows_its_bytes(harness):
    half = content("a\ufffd", ["a", b"\xe3\x81"], spans=[(0, 1), (1, 2)], exact=True)
    root = harness.mount("token_view", content=half, info=info(can_edit=False))
    expect(tokens(root).nth(1)).to_contain_text("E3 81")
    assert "\ufffd" not in root.text_content()
    again = content("a\ufffd", ["a", b"\xe3\x81", b"\x82"], spans=[(0, 1), (1, 2), (1, 2)], exact=True)
    harness.set("content", again)
    expect(root.locator(".llmw-shared")).to_have_text("あ")
    assert "\ufffd" not in root.text_content()


def test_special_tokens_differ_in_form(harness):
    text = "<|im_start|>user"
    root = harness.mount("token_view", content=content(text, ["<|im_start|>", "user"], special=[0]))
    style = "e => [getComputedStyle(e).borderStyle, getComputedStyle(e).borderRadius]"
    assert tokens(root).nth(0).evaluate(style) != tokens(root).nth(1).evaluate(style)
    expect(root.get_by_role("option", name="special token <|im_start|>, ID 100")).to_have_count(1)


def test_a_token_that_is_not_in_the_text_says_so(harness):
    start = content("a", ["<s>", "a"], spans=[(0, 0), (0, 1)], exact=True, special=[0])
    root = harness.mount("token_view", content=start)
    tokens(root).nth(0).hover()
    expect(root.locator(".llmw-facts")).to_contain_text("not in the text")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_hostile_text_is_only_text(harness, theme):
    text = "".join(HOSTILE)
    root = harness.mount("token_view", content=content(text, HOSTILE, special=[0]), theme=theme, width=320)
    for view in ("flow", "table"):
        if view == "table":
            root.get_by_role("button", name="Table").click()
        expect(root).to_contain_text("<script>window.hacked=1</script>")
        expect(root).to_contain_text("U+202E")
        expect(root).to_contain_text("U+0000")
        assert root.locator("img, script, iframe, object, a").count() == 0
        assert "\u202e" not in root.inner_text()
        assert inside(root)
    harness.set("status", status("error", error=error("other", "<img src=x onerror=window.hacked=1>", "<b>")))
    expect(root.get_by_role("alert")).to_contain_text("<img src=x")
    assert root.locator("img, b").count() == 0
    assert harness.page.evaluate("typeof window.hacked") == "undefined"
    assert not harness.overflows()


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 700, 2000])
def test_fits_every_width_in_both_themes(harness, width, theme, language):
    root = harness.mount(
        "token_view",
        content=content(JAPANESE + PIRATE, [*JAPANESE_CUTS, *PIRATE_CUTS], position=3),
        width=width,
        theme=theme,
        language=language,
    )
    assert root.get_attribute("data-theme") == theme
    expect(root.get_by_role("heading")).to_have_text("トークン" if language == "ja" else "Tokens")
    expect(root).to_have_attribute("lang", language)
    for _ in ("flow", "table"):
        assert not harness.overflows()
        assert inside(root)
        root.get_by_role("button", name="表" if language == "ja" else "Table").click()
    # text and background of a token stay apart
    back, front = root.locator(".llmw-flow .llmw-token").first.evaluate(
        "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
    )
    assert contrast(back, front) >= 7


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_every_string_is_in_both_languages(harness):
    state = {"content": content(PIRATE, PIRATE_CUTS, position=1), "status": status("generating", max_new_tokens=9)}
    root = harness.mount("token_view", **state, language="ja")
    expect(root.locator(".llmw-doing")).to_have_text("生成中：0 / 9")
    expect(root.locator(".llmw-here")).to_contain_text("モデルはここから先を予測します")
    expect(root.get_by_role("button", name="末尾に戻す")).to_be_visible()
    root.get_by_role("button", name="表").click()
    expect(root.locator("thead")).to_have_text("番号文字列IDバイト列文字位置")


def test_roles_and_labels(harness, pirate):
    flow = pirate.get_by_role("listbox", name=re.compile("Tokens of the text"))
    expect(flow.get_by_role("option", name="␣are, ID 107, bytes 20 61 72 65")).to_have_count(1)
    expect(pirate.get_by_role("status").filter(has_text="9 tokens, 27 characters, 27 bytes")).to_have_count(1)
    expect(pirate.get_by_role("button", name="Table")).to_have_attribute("aria-pressed", "false")


def test_the_table_says_the_same(harness):
    root = harness.mount("token_view", content=content(JAPANESE, JAPANESE_CUTS))
    root.get_by_role("button", name="Table").click()
    expect(root.get_by_role("row")).to_have_count(8)
    expect(root.get_by_role("row").nth(2)).to_have_text("2E3 81107E3 812")
    expect(root.locator("tr[aria-current='true'] th")).to_have_text("7")


def test_generated_tokens_appear_in_step(harness):
    root = harness.mount("token_view", content=content("a b"), status=status("generating", max_new_tokens=5))
    for count, text in enumerate(("a b c", "a b c d"), start=1):
        harness.set("status", status("generating", generated=count, max_new_tokens=5, tokens_per_second=20.4))
        harness.set("content", content(text, revision=1 + count))
        expect(tokens(root)).to_have_count(2 + count)
        expect(editor(root)).to_have_value(text)
        expect(root.locator(".llmw-doing")).to_have_text(f"writing: {count} of 5 · 20 tokens/s")
    harness.set("status", status())
    expect(root.locator(".llmw-doing")).to_have_text("")


def test_empty_text(harness):
    root = harness.mount("token_view")
    expect(root).to_contain_text("No text yet")
    expect(tokens(root)).to_have_count(0)
    editor(root).fill("a")
    assert harness.wait_sent(1)[-1]["text"] == "a"


def test_fixed_tokens_have_no_editor(harness):
    root = harness.mount("token_view", content=content("a b"), info=info(can_edit=False, can_predict=False, name=""))
    expect(tokens(root)).to_have_count(2)
    expect(root.get_by_role("textbox")).to_have_count(0)
    expect(root.locator(".llmw-next")).to_have_count(0)
    expect(root).to_contain_text("GPT2Tokenizer")
    harness.set("content", content())
    expect(root).to_contain_text("There are no tokens here.")


def test_without_a_kernel_the_text_is_kept_and_the_reason_said(harness, pirate):
    editor(pirate).fill("typed before the end")
    harness.connect(connected=False)
    expect(pirate).to_contain_text("The kernel is gone")
    expect(editor(pirate)).to_have_value("typed before the end")
    expect(editor(pirate)).not_to_be_editable()
    expect(pirate.locator(".llmw-doing")).to_have_text("")
    harness.connect(connected=True)
    expect(editor(pirate)).to_be_editable()


def test_two_views_move_together(harness):
    first = harness.mount("token_view", content=content(PIRATE, PIRATE_CUTS))
    second = harness.mount("token_view")
    tokens(first).nth(1).click()
    expect(tokens(second).nth(1)).to_have_attribute("aria-selected", "true")
    editor(first).fill("new")
    expect(editor(second)).to_have_value("new")


def test_a_host_that_shares_no_widgets(harness):
    root = harness.mount("token_view", content=content("a b"), shares_store=False)
    editor(root).fill("c")
    harness.take(harness.wait_sent(1)[-1], content=content("c", revision=2))
    expect(tokens(root)).to_have_count(1)


def test_closing_leaves_nothing_behind(harness, pirate):
    before = harness.listening()
    harness.mount("token_view", shares_store=False)
    assert harness.listening() > before
    harness.close()
    harness.wait_listening(before)
    harness.wait_listening(0, view=1)
    expect(harness.page.locator("[data-view='view1'] *")).to_have_count(0)


def test_five_thousand_tokens(harness):
    cuts = [" word" if index % 20 else "\n" for index in range(5000)]
    root = harness.mount("token_view", content=content("".join(cuts), cuts))
    expect(root.get_by_role("option", name=re.compile("word")).first).to_have_attribute("aria-setsize", "5000")
    root.locator(".llmw-flow").evaluate("list => { list.scrollTop = 0.8 * list.scrollHeight }")
    token = root.locator("[data-index='4000']")
    token.click()
    assert harness.wait_sent(1)[-1]["position"] == 4000
    expect(token).to_have_attribute("aria-selected", "true")
    editor(root).press("End")
    editor(root).press_sequentially("x")
    assert len(harness.wait_sent(1)) == 1
