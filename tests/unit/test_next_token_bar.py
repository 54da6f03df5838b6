"""NextTokenBar in the kernel: its settings, guesses, search, and two distributions at once."""

from __future__ import annotations

import gc
import math
import weakref

import numpy as np
import pytest
import torch
from kernel_page import request, settle

from llmwidgets import LogitsSession, ModelSession, NextTokenBar, Sampler, SamplerSlider
from llmwidgets.errors import InvalidValue, SessionClosed


@pytest.fixture
def bar(session, page):
    made = NextTokenBar(session)
    settle(session)
    return made


def test_settings_can_be_set_on_both_sides(bar, page):
    bar.k, bar.measure, bar.scale = 50, "logit", "log"
    assert {name: bar.settings[name] for name in ("k", "measure", "scale")} == {
        "k": 50,
        "measure": "logit",
        "scale": "log",
    }
    assert page.ask(bar, request("bar", k=np.int64(20).item(), measure="rank", scale=None))["ok"]
    assert (bar.k, bar.measure, bar.scale) == (20, "rank", "log")
    assert bar.settings["seen"] == {"page-1": 7}
    for wrong in ({"k": 0}, {"k": 201}, {"k": "5"}, {"measure": "odds"}, {"scale": "square"}):
        assert not page.ask(bar, request("bar", **wrong))["ok"]
        with pytest.raises(InvalidValue, match=f"{next(iter(wrong))} cannot be"):
            setattr(bar, next(iter(wrong)), next(iter(wrong.values())))
    assert (bar.k, bar.measure, bar.scale) == (20, "rank", "log")


def test_a_guess_is_judged_and_the_score_is_kept(session, page):
    bar = NextTokenBar(session, predict=True)
    settle(session)
    assert (bar.guess, bar.score.total, bar.guessed["total"]) == (None, 0, 0)
    best = session.distribution.top(1)[0]
    assert page.ask(bar, request("guess", token=best.id, revision=session.state.revision))["ok"]
    (first,) = bar.guesses
    assert (first.rank, first.best, first.probability) == (1, best.id, pytest.approx(best.probability))
    session.position = 1
    settle(session)
    here = session.state.revision
    assert page.ask(bar, request("guess", text="queen", revision=here))["ok"]
    _, second = bar.guesses
    assert second.text == "queen"
    assert (bar.score.total, bar.score.right) == (2, 1 + (second.rank == 1))
    sent = bar.guessed
    assert (sent["total"], len(sent["guesses"])) == (2, 2)
    assert sent["guesses"][0]["token"]["id"] == best.id
    for wrong in ({"text": ""}, {"text": None}, {"token": 10**7}, {"token": "x"}, {"text": "x" * 10_000}):
        assert not page.ask(bar, request("guess", revision=here + 1, **wrong))["ok"]
    assert bar.score.total == 2
    assert page.ask(bar, request("forget"))["ok"]
    assert bar.guesses == ()


def test_what_hides_hides_everywhere(session, page):
    bar = NextTokenBar(session, predict=True)
    top = session.distribution.top(1)[0]
    assert top.piece not in repr(bar)
    assert "%" not in bar._picture()
    bar.predict = False
    assert "entropy" in repr(bar)


def test_tokens_are_found_in_the_whole_vocabulary_by_probability(bar, page):
    found = page.ask(bar, request("find", text="QU"))["result"]
    logits = bar.distribution.logits
    ids = [candidate["id"] for candidate in found["candidates"]]
    table = [bar.session.token_bytes(token) for token in range(logits.size)]
    assert sorted(ids) == [token for token, part in enumerate(table) if b"qu" in part.lower()]
    assert [logits[token] for token in ids] == sorted((logits[token] for token in ids), reverse=True)
    order = np.lexsort((np.arange(logits.size), -logits)).tolist()
    assert [candidate["rank"] for candidate in found["candidates"]] == [order.index(token) + 1 for token in ids]
    assert page.ask(bar, request("find", text="no such thing"))["result"]["total"] == 0
    assert not page.ask(bar, request("find", text=5))["ok"]


