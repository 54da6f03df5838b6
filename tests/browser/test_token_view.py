"""TokenView's bundle in a browser."""

import itertools
import re

import numpy as np
import pytest
from harness import Harness, array, box, content, error, info, status
from harness import tokens as batch_row
from playwright.sync_api import Locator, expect

from llmwidgets.arrays import encode_small

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
    why = error(
        "text_too_long", "The text has 9,000 tokens; SmolLM2 takes 8,192.", "Shorten it.", tokens=9000, context=8192
    )
    harness.refuse(harness.wait_sent(1)[-1], why)
    expect(root.get_by_role("alert")).to_contain_text("9,000 トークン")
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


@pytest.mark.parametrize("after", ["ab one more", "no", "zab"])
def test_who_has_selected_all_still_has_when_the_text_changes(harness, after):
    root = harness.mount("token_view", content=content("ab"))
    editor(root).select_text()
    harness.set("content", content(after, revision=2))
    expect(editor(root)).to_have_value(after)
    assert editor(root).evaluate("area => [area.selectionStart, area.selectionEnd]") == [0, len(after)]


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
        root.get_by_role("button", name="表" if language == "ja" else "Table", exact=True).click()
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
    root.get_by_role("button", name="表", exact=True).click()
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


@pytest.mark.parametrize("late", ["the session's model", "the manager"])
def test_a_view_that_is_taken_away_while_it_is_drawn(harness, pirate, late):
    """An output that was cleared before the manager had answered was drawn all the same, and followed the session for ever."""
    harness.root.wait_for()
    before = harness.listening(), harness.listening(view=0)
    drawn = harness.page.evaluate(TAKEN_AWAY, late)
    assert drawn == 0
    assert (harness.listening(), harness.listening(view=0)) == before


TAKEN_AWAY = """async (late) => {
  const bundle = (await import("/static/token_view.js")).default;
  const { session, view0: model } = window.harness.models;
  const el = document.createElement("div");
  document.body.append(el);
  const controller = new AbortController();
  let answer;
  const answered = new Promise((resolve) => { answer = () => resolve(session); });
  const host = {
    getWidget: async () => { throw new Error("another output's widget"); },
    getModel: async () => (late === "the manager" ? session : answered),
  };
  const before = model.widget_manager.get_model;
  if (late === "the manager") model.widget_manager.get_model = () => answered;
  const drawn = bundle.render({ model, el, host, signal: controller.signal, experimental: {} });
  await new Promise((resolve) => setTimeout(resolve));
  controller.abort();
  answer();
  await drawn;
  model.widget_manager.get_model = before;
  return el.childElementCount;
}"""


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


def settings(**changes: object) -> dict:
    """A TokenSettings, with changes."""
    return {
        "kind": "text",
        "tokenizer": "gpt-4o",
        "color_by": "token",
        "can_score": False,
        "can_attend": False,
        "selection": None,
        "seen": {},
        **changes,
    }


def asked(harness: Harness, count: int = 1) -> dict:
    """The newest of what the view has asked for its settings, once it has asked `count` times; its questions are apart."""
    mine = "window.harness.models[model].sent.filter(request => request.kind === 'tokens')"
    ask = [harness.views[-1], count]
    harness.page.wait_for_function(f"([model, count]) => {mine}.length >= count", arg=ask)
    return harness.page.evaluate(f"([model]) => {mine}.at(-1)", ask)


def picked(root: Locator) -> list[int]:
    """The tokens that are drawn as selected."""
    return root.locator(".llmw-flow [data-picked]").evaluate_all("all => all.map(one => Number(one.dataset.index))")


@pytest.fixture
def fixed(harness: Harness) -> Locator:
    """A text and a tokenizer, no model."""
    return harness.mount(
        "token_view",
        content=content(PIRATE, PIRATE_CUTS),
        info=info(can_predict=False, name=""),
        view_state={"settings": settings(), "rows": [], "surprisal": None, "languages": []},
    )


