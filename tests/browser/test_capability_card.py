"""CapabilityCard's bundle in a browser, and what other views say of what an engine lacks."""

from __future__ import annotations

from typing import Any

import pytest
from harness import Harness, box, content, error, info
from map_kernel import map_of, settings
from playwright.sync_api import expect

ABSENT = ("surprisals", "embeddings", "word_vectors", "hidden_states", "attentions", "calls")
VIEWS = {
    "tokens": ["TokenView"],
    "distribution": ["NextTokenBar", "SamplerSlider"],
    "surprisals": ["TokenView"],
    "writing": ["TokenView", "NextTokenBar"],
    "sampling": ["SamplerSlider"],
    "embeddings": ["EmbeddingMap"],
    "word_vectors": ["EmbeddingMap"],
    "hidden_states": ["EmbeddingMap"],
    "attentions": ["TokenView"],
    "calls": ["PipelineStrip"],
}


def ability(name: str, extent: str = "exact", code: str = "", **values: Any) -> dict[str, Any]:
    return {
        "name": name,
        "extent": extent,
        "code": code or f"api.{name}",
        "detail": f"On {name}.",
        "detail_ja": f"{name} について。",
        "values": values,
        "views": VIEWS[name],
    }


def served(**changes: Any) -> dict[str, Any]:
    """The capabilities of a llama.cpp server."""
    abilities = [
        ability("tokens", code="api.tokens.server"),
        ability("distribution", "cut", "api.distribution.top", top=100, vocabulary="49,152"),
        ability("surprisals", "absent", "api.surprisals.absent", server="llama.cpp"),
        ability("writing", server="llama.cpp"),
        ability("sampling", "cut", "api.sampling.cut", server="llama.cpp", lacking="top_h, eta_cutoff"),
        *(ability(name, "absent") for name in ("embeddings", "word_vectors", "hidden_states", "attentions", "calls")),
    ]
    address = "http://127.0.0.1:8080/v1/"
    return {"server": "llama.cpp", "address": address, "model": "tiny.Q4_1", "abilities": abilities, **changes}


def local() -> dict[str, Any]:
    """Those of a model in the kernel."""
    return {
        "server": "transformers",
        "address": "",
        "model": "tiny",
        "abilities": [ability(name, code=f"whole.{name}") for name in VIEWS],
    }


def at_server(**changes: Any) -> dict[str, Any]:
    return info(source="api", device="", dtype="", capabilities=served(), can_embed=False, **changes)


def test_each_ability_says_how_much_there_is_why_and_for_which_views(harness: Harness) -> None:
    root = harness.mount("capability_card", info=at_server(), width=820)
    rows = root.locator("li")
    expect(rows).to_have_count(10)
    assert [row.get_attribute("data-ability") for row in rows.all()] == list(VIEWS)
    row = root.locator("[data-ability=distribution]")
    expect(row).to_contain_text("Next-token distribution")
    expect(row.locator(".llmw-extent")).to_have_text("cut")
    expect(row).to_contain_text("On distribution.")
    expect(row).to_contain_text("NextTokenBar, SamplerSlider")
    for name in ABSENT:
        expect(root.locator(f"[data-ability={name}] .llmw-extent")).to_have_text("absent")
    expect(root.locator(".llmw-head")).to_contain_text("tiny.Q4_1")
    expect(root.locator(".llmw-head")).to_contain_text("llama.cpp · http://127.0.0.1:8080/v1/")


def test_it_is_said_in_japanese(harness: Harness) -> None:
    root = harness.mount("capability_card", info=at_server(), width=400, language="ja")
    row = root.locator("[data-ability=distribution]")
    expect(row).to_contain_text("次のトークンの確率分布")
    expect(row).to_contain_text("distribution について。")
    assert "On " not in root.inner_text()


def test_a_page_saved_in_english_alone_says_so_in_english(harness: Harness) -> None:
    abilities = [ability("tokens")]
    del abilities[0]["detail_ja"]
    root = harness.mount("capability_card", info=info(capabilities=served(abilities=abilities)), language="ja")
    expect(root.locator("[data-ability=tokens]")).to_contain_text("On tokens.")


def test_it_follows_the_session(harness: Harness) -> None:
    root = harness.mount("capability_card", info=at_server())
    harness.set("info", info(capabilities=local()))
    expect(root.locator("[data-extent=exact]")).to_have_count(10)
    expect(root.locator(".llmw-head")).to_contain_text("transformers · in this kernel · cpu · float32")
    expect(root.get_by_role("status").first).to_have_text("transformers: 10 exact, 0 cut, 0 absent.")
    harness.set("info", at_server())
    expect(root.locator("[data-extent=absent]")).to_have_count(6)


