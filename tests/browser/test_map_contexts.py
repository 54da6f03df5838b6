"""EmbeddingMap's tokens in their contexts, layer by layer, in a browser."""

import math
import re
from typing import Any

import pytest
from harness import Harness, array, box, content, error
from map_kernel import answer, asked, contexts_of, look_of, mount, near, take, wait_asked
from playwright.sync_api import Locator, expect

TEXT = "I sat by the bank of the river. The bank lent me money."
CUTS = [
    "I",
    " sat",
    " by",
    " the",
    " bank",
    " of",
    " the",
    " river",
    ".",
    " The",
    " bank",
    " lent",
    " me",
    " money",
    ".",
]
LAYERS = 5


def show(harness: Harness, contexts: Any = "made", **options: Any) -> Locator:
    payload = contexts_of(CUTS, layers=LAYERS, **options.pop("changes", {})) if contexts == "made" else contexts
    settings = {"show": "contexts", **options.pop("settings", {})}
    options.setdefault("content", content(TEXT, CUTS))
    return mount(harness, settings=settings, contexts=payload, **options)


def dot(root: Locator, number: int) -> Locator:
    return root.locator(f"[data-point='{number}'] .llmw-dot")


def slider(root: Locator) -> Locator:
    return root.get_by_role("slider", name="Layer")


def place_of(root: Locator, number: int) -> tuple[float, float]:
    rect = box(dot(root, number))
    return rect["x"] + rect["width"] / 2, rect["y"] + rect["height"] / 2


def drifted(request: Any, values: list[float] | None = None) -> Any:
    """A DriftPayload."""
    found = values or [1.0, 0.9, 0.7, 0.4, 0.35]
    return {
        "kind": "drift",
        "index": request["index"],
        "other": request["other"],
        "revision": 1,
        "values": array(found),
    }


def test_they_are_asked_for_and_awaited(harness):
    root = mount(harness, content=content(TEXT, CUTS))
    root.get_by_role("radio", name="Contexts").check(force=True)
    request = wait_asked(harness, "map")
    assert request["show"] == "contexts"
    expect(root).to_contain_text("layer by layer…")
    # the words make room
    expect(root.locator(".llmw-words, .llmw-heat, .llmw-arithmetic")).to_have_count(0)
    take(harness, request, contexts=contexts_of(CUTS))
    expect(root.locator(".llmw-point")).to_have_count(15)


def test_why_there_are_none(harness):
    root = show(harness, contexts_of([], error=error("other", "Too long.", "Cut it.")))
    expect(root.get_by_role("alert")).to_have_text("Too long. Cut it.")
    harness.set("contexts", contexts_of([]), view=0)
    expect(root).to_contain_text("Type a text in TokenView")
    harness.set("contexts", None, view=0)
    harness.connect(connected=False)
    expect(root).to_contain_text("Run the cell to see the text’s tokens layer by layer.")


def test_one_place_a_token_and_layer_in_one_scale(harness):
    """Where the points are is where the numbers say, in the same scale at every layer."""
    root = show(harness)
    # the first two tokens turn around 0 with a reach of 0.8, 0.98, 1.16 …
    scales = []
    for layer, name in ((0, "Input embeddings"), (2, "After layer 2 of 4"), (4, "After layer 4 and the last norm")):
        slider(root).fill(str(layer))
        expect(root.locator(".llmw-layer-name")).to_have_text(name)
        # the points follow in the frame behind the name
        harness.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        pair = [place_of(root, 0), place_of(root, 7)]
        reach = 0.8 + 0.9 * layer / LAYERS

        def true(token: int, key: int, layer: int = layer, reach: float = reach) -> tuple[float, float]:
            angle = 6.28 * key / 13 + layer * (0.1 + 0.15 * token / 15)
            return reach * math.cos(angle), reach * math.sin(angle)

        keys = list(dict.fromkeys(CUTS))
        known = [true(0, keys.index("I")), true(7, keys.index(" river"))]
        scales.append(math.dist(*pair) / math.dist(*known))
    assert max(scales) / min(scales) < 1.03


def test_the_slider_names_its_layers(harness):
    root = show(harness)
    name = root.locator(".llmw-layer-name")
    expect(name).to_have_text("Input embeddings")
    expect(slider(root)).to_have_attribute("max", "4")
    slider(root).press("ArrowRight")
    expect(name).to_have_text("After layer 1 of 4")
    expect(slider(root)).to_have_attribute("aria-valuetext", "After layer 1 of 4")
    slider(root).press("End")
    expect(name).to_have_text("After layer 4 and the last norm")
    # all of this is known here
    assert asked(harness, "look") == []


