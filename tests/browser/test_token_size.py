"""TokenView with long texts: only what is in view is drawn, and everything else is one key, one scroll or one edit away."""

import re
from itertools import islice

import pytest
from harness import Harness, box, content, info, status
from playwright.sync_api import Locator, expect

MANY = 100_000
FEW = 6_000


def cuts(count: int) -> list[str]:
    """Tokens of different widths, with a line break after every nineteen."""
    return ["\n" if index % 20 == 19 else f" w{index % 7 * '-'}" for index in range(count)]


def long(count: int, changed: int | None = None, **changes) -> dict:
    """So many tokens; number `changed` is another than it would be."""
    pieces = cuts(count)
    if changed is not None:
        pieces[changed] = " changed"
    # as a tokenizer has it: one id for one piece
    known = {piece: 1000 + place for place, piece in enumerate(dict.fromkeys([*cuts(20), *pieces]))}
    return content("".join(pieces), pieces, ids=[known[piece] for piece in pieces], **changes)


def token(root: Locator, index: int) -> Locator:
    return root.locator(f"[role=option][data-index='{index}']")


def flow(root: Locator) -> Locator:
    return root.locator(".llmw-flow")


def scroll_to(root: Locator, part: float) -> None:
    flow(root).evaluate("(list, part) => { list.scrollTop = part * list.scrollHeight }", part)


def is_in_view(root: Locator, index: int) -> bool:
    """Whether a token lies wholly in what the flow shows."""
    inner, outer = box(token(root, index)), box(flow(root))
    return outer["y"] - 1 <= inner["y"] and inner["y"] + inner["height"] <= outer["y"] + outer["height"] + 1


def rows(root: Locator) -> list[list[int]]:
    """The tokens of each row that is drawn, by where they stand."""
    return root.evaluate(
        """root => [...root.querySelectorAll('.llmw-line')]
          .sort((one, other) => one.offsetTop - other.offsetTop)
          .map(row => [...row.querySelectorAll('[data-index]')].map(chip => Number(chip.dataset.index)))"""
    )


@pytest.fixture(scope="module")
def many() -> dict:
    return long(MANY)


def test_a_hundred_thousand_tokens_are_a_few_hundred_elements(harness: Harness, many):
    root = harness.mount("token_view", content=many)
    expect(token(root, 0)).to_be_visible()
    expect(token(root, 0)).to_have_attribute("aria-setsize", str(MANY))
    expect(token(root, 0)).to_have_attribute("aria-posinset", "1")
    for part in (0, 0.37, 0.9, 1):
        scroll_to(root, part)
        expect(root.get_by_role("option").first).to_be_attached()
        assert flow(root).evaluate("list => list.querySelectorAll('*').length") < 2500
    expect(token(root, MANY - 1)).to_be_visible()
    assert is_in_view(root, MANY - 1)
    # the rows in view stand under one another without a hole
    shown = [index for row in rows(root) for index in row]
    assert shown == list(range(shown[0], MANY))


