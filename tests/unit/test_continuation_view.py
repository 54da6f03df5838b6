"""ContinuationView's Python side: what is asked and when, what travels, what the model writes beside it, pictures."""

from __future__ import annotations

import json
import threading

import pytest
import torch
from kernel_page import decoded, matches, request, settle
from plotly.graph_objects import Figure
from scripted_server import ScriptedServer, completion

from llmwidgets import ContinuationView, ModelSession, Sampler, set_language
from llmwidgets.errors import InvalidValue, ModelInTraining, NotACausalModel, NotOffered, SessionClosed
from llmwidgets.widgets import continuation_payloads, messages

pytestmark = pytest.mark.usefixtures("page")
PROMPT = "The quick brown"
CANDIDATES = [" fox jumps", " dog", " woman"]


@pytest.fixture
def view(session):
    made = ContinuationView(session, PROMPT, CANDIDATES, new_tokens=0)
    yield made
    made.close()


def finished(view):
    """Until everything has been written that was asked for."""
    _ = view.scores
    view._work._worker.run(lambda: None)
    return {each["how"]: each for each in view.written}


def ask(page, view, **values):
    return page.ask(view, request("continuation", **values))


# what is asked


def test_scores_are_those_of_the_session(session, view):
    assert view.scores == session.continuations(CANDIDATES, prompt=PROMPT).scores
    assert view.continuations.prompt == view.prompt == PROMPT
    assert list(view.scores) == CANDIDATES == list(view.candidates)


def test_the_sessions_text_stays_and_moves_nothing(session, view):
    before = session.state
    _ = view.scores
    view.prompt = "Another"
    _ = view.scores
    assert session.state is before
    number = view.settings["number"]
    session.text = "The king"
    assert view.settings["number"] == number
    assert ModelSession.current() is session


def test_without_a_prompt_it_follows_the_sessions_text(session):
    view = ContinuationView(session, candidates=CANDIDATES, new_tokens=0)
    assert view.prompt == session.text
    first = view.scores
    session.text = "The king saw a"
    assert view.prompt == "The king saw a"
    assert view.scores == pytest.approx(session.continuations(CANDIDATES).scores)
    assert view.scores != pytest.approx(first)
    view.prompt = "Fixed"
    session.text = "A woman"
    assert view.prompt == "Fixed"
    view.prompt = None
    assert view.prompt == "A woman"
    assert view.settings["follows"] is True
    view.close()


def test_a_text_that_is_being_written_is_asked_about_at_its_end(session):
    view = ContinuationView(session, candidates=CANDIDATES, new_tokens=0)
    _ = view.scores
    number = view.settings["number"]
    session.generate(5)
    assert view.settings["number"] == number + 1
    assert view.continuations.prompt == session.text
    view.close()


def test_what_changes_asks_anew_and_what_only_shows_does_not(session, view):
    _ = view.scores
    number = view.settings["number"]
    view.measure, view.scale = "token", "log_probability"
    assert (view.measure, view.scale) == ("token", "log_probability")
    session.sampler = session.sampler.replace(temperature=0.5)
    assert view.settings["number"] == number
    view.candidates = [*CANDIDATES, " cat"]
    assert view.settings["number"] == number + 1
    assert set(view.scores) == {*CANDIDATES, " cat"}


def test_the_begin_of_text_token(build, bos_tokenizer):
    model = build("llama", len(bos_tokenizer))
    with ModelSession(model, bos_tokenizer, text="The") as session:
        view = ContinuationView(session, PROMPT, CANDIDATES, new_tokens=0)
        assert view.begin_of_text is True
        own = view.scores
        assert view.settings["begin_own"] is True
        assert [each["piece"] for each in view.settings["beginning"]] == ["<|begin|>"]
        view.begin_of_text = False
        assert view.scores != own
        assert view.scores == session.continuations(CANDIDATES, prompt=PROMPT, begin_of_text=False).scores
        view.begin_of_text = None
        assert view.scores == own
        # the session's own text has it or not
        view.prompt = None
        session.add_special_tokens = False
        assert view.begin_of_text is False
        assert view.continuations.beginning == ()
        view.close()


def test_a_tokenizer_without_one(session, view):
    assert view.begin_of_text is False
    assert view.settings["beginning"] == []
    with pytest.raises(InvalidValue, match="no begin-of-text token"):
        view.begin_of_text = True
    with pytest.raises(InvalidValue, match="no begin-of-text token"):
        ContinuationView(session, PROMPT, CANDIDATES, begin_of_text=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"measure": "word"},
        {"scale": "rank"},
        {"candidates": [1]},
        {"candidates": 5},
        {"prompt": 3},
        {"begin_of_text": 1},
        {"new_tokens": -1},
        {"new_tokens": 201},
        {"language": "fr"},
    ],
)
def test_values_that_it_does_not_take(session, wrong):
    with pytest.raises(InvalidValue):
        ContinuationView(session, **wrong)


