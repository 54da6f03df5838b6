"""NextTokenBar: a filter by text, among the head at once and in the whole vocabulary by the kernel."""

from __future__ import annotations

import math
import re

import pytest
from harness import Harness, error, sampler
from playwright.sync_api import Locator, expect
from test_bar_measures import settings
from test_next_token_bar import TEXT, bars, distribution

PIECES = (" the", " a", " The", " other", " テスト", "\n", " of", " then")
LOGITS = (4.0, 3.0, 2.0, 1.0, 0.5, 0.0, -0.5, -1.0)
HEAD = distribution(LOGITS, PIECES, (1000,), (-6.0,))


@pytest.fixture
def bar(harness: Harness) -> Locator:
    return harness.mount("next_token_bar", content=TEXT, distribution=HEAD, view_state=settings(k=3))


def field(root: Locator) -> Locator:
    return root.get_by_role("searchbox", name="Filter the tokens by text")


def names(root: Locator) -> list[str]:
    return bars(root).locator(".llmw-piece").all_text_contents()


def candidate(identity, piece, logit, rank):
    return {"id": identity, "piece": piece, "bytes": "", "special": False, "logit": logit, "rank": rank}


def answer(harness: Harness, request, candidates, total=None, query=None) -> None:
    result = {
        "kind": "find",
        "revision": 1,
        "query": query or request["text"],
        "total": len(candidates) if total is None else total,
        "candidates": candidates,
    }
    reply = {"rid": request["rid"], "client": request["client"], "ok": True, "error": None, "result": result}
    harness.message(reply, view=0)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("THE", ["#1␣the", "#3␣The", "#4␣other", "#8␣then"]),
        ("ｔｈｅｎ", ["#8␣then"]),
        ("ﾃｽﾄ", ["#5␣テスト"]),
        ("⏎", ["#6⏎"]),
        ("␣o", ["#4␣other", "#7␣of"]),
    ],
)
def test_the_head_is_searched_at_once_with_true_ranks(harness, bar, typed, expected):
    field(bar).fill(typed)
    expect(bars(bar)).to_have_count(len(expected))
    assert [re.sub(r"\s", "", text) for text in bars(bar).locator(".llmw-token").all_text_contents()] == expected
    expect(bar.locator(".llmw-found")).to_contain_text("searching the whole vocabulary")


def test_the_kernel_is_asked_for_the_text_and_its_answer_takes_the_place(harness, bar):
    field(bar).fill("the")
    request = harness.wait_sent(1, view=0)[0]
    assert (request["kind"], request["text"], request["token"]) == ("find", "the", None)
    far = candidate(9001, " lathe", -6.0, 512)
    answer(harness, request, [candidate(10, " the", 4.0, 1), far], total=240)
    expect(bars(bar)).to_have_count(2)
    expect(bars(bar).nth(1)).to_contain_text("#512")
    probability = math.exp(-6.0 - HEAD["log_sum"])
    shown = bars(bar).nth(1).locator(".llmw-raw").inner_text()
    assert float(shown.rstrip("%")) == pytest.approx(100 * probability, rel=0.06)
    expect(bar.locator(".llmw-found")).to_contain_text("2 of 240 tokens that hold “the”")
    bars(bar).nth(1).click()
    assert harness.wait_sent(1)[0]["token"] == 9001


def test_what_the_kernel_cannot_find_in_the_head_stays(harness):
    """It is asked in the usual width: a token that is itself full-width is found by the page alone."""
    head = distribution((3.0, 2.0, 1.0), (" the", "ＴＨＥ", " a"), (1000,), (-6.0,))
    bar = harness.mount("next_token_bar", content=TEXT, distribution=head, view_state=settings(k=3))
    field(bar).fill("ｔｈｅ")
    expect(bars(bar)).to_have_count(2)
    request = harness.wait_sent(1, view=0)[0]
    assert request["text"] == "the"
    answer(harness, request, [candidate(10, " the", 3.0, 1), candidate(9001, " lathe", -6.0, 512)])
    expect(bars(bar)).to_have_count(3)
    assert names(bar) == ["␣the", "ＴＨＥ", "␣lathe"]
    expect(bar.locator(".llmw-found")).to_contain_text("3 tokens hold “ｔｈｅ”")


