"""NextTokenBar(against=…): two distributions at once."""

from __future__ import annotations

import re

import pytest
from harness import Harness, box, content, error, info
from playwright.sync_api import Locator, expect
from test_predict import distribution

TEXT = content("The capital of France is")
SETTINGS = {"k": 10, "measure": "probability", "scale": "linear", "predict": False, "seen": {}}


def pair(token, piece, p, q, **changes):
    return {
        "id": token,
        "other_id": token,
        "piece": piece,
        "bytes": "",
        "special": False,
        "p": p,
        "q": q,
        **changes,
    }


PAIRS = [
    pair(5, " Paris", 0.62, 0.003),
    pair(6, " Berlin", 0.002, 0.55),
    pair(7, " the", 0.08, 0.09),
    pair(8, "", 0.04, 0.05, bytes="e381"),
    pair(9, "\n", 0.02, 0.02),
]


def comparison(**changes):
    return {
        "revision": 1,
        "other_revision": 1,
        "name": "SmolLM2-135M",
        "other_name": "SmolLM2-360M",
        "text": "The capital of France is",
        "other_text": "The capital of Germany is",
        "can_edit": True,
        "aligned": "ids",
        "shared": 49_152,
        "outside": 0.0,
        "other_outside": 0.0,
        "kl": 2.831,
        "kl_back": 3.123,
        "pairs": PAIRS,
        "differ": [0, 1, 3, 2],
        "error": None,
        **changes,
    }


def mount(harness: Harness, settings=None, compared=None, **changes) -> Locator:
    state = {"settings": {**SETTINGS, **(settings or {})}, "compared": compared or comparison()}
    return harness.mount("next_token_bar", content=TEXT, distribution=distribution(), view_state=state, **changes)


@pytest.fixture
def bar(harness: Harness) -> Locator:
    return mount(harness)


def rows(root: Locator) -> Locator:
    return root.get_by_role("list", name="Tokens with their probabilities").get_by_role("listitem")


def other(root: Locator) -> Locator:
    return root.get_by_role("textbox", name="Text on the right")


def test_tokens_in_the_middle_and_bars_to_both_sides(harness, bar):
    expect(rows(bar)).to_have_count(5)
    expect(rows(bar).nth(0).locator(".llmw-visually-hidden")).to_have_text("␣Paris: left 62.0%, right 0.300%")
    first = rows(bar).nth(0)
    left, token, right = (
        box(first.locator(name))
        for name in (".llmw-pair-track[data-side=left] i", ".llmw-pair-token", ".llmw-pair-track[data-side=right] i")
    )
    assert left["x"] + left["width"] <= token["x"] + 1
    assert token["x"] + token["width"] <= right["x"] + 1
    # one scale: equal probabilities are equal widths
    same = rows(bar).nth(4)
    widths = [box(same.locator(f"[data-side={side}] i"))["width"] for side in ("left", "right")]
    assert widths[0] == pytest.approx(widths[1], abs=0.5)
    assert left["width"] / box(rows(bar).nth(1).locator("[data-side=right] i"))["width"] == pytest.approx(
        0.62 / 0.55, rel=0.02
    )


def test_both_sides_are_named_with_what_differs_marked(harness, bar):
    left, right = bar.locator(".llmw-against-side").all()
    expect(left).to_contain_text("SmolLM2-135M")
    expect(left.locator("mark")).to_have_text("France")
    expect(right).to_contain_text("SmolLM2-360M")
    expect(right.locator("mark")).to_have_text("Germany")


def test_a_long_text_shows_its_end(harness):
    long = comparison(text="word " * 300 + "France is", other_text="word " * 300 + "Germany is")
    bar = mount(harness, compared=long)
    shown = bar.locator(".llmw-against-text").first
    expect(shown).to_have_text(re.compile("^….*France is$"))
    assert len(shown.text_content() or "") < 200


def test_divergence_in_both_directions_with_a_sentence_each(harness, bar):
    first, second = bar.locator(".llmw-against-kl dl > div").all()
    expect(first).to_contain_text("KL(left ‖ right)")
    expect(first).to_contain_text("2.83 nats If tokens come from the left, expecting the right costs 2.83 nats")
    expect(second).to_contain_text("KL(right ‖ left)")
    expect(second).to_contain_text("3.12 nats If tokens come from the right, expecting the left costs 3.12 nats")
    expect(bar.locator(".llmw-against-kl")).to_contain_text("no sampler is applied")


def test_infinite_nothing_and_at_least(harness):
    bar = mount(harness, compared=comparison(kl=None, kl_back=0.0))
    first, second = bar.locator(".llmw-against-kl dl > div").all()
    expect(first).to_contain_text("∞ The left expects tokens that the right rules out.")
    expect(second).to_contain_text("0 nats Expecting the left is as good as expecting the right.")
    by_bytes = {"aligned": "bytes", "shared": 40_976, "outside": 0.123, "other_outside": 0.045}
    harness.set("compared", comparison(**by_bytes), view=0)
    expect(first).to_contain_text("at least 2.83 nats")
    expect(bar).to_contain_text("40,976 tokens that have the same bytes")
    expect(bar).to_contain_text("left 12.3%, right 4.50%")