def test_a_saved_page_without_any_says_so(harness: Harness) -> None:
    old = info()
    del old["capabilities"]
    root = harness.mount("capability_card", info=old)
    expect(root).to_contain_text("There is no model here.")


@pytest.mark.parametrize("width", [320, 400, 820, 1300])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_fits(harness: Harness, width: int, language: str) -> None:
    root = harness.mount("capability_card", info=at_server(), width=width, language=language)
    assert not harness.overflows()
    name = box(root.locator("[data-ability=sampling] .llmw-name"))
    extent = box(root.locator("[data-ability=sampling] .llmw-extent"))
    assert abs((name["y"] + name["height"] / 2) - (extent["y"] + extent["height"] / 2)) < 4
    assert name["x"] + name["width"] <= extent["x"]


# the other views


def test_a_strip_and_a_tree_say_that_calls_are_not_seen(harness: Harness) -> None:
    strip = harness.mount("pipeline_strip", info=at_server(), view_state={"call": None})
    expect(strip).to_contain_text("On calls.")
    expect(strip.locator("code")).to_have_count(0)
    tree = harness.mount("beam_tree", view_state={"tree": None})
    expect(tree).to_contain_text("On calls.")
    harness.set("info", info(capabilities=local()))
    for each in (harness.view(0), harness.view(1)):
        expect(each.locator("code")).to_have_count(1)
        expect(each).not_to_contain_text("On calls.")


def lacking(name: str) -> dict[str, Any]:
    return error("not_offered", f"No {name}.", "Go elsewhere.", what=name, server="llama.cpp", known="")


def test_surprisals_that_nobody_tells_are_no_alarm(harness: Harness) -> None:
    shown = {"kind": "text", "tokenizer": "tiny", "color_by": "surprisal", "can_score": True, "selection": None}
    values = {"revision": 1, "values": {"dtype": "float32", "shape": [0], "data": ""}, "error": lacking("surprisals")}
    root = harness.mount(
        "token_view",
        info=at_server(),
        content=content("a b"),
        view_state={"settings": {**shown, "seen": {}}, "surprisal": values, "rows": [], "languages": []},
    )
    notice = root.locator(".llmw-notice-calm")
    expect(notice).to_contain_text("No surprisals. Go elsewhere.")
    expect(root.get_by_role("alert")).to_have_count(0)
    expect(root.locator(".llmw-scale")).to_have_count(0)
    choice = root.locator(".llmw-segment", has_text="surprisal")
    expect(choice).to_have_attribute("data-absent", "true")
    expect(choice).to_have_attribute("title", "On surprisals.")
    expect(root.locator(".llmw-about")).to_contain_text("llama.cpp · http://127.0.0.1:8080/v1/")


def test_a_map_without_vectors_keeps_its_words_and_draws_them_later(harness: Harness) -> None:
    nothing = map_of({}, error=lacking("embeddings"))
    away = settings(can_contexts=False, ground=True, ground_count=0, dimensions=0, words=["king", "queen"])
    root = harness.mount("embedding_map", info=at_server(), view_state={"settings": away, "map": nothing})
    expect(root.locator(".llmw-notice-calm")).to_have_count(1)
    expect(root).to_contain_text("No embeddings. Go elsewhere.")
    expect(root.get_by_role("alert")).to_have_count(0)
    expect(root).to_contain_text("king")
    expect(root.locator(".llmw-scene")).to_have_count(0)
    harness.set("settings", settings(words=["king", "queen"]), view=0)
    harness.set("map", map_of({"king": (2.0, 1.4), "queen": (0.6, 0.4)}), view=0)
    harness.set("info", info(capabilities=local()))
    expect(root.locator(".llmw-scene")).to_have_count(1)
    expect(root.locator(".llmw-notice-calm")).to_have_count(0)


def test_settings_that_a_server_lacks_are_marked(harness: Harness) -> None:
    root = harness.mount("sampler_slider", info=at_server())
    root.get_by_role("button", name="More stages").click()
    marked = root.locator("[data-stage]", has=harness.page.locator(".llmw-badge", has_text="not at llama.cpp"))
    assert {row.get_attribute("data-stage") for row in marked.all()} == {"top_h", "eta_cutoff"}
    expect(root).to_contain_text("The server does not tell the model's own settings.")
    harness.set("info", info(capabilities=local()))
    expect(marked).to_have_count(0)
    expect(root).not_to_contain_text("The server does not tell")
