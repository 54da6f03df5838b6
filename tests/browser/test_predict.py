"""NextTokenBar(predict=True): nothing is shown before someone has guessed, and then what the model makes of it."""

from __future__ import annotations

import math
import re

import pytest
from harness import Harness, array, content, error, info, status
from playwright.sync_api import Locator, expect

PIECES = (" Paris", " the", " a", " Lyon", "Paris", " known", " in", " one", " not", " home", " Rome", " Nice")
PROBABILITIES = (0.42, 0.11, 0.07, 0.05, 0.04, 0.03, 0.02, 0.015, 0.012, 0.01, 0.008, 0.006)
SETTINGS = {"k": 5, "measure": "probability", "scale": "linear", "predict": True, "seen": {}}
MIDDLE = content("The capital of France is known for art", position=4)
END = content("The capital of France is", position=-1)
NONE = {"guesses": [], "total": 0, "right": 0, "in_top_ten": 0, "mean_surprisal": 0.0}


def candidate(at, **changes):
    return {
        "id": 1000 + at,
        "piece": PIECES[at],
        "bytes": "",
        "special": False,
        "logit": math.log(PROBABILITIES[at]),
        "rank": at + 1,
        **changes,
    }


def distribution(**changes):
    """A DistributionPayload after "is"."""
    rest = 1 - sum(PROBABILITIES)
    return {
        "revision": 1,
        "position": 4,
        "vocabulary": 49_152,
        "ids": array([1000 + at for at in range(len(PIECES))], dtype="int32"),
        "logits": array([math.log(p) for p in PROBABILITIES]),
        "pieces": list(PIECES),
        "bytes": [""] * len(PIECES),
        "special": [],
        "context": [],
        "tail_counts": array([49_140], dtype="int32"),
        "tail_logits": array([math.log(rest / 49_140)]),
        "tail_variances": array([0.0]),
        "masked": 0,
        "log_sum": 0.0,
        "entropy": 2.345,
        "came": None,
        "unnamed": 0,
        **changes,
    }


def guess(at, text, **changes):
    return {
        "revision": 1,
        "position": 4,
        "text": text,
        "token": candidate(at),
        "probability": PROBABILITIES[at],
        "best": candidate(0),
        "best_probability": PROBABILITIES[0],
        **changes,
    }


def score(*guesses, **changes):
    return {**NONE, "guesses": list(guesses), "total": len(guesses), **changes}


def mount(harness: Harness, text=MIDDLE, **changes) -> Locator:
    options = {"view_state": {"settings": SETTINGS, "guessed": NONE}, "distribution": distribution(), **changes}
    return harness.mount("next_token_bar", content=text, **options)


@pytest.fixture
def bar(harness: Harness) -> Locator:
    return mount(harness, distribution=distribution(came=candidate(5)))


def field(root: Locator) -> Locator:
    return root.get_by_role("textbox", name=re.compile("Your guess|あなたの予想"))


def rows(root: Locator) -> Locator:
    return root.locator(".llmw-row")


def answer(harness: Harness, request, *guesses, **changes):
    """As the kernel does: the guesses grow, then the request is answered."""
    harness.set("guessed", score(*guesses, **changes), view=0)
    harness.message(
        {"rid": request["rid"], "client": request["client"], "ok": True, "error": None, "result": None}, view=0
    )


GIVEAWAYS = ("Paris", "known", "2.35", "2.345", "42", "effective", "rank")


def test_nothing_gives_the_answer_away(own_page, harness, bar):
    expect(field(bar)).to_be_visible()
    # the summary for screen readers comes when all has been still for 0.8 s
    harness.page.clock.install()
    harness.page.clock.run_for(3000)
    text = bar.evaluate("root => root.textContent")
    labels = bar.evaluate("root => [...root.querySelectorAll('*')].map(e => e.ariaLabel + e.title).join(' ')")
    for word in GIVEAWAYS:
        assert word not in text
        assert word not in labels
    bar.get_by_role("button", name="Table").click()
    expect(bar.get_by_role("table")).to_have_count(0)


