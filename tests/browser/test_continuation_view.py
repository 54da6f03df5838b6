"""ContinuationView's bundle in a browser: what is typed, ranked, warned of, and said."""

from __future__ import annotations

import math

import pytest
from harness import Harness, array, box, error, status
from playwright.sync_api import Locator, expect

CANDIDATES = ["ramen", "old man", "bitter coffee"]
SYMBOL = {"id": 1, "piece": "<|begin|>", "bytes": ""}


def settings(**changes):
    return {
        "prompt": "Once upon a time ",
        "follows": False,
        "can_edit": True,
        "candidates": CANDIDATES,
        "measure": "sum",
        "scale": "probability",
        "begin": True,
        "beginning": [SYMBOL],
        "begin_own": True,
        "new_tokens": 8,
        "number": 1,
        "seen": {},
        **changes,
    }


def candidate(text, surprisals, **changes):
    size = len(text) / max(len(surprisals), 1)
    pieces = [text[round(at * size) : round((at + 1) * size)] for at in range(len(surprisals))]
    return {
        "text": text,
        "ids": [100 + at for at in range(len(surprisals))],
        "pieces": pieces,
        "bytes": [""] * len(surprisals),
        "surprisals": array(surprisals),
        "fused": False,
        "prompt_part": "",
        "characters": len(text),
        "utf8_bytes": len(text.encode()),
        **changes,
    }


# by the whole: ramen, old man, bitter coffee; by the mean over tokens: bitter coffee first
SCORED = [
    candidate("ramen", [4.0]),
    candidate("old man", [3.0, 3.0]),
    candidate("bitter coffee", [2.0, 2.0, 2.0, 2.0]),
]


def scored(candidates=SCORED, **changes):
    return {"number": 1, "candidates": candidates, "error": None, **changes}


def written(how, **changes):
    return {
        "how": how,
        "number": 1,
        "state": "done",
        "text": f" as {how} goes",
        "tokens": 3,
        "seed": None,
        "reason": "length",
        "ended_by": "",
        "error": None,
        **changes,
    }


WRITTEN = [written("greedy"), written("sampled", seed=3)]


def mount(harness: Harness, asked=None, answered=None, texts=None, **changes) -> Locator:
    state = {
        "settings": settings(**(asked or {})),
        "scored": scored() if answered is None else answered,
        "written": WRITTEN if texts is None else texts,
    }
    language = changes.get("language", "en")
    return harness.mount("continuation_view", view_state=state, options={"language": language}, **changes)


@pytest.fixture
def view(harness):
    return mount(harness)


def rows(view):
    return view.locator(".llmw-candidates > li")


def order(view):
    return view.locator(".llmw-candidate-text")


def field(view, name="Another candidate"):
    return view.get_by_label(name, exact=True)


def answer(harness, request, **changes):
    """The kernel takes a request; `scored` answers with as many numbers as are given."""
    told = changes.pop("scored", None)
    harness.take(request, trait="settings", settings=settings(**changes), view=0)
    if told is not None:
        harness.set("scored", told, view=0)


# what is shown


def test_ranked_with_bars_tokens_and_a_sentence(harness, view):
    expect(order(view)).to_have_text(["ramen", "old␣man", "bitter␣coffee"])
    expect(view.locator(".llmw-rank")).to_have_text(["1", "2", "3"])
    expect(view.locator(".llmw-value")).to_have_text(["1.83%", "0.248%", "0.034%"])
    chips = rows(view).nth(1).locator(".llmw-chip-bits")
    expect(chips).to_have_text([f"{3 / math.log(2):.1f}"] * 2)
    expect(view.locator(".llmw-verdict")).to_have_text("“ramen” is 7.39 times as probable as “old␣man”.")
    widths = [box(bar)["width"] for bar in view.locator(".llmw-track i").all()]
    assert widths[1] == pytest.approx(widths[0] * math.exp(-2), abs=1)
    assert harness.sent(view=0) == []


def test_the_measure_ranks_anew_at_once(harness, view):
    view.get_by_role("radio", name="per token").check()
    expect(order(view)).to_have_text(["bitter␣coffee", "old␣man", "ramen"])
    expect(view.locator(".llmw-value")).to_have_text(["13.5%", "4.98%", "1.83%"])
    expect(view.locator(".llmw-verdict")).to_contain_text("most probable per token: by a factor of 2.72")
    request = harness.wait_sent(1, view=0)[-1]
    assert (request["kind"], request["measure"], request["candidates"]) == ("continuation", "token", None)
    # nothing is asked of the model, so nothing is old
    expect(view.locator(".llmw-body")).to_have_attribute("data-stale", "false")


