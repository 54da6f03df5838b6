"""SamplerSlider's bundle in a browser: the funnel, the presets, the numbers on demand, the buttons that draw, and the ways of a text."""

from __future__ import annotations

import re

import pytest
from harness import Harness, array, box, content, error, info, sampler, small, status
from playwright.sync_api import Locator, expect
from test_next_token_bar import BIG, TEXT, distribution, knob, number

COMMON = ["repetition_penalty", "temperature", "top_k", "top_p", "min_p"]
RARE = ["top_h", "typical_p", "epsilon_cutoff", "eta_cutoff"]
SEVEN = distribution((3.0, 2.0, 1.0, 0.5, 0.0, -1.0, -2.0), (" a", " b", " c", " d", " e", " f", " g"))


@pytest.fixture
def slider(harness: Harness) -> Locator:
    return harness.mount("sampler_slider", content=TEXT, distribution=distribution(tail=(100,), bins=(-4.0,)))


def stage(root: Locator, name: str) -> Locator:
    return root.get_by_role("group", name=name, exact=True)


def switch(root: Locator, name: str) -> Locator:
    return root.get_by_role("switch", name=name)


def preset(root: Locator, name: str) -> Locator:
    return root.get_by_role("group", name="Presets").get_by_role("button", name=name)


def disclose(root: Locator, name: str) -> Locator:
    root.get_by_role("button", name=name, exact=True).click()
    return root.get_by_role("region", name=name, exact=True).first


def width(root: Locator, name: str) -> float:
    """How wide the funnel is after a stage, 0 to 1."""
    return float(stage(root, name).locator(".llmw-funnel").evaluate("slice => slice.style.getPropertyValue('--to')"))


# the chain


def test_each_stage_says_what_it_leaves_of_tokens_and_probability(harness, slider):
    harness.set("sampler", sampler(temperature=0.8, top_k=3))
    expect(stage(slider, "temperature")).to_contain_text("105 left")
    expect(stage(slider, "temperature")).to_contain_text("new odds")
    expect(stage(slider, "top_k")).to_contain_text("3 left")
    left, gone = stage(slider, "top_k").locator(".llmw-mass-left, .llmw-gone").all_text_contents()
    assert float(left.rstrip("%")) + float(gone.lstrip("−").rstrip("%")) == pytest.approx(100, abs=0.2)
    expect(slider.locator(".llmw-result")).to_contain_text("3 tokens")
    assert stage(slider, "top_p").locator(".llmw-mass").count() == 0


def test_the_funnel_narrows_where_tokens_go_and_nowhere_else(harness, slider):
    harness.set("sampler", sampler(top_k=3))
    assert width(slider, "temperature") == 1
    assert 0 < width(slider, "top_k") < 0.5
    assert width(slider, "top_p") == width(slider, "top_k")


def test_what_a_stage_takes_is_the_difference_of_what_is_left(harness):
    """A share of what reached the stage stood there once: 41.6% left, then −9.99%, then 37.4%."""
    slider = harness.mount("sampler_slider", content=TEXT, distribution=SEVEN, sampler=sampler(top_k=2, min_p=0.5))
    before = float(stage(slider, "top_k").locator(".llmw-mass-left").inner_text().rstrip("%"))
    gone = float(stage(slider, "min_p").locator(".llmw-gone").inner_text().strip("−%"))
    after = float(stage(slider, "min_p").locator(".llmw-mass-left").inner_text().rstrip("%"))
    assert before - gone == pytest.approx(after, abs=0.15)
    expect(stage(slider, "min_p").locator(".llmw-gone")).to_have_attribute("title", re.compile(r"removes 26\.9%"))


def test_mass_left_is_what_was_left_before_less_what_went(harness):
    slider = harness.mount("sampler_slider", content=TEXT, distribution=SEVEN, sampler=sampler(top_k=4, min_p=0.2))
    rows = disclose(slider, "Table").get_by_role("row")
    expect(rows).to_have_count(4)
    numbers = [
        [float(cell.rstrip("%")) / 100 for cell in row.locator("td").all_text_contents()[2:]] for row in rows.all()[2:]
    ]
    (removed, after_k), (removed_then, after_p) = numbers
    assert after_k == pytest.approx(1 - removed, abs=0.001)
    assert after_p == pytest.approx(after_k * (1 - removed_then), abs=0.001)


