"""NextTokenBar: what its bars stand for, how many there are, and how they move."""

from __future__ import annotations

import itertools
import math
import re

import pytest
from harness import Harness, array, box, content, error, sampler
from playwright.sync_api import Locator, expect
from test_next_token_bar import BIG, LOGITS, PIECES, TEXT, bars, distribution

SETTINGS = {"k": 10, "measure": "probability", "scale": "linear", "predict": False, "seen": {}}


def settings(**changes):
    return {"settings": {**SETTINGS, **changes}}


def mount(harness: Harness, view_state=None, **traits) -> Locator:
    traits = {"content": TEXT, "distribution": distribution(tail=(100,), bins=(-4.0,)), **traits}
    return harness.mount("next_token_bar", view_state=view_state or settings(), **traits)


def bar_of(root: Locator, row: int, kind: str = "sampled") -> Locator:
    return bars(root).nth(row).locator(f".llmw-bar-{kind}")


def width(root: Locator, row: int, kind: str = "sampled") -> float:
    return box(bar_of(root, row, kind))["width"]


def values(root: Locator, kind: str = "raw") -> list[str]:
    return bars(root).locator(f".llmw-{kind}").all_text_contents()


def ticks(root: Locator) -> list[str]:
    return root.locator(".llmw-tick").all_text_contents()


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("log_probability", ["−0.55", "−1.55", "−2.55", "−3.05", "−3.55"]),
        ("logit", ["3.00", "2.00", "1.00", "0.50", "0.00"]),
        ("rank", ["1", "2", "3", "4", "5"]),
    ],
)
def test_each_measure_has_its_numbers(harness, measure, expected):
    bar = mount(harness)
    bar.get_by_role("combobox", name="What the bars show").select_option(measure)
    assert values(bar) == expected
    request = harness.wait_sent(1, view=0)[0]
    assert (request["kind"], request["measure"], request["k"], request["scale"]) == ("bar", measure, None, None)


def test_a_log_scale_has_a_decade_for_each_factor_of_ten(harness):
    even = distribution([math.log(p) for p in (0.5, 0.05, 0.005, 0.0005)], PIECES[:4])
    bar = mount(harness, distribution=even)
    bar.get_by_role("button", name="log scale").click()
    widths = [width(bar, row) for row in range(4)]
    steps = [one - other for one, other in itertools.pairwise(widths)]
    assert max(steps) - min(steps) < 1
    assert ticks(bar) == ["0.01%", "0.1%", "1%", "10%", "100%"]
    assert harness.wait_sent(1, view=0)[0]["scale"] == "log"


def test_bars_of_logarithms_hang_from_0_which_is_certainty(harness):
    bar = mount(harness, settings(measure="log_probability"))
    track = box(bars(bar).nth(0).locator(".llmw-track"))
    ends = [box(bar_of(bar, row)) for row in range(5)]
    assert {round(end["x"] + end["width"] - track["x"] - track["width"]) for end in ends} <= {-1, 0}
    ratio = ends[4]["width"] / ends[0]["width"]
    assert ratio == pytest.approx(3.546 / 0.546, rel=0.03)
    assert ticks(bar)[-1] == "0"


def test_bars_of_logits_go_to_either_side_of_0(harness):
    bar = mount(harness, settings(measure="logit"), distribution=distribution((3.0, 1.0, -2.0), PIECES[:3]))
    above, below = box(bar_of(bar, 0)), box(bar_of(bar, 2))
    assert above["x"] == pytest.approx(below["x"] + below["width"], abs=1)
    assert above["width"] == pytest.approx(1.5 * below["width"], rel=0.03)


@pytest.mark.parametrize(("measure", "kept"), [("logit", "1.50"), ("log_probability", "−0.47")])
def test_what_is_removed_is_at_minus_infinity(harness, measure, kept):
    bar = mount(harness, settings(measure=measure), sampler=sampler(temperature=2.0, top_k=2))
    expect(bars(bar).nth(0).locator(".llmw-sampled")).to_have_text(kept)
    expect(bars(bar).nth(3).locator(".llmw-sampled")).to_have_text("−∞ top_k")
    expect(bar_of(bar, 3)).to_have_count(0)
    expect(bar_of(bar, 3, "raw")).to_have_attribute("data-removed", "true")


def test_ranks_before_and_after_a_repetition_penalty(harness):
    bar = mount(
        harness,
        settings(measure="rank"),
        distribution=distribution(context=[0]),
        sampler=sampler(repetition_penalty=2.0),
    )
    assert values(bar) == ["1", "2", "3", "4", "5"]
    assert values(bar, "sampled") == ["2", "1", "3", "4", "5"]


