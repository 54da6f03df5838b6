"""NextTokenBar's and SamplerSlider's bundles in a browser: alone, and together on one session."""

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
    bar = harness.mount("next_token_bar", content=TEXT, distribution=distribution(), options={"k": 2})
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


def test_each_stage_says_what_it_leaves(harness, slider):
    harness.set("sampler", sampler(temperature=0.8, top_k=3, own={"top_k": 3}))
    rows = slider.locator(".llmw-control")
    expect(rows.nth(1)).to_contain_text("105 left")
    expect(rows.nth(2)).to_contain_text("3 left")
    expect(rows.nth(2)).to_contain_text("model's own")
    expect(slider.locator(".llmw-result")).to_contain_text("3 tokens")


def test_settings_from_python_without_a_slider_are_shown(harness, slider):
    harness.set("sampler", sampler(typical_p=0.5))
    expect(slider.locator(".llmw-other")).to_contain_text("typical_p 0.5")


@pytest.mark.parametrize(("typed", "value"), [("0.7", 0.7), ("0,7", 0.7), ("０．７", 0.7), (" .7 ", 0.7)])
def test_typed_values(harness, slider, typed, value):
    number(slider, "top_p").fill(typed)
    assert harness.wait_sent(1)[-1]["sampler"] == {"top_p": value}


def test_a_value_out_of_range_is_refused_with_the_reason_and_stays_typed(harness, slider):
    number(slider, "top_p").fill("1.5")
    number(slider, "top_p").blur()
    expect(number(slider, "top_p")).to_have_value("1.5")
    expect(number(slider, "top_p")).to_have_attribute("aria-invalid", "true")
    expect(slider.get_by_role("alert")).to_have_text("top_p takes 0 to 1.")
    assert harness.sent() == []
    number(slider, "top_p").fill("0.5")
    expect(slider.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("name", ["repetition_penalty", "temperature", "top_k", "top_p", "min_p"])
def test_every_arrow_key_moves_a_slider(harness, slider, name):
    knob(slider, name).focus()
    towards = "ArrowLeft" if name in ("top_k", "top_p") else "ArrowRight"
    values = [number(slider, name).input_value()]
    for _ in range(40):
        harness.page.keyboard.press(towards)
        values.append(number(slider, name).input_value())
    assert len(set(values)) == len(values)


def test_greedy_and_back(harness, slider):
    slider.get_by_role("button", name="Greedy").click()
    expect(slider.locator(".llmw-result")).to_contain_text("1 token")
    slider.get_by_role("button", name="Sample").click()
    knob(slider, "temperature").focus()
    harness.page.keyboard.press("Home")
    expect(slider.get_by_role("button", name="Greedy")).to_have_attribute("aria-pressed", "true")
    slider.get_by_role("button", name="Sample").click()
    expect(number(slider, "temperature")).to_have_value("1")


def test_buttons_draw(harness, slider):
    slider.get_by_role("textbox", name="Number of tokens").fill("7")
    slider.get_by_role("button", name="Generate").click()
    slider.get_by_role("button", name="Step").click()
    expect(slider.get_by_role("button", name="Stop")).to_be_disabled()
    expect(slider.get_by_role("button", name="Undo")).to_be_disabled()
    harness.set("content", {**TEXT, "can_undo": True})
    slider.get_by_role("button", name="Undo").click()
    harness.set("status", status("generating", generated=3, max_new_tokens=7, tokens_per_second=21.0))
    expect(slider).to_contain_text("3 of 7 tokens · 21 tokens/s")
    slider.get_by_role("button", name="Stop").click()
    asked = [(message["action"], message["max_new_tokens"]) for message in harness.wait_sent(4)]
    assert asked == [("generate", 7), ("step", None), ("undo", None), ("stop", None)]


@pytest.mark.parametrize("reason", ["length", "eos", "stopped", "context", "edited"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_why_generation_ended(harness, reason, language):
    slider = harness.mount(
        "sampler_slider", language=language, content=TEXT, status=status(reason=reason, generated=3, max_new_tokens=7)
    )
    expect(slider.locator(".llmw-progress")).not_to_contain_text("reason.")
    expect(slider.locator(".llmw-progress")).to_contain_text(re.compile("Stopped|終了|停止"))


def test_the_seed(harness, slider):
    seed = slider.get_by_role("textbox", name="Seed")
    seed.fill("42")
    harness.take(harness.wait_sent(1)[0], trait="sampler", sampler=sampler(seed=42))
    seed.fill("")
    assert [message["sampler"] for message in harness.wait_sent(2)] == [{"seed": 42}, {"seed": None}]
    slider.get_by_role("button", name="New seed").click()
    expect(seed).to_have_value(re.compile(r"^\d{4}$"))


def test_reset_switches_every_stage_off_and_keeps_the_seed(harness, slider):
    harness.set("sampler", sampler(temperature=0.5, top_k=3, typical_p=0.5, seed=9))
    slider.get_by_role("button", name="Reset").click()
    sent = harness.wait_sent(1)[-1]["sampler"]
    assert (sent["temperature"], sent["top_k"], sent["typical_p"], sent["seed"]) == (1, 0, 1, 9)
    expect(slider.get_by_role("button", name="Reset")).to_be_disabled()


@pytest.mark.parametrize("width", [320, 500, 700, 2000])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_sliders_fit(harness, width, language):
    harness.mount(
        "sampler_slider",
        width=width,
        language=language,
        content=TEXT,
        distribution=BIG,
        sampler=sampler(temperature=1.5, top_p=0.95, own={"temperature": 1.5}),
    )
    assert not harness.overflows()