def test_the_newest_session_is_meant_where_none_is_given(session):
    view = ContinuationView(prompt=PROMPT, candidates=CANDIDATES)
    assert view.session is session
    view.close()


# what travels


def test_payloads_are_as_declared(session, view):
    view.new_tokens = 3
    finished(view)
    assert matches(json.loads(json.dumps(view.settings)), continuation_payloads.ContinuationSettings)
    assert matches(json.loads(json.dumps(view.scored)), continuation_payloads.ScoredPayload)
    assert len(view.written) == 2
    for each in view.written:
        assert matches(json.loads(json.dumps(each)), continuation_payloads.WrittenPayload)


def test_the_page_gets_every_tokens_surprisal(session, view):
    found = view.continuations[" fox jumps"]
    (told,) = (each for each in view.scored["candidates"] if each["text"] == " fox jumps")
    assert decoded(told["surprisals"]).tolist() == pytest.approx(found.surprisals.tolist(), rel=1e-6)
    assert "".join(told["pieces"]) == " fox jumps"
    assert view.scored["number"] == view.settings["number"]


def test_a_fused_candidate_is_told(session):
    view = ContinuationView(session, "The quick ", ["brown", " fox"], new_tokens=0)
    _ = view.scores
    assert [(each["fused"], each["prompt_part"]) for each in view.scored["candidates"]] == [(True, " "), (False, "")]
    assert "“brown” fuses with the end of the prompt, “␣”" in view._picture()
    view.close()


def test_what_the_page_asks(session, view, page):
    asked = {"prompt": "The king", "follows": False, "candidates": [" saw", " saw", "", " and"], "measure": "byte"}
    assert matches({**request("continuation"), **dict.fromkeys(("begin", "new_tokens", "scale")), **asked},
                   messages.ContinuationRequest)  # fmt: skip
    assert ask(page, view, **asked)["ok"]
    assert (view.prompt, view.candidates, view.measure) == ("The king", (" saw", " and"), "byte")
    assert view.settings["seen"] == {"page-1": 7}
    assert set(view.scores) == {" saw", " and"}
    assert ask(page, view, follows=True)["ok"]
    assert view.prompt == session.text
    assert ask(page, view, follows=False)["ok"]
    session.text = "Elsewhere"
    assert view.prompt != "Elsewhere"


@pytest.mark.parametrize(
    "wrong",
    [
        {"prompt": 3},
        {"prompt": "x" * 20_001},
        {"prompt": "\ud800"},
        {"candidates": "abc"},
        {"candidates": [["a"]]},
        {"candidates": ["\ud800"]},
        {"candidates": [str(n) for n in range(51)]},
        {"measure": "word"},
        {"scale": "x"},
        {"begin": 1},
        {"follows": "yes"},
        {"new_tokens": 201},
        {"new_tokens": True},
    ],
)
def test_what_the_page_may_not_ask(view, page, wrong):
    answer = ask(page, view, **wrong)
    assert not answer["ok"]
    assert answer["error"]["code"] == "invalid_value"
    assert view.candidates == tuple(CANDIDATES)
    assert view.settings["seen"] == {}


def test_a_long_text_travels_as_its_end(session):
    session.text = "word " * 5_000
    view = ContinuationView(session, candidates=["a"], new_tokens=0)
    assert len(view.settings["prompt"]) == 20_000
    assert view.settings["can_edit"] is False
    view.close()


def test_the_newest_question_counts(session, view, gate):
    view.prompt = "one"
    gate.wait_until_entered()
    view.prompt = "two"
    view.prompt = "three"
    gate.open()
    assert view.continuations.prompt == "three"
    assert view.scored["number"] == view.settings["number"]


def test_what_is_shown_meanwhile_is_known_to_be_older(session, view, gate):
    before = threading.Thread(target=lambda: view.scores)
    before.start()
    gate.open()
    before.join()
    assert view.scored["number"] == view.settings["number"]
    number = view.scored["number"]
    view.prompt = "another"
    assert view.settings["number"] == number + 1


# what the model writes


def test_it_writes_greedily_and_by_the_sessions_sampler(session):
    session.sampler = Sampler(temperature=0.7, top_k=20, seed=5)
    view = ContinuationView(session, PROMPT, CANDIDATES, new_tokens=6)
    written = finished(view)
    ids = session.tokenizer(PROMPT, return_tensors="pt")
    for how, sampler in (("greedy", Sampler(do_sample=False)), ("sampled", session.sampler)):
        torch.manual_seed(5)
        made = session.model.generate(**ids, max_new_tokens=6, pad_token_id=0, **sampler.generate_kwargs())
        assert written[how]["text"] == session.describe(made[0, ids["input_ids"].shape[1] :].tolist()).text
        assert written[how]["state"] == "done"
        assert written[how]["reason"] == "length"
    assert written["sampled"]["seed"] == 5
    view.close()