def test_the_others_are_drawn_to_the_same_scale_also_where_they_are_the_longest(harness):
    bar = mount(harness, distribution=distribution(tail=(20_000,), bins=(-2.0,)), view_state=settings(k=2))
    rest = box(bar.locator(".llmw-rest .llmw-bar"))["width"]
    shares = [float(text.rstrip("%")) for text in bar.locator(".llmw-raw").all_text_contents()]
    assert shares[2] > 95
    assert rest / width(bar, 0) == pytest.approx(shares[2] / shares[0], rel=0.05)
    track = box(bar.locator(".llmw-rest .llmw-track"))["width"]
    assert rest / track == pytest.approx(shares[2] / 100, abs=0.01)


def test_the_others_grow_with_the_temperature_and_say_about(harness):
    spread = distribution(
        [10 - rank / 3 for rank in range(30)], [f" t{rank}" for rank in range(30)], [500, 500], [-2, -4]
    )
    bar = mount(harness, distribution=spread, sampler=sampler(temperature=0.5))
    rest = bar.locator(".llmw-rest .llmw-bar-sampled")
    cold = box(rest)["width"]
    harness.set("sampler", sampler(temperature=3.0, top_p=0.9))
    expect(bar.locator(".llmw-rest-kept")).to_contain_text("about")
    assert box(rest)["width"] > 20 * cold


def test_the_number_of_bars_by_slider_and_by_typing(harness):
    bar = mount(harness, distribution=BIG)
    slide = bar.get_by_role("slider", name="Number of bars")
    slide.focus()
    harness.page.keyboard.press("ArrowRight")
    expect(bars(bar)).to_have_count(11)
    slide.press("End")
    expect(bars(bar)).to_have_count(200)
    typed = bar.get_by_role("textbox", name="Number of bars: value")
    typed.fill("３７")
    expect(bars(bar)).to_have_count(37)
    assert harness.wait_sent(1, view=0)[0]["k"] == 11


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("width", [340, 700])
def test_a_number_of_bars_out_of_range_is_refused_with_the_reason(harness, width, language):
    bar = mount(harness, distribution=BIG, width=width, language=language)
    typed = bar.locator(".llmw-number")
    typed.fill("201")
    reason = bar.get_by_role("alert")
    expect(reason).to_have_text(re.compile("1 .* 200"))
    assert box(reason)["x"] >= box(bar)["x"]
    assert box(reason)["x"] + box(reason)["width"] <= box(bar)["x"] + width
    expect(bars(bar)).to_have_count(10)
    assert harness.sent(view=0) == []


def test_a_refused_setting_falls_back_and_says_why(harness):
    bar = mount(harness)
    bar.get_by_role("button", name="log scale").click()
    harness.refuse(harness.wait_sent(1, view=0)[0], error("invalid_value", "No such scale.", "Take another."), view=0)
    expect(bar.get_by_role("alert")).to_contain_text("No such scale")
    expect(bar.get_by_role("button", name="log scale")).to_have_attribute("aria-pressed", "false")


def test_python_sets_what_is_shown(harness):
    bar = mount(harness, distribution=BIG)
    harness.set("settings", {**SETTINGS, "k": 3, "measure": "logit"}, view=0)
    expect(bars(bar)).to_have_count(3)
    expect(bar.get_by_role("combobox", name="What the bars show")).to_have_value("logit")


def test_many_bars_scroll_inside_the_view_and_stay_in_line(harness):
    bar = mount(harness, settings(k=200), distribution=BIG)
    rows = bar.locator(".llmw-rows")
    assert box(rows)["height"] < 800
    bars(bar).nth(0).focus()
    harness.page.keyboard.press("End")
    expect(bars(bar).nth(199)).to_be_focused()
    expect(bars(bar).nth(199)).to_be_in_viewport()
    ends = [box(track) for track in (bar.locator(".llmw-rest .llmw-track"), bars(bar).nth(199).locator(".llmw-track"))]
    assert ends[0]["x"] == pytest.approx(ends[1]["x"], abs=1)
    assert ends[0]["width"] == pytest.approx(ends[1]["width"], abs=1)


def test_bars_out_of_sight_follow_when_the_slider_is_still(harness):
    bar = mount(harness, settings(k=200), distribution=BIG, sampler=sampler(temperature=1.0, top_p=0.99))
    before = values(bar, "sampled")
    harness.set("sampler", sampler(temperature=3.0, top_p=0.99))
    expect(bars(bar).nth(199).locator(".llmw-sampled")).not_to_have_text(before[199])
    harness.set("sampler", sampler(temperature=1.0, top_p=0.99))
    expect(bars(bar).nth(199).locator(".llmw-sampled")).to_have_text(before[199])
    assert values(bar, "sampled") == before


