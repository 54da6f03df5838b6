"""NextTokenBar: every position of the text, and what the model expected there against what came."""

from __future__ import annotations

import math
import re

import pytest
from harness import Harness, array, content, info, sampler
from playwright.sync_api import Locator, expect
from test_bar_measures import settings
from test_next_token_bar import BIG, bars, distribution

TEXT = content("Who are you my friend", position=1)
CAME = {"id": 30, "piece": " Me", "bytes": "", "special": False, "logit": 1.0, "rank": 3}
FAR = {"id": 777, "piece": " you", "bytes": "", "special": False, "logit": -4.0, "rank": 61}


def mount(harness: Harness, came=None, *, view_state=None, distributed=None, text=TEXT, **options) -> Locator:
    made = distributed or distribution(tail=(100,), bins=(-4.0,))
    return harness.mount(
        "next_token_bar",
        content=text,
        distribution={**made, "came": came},
        view_state=view_state or settings(),
        **options,
    )


def scrubber(root: Locator) -> Locator:
    return root.get_by_role("slider", name="Position in the text")


def positions(harness: Harness) -> list[int]:
    return [message["position"] for message in harness.sent()]


def test_arrow_keys_move_through_the_text(harness):
    bar = mount(harness)
    expect(scrubber(bar)).to_have_attribute("aria-valuetext", "token 2 of 5, ␣are")
    scrubber(bar).focus()
    harness.page.keyboard.press("ArrowRight")
    request = harness.wait_sent(1)[0]
    assert request["position"] == 2
    expect(bar.locator(".llmw-place")).to_contain_text("␣you")
    harness.take(request, content={**TEXT, "position": 2})
    harness.page.keyboard.press("ArrowLeft")
    expect(scrubber(bar)).to_have_attribute("aria-valuetext", "token 2 of 5, ␣are")
    expect(scrubber(bar)).to_be_focused()


def test_the_last_position_follows_the_end(harness):
    bar = mount(harness)
    scrubber(bar).focus()
    harness.page.keyboard.press("End")
    harness.wait_sent(1)
    assert positions(harness) == [-1]
    expect(bar.get_by_role("button", name="one token on")).to_have_attribute("aria-disabled", "true")


def test_one_token_back_and_on(harness):
    bar = mount(harness)
    bar.get_by_role("button", name="one token back").click()
    request = harness.wait_sent(1)[0]
    assert request["position"] == 0
    harness.take(request, content={**TEXT, "position": 0})
    expect(bar.get_by_role("button", name="one token back")).to_have_attribute("aria-disabled", "true")
    bar.get_by_role("button", name="one token on").click()
    assert harness.wait_sent(2)[1]["position"] == 1


def test_a_text_of_one_token_has_no_other_place(harness):
    bar = mount(harness, text=content("Who"), distributed=distribution(position=0))
    expect(scrubber(bar)).to_have_count(0)


def test_what_came_is_marked_and_said(harness):
    bar = mount(harness, CAME)
    expect(bars(bar)).to_have_count(5)
    row = bars(bar).nth(2)
    expect(row).to_have_accessible_name(re.compile("this one came"))
    expect(row.locator(".llmw-tag-came")).to_be_visible()
    line = bar.locator(".llmw-came")
    probability = math.exp(1.0 - distribution(tail=(100,), bins=(-4.0,))["log_sum"])
    expect(line).to_contain_text(f"{100 * probability:.2f}%")
    expect(line).to_contain_text("rank 3 of 105")
    expect(line).to_contain_text(f"surprisal {-math.log(probability):.2f} nats")


def test_what_came_from_the_tail_has_a_row_with_its_true_rank(harness):
    bar = mount(harness, FAR)
    expect(bars(bar)).to_have_count(6)
    row = bars(bar).nth(5)
    expect(row).to_contain_text("#61")
    expect(row).to_contain_text("␣you")
    expect(bar).to_contain_text("99 other tokens")
    shares = [float(share.rstrip("%")) for share in bar.locator(".llmw-raw").all_text_contents()]
    assert sum(shares) == pytest.approx(100, abs=0.3)


