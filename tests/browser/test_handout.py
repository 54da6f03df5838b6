"""A page that was handed out, opened from disk with the network cut."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from llmwidgets import (
    EmbeddingMap,
    ModelSession,
    NextTokenBar,
    Sampler,
    SamplerSlider,
    TokenView,
    replay,
)
from llmwidgets.recording.moments import Recording
from llmwidgets.widgets import replay_moments

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TITLE = "授業 <b>Sampling</b> & more"


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The four views of the real default model as one file."""
    path = tmp_path_factory.mktemp("handout") / "lesson.html"
    with ModelSession(text="The capital of France is") as session:
        TokenView(session), NextTokenBar(session), SamplerSlider(session)
        EmbeddingMap(session, words=["king", "queen", "man", "woman"], vocabulary=True)
        found = session.export(path, title=TITLE)
    # with the whole vocabulary and its names
    assert found.stat().st_size < 1_000_000
    return found


class Opened:
    """A page from disk that may ask for nothing but itself and what is in it."""

    def __init__(self, browser: Browser, path: Path, **options: object) -> None:
        options = {"locale": "en-GB", "color_scheme": "light", "viewport": {"width": 1000, "height": 900}, **options}
        self.context = browser.new_context(reduced_motion="reduce", **options)
        self.context.set_offline(True)
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda failure: self.wrong.append(f"uncaught: {failure}"))
        self.page.on("console", lambda said: said.type == "error" and self.wrong.append(f"console: {said.text}"))
        own = path.as_uri()
        self.page.on(
            "request",
            lambda asked: asked.url == own or asked.url.startswith("blob:") or self.wrong.append(asked.url),
        )
        self.page.goto(own)
        expect(self.page.locator("html[data-llmw-ready]")).to_be_attached()

    def close(self) -> None:
        self.context.close()
        assert self.wrong == []


@pytest.fixture(scope="module")
def opened(browser: Browser, handed_out: Path) -> Iterator[Page]:
    """The page in English, on light paper; each test leaves it as it was."""
    opened = Opened(browser, handed_out)
    yield opened.page
    opened.close()


@pytest.fixture
def japanese(browser: Browser, handed_out: Path) -> Iterator[Page]:
    opened = Opened(browser, handed_out, locale="ja-JP", color_scheme="dark", viewport={"width": 360, "height": 800})
    yield opened.page
    opened.close()


def test_a_slider_moves_every_view(opened):
    bar, sampler = opened.locator(".llmw-next-token-bar"), opened.locator(".llmw-sampler-slider")
    expect(bar).to_contain_text("77.3%")
    sampler.get_by_role("switch", name="top_k").check()
    sampler.get_by_role("textbox", name="top_k: value").fill("1")
    expect(sampler).to_contain_text("1 token")
    expect(bar.get_by_text("100%").first).to_be_visible()
    sampler.get_by_role("switch", name="top_k").uncheck()
    expect(bar).to_contain_text("77.3%")


def test_what_is_pointed_at_is_told_and_marked_in_the_other_view(opened):
    token = opened.locator(".llmw-token-view").get_by_role("option").filter(has_text="France")
    token.hover()
    expect(opened.locator(".llmw-token-view")).to_contain_text("4649")
    opened.locator(".llmw-embedding-map").get_by_text("queen", exact=True).first.hover()


def test_a_click_selects_where_there_is_no_model_to_look_from_elsewhere(opened):
    tokens = opened.locator(".llmw-token-view")
    tokens.get_by_role("option").nth(1).click()
    expect(tokens.get_by_role("option").nth(1)).to_have_attribute("aria-selected", "true")
    expect(opened.locator(".llmw-next-token-bar .llmw-body")).to_have_attribute("data-stale", "false")


def test_what_needs_the_model_is_off_and_says_why(opened):
    sampler = opened.locator(".llmw-sampler-slider")
    expect(sampler.get_by_role("button", name="Step", exact=True)).to_be_disabled()
    expect(sampler).to_contain_text("This page has no model: Step and Generate need one.")
    expect(opened.locator(".llmw-next-token-bar")).to_contain_text("This page has no model: no token can be appended.")
    expect(opened.get_by_role("textbox", name="Text", exact=True)).to_have_attribute("readonly", "")
    for view in opened.locator(".llmw[class*=llmw-]").all():
        expect(view).not_to_contain_text(re.compile("kernel|run the cell", re.IGNORECASE))


def test_that_there_is_no_model_is_said_once_for_all_views(opened):
    expect(opened.locator(".handout-head")).to_contain_text("There is no model here")
    notices = opened.locator(".llmw-notice[data-without=model]")
    assert notices.count() > 0
    for notice in notices.all():
        expect(notice).to_be_hidden()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """A class of the real default model."""
    with ModelSession(text="The capital of France is") as session:
        record = session.record(clock=itertools.count(step=5).__next__)
        _ = session.distribution
        session.sampler = Sampler(temperature=0.5, top_k=5, seed=1)
        session.text = "日本の首都は"
        _ = session.distribution
        session.sample(40)
        session.generate(3)
        record.note("Why?")
        record.stop()
        return Recording(record.steps)