def test_another_sampler_writes_anew_and_scores_stay(session):
    session.sampler = Sampler(seed=1)
    view = ContinuationView(session, PROMPT, CANDIDATES, new_tokens=6)
    first, number = finished(view), view.settings["number"]
    session.sampler = Sampler(seed=2)
    second = finished(view)
    assert first["sampled"]["text"] != second["sampled"]["text"]
    assert first["greedy"]["text"] == second["greedy"]["text"]
    assert view.settings["number"] == number
    session.sampler = Sampler(do_sample=False)
    assert finished(view)["sampled"]["state"] == "same"
    view.close()


def test_drawn_again(session, page):
    view = ContinuationView(session, PROMPT, CANDIDATES, new_tokens=8)
    texts = set()
    for _ in range(4):
        assert page.ask(view, request("write"))["ok"]
        texts.add(finished(view)["sampled"]["text"])
    assert len(texts) > 1
    view.close()


def test_another_prompt_ends_the_writing(session):
    view = ContinuationView(session, PROMPT, CANDIDATES, new_tokens=200)
    _ = view.scores
    view.new_tokens = 3
    view.prompt = "The king"
    written = finished(view)
    assert [each["tokens"] for each in written.values()] == [3, 3]
    assert all(each["number"] == view.settings["number"] for each in written.values())
    view.close()


def test_nothing_is_written_behind_nothing(session):
    view = ContinuationView(session, "", CANDIDATES, new_tokens=3)
    assert all(each["error"]["code"] == "empty_text" for each in finished(view).values())
    view.close()


# what stands in the way


def test_a_model_in_training_is_not_switched(model, byte_tokenizer, page):
    session = ModelSession.watch(model, byte_tokenizer)
    view = ContinuationView(session, PROMPT, CANDIDATES, new_tokens=0)
    model.train()
    view.prompt = "another"
    with pytest.raises(ModelInTraining):
        _ = view.scores
    assert view.scored["error"]["code"] == "model_in_training"
    model.eval()
    assert page.ask(view, request("write"))["ok"]
    assert set(view.scores) == set(CANDIDATES)
    view.close()
    session.close()


def test_an_encoder_says_so(build, wordpiece_tokenizer):
    with ModelSession(build("bert", len(wordpiece_tokenizer)), wordpiece_tokenizer) as encoder:
        view = ContinuationView(encoder, PROMPT, CANDIDATES)
        with pytest.raises(NotACausalModel):
            _ = view.scores
        assert view.scored["error"]["code"] == "not_a_causal_model"
        assert "NotACausal" not in repr(view)
        view.close()


def test_a_server_that_scores_no_prompt(byte_tokenizer):
    server = ScriptedServer(lambda exchange: exchange.json(completion({" a": -0.2})), [{"id": "t", "owned_by": "me"}])
    session = ModelSession.connect(server.address, tokenizer=byte_tokenizer, endpoint="completions", retries=0)
    before = len(server.asked)
    view = ContinuationView(session, PROMPT, CANDIDATES)
    with pytest.raises(NotOffered, match="does not tell the probabilities"):
        _ = view.scores
    assert view.scored["error"]["code"] == "not_offered"
    # nothing is written, and paid for, until someone asks
    assert {each["state"] for each in view.written} == {"idle"}
    assert len(server.asked) == before
    view.close()
    session.close()
    server.close()


def test_it_moves_with_the_session(session, build, byte_tokenizer):
    view = ContinuationView(session, PROMPT, CANDIDATES, new_tokens=0)
    before = view.scores
    session.move_to(build("gpt2"), byte_tokenizer)
    assert view.scores != before
    assert view.scores == session.continuations(CANDIDATES, prompt=PROMPT).scores
    view.close()


def test_a_closed_session(session, view):
    _ = view.scores
    session.close()
    view.prompt = "another"
    with pytest.raises(SessionClosed):
        _ = view.scores


def test_closing_it_ends_the_session_beside(session):
    view = ContinuationView(session, PROMPT, CANDIDATES)
    beside = view._work._beside()
    view.close()
    assert beside.closed
    assert not session.closed
    settle(session)


# pictures


def test_pictures(session):
    evil = "<img src=x onerror=alert(1)>"
    view = ContinuationView(session, "<b>bold", [evil, " fox", "日本"], measure="token", new_tokens=0)
    figure = view.figure()
    assert isinstance(figure, Figure)
    assert list(figure.data[0].x) == sorted(figure.data[0].x, reverse=True)
    picture = view._picture()
    assert "<img" not in picture
    assert "<b>" not in picture
    assert repr(view).startswith("ContinuationView(How “<b>bold” goes on")
    view.close()


def test_pictures_in_japanese(session):
    view = ContinuationView(session, "The quick ", ["brown", "狐"], new_tokens=0)
    set_language("ja")
    try:
        assert "「The␣quick␣」の続き" in view._picture()
        assert "「brown」の先頭はプロンプトの末尾「␣」と結合するため" in view._picture()
        assert view.figure().layout.xaxis.title.text == "対数確率（nat）"
    finally:
        set_language(None)
    view.close()