def test_a_move_of_a_slider_with_200_bars_leaves_room_in_a_frame(harness):
    """What a move costs in scripts, styles and layout; a generous bound, since machines differ."""
    mount(harness, settings(k=200), distribution=BIG)
    took = harness.page.evaluate("""async () => {
      const { session } = window.harness.models;
      const times = [];
      for (let move = 0; move < 60; move++) {
        await new Promise(requestAnimationFrame);
        const start = performance.now();
        const state = session.get("sampler");
        session.push("sampler", { ...state, sampler: { ...state.sampler, temperature: 0.5 + move / 50 } });
        await new Promise((done) => setTimeout(done));
        document.body.getBoundingClientRect();
        times.push(performance.now() - start);
      }
      return times.sort((a, b) => a - b)[30];
    }""")
    print(f"a move with 200 bars: {took:.1f} ms at the median")
    assert took < 80


def test_entropy_and_choices_before_and_after_the_sampler(harness):
    bar = mount(harness, distribution=distribution())
    expect(bar.locator(".llmw-figures")).to_contain_text("1.10 nats")
    expect(bar.locator(".llmw-after")).to_have_count(0)
    harness.set("sampler", sampler(top_k=2))
    weights = [math.exp(logit) for logit in LOGITS[:2]]
    shares = [weight / sum(weights) for weight in weights]
    entropy = -sum(share * math.log(share) for share in shares)
    expect(bar.locator(".llmw-after").nth(0)).to_contain_text(f"{entropy:.2f}")
    expect(bar.locator(".llmw-after").nth(1)).to_contain_text(f"{math.exp(entropy):.1f}")


def test_entropy_after_the_sampler_says_where_it_is_known_about(harness):
    bar = mount(harness, distribution=BIG, sampler=sampler(temperature=1.5))
    expect(bar.locator(".llmw-after").nth(0)).to_contain_text("≈")


def mark_rows(root: Locator) -> None:
    root.get_by_role("listitem").evaluate_all("rows => rows.forEach(row => { row.mark = row.textContent })")


OTHER = distribution((2.5, 2.0, 1.5, 0.5, 0.0), (" Me", " Ah", " New", " Oh", " I"), revision=2)
OTHER_IDS = [30, 10, 99, 20, 40]


def other_distribution():
    return {**OTHER, "ids": array(OTHER_IDS, dtype="int32")}


def test_a_row_stays_itself_when_the_order_changes(harness):
    bar = mount(harness)
    mark_rows(bar)
    harness.set("content", {**content("Who are you"), "revision": 2, "position": 1})
    harness.set("distribution", other_distribution())
    expect(bars(bar).nth(2)).to_contain_text("New")
    kept = bar.get_by_role("listitem").evaluate_all("rows => rows.map(row => row.mark ?? '')")
    assert ["Me" in kept[0], "Ah" in kept[1], kept[2] == "", "Oh" in kept[3]] == [True] * 4


RUNNING = "list => [...list.children].flatMap(row => row.getAnimations()).length"


def arrive(bench: Harness, payload) -> None:
    bench.set("content", {**content("Who are you"), "revision": payload["revision"], "position": 1})
    bench.set("distribution", payload)


def let_settle(bench: Harness) -> None:
    """Rows that changed a moment ago are not moved: wait until that is over."""
    bench.page.wait_for_function(
        "since => performance.now() > since + 450", arg=bench.page.evaluate("performance.now()")
    )


def test_rows_move_to_their_places(moving):
    bar = mount(moving)
    rows = bar.locator(".llmw-rows")
    let_settle(moving)
    arrive(moving, other_distribution())
    assert rows.evaluate(RUNNING) >= 3
    moving.page.wait_for_function(f"list => ({RUNNING})(list) === 0", arg=rows.element_handle())


def test_rows_do_not_move_while_distributions_follow_fast(moving):
    bar = mount(moving)
    rows = bar.locator(".llmw-rows")
    let_settle(moving)
    arrive(moving, other_distribution())
    first = rows.evaluate(RUNNING)
    for revision in range(3, 9):
        arrive(moving, {**(distribution() if revision % 2 else other_distribution()), "revision": revision})
    assert rows.evaluate(RUNNING) <= first


def test_rows_stand_still_for_those_who_wish_it(harness):
    bar = mount(harness)
    let_settle(harness)
    arrive(harness, other_distribution())
    expect(bars(bar).nth(2)).to_contain_text("New")
    assert bar.locator(".llmw-rows").evaluate(RUNNING) == 0


def test_the_focus_stays_at_its_place_when_another_text_comes(harness):
    bar = mount(harness)
    bars(bar).nth(0).focus()
    arrive(harness, other_distribution())
    expect(bars(bar).nth(0)).to_contain_text("Me")
    expect(bars(bar).nth(0)).to_be_focused()


@pytest.mark.parametrize("width", [340, 520, 700, 1100])
@pytest.mark.parametrize("measure", ["probability", "log_probability", "logit", "rank"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_measure_fits(harness, width, measure, language):
    harness.mount(
        "next_token_bar",
        width=width,
        language=language,
        content=TEXT,
        distribution=BIG,
        sampler=sampler(epsilon_cutoff=0.005, temperature=1.2),
        view_state=settings(measure=measure, scale="log"),
    )
    assert not harness.overflows()