def test_bars_of_log_probabilities_hang_from_certainty(harness):
    view = mount(harness, {"scale": "log_probability", "measure": "token"})
    expect(view.locator(".llmw-value")).to_have_text(["−2.00 nats", "−3.00 nats", "−4.00 nats"])
    tracks, bars = view.locator(".llmw-track").all(), view.locator(".llmw-track i").all()
    for track, bar in zip(tracks, bars, strict=True):
        inner, outer = box(bar), box(track)
        assert inner["x"] + inner["width"] == pytest.approx(outer["x"] + outer["width"], abs=2)
    assert box(bars[0])["width"] == pytest.approx(box(bars[2])["width"] / 2, abs=2)


def test_numbers_far_below_what_a_float_holds(harness):
    told = scored([candidate("ramen", [1000.0]), candidate("old man", [1110.0])])
    view = mount(harness, {"candidates": ["ramen", "old man"]}, told)
    expect(view.locator(".llmw-value")).to_have_text(["5.1·10⁻⁴³⁵", "8.6·10⁻⁴⁸³"])
    expect(view.locator(".llmw-verdict")).to_contain_text("5.9·10⁴⁷ times")


def test_a_token_that_is_impossible(harness):
    told = scored([candidate("ramen", [4.0]), candidate("old man", [math.inf, 1.0])])
    view = mount(harness, {"candidates": ["old man", "ramen"]}, told)
    expect(order(view)).to_have_text(["ramen", "old␣man"])
    expect(view.locator(".llmw-value")).to_have_text(["1.83%", "0%"])
    expect(rows(view).nth(1).locator(".llmw-chip-bits").first).to_have_text("∞")
    expect(view.locator(".llmw-verdict")).to_contain_text("∞ times")


def test_parts_of_a_character_stand_together(harness):
    told = candidate("おx", [1.0, 2.0, 0.5], pieces=["", "", "x"], bytes=["e381", "8a", ""])
    view = mount(harness, {"candidates": ["おx"]}, scored([told]))
    units = view.locator(".llmw-unit")
    expect(units).to_have_count(2)
    expect(units.first.locator(".llmw-unit-text")).to_have_text("お")
    expect(units.first.locator(".llmw-chip-piece")).to_have_text(["E3 81", "8A"])


def test_what_fuses_with_the_prompt_is_warned_of(harness):
    told = [candidate("ramen", [4.0], fused=True, prompt_part=" ", pieces=[" ramen"]), *SCORED[1:]]
    view = mount(harness, answered=scored(told))
    warning = rows(view).first.locator(".llmw-warning")
    expect(warning).to_contain_text("The end of the prompt, “␣”")
    expect(warning).to_contain_text("begins with the token “␣ramen”")
    expect(view.locator("[data-fused=true]")).to_have_count(1)
    expect(view.locator(".llmw-candidates .llmw-warning")).to_have_count(1)


def test_a_word_that_runs_into_the_prompt_is_told(harness):
    view = mount(harness, {"prompt": "There was", "candidates": ["a girl", " a boy"]}, scored([candidate("a girl", [9.0]), candidate(" a boy", [2.0])]))  # fmt: skip
    hint = view.locator(".llmw-hint")
    expect(hint).to_have_count(1)
    hint.get_by_role("button", name="Put one in").click()
    assert harness.wait_sent(1, view=0)[-1]["candidates"] == [" a girl", " a boy"]
    expect(hint).to_have_count(0)


def test_behind_nothing_a_first_token_has_no_probability(harness):
    told = scored([candidate("ramen", [math.nan]), candidate("old man", [math.nan, 3.0])])
    view = mount(harness, {"prompt": "", "begin": False, "candidates": ["ramen", "old man"]}, told)
    expect(order(view)).to_have_text(["old␣man", "ramen"])
    expect(view.locator(".llmw-value")).to_have_text(["4.98%", "no probability"])
    expect(view.locator(".llmw-begin .llmw-warning")).to_contain_text("Nothing stands before the candidates")
    expect(view.locator(".llmw-heat-none")).to_have_count(2)


def test_the_table_says_the_same(harness, view):
    view.get_by_role("button", name="Table").click()
    cells = view.get_by_role("row").filter(has_text="bitter").get_by_role("cell")
    expect(cells).to_have_text(["3", "0.034%", "−8.00", "−2.00", "−0.62", "−0.62", "11.54", "4"])
    expect(rows(view)).to_have_count(0)