def test_without_a_model_a_click_selects_one_token(harness, fixed):
    tokens(fixed).nth(3).click()
    request = asked(harness)
    assert (request["kind"], request["color_by"]) == ("tokens", None)
    assert request["selection"] == {"row": 0, "start": 3, "end": 4}
    assert harness.sent() == []
    # shown at once, before the kernel has answered
    assert picked(fixed) == [3]
    expect(tokens(fixed).nth(3)).to_have_attribute("aria-selected", "true")
    expect(fixed.locator(".llmw-selection")).to_contain_text("1 token selected: “␣pirate”, character")
    harness.take(request, trait="settings", view=-1, settings=settings(selection={"row": 0, "start": 3, "end": 4}))
    assert picked(fixed) == [3]


def test_a_run_is_selected_by_shift_and_click_and_by_dragging(harness, pirate):
    tokens(pirate).nth(1).click()
    tokens(pirate).nth(3).click(modifiers=["Shift"])
    assert asked(harness)["selection"] == {"row": 0, "start": 1, "end": 4}
    assert picked(pirate) == [1, 2, 3]
    # the position stays where the plain click set it
    assert [request["position"] for request in harness.sent()] == [1]
    sentence = "3 tokens selected: “␣are␣a␣pirate”, characters 4–16"
    expect(pirate.locator(".llmw-selected")).to_have_text(sentence)
    harness.take(asked(harness), trait="settings", view=-1, settings=settings())
    harness.take(harness.sent()[-1], content=content(PIRATE, PIRATE_CUTS, position=1))

    start, end = box(tokens(pirate).nth(7)), box(tokens(pirate).nth(5))
    mouse = harness.page.mouse
    mouse.move(start["x"] + 5, start["y"] + 5)
    mouse.down()
    mouse.move(end["x"] + 5, end["y"] + 5, steps=8)
    assert picked(pirate) == [5, 6, 7]
    mouse.up()
    assert picked(pirate) == [5, 6, 7]
    assert len(harness.sent()) == 1
    # the click that ends a drag is none; the next one is, and clears the run
    tokens(pirate).nth(2).click()
    assert harness.wait_sent(2)[-1]["position"] == 2
    assert picked(pirate) == []


def test_a_run_is_selected_by_keyboard_and_cleared(harness, pirate):
    tokens(pirate).nth(4).focus()
    keys = harness.page.keyboard
    keys.press("Shift+ArrowLeft")
    keys.press("Shift+ArrowLeft")
    assert picked(pirate) == [2, 3, 4]
    keys.press("Shift+ArrowRight")
    assert picked(pirate) == [3, 4]
    assert asked(harness)["selection"]["end"] == 5
    keys.press("Escape")
    assert picked(pirate) == []
    expect(pirate.locator(".llmw-selection")).to_have_count(0)
    assert harness.sent() == []
    # what waited is sent as one request: an empty run clears
    harness.take(asked(harness), trait="settings", view=-1, settings=settings())
    last = asked(harness, 2)["selection"]
    assert last["start"] == last["end"]


def test_the_kernels_selection_shows_and_a_refused_one_goes(harness, fixed):
    harness.set("settings", settings(selection={"row": 0, "start": 5, "end": 7}), view=-1)
    assert picked(fixed) == [5, 6]
    tokens(fixed).nth(0).click()
    assert picked(fixed) == [0]
    harness.refuse(asked(harness), error("other", "No selection here.", "None."), view=-1)
    assert picked(fixed) == [5, 6]
    expect(fixed.get_by_role("alert")).to_contain_text("No selection here.")
    # a run that reaches beyond the end of a shorter text is cut
    harness.set("settings", settings(selection={"row": 0, "start": 1, "end": 7}), view=-1)
    harness.set("content", content("You are", ["You", " are"], revision=2))
    assert picked(fixed) == [1]
    expect(fixed.locator(".llmw-selected")).to_contain_text("1 token selected: “␣are”")