def test_the_tokens_that_differ_most(harness, bar):
    bar.get_by_role("button", name="Differ most").click()
    expect(rows(bar).locator(".llmw-pair-token")).to_have_text(["␣Paris", "␣Berlin", "E3 81", "␣the"])
    expect(bar.get_by_role("button", name="Differ most")).to_have_attribute("aria-pressed", "true")
    bar.get_by_role("button", name="Most probable").click()
    expect(rows(bar)).to_have_count(5)


def test_no_token_differs(harness):
    bar = mount(harness, compared=comparison(differ=[]))
    bar.get_by_role("button", name="Differ most").click()
    expect(bar).to_contain_text("No token differs.")


def test_k_rows(harness):
    bar = mount(harness, settings={"k": 2})
    expect(rows(bar)).to_have_count(2)


def test_a_token_that_one_side_does_not_have(harness):
    alone = [pair(5, " Par", 0.2, None, other_id=-1), pair(-1, " Fran", None, 0.1, other_id=44), *PAIRS]
    bar = mount(harness, compared=comparison(aligned="bytes", pairs=alone, differ=[2]))
    expect(rows(bar).nth(0).locator(".llmw-visually-hidden")).to_have_text("␣Par: left 20.0%, right no such token")
    expect(rows(bar).nth(1).locator(".llmw-visually-hidden")).to_have_text("␣Fran: left no such token, right 10.0%")
    expect(rows(bar).nth(0).locator("[data-side=right] i")).to_have_count(0)
    bar.get_by_role("button", name="Table").click()
    expect(bar.get_by_role("row").filter(has_text="Fran").get_by_role("cell")).to_have_text(
        ["—", "44", "no such token", "10.0%", ""]
    )


def test_the_table_says_the_same(harness, bar):
    bar.get_by_role("button", name="Table").click()
    cells = bar.get_by_role("row").filter(has_text="Berlin").get_by_role("cell")
    expect(cells).to_have_text(["6", "6", "0.200%", "55.0%", "+54.8%"])
    expect(rows(bar)).to_have_count(0)


@pytest.mark.parametrize(("language", "words"), [("en", "too little to compare"), ("ja", "比較できません")])
def test_too_little_in_common_is_said(harness, language, words):
    told = (
        "The two vocabularies share 3 tokens, which hold only 1.0% of the one side's probability and 2.0% of the other's: "
        "too little to compare."
    )
    why = error("vocabularies_differ", told, "Take another model.", shared=3)
    none = comparison(aligned="none", kl=None, kl_back=None, pairs=[], differ=[], error=why, can_edit=False)
    bar = mount(harness, compared=none, language=language)
    expect(bar.get_by_role("alert")).to_contain_text(words)
    expect(bar).not_to_contain_text("KL(")
    expect(bar).not_to_contain_text("∞")


def test_older_numbers_are_marked(harness, bar):
    harness.set("content", {**TEXT, "revision": 2})
    harness.set("distribution", distribution(revision=2))
    body = bar.locator(".llmw-against-body")
    expect(body).to_have_attribute("data-stale", "true")
    expect(bar).to_contain_text("these numbers belong to the text before")
    harness.set("compared", comparison(revision=2), view=0)
    expect(body).to_have_attribute("data-stale", "false")


def test_of_a_side_that_is_gone_no_newer_numbers_are_promised(harness, bar):
    harness.set("content", {**TEXT, "revision": 2})
    gone = error("session_closed", "The session on the other side is gone.", "Run the cell of the view again.")
    harness.set("compared", comparison(aligned="none", pairs=[], differ=[], error=gone), view=0)
    expect(bar.get_by_role("alert")).to_contain_text("gone")
    expect(bar).not_to_contain_text("these numbers belong to the text before")


def test_both_ways_have_three_digits(harness, bar):
    harness.set("compared", comparison(kl=15.0, kl_back=13.94), view=0)
    expect(bar).to_contain_text("15.0 nats")
    expect(bar).to_contain_text("13.9 nats")


def test_what_differs_is_found_though_only_the_left_texts_last_words_travel(harness):
    bar = mount(harness, compared=comparison(text="of France is"))
    expect(bar.locator("mark")).to_have_text(["France", "Germany"])


# the other text


def reply(harness: Harness, request) -> None:
    harness.message(
        {"rid": request["rid"], "client": request["client"], "ok": True, "error": None, "result": None}, view=0
    )


def test_another_text_is_asked_for_as_it_is_typed(harness, bar):
    other(bar).fill("The capital of Italy is")
    request = harness.wait_sent(1, view=0)[-1]
    assert (request["kind"], request["text"]) == ("against", "The capital of Italy is")
    expect(bar.locator(".llmw-against-body")).to_have_attribute("data-stale", "true")
    reply(harness, request)
    harness.set("compared", comparison(other_text="The capital of Italy is"), view=0)
    expect(bar.locator(".llmw-against-body")).to_have_attribute("data-stale", "false")