def test_a_guess_is_sent_judged_and_shown(harness, bar):
    field(bar).fill("Lyon")
    field(bar).press("Enter")
    request = harness.wait_sent(1, view=0)[-1]
    assert (request["kind"], request["text"], request["token"]) == ("guess", "Lyon", None)
    assert request["revision"] == harness.get("content")["revision"]
    expect(bar).to_contain_text("The model is looking at your guess")
    answer(harness, request, guess(3, "Lyon"), right=0, in_top_ten=1, mean_surprisal=2.9957)
    expect(bar.locator(".llmw-judged")).to_contain_text("rank 4, among the model’s ten")
    lines = bar.locator(".llmw-line")
    expect(lines).to_have_count(3)
    expect(lines.nth(0)).to_contain_text("your guess")
    expect(lines.nth(0)).to_contain_text("5.00%")
    expect(lines.nth(1)).to_contain_text("model’s first choice")
    expect(lines.nth(1)).to_contain_text("42.0%")
    expect(lines.nth(2)).to_contain_text("what came in the text")
    expect(lines.nth(2)).to_contain_text("␣known")
    expect(rows(bar).filter(has_text="your guess")).to_contain_text("Lyon")
    expect(rows(bar).filter(has_text="your guess")).to_have_accessible_name(re.compile("your guess"))
    expect(bar.locator(".llmw-score")).to_contain_text(
        "0 of 1 were the model’s first choice; 1 in its top ten; mean surprisal 3 nats"
    )


def test_a_right_guess_is_one_line_with_the_first_choice(harness):
    bar = mount(harness, END, view_state={"settings": SETTINGS, "guessed": score(guess(0, "Paris"), right=1)})
    expect(bar.locator(".llmw-judged-head")).to_have_text("Right: the model’s first choice.")
    expect(bar.locator(".llmw-line")).to_have_count(1)
    expect(bar.locator(".llmw-line")).to_contain_text("your guess · model’s first choice")
    expect(bar.locator(".llmw-judged-note")).to_have_count(0)


def test_the_first_bytes_of_a_character_are_no_right_guess(harness):
    begun = {
        **guess(0, "おじいさん"),
        "token": candidate(0, piece="", bytes="e381"),
        "best": candidate(0, piece="", bytes="e381"),
    }
    bar = mount(harness, END, view_state={"settings": SETTINGS, "guessed": score(begun, known=False)})
    head = bar.locator(".llmw-judged-head")
    expect(head).to_have_text(
        "Not settled: of “おじいさん” the model has only said ⟨E3 81⟩ (rank 1), and other characters begin with these bytes too."
    )
    expect(head).to_have_attribute("data-right", "false")
    expect(bar.locator(".llmw-judged-note")).to_have_count(0)
    expect(bar.locator(".llmw-score")).to_contain_text("0 of 1")


def test_a_guess_of_several_tokens_says_which_counts(harness):
    bar = mount(harness, view_state={"settings": SETTINGS, "guessed": score(guess(3, "Lyonnais"))})
    expect(bar).to_contain_text("“Lyonnais” is more than one token: its first, ␣Lyon, counts.")


def test_a_guess_far_down(harness):
    far = guess(3, "zebra", token={**candidate(3), "id": 7, "piece": " zebra", "rank": 12_345}, probability=3e-9)
    bar = mount(harness, view_state={"settings": SETTINGS, "guessed": score(far)})
    expect(bar.locator(".llmw-judged-head")).to_contain_text("Rank 12,345 of 49,152")


def test_a_guess_at_another_place_or_text_shows_nothing(harness):
    others = score(guess(0, "Paris", position=3), guess(0, "Paris", revision=0))
    bar = mount(harness, view_state={"settings": SETTINGS, "guessed": others})
    expect(field(bar)).to_be_visible()
    expect(rows(bar)).to_have_count(0)


def test_without_predict_nothing_is_asked(harness):
    bar = mount(harness, view_state={"settings": {**SETTINGS, "predict": False}, "guessed": score(guess(0, "Paris"))})
    expect(bar.locator(".llmw-predict")).to_have_count(0)
    expect(rows(bar).first).to_contain_text("Paris")


def test_choices_hold_the_first_choice_and_are_sent_by_id(harness, bar):
    expect(bar.locator(".llmw-choice")).to_have_count(0)
    bar.get_by_role("button", name="Give me choices").click()
    choices = bar.get_by_role("list", name="Choices").get_by_role("button")
    expect(choices).to_have_count(4)
    choices.filter(has_text="Paris").click()
    request = harness.wait_sent(1, view=0)[-1]
    assert (request["kind"], request["text"], request["token"]) == ("guess", None, 1000)