def test_the_selected_ids_are_copied_also_where_there_is_no_clipboard_api(harness, fixed):
    harness.page.context.grant_permissions([])
    harness.page.evaluate(
        """() => { Object.defineProperty(navigator, 'clipboard', { value: undefined });
          document.addEventListener('copy', () => { window.copied = document.activeElement.value; }) }"""
    )
    harness.set("settings", settings(selection={"row": 0, "start": 0, "end": 3}), view=-1)
    fixed.get_by_role("button", name="Copy IDs").click()
    expect(fixed.get_by_role("button", name="Copied")).to_be_visible()
    assert harness.page.evaluate("window.copied") == "[100, 107, 114]"


def test_a_selected_text_is_handed_on_to_be_explained(harness, fixed):
    panel = fixed.locator(".llmw-explore button[aria-expanded]").first
    tokens(fixed).nth(3).click()
    expect(panel).to_have_attribute("aria-expanded", "false")
    explore = fixed.get_by_role("button", name="Explore", exact=True)
    for _ in range(2):
        explore.click()
        expect(panel).to_have_attribute("aria-expanded", "true")
        panel.click()
        expect(panel).to_have_attribute("aria-expanded", "false")
        # another token, and the same one again
        tokens(fixed).nth(5).click()
        tokens(fixed).nth(3).click()
    asked_for = [request["text"] for request in harness.sent(view=-1) if request["kind"] == "lookup"]
    assert asked_for[:1] == [" pirate"]


def test_what_a_pointed_token_says_moves_nothing_below(harness, fixed):
    tokens(fixed).nth(5).click()
    explore = fixed.get_by_role("button", name="Explore", exact=True)
    short = explore.bounding_box()["y"]
    tokens(fixed).nth(3).hover()
    tall = explore.bounding_box()["y"]
    assert tall > short, "the one says as much as the other"
    tokens(fixed).nth(5).hover()
    assert explore.bounding_box()["y"] == tall


@pytest.mark.parametrize("width", [420, 700, 1000])
def test_nor_does_it_move_what_stands_beside(harness, width):
    harness.page.set_viewport_size({"width": width, "height": 900})
    root = harness.mount("token_view", content=content(PIRATE, PIRATE_CUTS, position=3))
    follow = root.get_by_role("button", name="Follow the end")
    tokens(root).nth(5).hover()
    tokens(root).nth(3).hover()
    before = follow.bounding_box()
    for place in (8, 5, 0):
        tokens(root).nth(place).hover()
        assert follow.bounding_box() == before


def test_the_run_has_one_outline_that_stays_open_where_the_row_breaks(harness, fixed):
    harness.set("settings", settings(selection={"row": 0, "start": 3, "end": 6}), view=-1)
    marks = fixed.locator("[data-picked]").evaluate_all(
        """all => all.map(one => { const style = getComputedStyle(one, '::before');
          return [one.dataset.picked, style.borderInlineStartWidth, style.borderInlineEndWidth, style.borderTopWidth] })"""
    )
    assert marks == [["first", "2px", "0px", "2px"], ["inner", "0px", "0px", "2px"], ["last", "0px", "2px", "2px"]]


SURPRISAL = [float("nan"), 0.2, 0.7, 1.5, 2.3125, 3.5, 6.0, 8.0, 12.0]