def test_without_candidates_it_says_what_to_do(harness):
    view = mount(harness, {"candidates": []}, scored([]))
    expect(view.locator(".llmw-nothing")).to_contain_text("Type continuations of the prompt below")


# what is typed


def test_a_candidate_is_typed_and_the_field_keeps_the_focus(harness, view):
    field(view).fill(" and so")
    field(view).press("Enter")
    request = harness.wait_sent(1, view=0)[-1]
    assert request["candidates"] == [*CANDIDATES, " and so"]
    expect(field(view)).to_have_value("")
    expect(rows(view)).to_have_count(4)
    expect(rows(view).nth(3)).to_contain_text("computing…")
    expect(view.locator(".llmw-body")).to_have_attribute("data-stale", "true")
    expect(view.locator(".llmw-verdict")).to_contain_text("these numbers belong to the question before")
    told = scored([*SCORED, candidate(" and so", [0.5])], number=2)
    answer(harness, request, candidates=[*CANDIDATES, " and so"], number=2, scored=told)
    expect(order(view).first).to_have_text("␣and␣so")
    expect(view.locator(".llmw-body")).to_have_attribute("data-stale", "false")
    expect(field(view)).to_be_focused()


def test_candidates_are_pasted_one_a_line(harness, view):
    field(view).focus()
    harness.page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData("text/plain", "one\\ntwo\\r\\n\\nramen\\n");
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )
    assert harness.wait_sent(1, view=0)[-1]["candidates"] == [*CANDIDATES, "one", "two"]


@pytest.mark.parametrize(
    ("typed", "asked", "words"),
    [
        ("ramen", {}, "is there already"),
        ("x" * 2001, {}, "at most 2,000 characters"),
        ("one more", {"candidates": [str(n) for n in range(50)]}, "room for 50"),
    ],
)
def test_what_cannot_be_added_stays_and_is_said(harness, typed, asked, words):
    view = mount(harness, asked)
    field(view).fill(typed)
    field(view).press("Enter")
    expect(view.locator(".llmw-add .llmw-refusal")).to_contain_text(words)
    expect(field(view)).to_have_value(typed)
    assert harness.sent(view=0) == []


def compose(harness, text):
    devtools = harness.page.context.new_cdp_session(harness.page)
    devtools.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    return devtools


def test_the_enter_that_ends_a_composition_adds_nothing(harness, view):
    field(view).focus()
    devtools = compose(harness, "おじいさん")
    field(view).dispatch_event("keydown", {"key": "Enter", "isComposing": True, "keyCode": 229})
    assert harness.sent(view=0) == []
    devtools.send("Input.insertText", {"text": "お爺さん"})
    field(view).press("Enter")
    assert harness.wait_sent(1, view=0)[-1]["candidates"][-1] == "お爺さん"


def test_a_candidate_is_edited_in_its_place(harness, view):
    view.get_by_role("button", name="Edit “old man”").click()
    edit = view.get_by_role("textbox", name="Edit “old man”")
    expect(edit).to_be_focused()
    # numbers that arrive meanwhile move no row away
    better = [SCORED[0], candidate("old man", [0.1]), SCORED[2]]
    harness.set("scored", scored(better), view=0)
    expect(view.locator(".llmw-rank")).to_have_text(["2", "1", "3"])
    edit.fill("old woman")
    edit.press("Enter")
    assert harness.wait_sent(1, view=0)[-1]["candidates"] == ["ramen", "old woman", "bitter coffee"]
    expect(view.get_by_role("button", name="Edit “old woman”")).to_be_focused()


def test_escape_leaves_it_as_it_was(harness, view):
    view.get_by_role("button", name="Edit “old man”").click()
    view.get_by_role("textbox", name="Edit “old man”").fill("something else")
    harness.page.keyboard.press("Escape")
    expect(view.get_by_role("button", name="Edit “old man”")).to_be_focused()
    expect(order(view)).to_have_text(["ramen", "old␣man", "bitter␣coffee"])
    assert harness.sent(view=0) == []


def test_a_candidate_is_removed_and_the_next_has_the_focus(harness, view):
    view.get_by_role("button", name="Remove “old man”").click()
    assert harness.wait_sent(1, view=0)[-1]["candidates"] == ["ramen", "bitter coffee"]
    expect(rows(view)).to_have_count(2)
    expect(view.get_by_role("button", name="Remove “bitter coffee”")).to_be_focused()


