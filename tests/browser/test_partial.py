"""NextTokenBar and SamplerSlider over a distribution of which a server returned only some tokens."""

from __future__ import annotations

import math
import re

import pytest
from harness import Harness, array, content, info, sampler
from playwright.sync_api import Locator, expect
from test_next_token_bar import TEXT, bars, distribution

NAMES = (" Paris", " the", " a", " located", " one")


def partial(probs=(0.5, 0.2, 0.1, 0.05, 0.02), vocabulary=49_152, rest=None, *, unseen=0, **changes):
    """A DistributionPayload of what was returned: falling probabilities of `vocabulary` tokens."""
    mass = 1 - sum(probs) if rest is None else rest
    tokens, ceiling = vocabulary - len(probs), probs[-1]
    known = -sum(p * math.log(p) for p in probs)
    full = int(mass / ceiling)
    left = mass - full * ceiling
    fewest = -(full * ceiling * math.log(ceiling) + (left * math.log(left) if left > 1e-12 else 0))
    even = -mass * math.log(mass / tokens)
    pieces = [NAMES[at] if at < len(NAMES) else f" word{at}" for at in range(len(probs))]
    made = distribution([math.log(p) for p in probs], pieces, [tokens], [math.log(mass / tokens)])
    return {
        **made,
        "log_sum": 0.0,
        "entropy": known + fewest,
        "partial": {
            "tokens": tokens,
            "mass": mass,
            "ceiling": ceiling,
            "entropy": [known + fewest, known + even],
            "unseen": unseen,
        },
        **changes,
    }


CUT = partial()


@pytest.fixture
def bar(harness: Harness) -> Locator:
    return harness.mount("next_token_bar", content=TEXT, distribution=CUT)


@pytest.fixture
def slider(harness: Harness) -> Locator:
    return harness.mount("sampler_slider", content=TEXT, distribution=CUT)


def unknown(root: Locator) -> Locator:
    return root.locator(".llmw-unknown")


def stage(root: Locator, name: str) -> Locator:
    return root.get_by_role("group", name=name, exact=True)


# the bars


def test_what_was_not_returned_is_a_bar_of_its_own_that_no_one_can_choose(harness, bar):
    expect(bars(bar)).to_have_count(5)
    expect(unknown(bar)).to_contain_text("49,147 not returned")
    expect(unknown(bar)).to_contain_text("13.0%")
    expect(unknown(bar)).to_have_attribute("title", re.compile("returned the 5 most probable of 49,152 tokens"))
    expect(unknown(bar)).to_have_attribute("title", re.compile(r"none of them more than 2\.00%"))
    expect(bar.get_by_text("other tokens")).to_have_count(0)
    assert unknown(bar).evaluate("row => row.tagName") == "DIV"
    unknown(bar).click()
    assert harness.sent() == []
    own, others = (
        row.locator(".llmw-bar-sampled").first.evaluate("bar => getComputedStyle(bar).backgroundImage")
        for row in (bars(bar).first, unknown(bar))
    )
    assert own == "none"
    assert "gradient" in others


def test_known_tokens_without_a_bar_are_another(harness):
    view = {"settings": {"k": 2, "seen": {}}}
    bar = harness.mount("next_token_bar", content=TEXT, distribution=CUT, view_state=view)
    rest = bar.locator(".llmw-rest")
    expect(rest).to_have_count(2)
    expect(rest.first).to_contain_text("3 other tokens")
    expect(rest.first).to_contain_text("17.0%")
    expect(rest.last).to_contain_text("49,147 not returned")


def test_the_entropy_has_bounds(bar):
    low, high = CUT["partial"]["entropy"]
    expect(bar.locator(".llmw-figures")).to_contain_text(f"{low:.2f}–{high:.2f} nats")
    expect(bar.locator(".llmw-figures")).to_contain_text(f"{math.exp(low):.1f}–{math.exp(high):.1f}")


def test_what_the_sampler_makes_of_it_lies_between_two_numbers(harness, bar):
    harness.set("sampler", sampler(temperature=2.0))
    known = sum(math.sqrt(p) for p in (0.5, 0.2, 0.1, 0.05, 0.02))
    most = 49_147 * math.sqrt(0.13 / 49_147)
    least = 6 * math.sqrt(0.02) + math.sqrt(0.01)
    ends = [100 * rest / (rest + known) for rest in (least, most)]
    expect(unknown(bar).locator(".llmw-sampled")).to_have_text(f"{ends[0]:.1f}–{ends[1]:.1f}%")
    expect(unknown(bar).locator(".llmw-bar-open")).to_have_count(1)
    first = bars(bar).first
    expect(first.locator(".llmw-bar-open")).to_have_count(1)
    low, high = (100 * math.sqrt(0.5) / (known + rest) for rest in (most, least))
    expect(first).to_have_accessible_name(re.compile(rf"after the sampler {low:.3f}–{high:.1f}%"))
    expect(bar.locator(".llmw-draw")).to_contain_text("set top_k to at most 5")
    for button in bar.get_by_role("button", name=re.compile("^Draw 1")).all():
        expect(button).to_be_disabled()
    harness.set("sampler", sampler(temperature=2.0, top_k=5))
    expect(bar.locator(".llmw-bar-open")).to_have_count(0)
    expect(bar.get_by_role("button", name="Draw 10", exact=True)).to_be_enabled()
    expect(unknown(bar)).to_contain_text("none left")