def test_scrolling_draws_what_comes_into_view(harness: Harness):
    root = harness.mount("token_view", content=long(FEW, position=0))
    scroll_to(root, 0.5)
    expect(token(root, FEW // 2)).to_be_attached()
    shown = rows(root)
    # the row of the keyboard's place stays, all others lie close together
    assert shown[0][0] == 0
    rest = [index for row in shown[1:] for index in row]
    assert rest == list(range(rest[0], rest[-1] + 1))
    expect(token(root, FEW - 1)).to_have_count(0)


def test_the_focused_token_stays_and_keys_cross_the_window(harness: Harness):
    root = harness.mount("token_view", content=long(FEW))
    token(root, 3).focus()
    scroll_to(root, 0.5)
    expect(token(root, FEW // 2)).to_be_attached()
    expect(token(root, 3)).to_be_focused()
    keys = harness.page.keyboard
    keys.press("ArrowRight")
    expect(token(root, 4)).to_be_focused()
    assert is_in_view(root, 4)
    keys.press("End")
    expect(token(root, FEW - 1)).to_be_focused()
    assert is_in_view(root, FEW - 1)
    keys.press("PageUp")
    # a page of rows of at most twenty tokens
    index = int(root.locator("[data-index]:focus").get_attribute("data-index") or -1)
    assert FEW - 400 < index < FEW - 60
    assert is_in_view(root, index)
    for _ in range(30):
        keys.press("ArrowUp")
    above = int(root.locator("[data-index]:focus").get_attribute("data-index") or -1)
    assert above < index - 100
    assert is_in_view(root, above)
    keys.press("Home")
    expect(token(root, 0)).to_be_focused()
    keys.press("PageDown")
    below = int(root.locator("[data-index]:focus").get_attribute("data-index") or -1)
    assert 60 < below < 400
    keys.press("Enter")
    assert harness.wait_sent(1)[-1]["position"] == below


def test_tab_reaches_the_position_however_far_away(harness: Harness):
    root = harness.mount("token_view", content=long(FEW))
    root.get_by_role("textbox", name="Text", exact=True).focus()
    harness.page.keyboard.press("Tab")
    expect(token(root, FEW - 1)).to_be_focused()
    assert is_in_view(root, FEW - 1)


@pytest.mark.parametrize("width", [320, 700, 1300])
def test_rows_are_filled_and_never_wider_than_the_flow(harness: Harness, width):
    texts = [
        " むかし",
        "し",
        "😀",
        " quick",
        "é",
        "WWWW",
        "iiii",
        "\u00a0",
        "\u200b",
        "한국",
        "ﷺ",
        "ffi",
        "—",
        " مرحبا",
    ]
    halves = [b"\xf0\xa0", b"\xae\xb7"]
    pieces = [*(text.encode() for text in texts), *halves, *halves] * 60
    root = harness.mount("token_view", content=content(b"".join(pieces).decode(), pieces), width=width)
    expect(token(root, 0)).to_be_visible()
    edges = flow(root).evaluate(
        """list => { const right = list.getBoundingClientRect().right;
          return [...list.querySelectorAll('.llmw-line')].map(row => [
            row.lastElementChild.getBoundingClientRect().right - right,
            row.nextElementSibling?.firstElementChild.getBoundingClientRect().width ?? 0 ]) }"""
    )
    assert len(edges) > 3
    assert all(edge <= 0 for edge, _ in edges)
    # the last one drawn is the row of the position, which need not follow the others; each chip has a quarter pixel to spare
    for edge, following in edges[:-2]:
        assert -edge < following + 14
    assert not harness.overflows()


def test_a_narrower_page_breaks_the_rows_anew_and_keeps_the_place(harness: Harness):
    root = harness.mount("token_view", content=long(FEW, position=2000), width=None)
    harness.page.set_viewport_size({"width": 1000, "height": 800})
    expect(token(root, 2000)).to_be_visible()
    before = rows(root)
    harness.page.set_viewport_size({"width": 380, "height": 800})
    harness.page.wait_for_function(
        "widest => Math.max(...[...document.querySelectorAll('.llmw-line')].map(row => row.children.length)) < widest",
        arg=max(map(len, before)),
    )
    assert flow(root).evaluate("list => list.scrollWidth <= list.clientWidth")
    top = flow(root).evaluate(
        """list => Number([...list.querySelectorAll('[data-index]')].filter(
          chip => chip.getBoundingClientRect().bottom > list.getBoundingClientRect().top)
          .map(chip => chip.dataset.index).sort((a, b) => a - b)[0])"""
    )
    assert abs(top - 2000) < 400
    root.get_by_role("button", name="IDs", exact=True).click()
    expect(token(root, top).locator(".llmw-id")).to_be_hidden()


def test_a_view_that_is_hidden_at_first_draws_itself_when_it_is_shown(harness: Harness):
    harness.mount("token_view", content=content())
    harness.page.evaluate("document.querySelector('[data-view]').style.display = 'none'")
    harness.set("content", long(FEW, revision=2))
    expect(harness.root.get_by_role("option")).to_have_count(0)
    harness.page.evaluate("document.querySelector('[data-view]').style.display = ''")
    expect(token(harness.root, 0)).to_be_visible()


def test_a_chip_wider_than_the_flow_wraps_and_pushes_down_what_follows(harness: Harness):
    pieces = ["a", "W" * 300, " " * 2000, "\x00", "\r\n", "end"]
    root = harness.mount("token_view", content=content("".join(pieces), pieces), width=320)
    wide = box(token(root, 1))
    assert wide["height"] > 100
    assert wide["width"] <= box(flow(root))["width"]
    harness.page.wait_for_function(
        """() => { const rows = [...document.querySelectorAll('.llmw-line')].map(row => row.getBoundingClientRect());
          return rows.every((row, at) => at === 0 || Math.abs(row.top - rows[at - 1].bottom) < 1.5) }"""
    )
    assert flow(root).evaluate("list => list.querySelectorAll('*').length") < 120
    token(root, 5).scroll_into_view_if_needed()
    assert is_in_view(root, 5)
    expect(token(root, 2)).to_have_text(re.compile("^␣{2000}"))


def test_an_edit_far_from_what_is_in_view_is_shown(harness: Harness):
    root = harness.mount("token_view", content=long(FEW))
    expect(token(root, 0)).to_be_visible()
    harness.set("content", long(FEW, 3000, revision=2))
    expect(token(root, 3000)).to_be_visible()
    assert is_in_view(root, 3000)
    # what Python chooses is shown as well
    harness.set("content", long(FEW, 3000, revision=2, position=5500))
    expect(token(root, 5500)).to_be_visible()
    assert is_in_view(root, 5500)


def test_writing_follows_the_end(harness: Harness):
    root = harness.mount("token_view", content=long(3000), status=status("generating", max_new_tokens=50))
    for count in (3001, 3040):
        harness.set("content", long(count, revision=count))
        expect(token(root, count - 1)).to_be_visible()
        assert is_in_view(root, count - 1)


def test_the_table_comes_in_pages(harness: Harness):
    root = harness.mount("token_view", content=long(FEW, position=450))
    root.get_by_role("button", name="Table").click()
    numbers = root.locator("tbody th")
    expect(numbers).to_have_count(200)
    expect(numbers.first).to_have_text("401")
    expect(root.get_by_role("navigation")).to_contain_text("401–600 of 6,000")
    root.get_by_role("button", name="Last page").click()
    expect(numbers.last).to_have_text("6000")
    expect(root.get_by_role("button", name="Next page")).to_be_disabled()
    root.get_by_role("button", name="First page").click()
    expect(root.get_by_role("row").nth(1)).to_have_text(re.compile(r"^1␣w1000"))


def test_a_long_text_comes_into_the_editor_and_typing_in_it_loses_nothing(harness: Harness):
    start = long(FEW)
    root = harness.mount("token_view", content=start)
    area = root.get_by_role("textbox", name="Text", exact=True)
    expect(area).to_have_value(start["text"])
    expect(area).to_be_editable()
    middle = len(start["text"]) // 2
    area.evaluate("(area, middle) => { area.focus(); area.setSelectionRange(middle, middle) }", middle)
    harness.page.keyboard.type("typed")
    expected = f"{start['text'][:middle]}typed{start['text'][middle:]}"
    expect(area).to_have_value(expected)
    # the answer to the first letter comes late and disturbs nothing
    first = harness.wait_sent(1)[0]
    assert first["edit"] == {"base": start["revision"], "start": middle, "end": middle, "text": "t"}
    harness.take(first, content=content(f"{start['text'][:middle]}t{start['text'][middle:]}", revision=2))
    expect(area).to_have_value(expected)
    assert harness.wait_sent(2)[-1]["edit"] == {"base": 2, "start": middle + 1, "end": middle + 1, "text": "yped"}
    assert area.evaluate("area => area.selectionStart") == middle + 5
    assert box(area)["height"] == pytest.approx(260, abs=2)


def test_a_batch_scrolls_through_all_its_rows(harness: Harness):
    rows_of_batch = [
        {**{key: value for key, value in long(600).items() if key in FIELDS}, "name": f"[{place}]", "error": None}
        for place in range(20)
    ]
    root = harness.mount(
        "token_view",
        info=info(can_predict=False),
        view_state={"settings": settings(kind="batch"), "rows": rows_of_batch},
    )
    expect(root.get_by_text("[0]", exact=True)).to_be_visible()
    expect(root.get_by_text("[19]", exact=True)).to_have_count(0)
    scroll_to(root, 1)
    expect(token(root, 11_999)).to_be_visible()
    scroll_to(root, 0.952)
    expect(root.get_by_text("[19]", exact=True)).to_be_attached()
    assert flow(root).evaluate("list => list.querySelectorAll('*').length") < 2500


FIELDS = set(islice(content(), 12))


def settings(**changes) -> dict:
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


def test_the_place_of_a_long_text_is_kept_before_it_comes_in(harness: Harness):
    """The editor stood one line high until the text was in it, and then pushed all below it down."""
    root = harness.mount("token_view", content=long(FEW))
    area = root.locator(".llmw-editor")
    heights = area.evaluate(
        """area => new Promise((done) => {
          const heights = [area.offsetHeight];
          const look = () => {
            heights.push(area.offsetHeight);
            if (area.getAttribute('aria-busy') === 'false' && area.value !== '') done(heights);
            else requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
        })"""
    )
    assert min(heights) == max(heights) == pytest.approx(260, abs=2)