# two at once


def test_against_a_text_of_the_same_model(session, page):
    bar = NextTokenBar(session, against="The king and the queen")
    p, q = session.distribution, bar.against.distribution
    reference = torch.nn.functional.kl_div(
        torch.tensor(q.logits).double().log_softmax(-1),
        torch.tensor(p.logits).double().log_softmax(-1),
        reduction="sum",
        log_target=True,
    )
    assert bar.comparison.kl == pytest.approx(float(reference), rel=1e-6)
    assert bar.compared["kl"] == bar.comparison.kl
    assert bar.compared["other_text"] == "The king and the queen"
    assert bar.compared["text"].endswith(session.text[-10:])
    assert bar.against.model is session.model
    assert ModelSession.current() is session
    before = bar.comparison.kl
    assert page.ask(bar, request("against", text="quick fast"))["ok"]
    settle(bar.against)
    assert bar.compared["other_text"] == "quick fast"
    assert bar.comparison.kl != before
    session.text = "quick fast"
    assert bar.comparison.kl == pytest.approx(0, abs=1e-9)
    settle(session)
    assert bar.compared["kl"] == pytest.approx(0, abs=1e-9)


def test_an_empty_other_side_says_why(session, page):
    bar = NextTokenBar(session, against="")
    settle(session)
    settle(bar.against)
    assert bar.compared["error"]["code"] == "empty_text"
    assert bar.compared["aligned"] == "none"


def test_against_another_session_and_against_logits(session, page):
    with ModelSession(session.model, session.tokenizer, text="quick") as other:
        bar = NextTokenBar(session, against=other)
        assert bar.against is other
        assert bar.comparison.aligned == "ids"
    bar = NextTokenBar(session, against=session.distribution.logits + 1)
    assert bar.comparison.kl == pytest.approx(0, abs=1e-6)
    assert not page.ask(bar, request("against", text="x"))["ok"]
    alone = NextTokenBar([0.0, 2.0], against=[2.0, 0.0])
    assert alone.comparison.kl == pytest.approx(2 * math.tanh(1), rel=1e-5)
    with pytest.raises(InvalidValue, match="no model"):
        NextTokenBar([0.0, 2.0], against="text")


def test_infinite_divergence_travels_as_null(page):
    bar = NextTokenBar([0.0, 0.0], against=[0.0, -math.inf])
    assert bar.comparison.kl == math.inf
    assert bar.compared["kl"] is None
    assert bar.compared["kl_back"] == pytest.approx(math.log(2))
    assert bar.compared["error"] is None


def test_the_other_side_lives_as_long_as_it_is_shown(session, page):
    bar = NextTokenBar(session, against="The king")
    made = bar.against
    bar.close()
    assert made.closed
    assert not session.closed
    bar = NextTokenBar(session, against="The king")
    made = bar.against
    session.close()
    assert made.closed


def test_a_bar_does_not_keep_a_model_alive(model, byte_tokenizer, page):
    session = ModelSession(model, byte_tokenizer, text="The king")
    bar = NextTokenBar(session, against="The queen")
    settle(session)
    settle(bar.against)
    found = weakref.ref(session)
    ModelSession._current = None
    del session
    gc.collect()
    assert found() is None
    assert bar._store.status["state"] == "closed"


def test_figures_of_draws_and_of_two_sides(session, page):
    session.sampler = Sampler(seed=1, top_k=5)
    bar = NextTokenBar(session, k=4)
    session.sample(100)
    figure = bar.figure()
    assert [trace.name for trace in figure.data] == ["model", "after the sampler", "100 draws, ±2σ expected"]
    assert sum(figure.data[2].x) == pytest.approx(1)
    both = NextTokenBar(session, against="The king", k=3).figure()
    assert (max(both.data[0].x), min(both.data[1].x)) <= (0, math.inf)
    assert "KL" in both.layout.title.text