def test_nobody_is_asked_for_exact_numbers_that_nobody_has(harness, bar, slider_too):
    harness.set("sampler", sampler(temperature=2.0, top_p=0.9))
    expect(unknown(bar).locator(".llmw-bar-open")).to_have_count(1)
    slider_too.get_by_role("button", name="Other engines").click()
    expect(slider_too.get_by_role("region", name="llama.cpp")).to_be_visible()
    assert harness.sent() == []


@pytest.fixture
def slider_too(harness: Harness, bar: Locator) -> Locator:
    return harness.mount("sampler_slider")


def test_log_probabilities_are_no_logits(harness):
    view = {"settings": {"k": 10, "measure": "logit", "seen": {}}}
    bar = harness.mount("next_token_bar", content=TEXT, distribution=CUT, view_state=view)
    choice = bar.get_by_role("combobox")
    expect(choice).to_have_value("log_probability")
    expect(choice.get_by_role("option", name="logit", exact=True)).to_be_disabled()
    expect(bars(bar).first.locator(".llmw-raw")).to_have_text("−0.69")
    bar.get_by_role("button", name="Table").click()
    expect(bar.get_by_role("columnheader", name="logit", exact=True)).to_have_count(0)


def test_the_table_says_it_too(harness, bar):
    harness.set("sampler", sampler(temperature=2.0))
    bar.get_by_role("button", name="Table").click()
    row = bar.get_by_role("row").last
    expect(row).to_contain_text("49,147 not returned")
    expect(row).to_contain_text("returned the 5 most probable of 49,152 tokens")
    expect(row).to_contain_text("13.0%")
    expect(row).to_contain_text(re.compile(r"\d\d\.\d–9\d\.\d%"))


def test_a_token_that_came_and_was_not_returned_has_no_number(harness):
    came = {"id": 7, "piece": " far", "bytes": "", "special": False, "logit": None, "rank": 0}
    bar = harness.mount("next_token_bar", content=content("Who are far"), distribution=partial(came=came))
    expect(bar.locator(".llmw-came")).to_contain_text("not returned: below 2.00%")
    row = bars(bar).last
    expect(row).to_have_accessible_name(re.compile("␣far, ID 7, not returned, below 2.00%, this one came"))
    expect(row.locator(".llmw-raw")).to_have_text("< 2.00%")
    expect(row.locator(".llmw-bar-open")).to_have_count(1)
    expect(row.locator(".llmw-bar-sampled")).to_have_count(0)
    for measure in ("rank", "log_probability"):
        bar.get_by_role("combobox").select_option(measure)
        expect(row.locator(".llmw-raw")).to_have_text("–" if measure == "rank" else "< −3.91")
    bar.get_by_role("button", name="Table").click()
    expect(bar.get_by_role("row", name=re.compile("far"))).to_contain_text("not returned, below 2.00%")


def test_draws_of_what_was_not_returned_are_one_outcome(harness, bar):
    draws = {
        "number": 1,
        "revision": 1,
        "position": 1,
        "sampler": sampler()["sampler"],
        "n": 4,
        "seed": None,
        "device": "cpu",
        "ids": [-1, 10],
        "pieces": ["", " Paris"],
        "bytes": ["", ""],
        "special": [],
        "counts": [3, 1],
        "probabilities": array([0.13, 0.5]),
        "order": array([0, 1, 0, 0], dtype="int32"),
    }
    harness.set("draws", draws)
    expect(unknown(bar).locator(".llmw-drawn")).to_have_text("3 · 75.0%")
    expect(bars(bar).first.locator(".llmw-drawn")).to_have_text("1 · 25.0%")
    expect(bar.locator(".llmw-draw")).to_contain_text("what was not returned")
    one = {**draws, "number": 2, "n": 1, "ids": [-1], "pieces": [""], "bytes": [""], "counts": [1]}
    one |= {"probabilities": array([0.13]), "order": array([0], dtype="int32")}
    harness.set("draws", one)
    expect(bar.locator(".llmw-draw")).to_contain_text("Drawn: one of the tokens that the server did not return.")


def test_a_search_is_of_what_was_returned(harness, bar):
    bar.get_by_role("searchbox").fill("the")
    expect(bar.locator(".llmw-found")).to_contain_text("Searched among the 5 most probable tokens.")
    assert harness.sent(view=0) == []