def test_an_answer_to_another_query_is_not_shown(harness, bar):
    field(bar).fill("the")
    request = harness.wait_sent(1, view=0)[0]
    field(bar).fill("of")
    answer(harness, request, [candidate(9001, " lathe", -6.0, 512)])
    expect(bars(bar)).to_have_count(1)
    expect(bars(bar).nth(0)).to_contain_text("of")


def test_another_distribution_is_asked_for_anew(harness, bar):
    field(bar).fill("the")
    answer(harness, harness.wait_sent(1, view=0)[0], [candidate(9001, " lathe", -6.0, 512)])
    expect(bars(bar)).to_have_count(1)
    harness.set("content", {**TEXT, "revision": 2})
    harness.set("distribution", {**HEAD, "revision": 2})
    assert harness.wait_sent(2, view=0)[1]["text"] == "the"
    expect(bars(bar)).to_have_count(4)


def test_what_was_found_in_the_tail_goes_with_the_sampler(harness, bar):
    field(bar).fill("the")
    answer(harness, harness.wait_sent(1, view=0)[0], [candidate(9001, " lathe", -6.0, 512)])
    harness.set("sampler", sampler(top_k=5))
    expect(bars(bar).nth(0)).to_have_accessible_name(re.compile("removed by top_k"))


def test_nothing_found_is_said_in_words(harness, bar):
    field(bar).fill("zzz")
    answer(harness, harness.wait_sent(1, view=0)[0], [])
    expect(bar.locator(".llmw-found")).to_have_text("No token holds “zzz”.")
    expect(bars(bar)).to_have_count(0)
    expect(bar.locator(".llmw-hint")).to_have_text("Nothing to show with this filter.")


def test_without_a_kernel_the_head_alone_is_searched_and_it_says_so(harness, bar):
    harness.connect(False)
    field(bar).fill("the")
    expect(bars(bar)).to_have_count(4)
    expect(bar.locator(".llmw-found")).to_contain_text("Searched among the 8 most probable tokens only")
    assert harness.sent(view=0) == []


def test_what_the_kernel_found_before_it_went_is_not_shown_for_another_text(harness, bar):
    field(bar).fill("the")
    answer(harness, harness.wait_sent(1, view=0)[0], [candidate(9001, " lathe", -6.0, 512)])
    expect(bars(bar)).to_have_count(1)
    harness.connect(False)
    expect(bars(bar).nth(0)).to_contain_text("lathe")
    field(bar).fill("of")
    expect(bars(bar).nth(0)).to_contain_text("of")


def test_a_refusal_is_said_and_the_head_stays(harness, bar):
    field(bar).fill("the")
    request = harness.wait_sent(1, view=0)[0]
    harness.refuse(request, error("no_tokenizer", "There is no tokenizer.", "Give one."), view=0)
    expect(bar.get_by_role("alert")).to_contain_text("There is no tokenizer")
    expect(bars(bar)).to_have_count(4)


def test_clearing_the_field_brings_the_bars_back(harness, bar):
    field(bar).fill("the")
    expect(bars(bar)).to_have_count(4)
    field(bar).press("Escape")
    expect(bars(bar)).to_have_count(3)
    assert names(bar) == ["␣the", "␣a", "␣The"]


@pytest.mark.parametrize("width", [340, 520, 1100])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_filter_fits(harness, width, language):
    bar = harness.mount(
        "next_token_bar",
        width=width,
        language=language,
        content=TEXT,
        distribution=HEAD,
        sampler=sampler(top_k=3),
        view_state=settings(),
    )
    bar.get_by_role("searchbox").fill("t" * 200)
    expect(bar.locator(".llmw-found")).not_to_be_empty()
    assert not harness.overflows()


def test_a_character_that_is_cut_into_bytes_is_told_from_a_word_that_is_not_there(harness, bar):
    for at, (typed, says) in enumerate([("お", "in tokens of its bytes"), ("おか", "No token holds “おか”.")]):
        field(bar).fill(typed)
        answer(harness, harness.wait_sent(at + 1, view=0)[-1], [])
        expect(bar.locator(".llmw-found")).to_contain_text(says)
        expect(bar.locator(".llmw-axis")).to_have_count(0)