def test_what_is_typed_is_not_overwritten_by_older_answers(harness, bar):
    """The kernel answers the first letter when more has been typed: the field keeps what it holds, and the newest text goes."""
    other(bar).fill("a")
    first = harness.wait_sent(1, view=0)[-1]
    other(bar).fill("ab")
    other(bar).fill("abc")
    harness.set("compared", comparison(other_text="a"), view=0)
    expect(other(bar)).to_have_value("abc")
    reply(harness, first)
    second = harness.wait_sent(2, view=0)[-1]
    assert second["text"] == "abc"
    expect(other(bar)).to_have_value("abc")
    # the answer is there before its numbers
    reply(harness, second)
    expect(other(bar)).to_have_value("abc")
    harness.set("compared", comparison(other_text="abc"), view=0)
    expect(other(bar)).to_have_value("abc")
    # and then what the kernel says counts again
    harness.set("compared", comparison(other_text="from Python"), view=0)
    expect(other(bar)).to_have_value("from Python")


def test_what_python_sets_after_the_answer_is_taken(harness, bar):
    other(bar).fill("abc")
    reply(harness, harness.wait_sent(1, view=0)[-1])
    harness.set("compared", comparison(other_text="from Python"), view=0)
    expect(other(bar)).to_have_value("from Python")


def test_a_refused_text_stays_and_the_reason_is_said(harness, bar):
    other(bar).fill("much too long")
    why = error("text_too_long", "The text has 9,000 tokens.", "Shorten it.", tokens=9000, context=8192)
    harness.refuse(harness.wait_sent(1, view=0)[-1], why, view=0)
    expect(other(bar)).to_have_value("much too long")
    expect(bar).to_contain_text("The text has 9,000 tokens. Shorten it.")
    expect(other(bar)).to_have_attribute("aria-invalid", "true")
    for text in ("The capital of Germany is", "from Python"):
        harness.set("compared", comparison(other_text=text), view=0)
        expect(other(bar)).to_have_value("much too long")
    other(bar).fill("short")
    expect(bar).not_to_contain_text("9,000 tokens")


def test_what_is_being_composed_waits(harness, bar):
    other(bar).fill("")
    harness.wait_sent(1, view=0)
    reply(harness, harness.sent(view=0)[-1])
    other(bar).focus()
    devtools = harness.page.context.new_cdp_session(harness.page)
    devtools.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    harness.set("compared", comparison(other_text=""), view=0)
    harness.set("compared", comparison(other_text="from Python"), view=0)
    expect(other(bar)).to_have_value("にほん")
    assert len(harness.sent(view=0)) == 1
    devtools.send("Input.insertText", {"text": "日本"})
    assert harness.wait_sent(2, view=0)[-1]["text"] == "日本"
    expect(other(bar)).to_have_value("日本")


def test_without_a_kernel_the_other_text_cannot_change(harness, bar):
    harness.connect(False)
    expect(other(bar)).to_have_attribute("readonly", "")
    expect(bar).to_contain_text("Without the kernel the text on the right cannot change")


def test_another_session_has_no_field(harness):
    bar = mount(harness, compared=comparison(can_edit=False), info=info())
    expect(rows(bar)).to_have_count(5)
    expect(other(bar)).to_have_count(0)


def test_a_guess_first_then_the_comparison(harness):
    bar = mount(harness, settings={"predict": True})
    expect(bar.locator(".llmw-predict")).to_be_visible()
    expect(bar.locator(".llmw-against")).to_have_count(0)
    bar.get_by_role("button", name="Show without guessing").click()
    expect(rows(bar)).to_have_count(5)


@pytest.mark.parametrize("width", [320, 500, 700, 1400])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_hostile_texts_and_tokens_stay_text_and_fit(harness, width, language):
    evil = "<img src=x onerror=alert(1)>"
    pairs = [pair(1, evil, 0.5, 0.5), pair(2, "W" * 300, 2e-7, 0.1), pair(3, "\u202eexe", 1.0, 0.0)]
    made = comparison(
        pairs=pairs, differ=[1], name="N" * 200, other_name=evil, text=evil + "W" * 300, other_text="\n\u202e", kl=1e-8
    )
    bar = mount(harness, compared=made, width=width, language=language)
    expect(bar.locator(".llmw-pair-token").first).to_contain_text("<img")
    assert bar.locator("img").count() == 0
    assert not harness.overflows()
    for part in (".llmw-pairs .llmw-pair", ".llmw-against-side", ".llmw-against-kl"):
        for one in bar.locator(part).all():
            assert box(one)["x"] + box(one)["width"] <= box(bar)["x"] + box(bar)["width"] + 1


def test_200_rows_scroll_by_keyboard(harness):
    many = [pair(at, f" t{at}", 1 / (at + 3), 1 / (at + 4)) for at in range(200)]
    bar = mount(harness, settings={"k": 200}, compared=comparison(pairs=many))
    expect(rows(bar)).to_have_count(200)
    bar.get_by_role("list", name="Tokens with their probabilities").focus()
    harness.page.keyboard.press("End")
    expect(rows(bar).nth(199)).to_be_in_viewport()


def test_nothing_stays_bound(harness, bar):
    expect(rows(bar)).to_have_count(5)
    harness.close()
    harness.wait_listening(0, view=0)