def test_points_move_between_layers(harness):
    root = show(harness)
    harness.page.emulate_media(reduced_motion="no-preference")
    start = place_of(root, 14)
    slider(root).fill("4")
    # a frame on the way: neither there nor here
    harness.page.evaluate(
        """() => new Promise((resolve) => {
            const seen = new Set();
            const look = () => {
                seen.add(document.querySelector("[data-point='14']").style.transform);
                if (seen.size >= 4) resolve();
                else requestAnimationFrame(look);
            };
            look();
        })"""
    )
    expect(root.locator(".llmw-layer-name")).to_have_text("After layer 4 and the last norm")
    harness.page.wait_for_function(
        """() => {
            const dot = () => document.querySelector("[data-point='14']").style.transform;
            const was = dot();
            return new Promise((resolve) => setTimeout(() => resolve(dot() === was), 200));
        }"""
    )
    assert math.dist(start, place_of(root, 14)) > 20


def test_playing_goes_through_all_layers_and_stops(harness):
    root = show(harness, changes={})
    harness.page.emulate_media(reduced_motion="no-preference")
    play = root.get_by_role("button", name="Play through the layers")
    slider(root).evaluate(
        """slider => {
            window.seen = [];
            const look = () => {
                if (window.seen.at(-1) !== slider.value) window.seen.push(slider.value);
                requestAnimationFrame(look);
            };
            look();
        }"""
    )
    play.click()
    expect(slider(root)).to_have_value("4")
    expect(play).to_have_count(1)
    seen = harness.page.evaluate("window.seen")
    assert seen == sorted(seen)
    # a busy machine may miss one
    assert len(seen) >= 3


def test_playing_again_begins_again_and_stops_where_it_is_paused(harness):
    root = show(harness, changes={})
    harness.page.emulate_media(reduced_motion="no-preference")
    play = root.get_by_role("button", name="Play through the layers")
    play.click()
    expect(root.get_by_role("button", name="Pause")).to_have_count(1)
    expect(slider(root)).to_have_value("4")
    play.click()
    # in the page itself: playing does not wait for who asks from outside
    paused_at = root.evaluate(
        """root => new Promise((done) => {
            const look = () => {
                const slider = root.querySelector("[aria-label='Layer'], input[type=range]");
                if (!["1", "2", "3"].includes(slider.value)) return requestAnimationFrame(look);
                root.querySelector("[aria-label='Pause']").click();
                done(Number(slider.value));
            };
            look();
        })"""
    )
    expect(play).to_have_count(1)
    assert int(slider(root).input_value()) in {paused_at, paused_at + 1}


def test_playing_jumps_for_those_who_wish_for_stillness(harness):
    root = show(harness)
    harness.page.evaluate(
        """() => {
            window.seen = new Set();
            const look = () => {
                window.seen.add(document.querySelector("[data-point='14']").style.transform);
                requestAnimationFrame(look);
            };
            look();
        }"""
    )
    root.get_by_role("button", name="Play through the layers").click()
    expect(slider(root)).to_have_value("2")
    assert harness.page.evaluate("window.seen.size") <= 3


def test_the_longest_word_that_comes_twice_is_compared(harness):
    root = show(harness)
    request = wait_asked(harness, "drift")
    assert (request["index"], request["other"]) == (4, 10)
    drift = root.locator(".llmw-drift")
    expect(drift).to_contain_text("computing…")
    answer(harness, request, drifted(request))
    expect(drift.locator("figcaption")).to_have_text("␣bank (5) ↔ ␣bank (11)cosine at this layer 1.00")
    chart = drift.get_by_role("img", name=re.compile("Cosine similarity of ␣bank .* in 5 layers, from 1.00 .* to 0.35"))
    expect(chart).to_have_count(1)
    slider(root).fill("3")
    expect(drift.locator("figcaption")).to_contain_text("0.40")
    expect(drift.locator("tr[aria-current='true']")).to_have_text("After layer 3 of 4" + "0.40")
    dots = box(drift.locator(".llmw-drift-dot"))
    line = box(drift.locator(".llmw-drift-here"))
    assert abs(dots["x"] + dots["width"] / 2 - line["x"] - line["width"] / 2) < 1.5
    # the chart chooses a layer as well
    frame = box(chart)
    chart.click(position={"x": frame["width"] - 14, "y": frame["height"] / 2})
    expect(slider(root)).to_have_value("4")


