"""NextTokenBar's bundle in a browser: alone, and together with SamplerSlider on one session."""

import math
import re

import pytest
from harness import Harness, array, content, error, sampler, status
from playwright.sync_api import Locator, expect

PIECES = (" Ah", " Oh", " Me", " I", " My")
LOGITS = (3.0, 2.0, 1.0, 0.5, 0.0)


def distribution(logits=LOGITS, pieces=PIECES, tail=(), bins=(), **changes):
    """A DistributionPayload after the second token of `TEXT`; ids are 10, 20, 30 …"""
    weights = [*map(math.exp, logits), *(n * math.exp(at) for n, at in zip(tail, bins, strict=True))]
    probs = [weight / sum(weights) for weight in weights]
    return {
        "revision": 1,
        "position": 1,
        "vocabulary": len(logits) + sum(tail),
        "ids": array([10 * (rank + 1) for rank in range(len(logits))], dtype="int32"),
        "logits": array(logits),
        "pieces": list(pieces),
        "bytes": [""] * len(logits),
        "special": [],
        "context": [],
        "tail_counts": array(tail, dtype="int32"),
        "tail_logits": array(bins),
        "tail_variances": array([0.0] * len(tail)),
        "masked": 0,
        "log_sum": math.log(sum(weights)),
        "entropy": -sum(p * math.log(p) for p in probs),
        "came": None,
        "unnamed": 0,
        **changes,
    }


TEXT = content("Who are")
BIG = distribution(
    [10 - math.sqrt(rank) / 3 for rank in range(1000)],
    [f" t{rank}" for rank in range(1000)],
    [782] * 256,
    [-0.6 - at / 20 for at in range(256)],
)


def bars(root: Locator) -> Locator:
    return root.get_by_role("listitem").get_by_role("button")


@pytest.fixture
def bar(harness: Harness) -> Locator:
    return harness.mount("next_token_bar", content=TEXT, distribution=distribution(tail=(100,), bins=(-4.0,)))


@pytest.fixture
def slider(harness: Harness) -> Locator:
    return harness.mount("sampler_slider", content=TEXT, distribution=distribution(tail=(100,), bins=(-4.0,)))


def number(root: Locator, name: str) -> Locator:
    return root.get_by_role("textbox", name=f"{name}: value")


def knob(root: Locator, name: str) -> Locator:
    return root.get_by_role("slider", name=name)


def test_the_most_probable_tokens_with_id_and_probability(harness, bar):
    expect(bars(bar)).to_have_count(5)
    expect(bars(bar).nth(0)).to_have_accessible_name(re.compile(r"␣Ah, ID 10, 5\d\.\d%"))
    expect(bar).to_contain_text("100 other tokens")
    expect(bar).to_contain_text("105 of 105")


def test_k_rows_and_all_others_in_one(harness):
    bar = harness.mount(
        "next_token_bar", content=TEXT, distribution=distribution(), view_state={"settings": {"k": 2, "seen": {}}}
    )
    expect(bars(bar)).to_have_count(2)
    expect(bar).to_contain_text("3 other tokens")
    shares = bar.locator(".llmw-raw").all_text_contents()
    assert sum(float(share.rstrip("%")) for share in shares) == pytest.approx(100, abs=0.2)


def test_a_click_appends_the_token(harness, bar):
    bars(bar).nth(2).click()
    sent = harness.wait_sent(1)[0]
    assert (sent["kind"], sent["action"], sent["token"]) == ("act", "append", 30)


def test_arrows_move_and_enter_appends(harness, bar):
    bars(bar).nth(0).focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "End", "ArrowDown"):
        harness.page.keyboard.press(key)
    expect(bars(bar).nth(4)).to_be_focused()
    assert bars(bar).evaluate_all("rows => rows.map(row => row.tabIndex)") == [-1, -1, -1, -1, 0]
    harness.page.keyboard.press("Enter")
    assert harness.wait_sent(1)[0]["token"] == 50