def test_a_session_of_the_users_outlives_the_view(session, page):
    mine = session.beside("The king")
    NextTokenBar(session, against=mine).close()
    assert not mine.closed
    mine.close()
    with pytest.raises(SessionClosed, match="other side"):
        NextTokenBar(session, against=mine)


def test_the_page_types_only_the_text_that_the_view_was_given(session, page):
    mine = session.beside("The king")
    bar = NextTokenBar(session, against=mine)
    _ = bar.comparison
    assert bar.compared["can_edit"] is False
    assert not page.ask(bar, request("against", text="x"))["ok"]
    given = NextTokenBar(session, against="The king")
    _ = given.comparison
    assert given.compared["can_edit"] is True


def test_a_side_that_closes_is_said(session, page):
    mine = session.beside("The king")
    bar = NextTokenBar(session, against=mine)
    _ = bar.comparison
    mine.close()
    assert bar.compared["error"]["code"] == "session_closed"


def test_a_side_that_is_gone_is_said(model, byte_tokenizer, session, page):
    mine = ModelSession(model, byte_tokenizer, text="The king")
    bar = NextTokenBar(session, against=mine)
    _ = bar.comparison
    ModelSession._current = session
    del mine
    gc.collect()
    session.text = "The queen"
    settle(session)
    assert bar.compared["error"]["code"] == "session_closed"
    assert (bar.compared["revision"], bar.compared["pairs"]) == (session.state.revision, [])


def test_an_older_texts_error_is_not_the_newests(session, page):
    bar = NextTokenBar(session, against="")
    settle(session)
    settle(bar.against)
    assert bar.compared["error"]["code"] == "empty_text"
    bar.against.text = "The king"
    _ = bar.comparison
    assert bar.compared["error"] is None
    assert bar.compared["other_revision"] == bar.against.state.revision


def test_a_view_that_was_refused_leaves_no_session(session, page):
    with pytest.raises(InvalidValue, match="language"):
        NextTokenBar(session, against="The king", language="fr")
    assert session._besides == ()


def test_a_guess_counts_once_and_for_its_own_text(session, page):
    bar = NextTokenBar(session, predict=True)
    settle(session)
    revision = session.state.revision
    assert page.ask(bar, request("guess", token=5, revision=revision))["ok"]
    assert not page.ask(bar, request("guess", token=5, revision=revision))["ok"]
    session.text = "The king"
    settle(session)
    assert page.ask(bar, request("guess", token=5, revision=revision))["error"]["code"] == "outdated"
    assert bar.score.total == 1


def test_bars_of_logits_leave_nothing_behind(page):
    left = []
    for _ in range(3):
        bar = NextTokenBar(np.arange(50.0))
        bar.session.sample(10)
        left += [weakref.ref(bar._store), weakref.ref(bar.session)]
        bar.close()
        del bar
    gc.collect()
    assert [found() for found in left] == [None] * 6


def test_logits_written_in_the_call_itself_stay(session, page):
    """The session of `SamplerSlider(LogitsSession(...))` was gone before the page had seen it."""
    for view in (
        NextTokenBar(LogitsSession([3.0, 2.0, 1.0])),
        SamplerSlider(LogitsSession([3.0, 2.0, 1.0])),
        NextTokenBar(session, against=LogitsSession(session.distribution.logits)),
    ):
        gc.collect()
        assert view._store.status["state"] != "closed"
        assert view.session.distribution.logits.size
    assert view.comparison.kl == pytest.approx(0, abs=1e-6)


def test_a_refused_bar_ends_in_silence(session, page, recwarn):
    for wrong in ({"k": 500}, {"scale": "x"}, {"predict": 3}, {"against": 3}, {"tokenizer": "gpt-4o"}):
        with pytest.raises(InvalidValue):
            NextTokenBar(session, **wrong)
    gc.collect()
    assert [warning.message for warning in recwarn] == []


def test_a_model_alone_is_told_what_to_do(model, page):
    with pytest.raises(InvalidValue, match=r"ModelSession\(model, tokenizer\)"):
        NextTokenBar(model)