def test_two_tokens_are_picked(harness):
    root = show(harness)
    wait_asked(harness, "drift")
    dot(root, 4).click()
    expect(root.locator(".llmw-drifts")).to_contain_text("␣bank is picked. Pick a second token")
    assert len(asked(harness, "drift")) == 1
    answer(harness, asked(harness, "drift")[-1], drifted(asked(harness, "drift")[-1]))
    dot(root, 11).click()
    request = wait_asked(harness, "drift", 2)
    assert (request["index"], request["other"]) == (4, 11)
    answer(harness, request, drifted(request, [0.1, 0.0, -0.2, -0.3, 0.2]))
    expect(root.locator(".llmw-drift figcaption")).to_contain_text("␣bank (5) ↔ ␣lent (12)")
    expect(root.locator(".llmw-drift-tick text")).to_have_text(["1", "0.5", "0", "−0.5"])
    # a third one takes the first one's place
    dot(root, 13).click()
    request = wait_asked(harness, "drift", 3)
    assert (request["index"], request["other"]) == (11, 13)


def test_what_comes_more_than_once_is_listed_and_joined(harness):
    root = show(harness)
    chips = root.locator(".llmw-drifts .llmw-near li")
    expect(chips).to_have_text(["␣the ×2", "␣bank ×2", ". ×2"])
    expect(root.locator(".llmw-tie")).to_have_count(3)
    chips.nth(0).get_by_role("button").click()
    request = wait_asked(harness, "drift", 1)
    answer(harness, request, drifted(request))
    request = wait_asked(harness, "drift", 2)
    assert (request["index"], request["other"]) == (3, 6)
    expect(chips.nth(0).get_by_role("button")).to_have_attribute("aria-pressed", "true")


def test_a_text_without_repeats(harness):
    root = show(harness, contexts_of(["a", " b"]), content=content("a b"))
    expect(root).to_contain_text("Pick two tokens")
    assert asked(harness, "drift") == []


def test_a_token_looked_at_tells_of_its_layer(harness):
    root = show(harness)
    slider(root).fill("2")
    dot(root, 4).click()
    detail = root.locator(".llmw-detail")
    expect(detail).to_contain_text("norm 3.40")
    expect(detail).to_contain_text("2 of the 10 nearest are not near it in the picture")
    expect(detail).to_contain_text("place 5 in the text")
    request = wait_asked(harness, "look")
    assert (request["on"], request["index"], request["layer"]) == ("contexts", 4, 2)
    answer(harness, request, look_of("contexts", 4, " bank", [near("contexts", 7, " river")], layer=2))
    detail.get_by_role("button", name="␣river 0.50").click()
    slider(root).hover()
    expect(detail.locator("strong")).to_have_text("␣river")
    request = wait_asked(harness, "look", 2)
    answer(harness, request, look_of("contexts", 7, " river", [], layer=2))
    slider(root).fill("3")
    request = wait_asked(harness, "look", 3)
    assert (request["index"], request["layer"]) == (7, 3)


def test_the_line_of_what_is_hidden(harness):
    root = show(harness)
    honest = root.locator(".llmw-honest")
    expect(honest).to_contain_text("hold 33 % of the variance of all layers together, and 20 % of this layer’s")
    slider(root).fill("4")
    expect(honest).to_contain_text("36 % of this layer’s")
    expect(honest).to_contain_text("a token’s 10 nearest at this layer")


def test_points_of_an_older_text_are_stale(harness):
    root = show(harness)
    expect(root.locator(".llmw-chart")).to_have_attribute("data-stale", "false")
    harness.set("content", content("Another one", revision=2))
    expect(root.locator(".llmw-chart")).to_have_attribute("data-stale", "true")
    expect(root).to_contain_text("these numbers belong to the text before")
    # the place in the text is of the new one
    expect(root.locator(".llmw-mark, .llmw-key")).to_have_count(0)
    harness.set("contexts", contexts_of(["Another", " one"], revision=2), view=0)
    expect(root.locator(".llmw-chart")).to_have_attribute("data-stale", "false")
    expect(root.locator(".llmw-point")).to_have_count(2)