def test_what_the_sampler_removes_says_which_stage(harness, bar):
    harness.set("sampler", sampler(top_k=3, top_p=0.8))
    expect(bars(bar).nth(2)).to_have_accessible_name(re.compile("removed by top_p"))
    expect(bars(bar).nth(4)).to_have_accessible_name(re.compile("removed by top_k"))
    expect(bars(bar).nth(0)).to_have_accessible_name(re.compile(r"after the sampler 7\d\.\d%"))
    expect(bar).to_contain_text("none left")
    bar.get_by_role("button", name="Table").click()
    expect(bar.get_by_role("row").filter(has_text="Me")).to_contain_text("removed by top_p")


def test_older_numbers_are_marked_and_append_nothing(harness, bar):
    harness.set("content", {**content("Who are you"), "revision": 2})
    expect(bar).to_contain_text("these numbers belong to the text before")
    expect(bars(bar).nth(0)).to_have_attribute("aria-disabled", "true")
    bars(bar).nth(0).dispatch_event("click")
    assert harness.sent() == []


@pytest.mark.parametrize(("language", "sentence"), [("en", "Type a text in TokenView"), ("ja", "TokenView にテキスト")])
def test_nothing_yet(harness, language, sentence):
    bar = harness.mount("next_token_bar", language=language)
    expect(bar).to_contain_text(sentence)


def test_an_error_is_said_in_words(harness):
    why = error("out_of_memory", "cuda has no room left.", "Use a shorter text.")
    bar = harness.mount("next_token_bar", status=status("error", error=why))
    expect(bar.get_by_role("alert")).to_have_text("cuda has no room left. Use a shorter text.")


def test_without_a_kernel_nothing_is_appended_and_the_reason_is_there(harness, bar):
    harness.connect(False)
    expect(bar).to_contain_text("Without the kernel no token can be appended")
    bars(bar).nth(0).dispatch_event("click")
    assert harness.sent() == []


HOSTILE = ("<img src=x onerror=alert(1)>", "\u202eexe.txt", "\n", "\u200b", "W" * 400)


@pytest.mark.parametrize("width", [320, 700, 2000])
def test_hostile_tokens_stay_text_and_fit(harness, width):
    bar = harness.mount(
        "next_token_bar",
        width=width,
        content=content("".join(HOSTILE), list(HOSTILE), position=1),
        distribution=distribution(pieces=HOSTILE),
        sampler=sampler(top_k=3),
    )
    expect(bars(bar).nth(0)).to_contain_text("<img␣src=x␣onerror=alert(1)>")
    expect(bars(bar).nth(1)).to_contain_text("U+202E")
    assert bar.locator("img").count() == 0
    assert not harness.overflows()


def test_a_slider_moves_the_bars_without_the_kernel(harness, slider):
    bar = harness.mount("next_token_bar")
    harness.connect(False)
    knob(slider, "top_k").focus()
    harness.page.keyboard.press("Home")
    expect(number(slider, "top_k")).to_have_value("1")
    expect(bars(bar).nth(1)).to_have_accessible_name(re.compile("removed by top_k"))
    expect(slider).to_contain_text("Step and Generate need the kernel")
    expect(slider.get_by_role("button", name="Step")).to_be_disabled()


def test_a_move_is_painted_within_a_frame_at_a_large_vocabulary(harness):
    """The work of a move, taken together, has to leave room in a frame of 16.7 ms; a generous bound, since machines differ."""
    slider = harness.mount("sampler_slider", content=TEXT, distribution=BIG)
    harness.mount("next_token_bar")
    took = knob(slider, "temperature").evaluate("""async (input) => {
      const times = [];
      for (let move = 0; move < 60; move++) {
        const start = performance.now();
        input.value = String(300 + 5 * move);
        input.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((done) => setTimeout(done));
        document.body.getBoundingClientRect();
        times.push(performance.now() - start);
      }
      return times.sort((a, b) => a - b)[30];
    }""")
    print(f"a move: {took:.1f} ms at the median")
    assert took < 50
    expect(slider).to_contain_text("201,192")


def test_descriptions_stay_within_their_view(harness, slider):
    """Preact counts its ids anew in each root, so that a row's description once was a sentence of another view."""
    bar = harness.mount("next_token_bar")
    described = bars(bar).nth(0).get_attribute("aria-describedby")
    assert harness.page.locator(f"[id='{described}']").count() == 1
    expect(bar.locator(f"[id='{described}']")).to_contain_text("A click on a bar appends its token")
