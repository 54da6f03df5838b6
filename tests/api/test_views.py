"""The views of one session in a real browser, while it moves from llama.cpp's server to the same weights here and back."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from kernel_page import settle
from playwright.sync_api import expect

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from harness import STATIC, Harness

from llmwidgets import (
    BeamTree,
    CapabilityCard,
    EmbeddingMap,
    ModelSession,
    NextTokenBar,
    PipelineStrip,
    Sampler,
    SamplerSlider,
    TokenView,
)

pytestmark = pytest.mark.browser
TEXT = "The capital of France is"
OF_WIDGETS = ("layout", "tabbable", "tooltip", "store")


def state_of(widget):
    """What the page has of a widget."""
    found = {name: value for name, value in widget.get_state().items() if not name.startswith("_")}
    return json.loads(json.dumps({name: value for name, value in found.items() if name not in OF_WIDGETS}))


class Live:
    """Views of a session in a page: `follow` brings the page what the kernel has published since."""

    def __init__(self, page, session, views):
        self.harness, self.session, self.views = Harness(page), session, views
        self.store = views[0]._store
        self._known = {}
        for view in views:
            state = state_of(view)
            self.harness.mount(
                view.name,
                store_state=None if self._known else state_of(self.store),
                view_state=state,
                options=state["options"],
                width=760,
            )
            self._known[view] = state
        self._known[self.store] = state_of(self.store)

    def follow(self):
        settle(self.session)
        for widget, known in self._known.items():
            place = None if widget is self.store else self.views.index(widget)
            state = state_of(widget)
            for name in state:
                if state[name] != known[name]:
                    self.harness.set(name, state[name], view=place)
            self._known[widget] = state

    def __getitem__(self, kind):
        return self.harness.view(next(place for place, view in enumerate(self.views) if isinstance(view, kind)))


@pytest.fixture
def live(browser, llama_cpp):
    if not (STATIC / "session.js").is_file():
        pytest.fail(f"no bundles in {STATIC}: build them with `make build`")
    context = browser.new_context(locale="en-GB", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(10_000)
    with ModelSession.connect(llama_cpp, text=TEXT) as session:
        views = [
            CapabilityCard(session),
            TokenView(session, color_by="surprisal"),
            EmbeddingMap(session, words=["king", "queen", "man"]),
            PipelineStrip(session),
            BeamTree(session),
            NextTokenBar(session),
            SamplerSlider(session),
        ]
        settle(session)
        made = Live(page, session, views)
        yield made
        context.close()
        for view in views:
            view.close()
    assert made.harness.errors == []


def test_each_view_says_what_is_lacking_and_has_it_again(live, llama_cpp, same_weights):
    session = live.session
    session.sampler = Sampler(temperature=0.5, top_p=0.9)
    _away(live)

    session.move_to(same_weights.model, same_weights.tokenizer)
    _ = session.distribution
    live.follow()
    expect(live[CapabilityCard].locator("[data-extent=exact]")).to_have_count(10)
    for kind in (TokenView, EmbeddingMap, PipelineStrip, BeamTree, NextTokenBar, SamplerSlider):
        expect(live[kind].locator(".llmw-notice-calm")).to_have_count(0)
        expect(live[kind].get_by_role("alert")).to_have_count(0)
    expect(live[TokenView].locator(".llmw-scale")).to_have_count(1)
    expect(live[EmbeddingMap].locator(".llmw-scene")).to_have_count(1)
    expect(live[EmbeddingMap].locator(".llmw-scene")).to_contain_text("queen")
    expect(live[PipelineStrip].locator(".llmw-line")).to_have_count(1)
    expect(live[NextTokenBar]).not_to_contain_text("not returned")
    expect(live[SamplerSlider]).not_to_contain_text("not at llama.cpp")
    _same_text(live)

    session.move_to(llama_cpp)
    _ = session.distribution
    live.follow()
    _away(live)


def _away(live):
    """What the page shows of a llama.cpp server."""
    live.follow()
    card = live[CapabilityCard]
    found = {row.get_attribute("data-ability"): row.get_attribute("data-extent") for row in card.locator("li").all()}
    assert {name for name, extent in found.items() if extent == "absent"} == {
        "surprisals",
        "embeddings",
        "word_vectors",
        "hidden_states",
        "attentions",
        "calls",
    }
    assert (found["distribution"], found["sampling"]) == ("cut", "cut")
    expect(live[TokenView].locator(".llmw-notice-calm")).to_contain_text("does not tell the probabilities")
    expect(live[EmbeddingMap].locator(".llmw-notice-calm")).to_contain_text("makes no vectors of words")
    expect(live[EmbeddingMap].locator(".llmw-scene")).to_have_count(0)
    for kind in (PipelineStrip, BeamTree):
        expect(live[kind]).to_contain_text("What happens inside the server is not seen.")
    expect(live[NextTokenBar]).to_contain_text("49,052 not returned")
    slider = live[SamplerSlider]
    if slider.get_by_role("button", name="More stages").count():
        slider.get_by_role("button", name="More stages").click()
    expect(slider.locator(".llmw-badge", has_text="not at llama.cpp")).to_have_count(3)
    for place in range(len(live.views)):
        expect(live.harness.view(place).get_by_role("alert")).to_have_count(0)
    _same_text(live)


def _same_text(live):
    """Text and sampler stay."""
    expect(live[TokenView].get_by_role("textbox").first).to_have_value(TEXT)
    expect(live[NextTokenBar]).to_contain_text("Paris")
    expect(live[SamplerSlider].locator("[data-stage=temperature] input").last).to_have_value("0.5")
