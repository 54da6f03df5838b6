"""NextTokenBar: draws counted over the theory."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from harness import NEUTRAL, Harness, array, box, sampler
from playwright.sync_api import Locator, expect
from test_bar_measures import settings
from test_next_token_bar import PIECES, TEXT, bars, distribution

HERE = distribution(tail=(100,), bins=(-4.0,))
# of 20 draws: 11 of the first token, 4, 3, 0, 1, and one that has no row
ORDER = [0, 1, 0, 2, 0, 5, 0, 1, 0, 2, 0, 4, 0, 1, 0, 2, 0, 1, 0, 0]


def draws(order=ORDER, *, number=1, seed=42, **changes):
    """A DrawsPayload; `order` in ranks, where 5 stands for a token of the tail."""
    counts = Counter(order)
    ranks = [rank for rank, _ in counts.most_common()]
    names = [*PIECES, " far"]
    return {
        "number": number,
        "revision": 1,
        "position": 1,
        "sampler": {**NEUTRAL, "seed": seed},
        "n": len(order),
        "seed": seed,
        "device": "cpu",
        "ids": [10 * (rank + 1) if rank < 5 else 777 for rank in ranks],
        "pieces": [names[rank] for rank in ranks],
        "bytes": [""] * len(ranks),
        "special": [],
        "counts": [counts[rank] for rank in ranks],
        "probabilities": array([0.1] * len(ranks)),
        "order": array([ranks.index(rank) for rank in order], dtype="int32"),
        **changes,
    }


def mount(harness: Harness, drawn=None, **options) -> Locator:
    traits = {"content": TEXT, "distribution": HERE, "sampler": sampler(seed=42), "view_state": settings(), **options}
    return harness.mount("next_token_bar", draws=drawn, **traits)


def button(root: Locator, name: str) -> Locator:
    return root.get_by_role("button", name=name, exact=True)


def drawn_of(root: Locator) -> list[str]:
    return bars(root).locator(".llmw-drawn").all_text_contents()


@pytest.mark.parametrize("n", [1, 10, 100, 1000, 10_000])
def test_buttons_draw(harness, n):
    bar = mount(harness)
    button(bar, f"Draw {n:,}").click()
    request = harness.wait_sent(1)[0]
    assert (request["kind"], request["action"], request["n"]) == ("act", "draw", n)


def test_counts_and_shares_over_the_theory(harness):
    bar = mount(harness, draws())
    assert drawn_of(bar) == ["11 · 55.0%", "4 · 20.0%", "3 · 15.0%", "0 · 0%", "1 · 5.00%"]
    expect(bar.locator(".llmw-rest .llmw-drawn")).to_have_text("1 · 5.00%")
    expect(bars(bar).nth(0)).to_have_accessible_name(re.compile("drawn 11 of 20 times"))


def test_the_marks_stand_where_the_numbers_say(harness):
    bar = mount(harness, draws())
    row = bars(bar).nth(0)
    track, share, spread = (box(row.locator(f".llmw-{part}")) for part in ("track", "share", "spread"))
    theory = box(row.locator(".llmw-bar-sampled"))["width"]
    scale = theory / 0.5794
    centre = share["x"] + share["width"] / 2 - track["x"]
    assert centre == pytest.approx(0.55 * scale, abs=2)
    # 2 * sqrt(p (1 - p) / n) to either side
    assert spread["width"] == pytest.approx(2 * 0.2208 * scale, abs=3)
    assert spread["x"] + spread["width"] / 2 - track["x"] == pytest.approx(theory, abs=3)


def test_the_verdict_says_how_many_are_within_the_spread_and_the_largest_deviation(harness):
    bar = mount(harness, draws())
    verdict = bar.locator(".llmw-verdict")
    expect(verdict).to_contain_text("20 draws.")
    expect(verdict).to_contain_text("6 of 6 bars within the spread")
    expect(verdict).to_contain_text(re.compile(r"Largest deviation: 7\.\d percentage points \(␣Me\)"))
    expect(verdict).to_contain_text("Greedy takes ␣Ah.")


def test_what_chance_hardly_gives_is_marked(harness):
    bar = mount(harness, draws([4] * 20))
    expect(bars(bar).nth(4).locator(".llmw-share")).to_have_attribute("data-astray", "true")
    expect(bar.locator(".llmw-verdict")).to_contain_text(re.compile("[2-4] of 6 bars within"))


def test_seed_and_device_are_shown(harness):
    bar = mount(harness, draws())
    expect(bar.locator(".llmw-source")).to_have_text("seed 42 on cpu")


def test_without_a_seed_it_is_by_chance(harness):
    bar = mount(harness, draws(seed=None), sampler=sampler())
    expect(bar.locator(".llmw-source")).to_have_text("by chance, on cpu")


def test_one_draw_marks_its_token_and_greedy_beside_it(harness):
    bar = mount(harness, draws([1]))
    expect(bars(bar).nth(1).locator(".llmw-tag-hit")).to_be_visible()
    expect(bars(bar).nth(0).locator(".llmw-tag-greedy")).to_be_visible()
    expect(bar.locator(".llmw-verdict")).to_contain_text("Drawn: ␣Oh")
    expect(bar.locator(".llmw-spread")).to_have_count(0)


def test_one_draw_of_a_token_without_a_row_is_named(harness):
    bar = mount(harness, draws([5]))
    expect(bar.locator(".llmw-verdict")).to_contain_text("Drawn: ␣far")
    expect(bar.locator(".llmw-rest .llmw-drawn")).to_have_text("1")


def test_clear_takes_them_away_until_others_are_drawn(harness):
    bar = mount(harness, draws())
    button(bar, "Clear").click()
    expect(bar.locator(".llmw-drawn")).to_have_count(0)
    harness.set("draws", draws([0, 1], number=2))
    expect(bar.locator(".llmw-verdict")).to_contain_text("2 draws.")


def test_draws_by_another_sampler_are_gone(harness):
    bar = mount(harness, draws())
    harness.set("sampler", sampler(temperature=2.0, seed=42))
    expect(bar.locator(".llmw-drawn")).to_have_count(0)


def test_draws_go_with_the_logarithm_and_have_no_mark_on_logits(harness):
    bar = mount(harness, draws())
    choice = bar.get_by_role("combobox", name="What the bars show")
    choice.select_option("log_probability")
    expect(bars(bar).nth(0).locator(".llmw-share")).to_be_visible()
    choice.select_option("logit")
    expect(bar.locator(".llmw-share")).to_have_count(0)
    assert drawn_of(bar)[0] == "11 · 55.0%"


def test_the_table_has_counts_and_what_was_to_be_expected(harness):
    bar = mount(harness, draws())
    bar.get_by_role("button", name="Table").click()
    row = bar.get_by_role("row").filter(has_text="Ah")
    expect(row).to_contain_text("11 · 55.0%")
    expect(row).to_contain_text(re.compile(r"35\.\d% – 80\.\d%"))


@pytest.mark.parametrize("gone", ["kernel", "stale", "generating"])
def test_nothing_is_drawn_where_it_cannot_be(harness, gone):
    bar = mount(harness)
    if gone == "kernel":
        harness.connect(False)
    elif gone == "stale":
        harness.set("content", {**TEXT, "revision": 2})
    else:
        harness.set("status", {**harness.get("status"), "state": "generating"})
    expect(button(bar, "Draw 10")).to_be_disabled()


MANY = [at % 3 for at in range(10_000)]


def test_draws_fill_in_and_can_be_skipped_and_played_again(moving):
    bar = mount(moving)
    moving.set("draws", draws(MANY))
    verdict = bar.locator(".llmw-verdict")
    expect(button(bar, "Skip")).to_be_visible()
    assert int(re.sub(r"\D", "", verdict.inner_text().split(" ")[0])) < 10_000
    button(bar, "Skip").click()
    expect(verdict).to_contain_text("10,000 draws.")
    button(bar, "Play again").click()
    expect(verdict).not_to_contain_text("10,000 draws.")
    expect(verdict).to_contain_text("10,000 draws.")
    expect(button(bar, "Play again")).to_be_visible()


def test_draws_come_at_once_for_those_who_wish_for_stillness(harness):
    bar = mount(harness)
    counts = bar.locator(".llmw-draw").evaluate_handle("""part => {
      const seen = [];
      new MutationObserver(() => seen.push(part.querySelector('.llmw-verdict')?.textContent ?? ''))
        .observe(part, { childList: true, subtree: true, characterData: true });
      return seen;
    }""")
    harness.set("draws", draws(MANY))
    expect(bar.locator(".llmw-verdict")).to_contain_text("10,000 draws.")
    assert all("10,000 draws." in text for text in counts.json_value())


def test_draws_of_a_saved_notebook_do_not_play(moving):
    bar = mount(moving, draws(MANY))
    # now, and not once they have filled in
    assert "10,000 draws." in bar.locator(".llmw-verdict").inner_text()


@pytest.mark.parametrize("width", [340, 520, 700, 1100])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_draws_fit(harness, width, language):
    drawn = {**draws(MANY), "sampler": {**NEUTRAL, "temperature": 1.5, "seed": 42}}
    mount(harness, drawn, width=width, language=language, sampler=sampler(temperature=1.5, seed=42))
    assert not harness.overflows()


@pytest.mark.parametrize("width", [320, 700, 1100])
def test_the_models_own_bars_keep_their_sign_beside_draws(harness, width):
    bar = mount(harness, draws(sampler={**NEUTRAL, "temperature": 2.0}), sampler=sampler(temperature=2.0), width=width)
    expect(bar.locator(".llmw-legend[data-of=drawn]")).to_be_visible()
    expect(bar.locator(".llmw-bar-raw").first).to_be_visible()
    expect(bar.locator(".llmw-legend[data-of=raw]")).to_be_visible()
    assert not harness.overflows()
