"""ReplayView's bundle in a browser: buttons, keys, the bar to drag, playing, and what is said without a kernel."""

from __future__ import annotations

import re
from typing import Any

import pytest
from harness import Harness, box
from playwright.sync_api import expect

STEPS = [
    {"seconds": 0, "changes": [{"what": "begin", "values": {}}], "notes": []},
    {"seconds": 4, "changes": [{"what": "text", "values": {"added": "<b>The</b> king", "removed": 1}}], "notes": []},
    {
        "seconds": 65,
        "changes": [
            {"what": "setting", "values": {"name": "temperature", "before": 1, "after": 0.7}},
            {"what": "setting", "values": {"name": "seed", "before": None, "after": 3}},
        ],
        "notes": ["What if T → 0? <i>"],
    },
    {
        "seconds": 66,
        "changes": [
            {"what": "written", "values": {"tokens": 12, "piece": "", "reason": "eos", "by": "<end>"}},
            {"what": "draws", "values": {"n": 1000}},
        ],
        "notes": [],
    },
]


def show(harness: Harness, step: int = 0, **options: Any) -> Any:
    state = {"steps": STEPS, "settings": {"step": step, "seen": {}}}
    return harness.mount("replay_view", view_state=state, **options)


def answered(harness: Harness, count: int) -> int:
    """The step that the newest request asks for, which the kernel then shows."""
    request = harness.wait_sent(count, view=0)[-1]
    assert request["kind"] == "replay"
    harness.set("settings", {"step": request["step"], "seen": {request["client"]: request["rid"]}}, view=0)
    return int(request["step"])


def test_a_step_is_said_in_words_and_text_stays_text(harness: Harness) -> None:
    root = show(harness, 1)
    expect(root).to_contain_text("Step 2 of 4")
    expect(root.locator(".llmw-changes code")).to_have_text("<b>The</b>␣king")
    expect(root.locator(".llmw-changes")).to_contain_text("1 character removed")
    harness.set("settings", {"step": 2, "seen": {}}, view=0)
    expect(root.locator(".llmw-changes")).to_contain_text("temperature 1 → 0.7")
    expect(root.locator(".llmw-changes")).to_contain_text("seed — → 3")
    expect(root.locator(".llmw-notes")).to_have_text("What if T → 0? <i>")
    expect(root).to_contain_text("1:05")
    harness.set("settings", {"step": 3, "seen": {}}, view=0)
    expect(root.locator(".llmw-changes")).to_contain_text("12 tokens generated · ended by the model")
    expect(root.locator(".llmw-notes")).to_have_count(0)


def test_buttons_keys_and_the_bar_ask_for_a_step(harness: Harness) -> None:
    root = show(harness)
    expect(root.get_by_role("button", name="Previous step")).to_be_disabled()
    root.get_by_role("button", name="Next step").click()
    assert answered(harness, 1) == 1
    harness.page.keyboard.press("ArrowRight")
    assert answered(harness, 2) == 2
    harness.page.keyboard.press("End")
    assert answered(harness, 3) == 3
    expect(root.get_by_role("button", name="Last step")).to_be_disabled()
    slider = root.get_by_role("slider", name="Step of the recording")
    slider.focus()
    harness.page.keyboard.press("Home")
    assert answered(harness, 4) == 0
    expect(slider).to_have_attribute("aria-valuetext", "Step 1 of 4, at 0:00")


def test_it_plays_to_the_end_and_pauses(harness: Harness) -> None:
    root = show(harness, 2)
    root.get_by_role("button", name="Play").click()
    expect(root.get_by_role("button", name="Pause")).to_be_visible()
    assert answered(harness, 1) == 3
    expect(root.get_by_role("button", name="Play")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_without_a_kernel_it_says_that_one_step_is_left(harness: Harness, language: str) -> None:
    root = show(harness, 1, language=language)
    harness.connect(connected=False)
    expect(root.get_by_role("status").last).to_contain_text(re.compile("one step is left|このステップだけ"))
    for button in root.locator(".llmw-steps button").all():
        expect(button).to_be_disabled()


@pytest.mark.parametrize("width", [320, 360, 900])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits(harness: Harness, width: int, theme: Any) -> None:
    root = show(harness, 2, width=width, theme=theme, language="ja")
    assert not harness.overflows()
    ticks = root.locator(".llmw-ticks i")
    expect(ticks).to_have_count(4)
    expect(root.locator(".llmw-ticks b")).to_have_count(1)
    bar = box(root.locator(".llmw-scrubber input"))
    assert bar["x"] <= box(ticks.first)["x"] < box(ticks.last)["x"] <= bar["x"] + bar["width"]
