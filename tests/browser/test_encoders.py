"""An encoder's session in the page: what it sees of the text, the token at a place, and a bar that fills it."""

import math

import pytest
from harness import Harness, array, content, info
from playwright.sync_api import expect

SPANS = [(0, 0), (0, 5), (6, 8), (9, 12), (13, 19), (20, 22), (23, 29), (29, 30), (30, 30)]
PIECES = ["[CLS]", "paris", "is", "the", "[MASK]", "of", "france", ".", "[SEP]"]
HERE = 4
TEXT = "Paris is the [MASK] of France."


def masked(text: str = TEXT, **changes):
    """The content of a BERT's text, which it looks at where its mask is."""
    return content(text, PIECES, spans=SPANS, special=[0, HERE, 8], **{"home": HERE, "can_undo": True, **changes})


def encoder(**changes):
    """The info of a masked-LM session."""
    named = {"name": "google-bert/bert-base-uncased", "vocabulary": 30_522, "predicts": "masked", "mask": "[MASK]"}
    return info(**{**named, **changes})


def distribution(**changes):
    """What is expected at the mask; ids are 10, 20, 30."""
    logits, pieces = (5.0, 2.0, 1.0), ("capital", "heart", "center")
    weights = [math.exp(logit) for logit in logits]
    return {
        "revision": 1,
        "position": HERE,
        "vocabulary": 3,
        "ids": array([10, 20, 30], dtype="int32"),
        "logits": array(logits),
        "pieces": list(pieces),
        "bytes": [""] * 3,
        "special": [],
        "context": [],
        "tail_counts": array([], dtype="int32"),
        "tail_logits": array([]),
        "tail_variances": array([]),
        "masked": 0,
        "log_sum": math.log(sum(weights)),
        "entropy": 0.4,
        "came": None,
        "unnamed": 0,
        "partial": None,
        **changes,
    }


def mount(harness: Harness, name: str, **more):
    """A view of the encoder's session."""
    shown = {"content": masked(), "info": encoder(), "distribution": distribution()}
    return harness.mount(name, **{**shown, **more})


def test_both_sides_are_seen_and_the_place_is_a_hole(harness):
    root = mount(harness, "token_view")
    tokens = root.get_by_role("option")
    expect(tokens).to_have_count(9)
    expect(root.locator("[data-masked]")).to_have_count(1)
    expect(tokens.nth(HERE)).to_have_attribute("data-masked", "true")
    expect(tokens.nth(HERE)).to_have_attribute("aria-selected", "true")
    expect(root.locator("[data-after='true'], [data-faded='true']")).to_have_count(0)
    expect(root.locator(".llmw-flow .llmw-next")).to_have_count(0)
    expect(root).to_contain_text("The model predicts this place token 5 of 9")
    expect(root.locator(".llmw-sees")).to_have_text(
        "?An encoder sees both sides: 4 tokens before, 4 after. The token here is masked."
    )
    tokens.nth(6).click()
    expect(tokens.nth(6)).to_have_attribute("data-masked", "true")
    (request,) = harness.wait_sent(1)
    assert request["position"] == 6
    root.get_by_role("button", name="Follow the mask").click()
    harness.take(request)
    assert harness.wait_sent(2)[1]["position"] == -1
    expect(tokens.nth(HERE)).to_have_attribute("data-masked", "true")


def test_the_last_token_is_a_place_like_any_other(harness):
    root = mount(harness, "token_view")
    root.get_by_role("option").nth(8).click()
    assert harness.wait_sent(1)[0]["position"] == 8


def test_a_decoder_inside_its_text_does_not_see_what_follows(harness):
    root = harness.mount("token_view", content=content("one two three four", position=1))
    tokens = root.get_by_role("option")
    expect(root.locator(".llmw-sees")).to_have_text(
        "?A decoder sees only what stands before: 2 of 4 tokens. Those after are hidden from it."
    )
    expect(tokens.nth(1)).to_have_attribute("data-after", "false")
    for place in (2, 3):
        expect(tokens.nth(place)).to_have_attribute("data-after", "true")
    expect(root.locator("[data-masked]")).to_have_count(0)
    harness.set("content", content("one two three four", revision=2))
    expect(root.locator(".llmw-sees")).to_have_count(0)
    expect(root.locator(".llmw-flow .llmw-next")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "title", "hint"),
    [
        ("en", "Token at this place", "A click on a bar puts its token in place of the mask."),
        ("ja", "この位置のトークン", "棒をクリックすると、マスクの位置にそのトークンが入ります。"),
    ],
)
def test_a_bar_fills_the_place(harness, language, title, hint):
    root = mount(harness, "next_token_bar", language=language)
    expect(root.locator(".llmw-title")).to_have_text(title)
    expect(root.locator(".llmw-hint")).to_have_text(hint)
    expect(root.locator(".llmw-place")).to_contain_text("[MASK]")
    expect(root.locator(".llmw-behind")).to_contain_text("of␣France.")
    root.get_by_role("listitem").nth(1).get_by_role("button").click()
    (request,) = harness.wait_sent(1)
    assert [request[name] for name in ("action", "index", "token", "revision")] == ["fill", HERE, 20, 1]


def test_the_token_that_stands_there_is_marked_and_not_put_in_again(harness):
    came = {"id": 10, "piece": "capital", "bytes": "", "special": False, "logit": 5.0, "rank": 1}
    text = content("Paris is the capital of France.", PIECES, spans=SPANS, special=[0, 8], home=7, position=HERE)
    root = mount(harness, "next_token_bar", content=text, distribution=distribution(came=came))
    expect(root.locator(".llmw-came")).to_contain_text("stands here")
    first = root.get_by_role("listitem").first.get_by_role("button")
    first.click()
    root.get_by_role("listitem").nth(1).get_by_role("button").click()
    (request,) = harness.wait_sent(1)
    assert request["token"] == 20


def test_the_sampler_says_that_an_encoder_does_not_write(harness):
    root = mount(harness, "sampler_slider")
    expect(root.get_by_role("button", name="Step", exact=True)).to_be_disabled()
    expect(root.get_by_role("button", name="Generate", exact=True)).to_be_disabled()
    expect(root.locator(".llmw-blocked")).to_contain_text("This model is an encoder")
    root.get_by_role("button", name="Undo", exact=True).click()
    assert harness.wait_sent(1)[0]["action"] == "undo"


def test_the_place_in_a_narrow_cell(harness):
    root = mount(harness, "next_token_bar", width=320)
    assert root.evaluate("root => root.scrollWidth <= root.clientWidth")
    root = harness.mount("token_view", width=320, view_state={"settings": {}})
    assert root.evaluate("root => root.scrollWidth <= root.clientWidth")
    expect(root.locator(".llmw-sees")).to_be_visible()