def test_an_empty_guess_is_not_sent(harness, bar):
    field(bar).press("Enter")
    expect(bar.get_by_role("status").filter(has_text="Type a guess first.")).to_be_visible()
    expect(field(bar)).to_have_attribute("aria-invalid", "true")
    assert harness.sent(view=0) == []
    field(bar).fill("a")
    expect(field(bar)).to_have_attribute("aria-invalid", "false")


def test_a_refused_guess_is_said_and_not_lost(harness, bar):
    field(bar).fill("Lyon")
    bar.get_by_role("button", name="Guess", exact=True).click()
    request = harness.wait_sent(1, view=0)[-1]
    harness.refuse(request, error("invalid_value", "No token begins 'Lyon'.", "Type another guess."), view=0)
    expect(bar).to_contain_text("No token begins 'Lyon'. Type another guess.")
    expect(field(bar)).to_have_value("Lyon")
    expect(rows(bar)).to_have_count(0)
    field(bar).press("End")
    field(bar).press_sequentially("s")
    expect(bar).not_to_contain_text("No token begins")
    field(bar).press("Enter")
    assert harness.wait_sent(2, view=0)[-1]["text"] == "Lyons"


def test_the_enter_that_ends_a_composition_sends_nothing(harness, bar):
    """An input method's Enter chooses a conversion: Chromium marks it as composing, Safari sends code 229 afterwards."""
    field(bar).focus()
    devtools = harness.page.context.new_cdp_session(harness.page)
    devtools.send("Input.imeSetComposition", {"text": "ぱり", "selectionStart": 2, "selectionEnd": 2})
    enter = "(field, how) => field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, ...how}))"
    field(bar).evaluate(enter, {"isComposing": True})
    field(bar).evaluate(enter, {})  # the composition is still open
    devtools.send("Input.insertText", {"text": "パリ"})
    field(bar).evaluate(enter, {"keyCode": 229})
    expect(field(bar)).to_have_value("パリ")
    assert harness.sent(view=0) == []
    field(bar).press("Enter")
    assert harness.wait_sent(1, view=0)[-1]["text"] == "パリ"


def test_next_goes_on_in_the_text_and_asks_again(harness, bar):
    field(bar).fill("Paris")
    field(bar).press("Enter")
    answer(harness, harness.wait_sent(1, view=0)[-1], guess(0, "Paris"))
    forward = bar.get_by_role("button", name="Next token", exact=True)
    expect(forward).to_be_focused()
    harness.page.keyboard.press("Enter")
    request = harness.wait_sent(1)[-1]
    assert (request["kind"], request["position"]) == ("set", 5)
    expect(forward).to_be_focused()
    harness.take(
        request,
        content={**MIDDLE, "position": 5, "revision": 2},
        distribution=distribution(revision=2, position=5, came=candidate(6)),
    )
    expect(field(bar)).to_be_focused()
    expect(field(bar)).to_have_value("")
    expect(rows(bar)).to_have_count(0)


def test_the_last_place_follows_the_end(harness):
    text = content("The capital of France is known", position=4)
    bar = mount(harness, text, view_state={"settings": SETTINGS, "guessed": score(guess(0, "Paris"))})
    bar.get_by_role("button", name="Next token", exact=True).click()
    assert harness.wait_sent(1)[-1]["position"] == -1


def test_at_the_end_the_text_grows(harness):
    bar = mount(harness, END, view_state={"settings": SETTINGS, "guessed": score(guess(3, "Lyon"))})
    bar.get_by_role("button", name="Append ␣Paris").click()
    sent = harness.wait_sent(1)[-1]
    assert (sent["action"], sent["token"]) == ("append", 1000)
    bar.get_by_role("button", name="Draw one by the sampler").click()
    assert harness.wait_sent(2)[-1]["action"] == "step"