def test_a_cut_in_the_tail_says_about(harness):
    slider = harness.mount(
        "sampler_slider", content=TEXT, distribution=BIG, sampler=sampler(temperature=1.5, top_p=0.97)
    )
    expect(stage(slider, "temperature")).to_contain_text("201,192 left")
    expect(stage(slider, "top_p")).to_contain_text(re.compile(r"about [\d,]+ left"))
    expect(slider.locator(".llmw-result")).to_contain_text("about")


def test_what_nothing_was_taken_from_is_certain_though_its_probabilities_are_not(harness):
    wide = {**BIG, "tail_variances": array([1.0] * 256)}
    slider = harness.mount("sampler_slider", content=TEXT, distribution=wide, sampler=sampler(temperature=3.0))
    expect(stage(slider, "temperature")).to_contain_text("201,192 left")
    expect(stage(slider, "temperature")).not_to_contain_text("about")


def test_the_kernels_exact_answer_takes_its_place(harness):
    slider = harness.mount("sampler_slider", content=TEXT, distribution=BIG, sampler=sampler(top_p=0.999))
    expect(stage(slider, "top_p")).to_contain_text("about")
    request = harness.wait_sent(1)[-1]
    result = {
        "kind": "exact",
        "revision": 1,
        "stages": [{"name": "top_p", "left": 54321, "mass_removed": 0.001}],
        "kept": 54321,
        "sampled": array([0.0009] * 1000),
        "removed_by": array([-1] * 1000, dtype="int32"),
    }
    harness.message({"rid": request["rid"], "client": request["client"], "ok": True, "error": None, "result": result})
    expect(stage(slider, "top_p")).to_contain_text("54,321 left")
    expect(stage(slider, "top_p")).not_to_contain_text("about")


def test_five_stages_are_there_at_once_and_four_more_behind_a_button(harness, slider):
    for name in COMMON:
        expect(stage(slider, name)).to_be_visible()
    assert stage(slider, "top_h").count() == 0
    more = slider.get_by_role("button", name="More stages")
    expect(more).to_have_attribute("aria-expanded", "false")
    more.click()
    order = slider.locator(".llmw-stage").evaluate_all("rows => rows.map(row => row.dataset.stage)")
    assert order == ["repetition_penalty", "temperature", "top_h", "top_k", "top_p", "min_p", *RARE[1:]]
    slider.get_by_role("button", name="Fewer stages").click()
    expect(stage(slider, "top_h")).to_have_count(0)


def test_more_stages_are_open_by_themselves_while_one_of_them_is_on(harness, slider):
    harness.set("sampler", sampler(typical_p=0.5))
    expect(stage(slider, "eta_cutoff")).to_be_visible()
    slider.get_by_role("button", name="Fewer stages").click()
    expect(stage(slider, "eta_cutoff")).to_have_count(0)
    expect(stage(slider, "typical_p")).to_be_visible()


@pytest.mark.parametrize("name", [*COMMON, *RARE])
def test_a_switch_remembers_the_value(harness, name):
    values = {"repetition_penalty": 1.3, "top_k": 7, "epsilon_cutoff": 0.002, "eta_cutoff": 0.003}
    value = values.get(name, 0.4)
    slider = harness.mount("sampler_slider", content=TEXT, distribution=SEVEN, sampler=sampler(**{name: value}))
    expect(switch(slider, name)).to_be_checked()
    switch(slider, name).click()
    expect(switch(slider, name)).not_to_be_checked()
    switch(slider, name).click()
    expect(number(slider, name)).to_have_value(str(value))


@pytest.mark.parametrize(
    ("name", "first"),
    [("top_k", 50), ("top_p", 0.9), ("min_p", 0.05), ("typical_p", 0.95), ("top_h", 0.4), ("epsilon_cutoff", 0.0003)],
)
def test_a_stage_that_was_never_on_begins_at_a_sensible_value(harness, slider, name, first):
    slider.get_by_role("button", name="More stages").click()
    switch(slider, name).click()
    assert harness.wait_sent(1)[-1]["sampler"] == {name: first}


def test_a_stage_begins_at_the_models_own_value(harness, slider):
    harness.set("sampler", sampler(own={"top_k": 20}))
    switch(slider, "top_k").click()
    assert harness.wait_sent(1)[-1]["sampler"] == {"top_k": 20}


@pytest.mark.parametrize(
    ("typed", "value"), [("0.7", 0.7), ("0,7", 0.7), ("０．７", 0.7), (" .7 ", 0.7), ("7e-1", 0.7)]
)
def test_typed_values(harness, slider, typed, value):
    number(slider, "top_p").fill(typed)
    assert harness.wait_sent(1)[-1]["sampler"] == {"top_p": value}