def scored(**changes: object) -> dict:
    return {
        "settings": settings(can_score=True, color_by="surprisal"),
        "surprisal": {"revision": 1, "values": array(SURPRISAL), "error": None, **changes},
        "rows": [],
        "languages": [],
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_by_surprisal_have_steps_a_legend_and_values(harness, theme):
    root = harness.mount("token_view", content=content(PIRATE, PIRATE_CUTS), view_state=scored(), theme=theme)
    # nine tokens: no value, and one for each of the eight steps
    found = tokens(root).evaluate_all("all => all.map(one => one.className.match(/llmw-heat-(\\w+)/)[1])")
    assert found == ["none", "0", "1", "2", "3", "4", "5", "6", "7"]
    expect(root.locator(".llmw-scale")).to_contain_text("00.51235710+")
    expect(root.locator(".llmw-scale")).to_contain_text("nats (−log p)")
    tokens(root).nth(4).hover()
    expect(root.locator(".llmw-value")).to_have_text("2.31 nats, p = 9.90%")
    tokens(root).nth(0).hover()
    expect(root.locator(".llmw-value")).to_have_text("no value")
    shades = set()
    for token in tokens(root).all():
        for part in (".llmw-piece", ".llmw-id"):
            back, front = token.evaluate(
                "(e, part) => [getComputedStyle(e).backgroundColor, getComputedStyle(e.querySelector(part)).color]",
                part,
            )
            assert contrast(back, front) >= 4.5
        shades.add(back)
    assert len(shades) == 9
    swatches = root.locator(".llmw-swatches .llmw-step").evaluate_all(
        "all => all.map(e => getComputedStyle(e).backgroundColor)"
    )
    assert set(swatches) <= shades


def test_colours_of_an_older_text_are_marked(harness):
    root = harness.mount("token_view", content=content(PIRATE, PIRATE_CUTS), view_state=scored())
    flow = root.locator(".llmw-flow")
    expect(flow).to_have_attribute("data-stale", "false")
    harness.set("content", content("You are", ["You", " are"], revision=2))
    expect(flow).to_have_attribute("data-stale", "true")
    expect(root.locator(".llmw-scale")).to_contain_text("computing")
    expect(root.locator(".llmw-sheet")).to_have_css("opacity", "0.45")
    harness.set("surprisal", {"revision": 2, "values": array(SURPRISAL[:2]), "error": None}, view=-1)
    expect(flow).to_have_attribute("data-stale", "false")
    expect(root.locator(".llmw-scale")).not_to_contain_text("computing")
    why = error("model_failed", "The model failed.", "Try again.", what="x")
    harness.set("surprisal", {"revision": 2, "values": array([]), "error": why}, view=-1)
    expect(root.get_by_role("alert")).to_contain_text("The model failed.")
    expect(root).not_to_contain_text("computing")


def test_the_colour_is_chosen_at_once_and_asked_of_the_kernel(harness, fixed):
    expect(fixed.get_by_role("radio")).to_have_count(2)
    fixed.get_by_text("length", exact=True).click()
    expect(fixed.get_by_role("radio", name="length")).to_be_checked()
    request = asked(harness)
    assert (request["color_by"], request["selection"]) == ("length", None)
    expect(fixed.locator(".llmw-scale")).to_contain_text("bytes in UTF-8")
    expect(tokens(fixed).nth(1)).to_have_class(re.compile("llmw-heat-3"))
    tokens(fixed).nth(1).hover()
    expect(fixed.locator(".llmw-value")).to_have_text("4 bytes")
    harness.take(request, trait="settings", view=-1, settings=settings(color_by="length"))
    expect(fixed.get_by_role("radio", name="length")).to_be_checked()
    harness.set("settings", settings(can_score=True), view=-1)
    expect(fixed.get_by_role("radio", name="token", exact=True)).to_be_checked()
    expect(fixed.get_by_role("radio")).to_have_count(3)


def attended(weights, *, query=8, revision=1, **changes):
    """`weights`: (layers, heads, n), parts of 1."""
    values = encode_small(np.rint(np.array(weights) * 32_767).astype(np.int16))
    return {
        "settings": settings(can_score=True, can_attend=True, color_by="attention"),
        "attention": {"revision": revision, "query": query, "values": values, "error": None, **changes},
        "rows": [],
        "languages": [],
    }


SINK = [0.8, 0.005, 0.015, 0.036, 0.06, 0.084, 0, 0, 0]
SHARP = [0, 0, 0, 0, 0, 0, 0, 0, 1]


def chips(root):
    """The tokens, apart from the choices of layer and head."""
    return root.locator(".llmw-flow").get_by_role("option")


def heats(root):
    return chips(root).evaluate_all("all => all.map(one => one.className.match(/llmw-heat-(\\w+)/)[1])")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_choice_of_colours_fits_a_narrow_page(harness, language):
    view = attended([[SINK]])
    root = harness.mount(
        "token_view", content=content(PIRATE, PIRATE_CUTS), view_state=view, language=language, width=284
    )
    within, chosen = root.locator(".llmw-head").bounding_box(), root.locator(".llmw-segments").bounding_box()
    assert chosen["x"] + chosen["width"] <= within["x"] + within["width"]


def test_a_part_of_a_character_that_attends_is_named_by_its_bytes(harness):
    cuts = ["む".encode()[:2], "む".encode()[2:]]
    root = harness.mount(
        "token_view", content=content("む", cuts, position=1), view_state=attended([[[0.4, 0.6]]], query=1)
    )
    expect(root.locator(".llmw-attends")).to_have_text("What “⟨80⟩” (token 2) attends to")


def test_colours_by_attention_are_of_the_token_looked_at_by_layer_and_head(harness):
    root = harness.mount(
        "token_view",
        content=content(PIRATE, PIRATE_CUTS, position=5),
        view_state=attended([[SINK, SHARP[::-1]], [SINK, SINK]], query=5),
    )
    expect(root.locator(".llmw-attends")).to_contain_text("(token 6) attends to")
    expect(chips(root).nth(5)).to_have_class(re.compile("llmw-query"))
    # the mean of three with a sink and one that sees the first alone; what stands behind is not seen
    assert heats(root) == ["7", "0", "1", "2", "2", "3", "none", "none", "none"]
    chips(root).nth(0).hover()
    expect(root.locator(".llmw-value")).to_have_text("gets 85.0% of the attention")
    chips(root).nth(7).hover()
    expect(root.locator(".llmw-value")).to_have_text("not seen from there")
    layer, head = root.get_by_label("layer"), root.get_by_label("head")
    assert layer.locator("option").all_inner_texts() == ["mean of all", "1", "2"]
    layer.select_option("1")
    head.select_option("1")
    assert heats(root)[:6] == ["7", "0", "1", "2", "3", "3"]
    # without the sink, what it leaves is shared out
    root.get_by_role("button", name="without the first token").click()
    assert heats(root)[:6] == ["none", "2", "3", "4", "5", "6"]
    chips(root).nth(5).hover()
    expect(root.locator(".llmw-value")).to_have_text(
        "gets 8.40% of the attention, 42.0% of what the first token leaves"
    )
    root.get_by_role("button", name="Table").click()
    expect(root.locator("thead")).to_contain_text("attention")
    expect(root.locator("tbody tr").nth(5)).to_contain_text("gets 8.40%")


def test_an_encoder_sees_both_sides_in_attention(harness):
    root = harness.mount(
        "token_view",
        content=content(PIRATE, PIRATE_CUTS, position=2),
        info=info(predicts="masked", mask="[MASK]"),
        view_state=attended([[SHARP]], query=2),
    )
    assert heats(root) == ["0"] * 8 + ["7"]


def test_attention_of_an_older_text_is_marked_and_what_fails_is_said(harness):
    root = harness.mount("token_view", content=content(PIRATE, PIRATE_CUTS), view_state=attended([[SINK]]))
    harness.set("content", content("You are", ["You", " are"], revision=2))
    expect(root.locator(".llmw-flow")).to_have_attribute("data-stale", "true")
    expect(root.locator(".llmw-scale")).to_contain_text("computing")
    harness.set("attention", attended([[[0.5, 0.5]]], query=1, revision=2)["attention"], view=-1)
    expect(root.locator(".llmw-flow")).to_have_attribute("data-stale", "false")
    chips(root).nth(0).click()
    assert harness.sent()[-1]["position"] == 0
    why = error("not_offered", "No attention.", "Go elsewhere.", what="attentions")
    harness.set("attention", {"revision": 2, "query": 1, "values": array([]), "error": why}, view=-1)
    expect(root.locator(".llmw-notice-calm")).to_contain_text("No attention.")
    # nothing is said to be unseen where nothing was computed
    expect(root.locator(".llmw-scale")).to_have_count(0)
    expect(root.locator(".llmw-attention")).to_have_count(0)


CHAT = "<|im_start|>user\nWho?<|im_end|>"
CHAT_CUTS = ["<|im_start|>", "user", "\n", "Who", "?", "<|im_end|>"]


def test_what_the_chat_template_wrote_differs_in_form(harness):
    root = harness.mount(
        "token_view", content=content(CHAT, CHAT_CUTS, special=[0, 5], template=[(0, 17), (21, 31)], add_special=None)
    )
    written = tokens(root).evaluate_all("all => all.map(one => one.dataset.template === 'true')")
    assert written == [True, True, True, False, False, True]
    expect(root.locator(".llmw-key")).to_have_text(re.compile("written by the chat template.*from the messages"))
    image = "e => getComputedStyle(e).backgroundImage"
    assert "gradient" in tokens(root).nth(1).evaluate(image)
    assert tokens(root).nth(3).evaluate(image) == "none"
    expect(
        root.get_by_role("option", name="user, ID 107, bytes 75 73 65 72, written by the chat template")
    ).to_have_count(1)
    expect(root.get_by_role("button", name="special tokens")).to_have_count(0)
    harness.set("content", content(PIRATE, PIRATE_CUTS, revision=2))
    expect(root.locator(".llmw-key")).to_have_count(0)


def test_special_tokens_can_be_left_out(harness):
    root = harness.mount("token_view", content=content("<s>a", ["<s>", "a"], special=[0], add_special=True))
    toggle = root.get_by_role("button", name="special tokens")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    toggle.click()
    request = harness.wait_sent(1)[-1]
    assert request["add_special"] is False
    harness.take(request, content=content("a", ["a"], add_special=False, revision=2))
    expect(toggle).to_have_attribute("aria-pressed", "false")


CHANGED = "Thé  Quick\n☃ fox "


def test_what_the_tokenizer_changed_is_marked_and_counted(harness):
    pieces = ["[CLS]", "the", "quick", "[UNK]", "fox", "[SEP]"]
    spans = [(0, 0), (0, 3), (5, 10), (11, 12), (13, 16), (16, 16)]
    root = harness.mount("token_view", content=content(CHANGED, pieces, special=[0, 3, 5], spans=spans))
    expect(root.get_by_role("note")).to_have_text(
        "This tokenizer changes the text: 3 tokens differ, 5 characters dropped."
    )
    expect(root.locator(".llmw-ghost")).to_have_text(["␣␣", "⏎", "␣", "␣"])
    expect(root.locator(".llmw-ghost").first).to_have_attribute("aria-label", "dropped: ␣␣")
    assert "line-through" in root.locator(".llmw-ghost").first.evaluate("e => getComputedStyle(e).textDecorationLine")
    expect(tokens(root)).to_have_count(6)
    facts = root.locator(".llmw-facts")
    tokens(root).nth(1).hover()
    expect(facts).to_contain_text("“Thé” → “the”")
    assert "wavy" in tokens(root).nth(1).locator(".llmw-piece").evaluate("e => getComputedStyle(e).textDecorationStyle")
    tokens(root).nth(3).hover()
    expect(facts).to_contain_text("stands for “☃”, which the vocabulary lacks")
    tokens(root).nth(4).hover()
    expect(facts).not_to_contain_text("→")
    # a line break that was dropped ends the row all the same
    assert box(tokens(root).nth(3))["y"] > box(tokens(root).nth(2))["y"] + 20
    harness.set("content", content(PIRATE, PIRATE_CUTS, revision=2))
    expect(root.get_by_role("note")).to_have_count(0)


def test_the_space_that_sentencepiece_adds_is_called_added(harness):
    root = harness.mount("token_view", content=content("The end", [" The", " end"], spans=[(0, 3), (4, 7)]))
    expect(root.get_by_role("note")).to_have_text("This tokenizer changes the text: 1 token differs.")
    tokens(root).nth(0).hover()
    expect(root.locator(".llmw-facts")).to_contain_text("a space in front was added by the tokenizer")
    # the second one's space is the text's own, though the tokenizer does not count it in
    expect(root.locator(".llmw-ghost")).to_have_count(0)


def test_a_mark_without_its_letter_stays_in_its_own_chip(harness):
    pieces = ["e", "\u0301", "か", "\u3099", "n\u0303"]
    root = harness.mount("token_view", content=content("".join(pieces), pieces))
    assert [chip.inner_text() for chip in root.locator(".llmw-flow .llmw-piece").all()] == [
        "e",
        "◌\u0301",
        "か",
        "◌\u3099",
        "n\u0303",
    ]
    expect(root.get_by_role("option", name="\u0301, ID 107, bytes CC 81")).to_have_count(1)


def test_code_points_are_told(harness):
    root = harness.mount("token_view", content=content(JAPANESE, JAPANESE_CUTS))
    facts = root.locator(".llmw-facts")
    tokens(root).nth(0).hover()
    expect(facts).to_contain_text("code points U+3080")
    tokens(root).nth(5).hover()
    expect(facts).to_contain_text("code points U+1F600")
    expect(facts).to_contain_text("part of a character")


BATCH = [
    {**token_fields, "name": f"[{place}]", "error": None}
    for place, token_fields in enumerate(
        [
            batch_row("a b<pad><pad>", ["a", " b", "<pad>", "<pad>"], special=[2, 3], padding=[2, 3]),
            batch_row("むかし", ["むか", "し"]),
        ]
    )
]


def test_the_rows_of_a_batch_have_headings_and_padding(harness):
    root = harness.mount(
        "token_view",
        info=info(can_predict=False),
        view_state={"settings": settings(kind="batch"), "rows": BATCH, "surprisal": None, "languages": []},
    )
    expect(root.get_by_role("textbox", name="Text", exact=True)).to_have_count(0)
    expect(root.locator(".llmw-heading")).to_have_text(["[0]4 tokens, of which 2 padding", "[1]2 tokens"])
    expect(tokens(root)).to_have_count(6)
    expect(root.get_by_role("option", name="padding <pad>, ID 114")).to_have_count(1)
    expect(root.locator(".llmw-counts")).to_contain_text("tokens6")
    expect(tokens(root).nth(2)).to_have_css("border-top-style", "dotted")
    # a selection belongs to one row: it ends where the row does
    tokens(root).nth(1).click()
    tokens(root).nth(5).click(modifiers=["Shift"])
    assert picked(root) == [1, 2, 3]
    harness.take(asked(harness), trait="settings", view=-1)
    assert asked(harness, 2)["selection"] == {"row": 0, "start": 1, "end": 4}
    tokens(root).nth(5).focus()
    harness.page.keyboard.press("ArrowUp")
    expect(tokens(root).nth(1)).to_be_focused()


def test_what_waits_for_a_running_cell_is_said(harness):
    """Typed while a cell generates, a text waited in silence until the cell ended."""
    root = harness.mount("token_view", content=content("a b"), status=status("generating", max_new_tokens=9))
    expect(root.locator(".llmw-doing")).to_contain_text("writing: 0 of 9")
    editor(root).fill("a c")
    expect(root.locator(".llmw-doing")).to_have_text("what you typed waits for the cell that runs")
    harness.take(harness.wait_sent(1)[-1], content=content("a c", revision=2))
    expect(root.locator(".llmw-doing")).to_contain_text("writing: 0 of 9")


def test_views_in_a_row_share_its_width(harness):
    """In ipywidgets' HBox a view shrank to 34 pixels."""
    root = harness.mount("token_view", content=content("a b"))
    row = """root => {
      const host = root.parentElement, row = document.createElement('div'), other = document.createElement('div');
      row.style.cssText = 'display: flex; width: 600px';
      host.style.width = '';
      host.replaceWith(row);
      row.append(host, other);
      return host.getBoundingClientRect().width;
    }"""
    assert 500 < root.evaluate(row) <= 600