def test_logits_alone_go_on_to_the_next_row(harness):
    bar = mount(
        harness,
        content("", revision=1),
        info=info(can_edit=False, rows=3, row=1),
        distribution=distribution(position=-1),
        view_state={"settings": SETTINGS, "guessed": score(guess(3, "Lyon", position=-1))},
    )
    bar.get_by_role("button", name="Next row").click()
    assert harness.wait_sent(1)[-1]["row"] == 2


def test_showing_without_a_guess_sends_nothing(harness, bar):
    bar.get_by_role("button", name="Show without guessing").click()
    expect(bar.locator(".llmw-judged-head")).to_have_text("Shown without a guess.")
    expect(rows(bar).first).to_contain_text("Paris")
    assert harness.sent(view=0) == []


def test_a_new_text_hides_again(harness, bar):
    bar.get_by_role("button", name="Show without guessing").click()
    harness.set("content", {**MIDDLE, "revision": 2})
    harness.set("distribution", distribution(revision=2))
    expect(field(bar)).to_be_visible()
    expect(rows(bar)).to_have_count(0)


def test_a_new_score(harness):
    bar = mount(harness, view_state={"settings": SETTINGS, "guessed": score(guess(0, "Paris"), right=1)})
    bar.get_by_role("button", name="New score").click()
    request = harness.wait_sent(1, view=0)[-1]
    assert request["kind"] == "forget"
    answer(harness, request)
    expect(bar.locator(".llmw-score")).to_have_count(0)


@pytest.mark.parametrize("mean", [1e9, math.inf])
def test_an_infinite_mean(harness, mean):
    guesses = score(guess(0, "Paris"))
    bar = mount(harness, view_state={"settings": SETTINGS, "guessed": {**guesses, "mean_surprisal": mean}})
    expect(bar.locator(".llmw-score")).to_contain_text("mean surprisal ∞ nats")


def test_while_the_numbers_are_on_their_way_no_guess_goes(harness, bar):
    harness.set("content", {**MIDDLE, "revision": 2})
    expect(bar).to_contain_text("the numbers for this text are on their way")
    field(bar).fill("Lyon")
    field(bar).press("Enter")
    bar.get_by_role("button", name="Guess", exact=True).dispatch_event("click")
    assert harness.sent(view=0) == []
    harness.set("distribution", distribution(revision=2))
    expect(field(bar)).to_have_value("Lyon")
    field(bar).press("Enter")
    assert harness.wait_sent(1, view=0)[-1]["text"] == "Lyon"


def test_while_the_model_writes_no_guess_goes(harness, bar):
    harness.set("status", status("generating"))
    expect(bar).to_contain_text("The model is writing.")
    field(bar).fill("Lyon")
    field(bar).press("Enter")
    assert harness.sent(view=0) == []


def test_without_a_kernel_the_page_judges_and_says_that_no_score_is_kept(harness, bar):
    harness.connect(False)
    expect(bar).to_contain_text("among the 12 most probable tokens, and no score is kept")
    field(bar).fill("Marseille")
    field(bar).press("Enter")
    expect(bar).to_contain_text("“Marseille” is none of the 12 most probable tokens")
    expect(field(bar)).to_have_value("Marseille")
    field(bar).fill("Lyon")
    field(bar).press("Enter")
    expect(bar.locator(".llmw-judged")).to_contain_text("rank 4")
    expect(bar.locator(".llmw-judged")).to_contain_text("this guess is not in the score")
    expect(rows(bar).filter(has_text="your guess")).to_contain_text("Lyon")
    assert harness.sent(view=0) == []


@pytest.mark.parametrize("width", [320, 700])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_long_and_hostile_guesses_stay_text_and_fit(harness, width, language):
    hostile = guess(3, "<img src=x onerror=alert(1)>" + "W" * 150)
    hostile["token"] = {**candidate(3), "piece": "<img src=x onerror=alert(1)>"}
    hostile["best"] = {**candidate(0), "piece": "W" * 200}
    bar = mount(
        harness, width=width, language=language, view_state={"settings": SETTINGS, "guessed": score(hostile, total=3)}
    )
    expect(bar.locator(".llmw-line").first).to_contain_text("<img")
    assert bar.locator("img").count() == 0
    assert not harness.overflows()


def test_nothing_stays_bound(harness, bar):
    expect(field(bar)).to_be_visible()
    harness.close()
    harness.wait_listening(0, view=0)