def test_thousands_are_no_decimals(harness, slider):
    """1,000 was once taken as 1.000, a top_k of 1."""
    number(slider, "top_k").fill("1,000")
    assert harness.wait_sent(1)[-1]["sampler"] == {"top_k": 1000}


@pytest.mark.parametrize(
    "typed", ["1.5", "-0.1", "", "  ", "abc", "NaN", "Infinity", "1e999", "0x1", "1 2", "１．５", "💥", "--1"]
)
def test_nonsense_is_refused_with_the_reason_and_stays_typed(harness, slider, typed):
    field = number(slider, "top_p")
    field.fill(typed)
    field.blur()
    expect(field).to_have_value(typed)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(slider.get_by_role("alert")).to_have_text("top_p takes 0 to 1.")
    assert harness.sent() == []
    field.fill("0.5")
    expect(slider.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("name", [*COMMON, *RARE])
def test_every_arrow_key_moves_a_slider(harness, slider, name):
    if name in RARE:
        slider.get_by_role("button", name="More stages").click()
    knob(slider, name).focus()
    towards = "ArrowLeft" if name in ("top_k", "top_p", "typical_p") else "ArrowRight"
    values = [number(slider, name).input_value()]
    for _ in range(40):
        harness.page.keyboard.press(towards)
        values.append(number(slider, name).input_value())
    assert len(set(values)) == len(values)


def test_a_value_beyond_the_sliders_end_does_not_jump_back(harness, slider):
    number(slider, "temperature").fill("50")
    knob(slider, "temperature").focus()
    harness.page.keyboard.press("ArrowRight")
    expect(number(slider, "temperature")).to_have_value("50")
    harness.page.keyboard.press("ArrowLeft")
    expect(number(slider, "temperature")).to_have_value("4.9")


@pytest.mark.parametrize("name", ["epsilon_cutoff", "eta_cutoff"])
def test_cutoffs_have_a_logarithmic_scale_with_off_at_its_end(harness, slider, name):
    slider.get_by_role("button", name="More stages").click()
    knob(slider, name).focus()
    seen = []
    for key in ("End", "Home", "ArrowRight"):
        harness.page.keyboard.press(key)
        seen.append(number(slider, name).input_value())
    assert seen == ["0.1", "0", "0.0001"]


# presets


def test_which_preset_is_active(harness, slider):
    own = {"top_k": 50, "temperature": 0.6}
    for changes, name in [
        ({}, "Neutral"),
        (own, "Model's own"),
        ({"top_k": 3}, "Custom"),
        ({"do_sample": False}, "Greedy"),
    ]:
        harness.set("sampler", sampler(own=own, **changes))
        expect(preset(slider, name)).to_have_attribute("aria-pressed", "true")
        assert slider.locator(".llmw-presets [aria-pressed=true]").count() == 1


def test_a_refused_value_goes_with_a_preset_with_escape_and_with_another_value(harness, slider):
    """What was typed and refused stood in the field for ever, beside a sampler that had other values."""
    field = number(slider, "repetition_penalty")
    for leave in (
        lambda: preset(slider, "Neutral").click(),
        lambda: field.press("Escape"),
        lambda: harness.set("sampler", sampler(repetition_penalty=1.2)),
    ):
        field.fill("100")
        expect(slider.get_by_role("alert")).to_have_count(1)
        leave()
        expect(slider.get_by_role("alert")).to_have_count(0)
        expect(field).not_to_have_value("100")


def test_a_value_set_elsewhere_replaces_what_was_typed(harness, slider):
    field = number(slider, "temperature")
    field.fill("1.50")
    expect(field).to_have_value("1.50")
    harness.take(harness.wait_sent(1)[-1], trait="sampler", sampler=sampler(temperature=1.5))
    expect(field).to_have_value("1.50")
    harness.set("sampler", sampler(temperature=2.0, seen=harness.get("sampler")["seen"]))
    expect(field).to_have_value("2")


def test_generate_waits_for_a_number_that_it_can_take(slider):
    count = slider.get_by_role("textbox", name="Number of tokens")
    for wrong in ("0", "100001", "x"):
        count.fill(wrong)
        expect(slider.get_by_role("button", name="Generate")).to_be_disabled()
        expect(slider.get_by_role("button", name="Generate")).to_have_attribute("title", re.compile("cannot be taken"))
    count.fill("3")
    expect(slider.get_by_role("button", name="Generate")).to_be_enabled()


def test_presets_are_taken_and_custom_values_come_back(harness, slider):
    harness.set("sampler", sampler(own={"top_k": 50}, temperature=0.5, typical_p=0.5, seed=9))
    preset(slider, "Greedy").click()
    expect(slider.locator(".llmw-result")).to_contain_text("1 token")
    preset(slider, "Neutral").click()
    expect(slider.locator(".llmw-result")).to_contain_text("105 tokens")
    preset(slider, "Model's own").click()
    expect(number(slider, "top_k")).to_have_value("50")
    preset(slider, "Custom").click()
    expect(number(slider, "temperature")).to_have_value("0.5")
    expect(number(slider, "top_k")).to_have_value("0")
    sent = harness.sent()[0]["sampler"]
    assert sent == {"do_sample": False}
    expect(slider.get_by_role("textbox", name="Seed")).to_have_value("9")


def test_greedy_by_a_temperature_of_0_and_back(harness, slider):
    knob(slider, "temperature").focus()
    harness.page.keyboard.press("Home")
    expect(preset(slider, "Greedy")).to_have_attribute("aria-pressed", "true")
    expect(knob(slider, "temperature")).to_have_attribute("aria-valuetext", "0, greedy")
    harness.page.keyboard.press("ArrowRight")
    expect(preset(slider, "Custom")).to_have_attribute("aria-pressed", "true")


def test_in_greedy_choice_other_stages_say_that_they_wait(harness, slider):
    harness.set("sampler", sampler(do_sample=False, top_k=3, repetition_penalty=1.2))
    expect(stage(slider, "top_k")).to_contain_text("unused: greedy")
    expect(stage(slider, "repetition_penalty")).to_contain_text("105 left")
    expect(slider.locator(".llmw-result")).to_contain_text("always the most probable")


def test_a_model_without_settings_has_no_preset_of_its_own(harness, slider):
    expect(preset(slider, "Model's own")).to_be_disabled()
    expect(slider).to_contain_text("its own are neutral")


@pytest.mark.parametrize(
    ("origin", "mark"), [("generation_config", "generation_config"), ("transformers", "transformers' default")]
)
def test_inherited_values_are_marked_with_where_they_come_from(harness, slider, origin, mark):
    harness.set("sampler", sampler(top_k=50, own={"top_k": 50}, origins={"top_k": origin}))
    expect(stage(slider, "top_k").locator(".llmw-badge")).to_have_text(mark)
    harness.set("sampler", sampler(top_k=51, own={"top_k": 50}, origins={"top_k": origin}))
    expect(slider.locator(".llmw-badge")).to_have_count(0)


# the numbers on demand


def test_the_arithmetic_holds_the_real_numbers(harness):
    slider = harness.mount(
        "sampler_slider", content=TEXT, distribution=SEVEN, sampler=sampler(temperature=2.0, top_p=0.9)
    )
    region = disclose(slider, "Arithmetic")
    rows = region.locator("tbody tr")
    expect(rows).to_have_count(5)
    assert rows.nth(1).locator("td").all_text_contents() == ["2.000", "1.000", "0.6065", "22.5%", "24.4%"]
    expect(region).to_contain_text("exp(3.000 / 2 − 1.500) / 2.701 = 37.0%")
    expect(region.locator("tfoot")).to_contain_text("2.484")
    region.get_by_role("button", name="More tokens").click()
    expect(rows).to_have_count(7)
    expect(rows.nth(6)).to_contain_text("removed by top_p")


def test_the_arithmetic_of_a_repetition_penalty(harness):
    slider = harness.mount(
        "sampler_slider",
        content=TEXT,
        distribution={**SEVEN, "context": [0, 6]},
        sampler=sampler(repetition_penalty=2.0),
    )
    region = disclose(slider, "Arithmetic")
    region.get_by_role("button", name="More tokens").click()
    rows = region.locator("tbody tr")
    assert [rows.nth(at).locator("td").nth(1).text_content() for at in (0, 1, 6)] == ["1.500", "2.000", "−4.000"]


def test_the_order_of_other_engines_changes_what_is_kept(harness):
    """With T = 2 and top-p = .9, transformers keeps 5 of these tokens and llama.cpp 3."""
    slider = harness.mount(
        "sampler_slider", content=TEXT, distribution=SEVEN, sampler=sampler(temperature=2.0, top_p=0.9)
    )
    region = disclose(slider, "Other engines")
    expect(region).to_contain_text("transformers keeps 5 tokens, llama.cpp keeps 3 tokens, vLLM keeps 5 tokens")
    llama = region.get_by_role("region", name="llama.cpp")
    assert llama.locator(".llmw-engine-stage").all_text_contents() == ["top_p 0.9", "temperature 2"]
    row = region.locator("tbody tr").nth(3).locator("td")
    assert row.evaluate_all("cells => cells.map(cell => cell.dataset.differs)") == ["false", "true", "false"]
    expect(row.nth(1)).to_contain_text("top_p")
    harness.set("sampler", sampler())
    expect(region).to_contain_text("Every stage is off")


def test_stages_that_an_engine_has_not_are_named(harness):
    slider = harness.mount(
        "sampler_slider", content=TEXT, distribution=SEVEN, sampler=sampler(typical_p=0.5, eta_cutoff=0.01)
    )
    region = disclose(slider, "Other engines")
    assert region.locator(".llmw-missing").all_text_contents() == [
        "eta_cutoff llama.cpp has no such stage",
        "typical_p vLLM has no such stage",
        "eta_cutoff vLLM has no such stage",
    ]


# the buttons that draw


def test_buttons_draw(harness, slider):
    slider.get_by_role("textbox", name="Number of tokens").fill("7")
    slider.get_by_role("button", name="Generate").click()
    slider.get_by_role("button", name="Step").click()
    expect(slider.get_by_role("button", name="Stop", exact=True)).to_be_disabled()
    expect(slider.get_by_role("button", name="Undo")).to_be_disabled()
    harness.set("content", {**TEXT, "can_undo": True})
    slider.get_by_role("button", name="Undo").click()
    harness.set("status", status("generating", generated=3, max_new_tokens=7, tokens_per_second=21.0))
    expect(slider).to_contain_text("3 of 7 tokens · 21 tokens/s")
    slider.get_by_role("button", name="Stop", exact=True).click()
    asked = [(message["action"], message["max_new_tokens"]) for message in harness.wait_sent(4)]
    assert asked == [("generate", 7), ("step", None), ("undo", None), ("stop", None)]


@pytest.mark.parametrize("width", [340, 700])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_view_keeps_its_height_when_the_reason_goes(harness, width, language):
    slider = harness.mount("sampler_slider", content=TEXT, width=width, language=language)
    height = box(slider)["height"]
    ends = ("length", "eos", "stopped", "context")
    generating = status("generating", generated=3, max_new_tokens=32, tokens_per_second=12.3)
    for said in (generating, *(status(reason=end, max_new_tokens=32, tokens_per_second=12.3) for end in ends)):
        harness.set("status", said)
        expect(slider.locator(".llmw-progress > span:nth-child(2)")).to_contain_text("12.3")
        assert box(slider)["height"] == height
    harness.set("status", status())
    expect(slider.locator(".llmw-progress > span:nth-child(2)")).to_be_empty()
    assert box(slider)["height"] == height


@pytest.mark.parametrize(
    ("language", "stop", "settings"),
    [
        ("en", "Stop acts when the running cell ends.", "In Python these settings act when the running cell ends."),
        (
            "ja",
            "「停止」は、実行中のセルが終わってから実行されます。",
            "この設定は、実行中のセルが終わってから Python に反映されます。",
        ),
    ],
)
def test_what_the_kernel_does_not_answer_is_said_to_act_after_the_cell(harness, language, stop, settings):
    slider = harness.mount(
        "sampler_slider",
        content=TEXT,
        distribution=distribution(),
        status=status("generating", generated=3, max_new_tokens=32),
        language=language,
    )
    note = slider.locator(".llmw-late")
    slider.get_by_role("button", name=re.compile("^(Stop|停止)$")).click()
    expect(note).to_contain_text(stop)
    slider.get_by_role("textbox", name=re.compile("^(top_k: value|top_k：数値)$")).fill("3")
    expect(note).to_have_text(settings)
    harness.connect(connected=False)
    expect(note).to_have_text("")
    harness.connect(connected=True)
    expect(note).to_have_text(settings)
    request = harness.wait_sent(2)[-1]
    harness.take(request, trait="sampler", sampler=sampler(top_k=3))
    expect(note).to_have_text("")


def test_numbers_that_stand_alone_say_it_as_well(harness):
    slider = harness.mount(
        "sampler_slider", content=TEXT, distribution=distribution(), info=info(can_edit=False, can_predict=False)
    )
    slider.get_by_role("textbox", name="top_k: value").fill("3")
    expect(slider.locator(".llmw-late")).to_have_text("In Python these settings act when the running cell ends.")


def test_the_enter_that_ends_a_composition_adds_no_stop_text(harness, slider):
    """Safari sends it after the composition, with code 229."""
    field = slider.get_by_role("textbox", name="Stop texts")
    field.fill("終わり")
    enter = "field => field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true}))"
    field.evaluate(enter)
    expect(field).to_have_value("終わり")
    field.press("Enter")
    expect(field).to_have_value("")


def test_stop_texts(harness, slider):
    field = slider.get_by_role("textbox", name="Stop texts")
    field.fill("\\n\\n")
    field.press("Enter")
    expect(field).to_have_value("")
    field.fill("<|im_end|>")
    field.press("Enter")
    field.fill(" END")
    slider.get_by_role("button", name="Generate").click()
    assert harness.wait_sent(1)[-1]["stop"] == ["\n\n", "<|im_end|>", " END"]
    slider.get_by_role("button", name="Remove the stop text ⏎⏎").click()
    field.fill("")
    field.press("Backspace")
    slider.get_by_role("button", name="Generate").click()
    assert harness.wait_sent(2)[-1]["stop"] == []


REASONS = {
    "length": "all 7 tokens are written",
    "eos": "the model ended the text with <|im_end|>",
    "stop_text": "the stop text “<|im_end|>” came",
    "stopped": "by you after 3 tokens",
    "context": "context is full",
    "edited": "the text was changed",
}


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_why_generation_ended(harness, reason, language):
    ended = status(reason=reason, ended_by="<|im_end|>", generated=3, max_new_tokens=7)
    slider = harness.mount("sampler_slider", language=language, content=TEXT, status=ended)
    said = slider.locator(".llmw-progress > span:nth-child(2)")
    expect(said).not_to_contain_text("reason.")
    expect(said).to_contain_text(REASONS[reason] if language == "en" else re.compile("終了|停止"))


def test_an_end_that_prints_nothing_is_shown(harness):
    slider = harness.mount(
        "sampler_slider", content=TEXT, status=status(reason="stop_text", ended_by="\n\u202e", generated=3)
    )
    expect(slider.locator(".llmw-progress")).to_contain_text("“⏎U+202E”")


def test_the_seed(harness, slider):
    seed = slider.get_by_role("textbox", name="Seed")
    seed.fill("42")
    harness.take(harness.wait_sent(1)[0], trait="sampler", sampler=sampler(seed=42))
    seed.fill("")
    assert [message["sampler"] for message in harness.wait_sent(2)] == [{"seed": 42}, {"seed": None}]
    slider.get_by_role("button", name="New seed").click()
    expect(seed).to_have_value(re.compile(r"^\d{4}$"))


def test_numbers_that_stand_alone_have_sliders_and_no_buttons(harness):
    slider = harness.mount(
        "sampler_slider", content=content(), distribution=SEVEN, info=info(can_edit=False, can_predict=False)
    )
    assert slider.get_by_role("button", name=re.compile("Step|Generate|Undo")).count() == 0
    expect(slider).to_contain_text("need a model, and there is none here")
    number(slider, "top_k").fill("2")
    expect(slider.locator(".llmw-result")).to_contain_text("2 tokens")
    slider.get_by_role("textbox", name="Seed").fill("1")


def test_without_a_kernel_sliders_move_and_the_buttons_say_why_not(harness, slider):
    harness.connect(False)
    expect(slider).to_contain_text("Step and Generate need the kernel")
    expect(slider.get_by_role("button", name="Step")).to_be_disabled()
    number(slider, "top_k").fill("3")
    expect(slider.locator(".llmw-result")).to_contain_text("3 tokens")


# the ways of a text

STORY = content(" A cat sat on a mat", [" A", " cat", " sat", " on", " a", " mat"])


def fork(at, pieces, log_prob=-2.0, **changes):
    cuts = [piece if isinstance(piece, str) else "" for piece in pieces]
    raw = ["" if isinstance(piece, str) else piece.hex() for piece in pieces]
    known = {"log_prob": log_prob, "known": len(pieces), "reason": "length"}
    return {"at": at, "tokens": len(pieces), "pieces": cuts, "bytes": raw, **known, **changes}


def paths(places=(2, 3, 4, 5), forced=(), now=None, forks=()):
    return {
        "revision": 1,
        "places": small(places),
        "probabilities": array([0.5, 0.25, 0.125, 0.0625][: len(places)]),
        "drawn_with": array([0.75, 0.5, 0.25, 0.125][: len(places)]),
        "forced": list(forced),
        "now": now,
        "forks": list(forks),
    }


def alternatives(index):
    candidates = [
        {"id": 114 + 7 * (index - 2), "piece": " sat", "bytes": "", "special": False, "logit": 3.0, "rank": 1},
        {"id": 5, "piece": " ran", "bytes": "", "special": False, "logit": 2.0, "rank": 2},
        {"id": 6, "piece": "", "bytes": "e382", "special": False, "logit": 1.0, "rank": 3},
    ]
    probabilities = {"probabilities": array([0.5, 0.3, 0.1]), "drawn_with": array([0.6, 0.4, 0.0])}
    return {"kind": "alternatives", "index": index, "how": "drawn", "candidates": candidates, **probabilities}


@pytest.fixture
def story(harness: Harness) -> Locator:
    return harness.mount("sampler_slider", content=STORY, paths=paths())


def chips(root: Locator) -> Locator:
    return root.get_by_role("toolbar").get_by_role("button")


def answer(harness: Harness, ok: bool = True) -> None:
    request = harness.wait_sent(1)[-1]
    assert request["kind"] == "alternatives"
    why = None if ok else error("invalid_value", "No such token.", "Choose another.")
    result = alternatives(request["index"]) if ok else None
    harness.message({"rid": request["rid"], "client": request["client"], "ok": ok, "error": why, "result": result})


def test_generated_tokens_are_chips_with_their_probability(harness, story):
    expect(chips(story)).to_have_count(4)
    expect(chips(story).nth(0)).to_have_accessible_name("␣sat, model 50.0%, drawn with 75.0%")
    harness.set("paths", paths(forced=[1]))
    expect(chips(story).nth(1)).to_have_accessible_name(re.compile("put in by hand"))


def test_a_chip_shows_what_else_could_have_come_and_another_forks(harness, story):
    chips(story).nth(0).click()
    expect(story).to_contain_text("Asking the kernel")
    answer(harness)
    rows = story.locator(".llmw-candidates button")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_have_accessible_name(re.compile("the token that came"))
    rows.nth(0).dispatch_event("click")
    expect(rows.nth(2)).to_contain_text("E3 82")
    expect(rows.nth(2)).to_contain_text("removed")
    rows.nth(1).click()
    sent = harness.wait_sent(2)[-1]
    assert (sent["action"], sent["index"], sent["token"]) == ("fork", 2, 5)


def test_chips_by_keyboard(harness, story):
    chips(story).nth(3).focus()
    for key in ("ArrowLeft", "Home", "ArrowLeft", "ArrowRight"):
        harness.page.keyboard.press(key)
    expect(chips(story).nth(1)).to_be_focused()
    assert chips(story).evaluate_all("all => all.map(chip => chip.tabIndex)") == [-1, 0, -1, -1]
    harness.page.keyboard.press("Enter")
    answer(harness)
    story.locator(".llmw-candidates button").nth(1).focus()
    harness.page.keyboard.press("Escape")
    expect(story.locator(".llmw-alternatives")).to_have_count(0)
    expect(chips(story).nth(1)).to_be_focused()


def test_a_refusal_is_said_in_words(harness, story):
    chips(story).nth(0).click()
    answer(harness, ok=False)
    expect(story.get_by_role("alert")).to_have_text("No such token. Choose another.")


def test_a_changed_token_asks_anew(harness, story):
    chips(story).nth(0).click()
    answer(harness)
    other = content(" A cat ran", [" A", " cat", " ran"], ids=[100, 107, 5], revision=2)
    news = [["content", other], ["paths", {**paths((2,), forced=[0]), "revision": 2}]]
    # as the kernel does: all in one message
    harness.page.evaluate("news => news.forEach(([name, value]) => harness.models.session.push(name, value))", news)
    assert [message["index"] for message in harness.wait_sent(2)] == [2, 2]
    expect(story.locator(".llmw-alternatives")).to_contain_text("Asking the kernel")
    expect(story.locator(".llmw-candidates")).to_have_count(0)


def test_two_views_show_what_each_asked_for(harness, story):
    other = harness.mount("sampler_slider")
    chips(story).nth(0).click()
    answer(harness)
    chips(other).nth(1).click()
    harness.wait_sent(2)
    answer(harness)
    expect(story.locator(".llmw-candidates button")).to_have_count(3)
    expect(other.locator(".llmw-candidates button")).to_have_count(3)


@pytest.mark.parametrize(("hinder", "why"), [("kernel", "needs the kernel"), ("generating", "The model is writing")])
def test_what_stands_in_the_way_of_a_fork_is_said(harness, story, hinder, why):
    chips(story).nth(0).click()
    answer(harness)
    if hinder == "kernel":
        harness.connect(False)
    else:
        harness.set("status", status("generating"))
    expect(story.locator(".llmw-alternatives")).to_contain_text(why)
    story.locator(".llmw-candidates button").nth(1).dispatch_event("click")
    assert len(harness.sent()) == 1


def test_without_forks_there_is_no_list_of_ways(harness, story):
    expect(story).not_to_contain_text("Ways the text went")


FORKS = paths(
    now=fork(3, [" on", " a", " mat"], -4.5, reason="eos"),
    forks=[
        fork(4, [" the", " sofa"], -3.0),
        fork(3, [b"\xe7\x8c", " <b>x</b>"], -9.0, tokens=60, known=2, reason="stop_text"),
    ],
)


def test_ways_are_aligned_where_they_part(harness, story):
    harness.set("paths", FORKS)
    ways = story.get_by_role("region", name="Ways the text went")
    table = ways.locator("tbody")
    expect(table).to_have_count(3)
    parts = [box(table.nth(at).locator("[data-parts=true]"))["x"] for at in range(3)]
    assert parts[0] == parts[2]
    a = table.nth(0).locator("td").get_by_text("a", exact=False).last
    assert parts[1] > parts[0]
    expect(a).to_be_visible()
    expect(table.nth(2)).to_contain_text("E7 8C")
    expect(table.nth(2)).to_contain_text("␣<b>x</b>")
    expect(table.nth(2)).to_contain_text("… 58 more")


def test_ways_say_their_length_log_probability_and_end(harness, story):
    harness.set("paths", FORKS)
    heads = story.locator(".llmw-way-head")
    expect(heads.nth(0)).to_have_text(re.compile("now.*3 tokens · log p −4.5, −1.5 per token · ended by the model"))
    expect(heads.nth(2)).to_contain_text("60 tokens · log p −9, −4.5 per token · known for 2 of 60 · stop text")


def test_a_click_on_a_way_makes_it_the_text(harness, story):
    harness.set("paths", FORKS)
    story.get_by_role("button", name="Go way 2").click()
    sent = harness.wait_sent(1)[-1]
    assert (sent["action"], sent["fork"]) == ("switch", 1)
    harness.connect(False)
    expect(story.get_by_role("button", name="Go way 2")).to_be_disabled()


def test_a_long_generation_shows_its_end_first(harness):
    words = [f" w{at}" for at in range(900)]
    places = list(range(900))
    many = {**paths(), "places": small(places), "probabilities": array([0.5] * 900), "drawn_with": array([0.5] * 900)}
    story = harness.mount("sampler_slider", content=content("".join(words), words), paths=many)
    expect(chips(story)).to_have_count(200)
    expect(chips(story).last).to_contain_text("w899")
    story.get_by_role("button", name="Show earlier ones (700)").click()
    expect(chips(story)).to_have_count(400)


# everywhere


@pytest.mark.parametrize("width", [320, 500, 700, 2000])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_everything_fits(harness, width, language):
    slider = harness.mount(
        "sampler_slider",
        width=width,
        language=language,
        content=STORY,
        distribution=BIG,
        paths={**FORKS, "forks": [fork(3, ["W" * 400])]},
        sampler=sampler(temperature=1.5, top_p=0.95, eta_cutoff=0.01, own={"temperature": 1.5}),
        status=status(reason="stop_text", ended_by="W" * 400),
    )
    for button in slider.locator(".llmw-disclosure").all():
        button.click()
    number_field = slider.get_by_role("textbox", name=re.compile("Stop texts|終了文字列"))
    number_field.fill("W" * 400)
    number_field.press("Enter")
    assert not harness.overflows()
    text = slider.inner_text()
    assert not re.search(r"\b(preset|engine|orders|way|reason|how|origin)\.\w+", text)


def test_ids_of_two_views_differ(harness, slider):
    harness.mount("sampler_slider")
    ids = harness.page.locator("[id]").evaluate_all("all => all.map(element => element.id)")
    assert len(ids) == len(set(ids))