def test_what_came_from_beyond_the_bars_has_a_row_after_them(harness):
    bar = mount(harness, CAME, view_state=settings(k=2))
    expect(bars(bar)).to_have_count(3)
    expect(bars(bar).nth(2)).to_contain_text("#3")
    expect(bar).to_contain_text("102 other tokens")


def test_a_click_on_what_came_goes_on_and_on_another_forks(harness):
    bar = mount(harness, CAME)
    expect(bar.locator(".llmw-hint")).to_contain_text("forks the text here")
    bars(bar).nth(0).click()
    bars(bar).nth(2).click()
    sent = harness.wait_sent(2)
    assert (sent[0]["action"], sent[0]["token"]) == ("append", 10)
    assert (sent[1]["kind"], sent[1]["position"]) == ("set", 2)


def test_going_on_before_the_last_token_follows_the_end(harness):
    bar = mount(harness, CAME, text={**TEXT, "position": 3}, distributed=distribution(position=3))
    bars(bar).nth(2).click()
    assert harness.wait_sent(1)[0]["position"] == -1


def test_what_was_ruled_out_and_came_is_infinitely_surprising(harness):
    bar = mount(harness, {**FAR, "logit": None})
    expect(bar.locator(".llmw-came")).to_contain_text("surprisal ∞ nats")


def test_at_the_end_nothing_came(harness):
    bar = mount(harness)
    expect(bar.locator(".llmw-came")).to_have_count(0)
    expect(bar.locator(".llmw-hint")).to_have_text("A click on a bar appends its token.")


def test_the_table_has_what_came(harness):
    bar = mount(harness, FAR, sampler=sampler(top_k=2))
    bar.get_by_role("button", name="Table").click()
    row = bar.get_by_role("row").filter(has_text="you")
    expect(row).to_contain_text("61")
    expect(row).to_contain_text("came")
    expect(row).to_contain_text("removed by top_k")
    expect(row).to_contain_text("−4.000")


def test_rows_of_a_batch(harness):
    bar = mount(harness, info=info(rows=3, row=1, can_edit=False))
    chooser = bar.get_by_role("combobox", name="row")
    expect(chooser).to_have_value("1")
    chooser.select_option("3")
    request = harness.wait_sent(1)[0]
    assert (request["action"], request["row"]) == ("row", 2)


def test_one_row_needs_no_chooser(harness):
    expect(mount(harness).get_by_role("combobox", name="row")).to_have_count(0)


def test_a_padded_vocabulary_is_stated_and_a_token_without_a_name_is_its_id(harness):
    nameless = distribution(pieces=(" Ah", "", " Me", " I", " My"), tail=(1000,), bins=(-9.0,), unnamed=128)
    bar = mount(harness, distributed=nameless)
    expect(bar.locator(".llmw-figures")).to_contain_text("128")
    expect(bars(bar).nth(1).locator(".llmw-piece")).to_have_text("#20")
    expect(bars(bar).nth(1)).to_have_accessible_name(re.compile(r"ID 20 \(no token\)"))


def test_a_full_vocabulary_has_no_such_figure(harness):
    expect(mount(harness).locator(".llmw-figures")).not_to_contain_text("padding")


def test_without_a_kernel_no_other_place_can_be_looked_at(harness):
    bar = mount(harness)
    harness.connect(False)
    expect(scrubber(bar)).to_be_disabled()


@pytest.mark.parametrize("width", [340, 520, 700, 1100])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_long_and_odd_tokens_that_came_fit(harness, width, language):
    odd = {**FAR, "piece": "𝕎\u202e\n" + "W" * 300, "rank": 49_000}
    mount(
        harness,
        odd,
        distributed={**BIG, "ids": array(range(1000, 2000), dtype="int32")},
        width=width,
        language=language,
        sampler=sampler(temperature=1.5, top_p=0.9),
        info=info(rows=12, row=11),
    )
    assert not harness.overflows()