def test_a_guess_that_was_not_returned_is_below(harness):
    view = {"settings": {"k": 10, "predict": True, "seen": {}}, "guessed": None}
    bar = harness.mount("next_token_bar", content=TEXT, distribution=CUT, view_state=view)
    far = {"id": 7, "piece": " far", "bytes": "", "special": False, "logit": -3.9, "rank": 6}
    best = {"id": 10, "piece": " Paris", "bytes": "", "special": False, "logit": -0.69, "rank": 1}
    guess = {"revision": 1, "position": 1, "text": "far", "token": far, "probability": 0.02, "known": False}
    guess |= {"best": best, "best_probability": 0.5}
    guessed = {"guesses": [guess], "total": 1, "right": 0, "in_top_ten": 0, "mean_surprisal": 3.91, "known": False}
    harness.set("guessed", guessed, view=0)
    expect(bar.locator(".llmw-judged-head")).to_have_text(
        "Not among the 5 tokens that the server returned: below 2.00%."
    )
    line = bar.locator(".llmw-line[data-guess=true]")
    expect(line).to_contain_text("< 2.00%")
    expect(line).to_contain_text("not returned")
    expect(bar).to_contain_text("mean surprisal at least 3.91 nats")


# the slider


def test_the_slider_says_what_came_back_in_one_line(harness, slider):
    said = slider.locator(".llmw-returned")
    expect(said).to_contain_text("returned the 5 most probable of 49,152 tokens; all others together have 13.0%.")
    expect(said).to_contain_text("every number here is exact")
    harness.set("sampler", sampler(temperature=0.7))
    expect(said).to_contain_text("with top_k up to 5 all are exact")
    harness.set("sampler", sampler(temperature=0.7, top_k=5))
    expect(said).to_contain_text("every number here is exact")
    harness.set("sampler", sampler(repetition_penalty=1.2))
    expect(said).to_contain_text("every number here is exact")
    harness.set("distribution", partial(unseen=2))
    expect(said).to_contain_text("works on logits, which the server does not return")


def test_each_stage_says_from_to(harness, slider):
    harness.set("sampler", sampler(temperature=2.0, top_k=3, min_p=0.1))
    expect(stage(slider, "temperature")).to_contain_text("49,152 left")
    expect(stage(slider, "top_k").locator(".llmw-remaining")).to_have_text("3 left")
    expect(stage(slider, "top_k").locator(".llmw-mass-left")).to_have_text(re.compile(r"^\d\.\d\d–\d\d\.\d%$"))
    expect(stage(slider, "top_k").locator(".llmw-mass-open")).to_have_count(1)
    expect(slider.locator(".llmw-result")).to_contain_text("3 tokens")
    harness.set("sampler", sampler(top_p=0.9))
    expect(stage(slider, "top_p").locator(".llmw-remaining")).to_have_text(re.compile(r"^7–[\d,]+ left$"))
    expect(slider.get_by_role("status").filter(has_text="leaves")).to_contain_text(
        re.compile(r"leaves 7–[\d,]+ of 49,152 tokens")
    )


def test_the_arithmetic_has_the_sum_between_two_numbers(harness, slider):
    harness.set("sampler", sampler(temperature=2.0))
    slider.get_by_role("button", name="Arithmetic").click()
    panel = slider.get_by_role("region", name="Arithmetic").first
    expect(panel.get_by_role("columnheader", name="log-probability")).to_be_visible()
    expect(panel.locator("tfoot td").first).to_have_text(re.compile(r"^3\.\d+–11\d\.\d$"))
    harness.set("sampler", sampler())
    expect(panel.locator("tfoot td").first).to_have_text("2")


@pytest.mark.parametrize("name", ["next_token_bar", "sampler_slider"])
@pytest.mark.parametrize("width", [400, 700, 1200])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_is_cut_off(harness, name, width, language):
    root = harness.mount(
        name,
        content=TEXT,
        distribution=CUT,
        sampler=sampler(temperature=2.0, top_p=0.95),
        width=width,
        language=language,
    )
    expect(root.locator(".llmw-unknown, .llmw-returned").first).to_be_visible()
    assert not harness.overflows()
    # text that does not fit its column would lie on its neighbour
    lies = root.evaluate(
        """root => [...root.querySelectorAll('.llmw-value, .llmw-remaining, .llmw-mass-left')].filter(
            cell => cell.offsetParent && cell.scrollWidth > cell.clientWidth + 1).map(cell => cell.textContent)"""
    )
    assert lies == []


def test_logits_that_stand_alone_can_be_partial(harness):
    alone = info(can_edit=False, name="logits", source="logits")
    slider = harness.mount("sampler_slider", content=content(""), info=alone, distribution={**CUT, "position": -1})
    expect(slider.locator(".llmw-returned")).to_be_visible()