def test_what_has_the_focus_keeps_it_when_its_row_moves(harness, view):
    button = view.get_by_role("button", name="Edit “bitter coffee”")
    button.focus()
    best = [*SCORED[:2], candidate("bitter coffee", [0.1])]
    harness.set("scored", scored(best), view=0)
    expect(order(view).first).to_have_text("bitter␣coffee")
    expect(button).to_be_focused()


def test_another_prompt_is_asked_for_as_it_is_typed(harness, view):
    prompt = field(view, "Prompt")
    prompt.fill("Long ago")
    request = harness.wait_sent(1, view=0)[-1]
    assert (request["prompt"], request["follows"]) == ("Long ago", False)
    expect(view.locator(".llmw-body")).to_have_attribute("data-stale", "true")
    answer(harness, request, prompt="Long ago", number=2)
    # the question is taken, its answer is not there yet
    expect(view.locator(".llmw-body")).to_have_attribute("data-stale", "true")
    harness.set("scored", scored(number=2), view=0)
    expect(view.locator(".llmw-body")).to_have_attribute("data-stale", "false")
    expect(prompt).to_have_value("Long ago")


def test_a_refused_prompt_stays_to_be_mended(harness, view):
    prompt = field(view, "Prompt")
    prompt.fill("much too long")
    why = error("invalid_value", "prompt cannot be 20,001 characters.", "It takes fewer.")
    harness.refuse(harness.wait_sent(1, view=0)[-1], why, view=0)
    expect(prompt).to_have_value("much too long")
    expect(view.locator(".llmw-prompt .llmw-refusal")).to_contain_text("cannot be 20,001 characters")
    expect(prompt).to_have_attribute("aria-invalid", "true")


def test_a_prompt_that_is_being_composed_waits(harness, view):
    prompt = field(view, "Prompt")
    prompt.focus()
    prompt.press("ControlOrMeta+a")
    devtools = compose(harness, "むかし")
    harness.set("settings", settings(prompt="from Python", number=2), view=0)
    expect(prompt).to_have_value("むかし")
    assert harness.sent(view=0) == []
    devtools.send("Input.insertText", {"text": "昔"})
    assert harness.wait_sent(1, view=0)[-1]["prompt"] == "昔"


def test_it_follows_the_session_again(harness, view):
    view.get_by_role("button", name="Follow the session").click()
    request = harness.wait_sent(1, view=0)[-1]
    assert request["follows"] is True
    answer(harness, request, follows=True, prompt="The session's text", number=2)
    expect(field(view, "Prompt")).to_have_value("The session's text")
    expect(view.get_by_role("button", name="Follow the session")).to_have_attribute("aria-pressed", "true")


def test_the_begin_of_text_token_is_switched(harness, view):
    box_ = view.get_by_role("checkbox")
    expect(box_).to_be_checked()
    expect(view.locator(".llmw-begin")).to_contain_text("<|begin|>")
    expect(view.locator(".llmw-begin")).to_contain_text("as the tokenizer does by itself")
    box_.uncheck()
    assert harness.wait_sent(1, view=0)[-1]["begin"] is False
    expect(view.locator(".llmw-body")).to_have_attribute("data-stale", "true")


def test_a_tokenizer_without_one(harness):
    view = mount(harness, {"beginning": [], "begin": False, "begin_own": False})
    expect(view.locator(".llmw-begin")).to_contain_text("has no begin-of-text token")
    expect(view.get_by_role("checkbox")).to_have_count(0)


# what the model writes


def test_what_it_writes_can_be_compared(harness, view):
    part = view.get_by_role("region", name="What the model writes")
    expect(part.locator("dt")).to_have_text(["Greedy", "Sampled, seed 3"])
    expect(part.locator(".llmw-written-text")).to_have_text(["␣as␣greedy␣goes", "␣as␣sampled␣goes"])
    part.get_by_role("button", name="+ Candidate").first.click()
    assert harness.wait_sent(1, view=0)[-1]["candidates"] == [*CANDIDATES, " as greedy goes"]
    expect(part.get_by_role("button", name="Is a candidate")).to_be_disabled()