def test_a_replay_goes_from_step_to_step_in_every_view(browser, recorded, tmp_path):
    player = replay(recorded)
    opened = Opened(browser, player.session.export(tmp_path / "class.html", views=[player]))
    page = opened.page
    stepper, bar = page.locator(".llmw-replay-view"), page.locator(".llmw-next-token-bar")
    expect(bar).to_contain_text("77.3%")
    # what the reader tries is the reader's, until the next step
    page.locator(".llmw-sampler-slider").get_by_role("textbox", name="temperature: value").fill("0.1")
    expect(bar).to_contain_text("100.0%")
    stepper.get_by_role("button", name="Next step").click()
    expect(stepper).to_contain_text("Step 2 of 5")
    expect(stepper.locator(".llmw-changes")).to_contain_text("temperature 1 → 0.5")
    expect(page.locator(".llmw-sampler-slider").get_by_role("textbox", name="temperature: value")).to_have_value("0.5")
    page.keyboard.press("End")
    expect(stepper.locator(".llmw-notes")).to_have_text("Why?")
    last = recorded.steps[-1].state.tokens
    expect(page.locator(".llmw-token-view").get_by_role("option")).to_have_count(len(last))
    expect(bar.locator(".llmw-body")).to_have_attribute("data-stale", "false")
    page.keyboard.press("Home")
    expect(bar).to_contain_text("77.3%")
    expect(page.locator(".llmw-token-view")).to_contain_text("France")
    expect(stepper).not_to_contain_text("room for")
    opened.close()


def test_a_replay_that_has_not_room_for_all_steps_says_so(browser, recorded, tmp_path, monkeypatch):
    monkeypatch.setattr(replay_moments, "MOST_BYTES", 40_000)
    player = replay(recorded)
    player.step = 3
    opened = Opened(browser, player.session.export(tmp_path / "class.html", views=[player]))
    stepper = opened.page.locator(".llmw-replay-view")
    expect(stepper).to_contain_text(re.compile(r"This page has room for steps \d to \d of 5"))
    opened.close()
    monkeypatch.setattr(replay_moments, "MOST_BYTES", 100)
    opened = Opened(browser, player.session.export(tmp_path / "class.html", views=[player]))
    stepper = opened.page.locator(".llmw-replay-view")
    expect(stepper.get_by_text("This page holds one step")).to_be_visible()
    for button in stepper.locator(".llmw-steps button").all():
        expect(button).to_be_disabled()
    opened.close()


def test_the_whole_vocabulary_is_there_and_each_point_has_its_name(opened):
    view = opened.locator(".llmw-embedding-map")
    expect(view.locator(".llmw-ground-legend")).to_contain_text("15,871")
    expect(view).not_to_contain_text("This page holds")
    canvas = view.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    place = canvas.bounding_box()
    assert place is not None
    opened.mouse.move(place["x"] + 0.4 * place["width"], place["y"] + 0.5 * place["height"])
    expect(view.locator(".llmw-right .llmw-detail")).to_contain_text("point of the ground")
    expect(view.locator(".llmw-right .llmw-detail .llmw-id")).to_have_text(re.compile(r"^\d+$"))
    expect(view.locator(".llmw-right .llmw-near-head")).to_be_hidden()


def test_the_title_is_text(opened):
    expect(opened.get_by_role("heading", level=1)).to_have_text(TITLE)


def test_the_language_of_page_and_views_is_switched(opened):
    opened.get_by_role("radio", name="日本語").check()
    expect(opened.locator("html")).to_have_attribute("lang", "ja")
    expect(opened.locator(".llmw-sampler-slider")).to_contain_text("このページにはモデルがない")
    expect(opened.locator(".llmw-token-view h3")).to_have_text("トークン")
    expect(opened.locator(".handout-head")).to_contain_text("保存して使えるページ")
    opened.get_by_role("radio", name="English").check()
    expect(opened.locator(".llmw-token-view h3")).to_have_text("Tokens")


def test_the_theme_is_the_readers(opened):
    view = opened.locator(".llmw-token-view")
    expect(view).to_have_attribute("data-theme", "light")
    opened.get_by_role("radio", name="Dark").check()
    expect(view).to_have_attribute("data-theme", "dark")
    expect(opened.locator("body")).to_have_css("background-color", "rgb(14, 16, 20)")
    opened.get_by_role("radio", name="Auto").check()
    expect(view).to_have_attribute("data-theme", "light")
    opened.emulate_media(color_scheme="dark")
    expect(view).to_have_attribute("data-theme", "dark")
    opened.emulate_media(color_scheme="light")
    expect(view).to_have_attribute("data-theme", "light")


def test_a_narrow_page_in_japanese_on_dark_paper(japanese):
    expect(japanese.locator("html")).to_have_attribute("lang", "ja")
    expect(japanese.locator(".llmw-next-token-bar")).to_have_attribute("data-theme", "dark")
    assert japanese.evaluate("() => document.documentElement.scrollWidth") == 360


def test_without_scripts_the_pictures_are_there(browser, handed_out):
    opened = browser.new_context(java_script_enabled=False).new_page()
    opened.goto(handed_out.as_uri())
    expect(opened.locator(".handout-picture")).to_have_count(4)
    expect(opened.locator(".handout-picture").nth(1)).to_contain_text("Paris")
    opened.context.close()


def test_a_view_that_cannot_be_drawn_leaves_its_picture_and_says_why(browser, handed_out, tmp_path):
    html = handed_out.read_text("utf-8")
    broken = tmp_path / "broken.html"
    broken.write_text(re.sub(r'(id="llmw-module-0">)[^<]*', r"\1bm8=", html), "utf-8")
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(broken.as_uri())
    expect(page.locator("html[data-llmw-ready]")).to_be_attached()
    expect(page.locator(".handout-failed").first).to_contain_text("could not be drawn")
    expect(page.locator(".handout-picture").first).to_be_visible()
    expect(page.locator("[data-llmw-drawn=true]").first).to_be_visible()
    context.close()