def test_a_comparison_in_an_older_text_is_not_shown(harness):
    root = show(harness)
    request = wait_asked(harness, "drift")
    answer(harness, request, drifted(request))
    expect(root.locator(".llmw-drift-line")).to_have_count(1)
    longer = [*CUTS, " Yes"]
    harness.set("content", content(TEXT + " Yes", longer, revision=2))
    harness.set("contexts", contexts_of(longer, layers=LAYERS, revision=2), view=0)
    request = wait_asked(harness, "drift", 2)
    assert (request["index"], request["other"]) == (4, 10)
    expect(root.locator(".llmw-drift")).to_contain_text("computing…")
    expect(root.locator(".llmw-drift-line")).to_have_count(0)
    answer(harness, request, {**drifted(request), "revision": 2})
    expect(root.locator(".llmw-drift-line")).to_have_count(1)


def test_a_long_text_is_cut_and_says_so(harness):
    root = show(harness, changes={"tokens": 3000})
    expect(root).to_contain_text("The first 15 of the text’s 3,000 tokens are shown.")


def test_where_the_session_looks_from_is_marked(harness):
    root = show(harness, content=content(TEXT, CUTS, position=4))
    mark = box(root.locator(".llmw-mark circle"))
    bank = place_of(root, 4)
    assert math.dist((mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2), bank) < 1.5
    expect(root.locator(".llmw-key")).to_contain_text("After this token the session looks")
    expect(root.get_by_role("option", name="␣bank, token 5 of the text, from which the session looks")).to_have_count(1)
    harness.set("content", content(TEXT, CUTS, position=-1))
    expect(root.get_by_role("option", name=re.compile(r"^\., token 15 .*looks"))).to_have_count(1)


def test_tokens_are_pointed_at_both_ways(harness):
    root = show(harness, shares_store=False)
    harness.set("pointed", [304])
    lit = root.locator(".llmw-point[data-lit='true']")
    expect(lit).to_have_count(2)
    expect(lit.nth(0)).to_have_attribute("data-point", re.compile("^(4|10)$"))
    expect(root.locator(".llmw-point[data-looked='true']")).to_have_count(0)
    harness.set("pointed", [])
    expect(lit).to_have_count(0)
    dot(root, 7).hover()
    harness.page.wait_for_function(
        "() => window.harness.models.session.sent.some((each) => each.kind === 'point' && each.ids[0] === 306)"
    )


def test_without_a_kernel_the_layers_still_move(harness):
    root = show(harness)
    answer(harness, wait_asked(harness, "drift"), drifted(asked(harness, "drift")[-1]))
    harness.connect(connected=False)
    sent = len(harness.sent(view=0))
    slider(root).fill("4")
    expect(root.locator(".llmw-drift figcaption")).to_contain_text("0.35")
    dot(root, 4).hover()
    expect(root.locator(".llmw-detail")).to_contain_text("norm 5.40")
    dot(root, 4).click()
    dot(root, 7).click()
    expect(root).to_contain_text("run the cell again to compare two tokens")
    assert len(harness.sent(view=0)) == sent


def test_three_dimensions(harness):
    root = show(harness, changes={"axes": 3}, settings={"axes": 3})
    expect(root.locator(".llmw-point")).to_have_count(15)
    expect(root.locator(".llmw-honest")).to_contain_text("The three axes hold 38 %")


def test_the_table_says_the_same(harness):
    root = show(harness)
    slider(root).fill("1")
    root.get_by_role("button", name="Table").click()
    rows = root.locator(".llmw-table tbody tr")
    expect(rows).to_have_count(15)
    expect(rows.nth(4)).to_have_text(re.compile(r"^5␣bank3042\.40−?\d\.\d{3}−?\d\.\d{3}1$"))


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 700, 1100])
def test_fits_every_width(harness, width, theme, language):
    root = show(harness, width=width, theme=theme, language=language)
    answer(harness, wait_asked(harness, "drift"), drifted(asked(harness, "drift")[-1]))
    expect(root.locator(".llmw-drift-line")).to_have_count(1)
    for _ in ("chart", "table"):
        assert not harness.overflows()
        assert root.evaluate("root => root.scrollWidth <= root.clientWidth")
        root.get_by_role("button", name="表" if language == "ja" else "Table", exact=True).click()


def test_a_closed_view_leaves_nothing_behind(harness):
    root = show(harness)
    harness.page.emulate_media(reduced_motion="no-preference")
    root.get_by_role("button", name="Play through the layers").click()
    harness.close()
    harness.wait_listening(0, view=0)
    expect(harness.page.locator("[data-view] *")).to_have_count(0)