def test_it_writes_again(harness, view):
    view.get_by_role("button", name="Again").click()
    assert harness.wait_sent(1, view=0)[-1]["kind"] == "write"
    harness.set("written", [written("greedy", state="writing", text=" a"), written("sampled", state="waiting", text="")], view=0)  # fmt: skip
    expect(view.get_by_role("button", name="Again")).to_be_disabled()
    expect(view.locator("dd").nth(1)).to_contain_text("waiting…")


def test_the_length_is_typed(harness, view):
    length = view.get_by_role("textbox", name="Length")
    length.fill("500")
    expect(view.get_by_role("alert")).to_contain_text("Length takes a whole number from 0 to 200.")
    length.fill("２０")
    assert harness.wait_sent(1, view=0)[-1]["new_tokens"] == 20


def test_behind_an_api_it_writes_when_asked(harness):
    view = mount(harness, texts=[written(how, state="idle", text="") for how in ("greedy", "sampled")])
    expect(view.locator("dd").first).to_contain_text("Write asks the server")
    view.get_by_role("button", name="Write", exact=True).click()
    assert harness.wait_sent(1, view=0)[-1]["kind"] == "write"


# what stands in the way


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "does not tell the probabilities"), ("ja", "テキスト自体のトークンの確率を返しません")],
)
def test_a_server_that_scores_no_prompt_says_so_calmly(harness, language, words):
    why = error(
        "not_offered",
        "llama.cpp does not tell the probabilities of a text's own tokens here.",
        "",
        what="surprisals",
        server="llama.cpp",
        known="",
    )
    view = mount(harness, answered=scored([], error=why), language=language)
    calm = view.locator(".llmw-body .llmw-notice-calm")
    expect(calm).to_contain_text(words)
    expect(order(view)).to_have_count(3)


def test_an_older_error_is_not_that_of_the_new_question(harness):
    view = mount(harness, answered=scored([], error=error()))
    expect(view.get_by_role("alert")).to_contain_text("It failed.")
    harness.set("settings", settings(number=2), view=0)
    expect(view.get_by_role("alert")).to_have_count(0)


def test_what_stands_in_the_way_of_a_next_token_is_not_said_here(harness):
    view = mount(harness, status=status("error", error=error("text_too_long", "Too long.", "")))
    expect(view.get_by_role("alert")).to_have_count(0)


def test_without_a_kernel_nothing_can_be_asked(harness, view):
    harness.connect(False)
    expect(view.get_by_text("The kernel is gone. What was computed stays")).to_be_visible()
    expect(field(view)).to_have_attribute("readonly", "")
    expect(field(view, "Prompt")).to_have_attribute("readonly", "")
    expect(view.get_by_role("button", name="Remove “ramen”")).to_be_disabled()
    # what needs no model goes on
    view.get_by_role("radio", name="per token").check()
    expect(order(view).first).to_have_text("bitter␣coffee")


def test_said_to_screen_readers_once_it_is_still(harness, view):
    expect(view.locator(".llmw-visually-hidden[role=status]")).to_have_text("“ramen” is 7.39 times as probable as “old␣man”.")  # fmt: skip


@pytest.mark.parametrize(("width", "language"), [(320, "ja"), (500, "en"), (800, "ja"), (1400, "en")])
def test_hostile_and_long_texts_stay_text_and_fit(harness, width, language):
    evil = "<img src=x onerror=alert(1)>"
    long, turned = "W" * 400, "\u202eexe\n"
    told = [
        candidate(evil, [1.0] * 9),
        candidate(long, [2.0], fused=True, prompt_part=long),
        candidate(turned, [math.nan, 3.0]),
    ]
    asked = {"prompt": evil + long, "candidates": [evil, long, turned], "beginning": [{**SYMBOL, "piece": evil}]}
    texts = [written("greedy", text=evil + long), written("sampled", seed=2**40, text=turned)]
    view = mount(harness, asked, scored(told), texts, width=width, language=language)
    expect(order(view).filter(has_text="<img")).to_have_count(1)
    assert view.locator("img").count() == 0
    assert not harness.overflows()
    for part in (".llmw-candidate", ".llmw-chain", ".llmw-written dd", ".llmw-warning", ".llmw-verdict"):
        for one in view.locator(part).all():
            assert box(one)["x"] + box(one)["width"] <= box(view)["x"] + box(view)["width"] + 1
    view.get_by_role("button", name="Table" if language == "en" else "表", exact=True).click()
    assert not harness.overflows()


def test_nothing_stays_bound(harness, view):
    expect(rows(view)).to_have_count(3)
    harness.close()
    harness.wait_listening(0, view=0)
