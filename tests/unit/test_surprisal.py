"""Surprisals: -log p of each token given those before it, in one pass over what changed."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from llmwidgets import ModelSession
from llmwidgets.engines import local
from llmwidgets.engines.local import LocalEngine
from llmwidgets.errors import BadLogits, NotACausalModel, SessionClosed, TextTooLong

KINDS = ["llama", "gpt2", "mistral", "lfm2", "mamba", "bamba"]
IDS = [7, 301, 22, 22, 150, 9, 88, 312, 4, 200, 61, 5]


def oracle(model, ids):
    """By transformers' own loss: cross entropy of each token under one forward pass without a cache."""
    with torch.inference_mode():
        logits = model(torch.tensor([ids]), use_cache=False).logits[0, :-1].float()
        losses = torch.nn.functional.cross_entropy(logits, torch.tensor(ids[1:], dtype=torch.long), reduction="none")
    return np.concatenate([[np.nan], losses.numpy()]).astype(np.float32)


def assert_right(model, engine, ids):
    found = engine.surprisals(ids)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, oracle(model, ids), atol=1e-3)


@pytest.fixture(params=KINDS)
def any_model(request, build):
    return build(request.param)


@pytest.fixture(params=[2**25, 420 * 3], ids=["at once", "three at a time"])
def _chunk(request, monkeypatch):
    monkeypatch.setattr(local, "LOGITS_AT_ONCE", request.param)


@pytest.mark.usefixtures("_chunk")
def test_surprisals_are_the_cross_entropies(any_model):
    engine = LocalEngine(any_model)
    for ids in (
        IDS[:5],
        IDS,  # appended
        IDS[:3],  # cut off
        [*IDS[:6], 99, *IDS[7:]],  # one in the middle
        [3, *IDS],  # one in front
        [42],
        IDS,
        IDS,  # again
    ):
        assert_right(any_model, engine, ids)


@pytest.mark.usefixtures("_chunk")
def test_they_and_the_distributions_share_a_cache_in_any_order(any_model):
    engine, chance, ids = LocalEngine(any_model), random.Random(3), list(IDS)
    for _ in range(25):
        start, end = sorted(chance.choices(range(len(ids) + 1), k=2))
        ids[start:end] = [chance.randrange(420) for _ in range(chance.randrange(4))]
        ids = ids[:40] or [1]
        place = chance.randrange(1, len(ids) + 1)
        with torch.inference_mode():
            expected = any_model(torch.tensor([ids[:place]]), use_cache=False).logits[0, -1].float()
        if chance.random() < 0.5:
            assert_right(any_model, engine, ids)
        torch.testing.assert_close(engine.logits(ids[:place]), expected, atol=1e-3, rtol=0)
        if chance.random() < 0.5:
            assert_right(any_model, engine, ids)


def test_no_tokens_have_no_surprisals(model):
    assert LocalEngine(model).surprisals([]).shape == (0,)


def test_what_was_scored_is_not_computed_again(build):
    engine = LocalEngine(build("llama"))
    engine.surprisals(IDS[:10])
    assert engine.work.tokens_computed == 9
    engine.surprisals(IDS[:11])
    assert engine.work.tokens_computed == 10
    engine.surprisals(IDS[:11])
    assert engine.work.forwards == 2


def test_what_is_handed_out_is_not_written_to(build):
    with pytest.raises(ValueError, match="read-only"):
        LocalEngine(build("llama")).surprisals(IDS)[0] = 0


def test_a_distribution_after_them_costs_one_token(build):
    engine = LocalEngine(build("llama"))
    engine.surprisals(IDS)
    engine.logits(IDS)
    assert (engine.work.forwards, engine.work.tokens_computed) == (2, len(IDS))


def test_an_impossible_token_is_infinitely_surprising(build):
    """Models mask what pads their vocabulary with -inf: that is no broken model."""
    model = build("llama")
    with torch.no_grad():
        model.lm_head.bias = torch.nn.Parameter(torch.zeros(420))
        model.lm_head.bias[22] = float("-inf")
    scores = LocalEngine(model).surprisals(IDS)
    assert np.isposinf(scores[2:4]).all()
    assert np.isfinite(scores[4:]).all()


def test_broken_weights(build):
    model = build("llama")
    with torch.no_grad():
        model.lm_head.weight[5, 0] = float("nan")
    with pytest.raises(BadLogits, match="NaN"):
        LocalEngine(model).surprisals(IDS)


def test_a_text_too_long_and_an_encoder(build, byte_tokenizer):
    with ModelSession(build("gpt2", n_positions=4), byte_tokenizer, text="far too long a text") as session:
        with pytest.raises(TextTooLong):
            _ = session.surprisals
        session.text = "a"
        assert len(session.surprisals) == 1
    with ModelSession(build("bert"), byte_tokenizer, text="a text") as session, pytest.raises(NotACausalModel):
        _ = session.surprisals


def test_the_sessions_surprisals_are_those_of_its_text(session):
    for text in ("The quick brown fox", "The quick brown fox jumps", "A king"):
        session.text = text
        np.testing.assert_allclose(
            session.surprisals, oracle(session.model, session.tokens.ids.tolist()), atol=1e-3, err_msg=text
        )
    session.position = 0
    assert len(session.surprisals) == len(session.tokens)


def test_they_are_computed_only_while_wanted(session):
    session.text = "one two three"
    assert session.stats.forwards == 0
    session.want_surprisals()
    assert len(session.surprisals) == len(session.tokens)
    before = session.stats.forwards
    session.text = "one two three four"
    session._worker.run(lambda: None)
    assert session.stats.forwards == before + 1
    assert session.scores.revision == session.state.revision
    session.want_surprisals(wanted=False)
    session.text = "one two"
    session._worker.run(lambda: None)
    assert session.stats.forwards == before + 1


def test_with_a_distribution_shown_as_well_each_token_is_computed_once(session):
    session.want_surprisals()
    session.want_distribution()
    session._worker.run(lambda: None)
    before = session.stats.tokens_computed
    session.text = "one two three four"
    session._worker.run(lambda: None)
    assert session.outcome.revision == session.scores.revision == session.state.revision
    assert session.stats.tokens_computed - before == len(session.tokens)


def test_it_says_busy_until_they_are_there(session, gate):
    session.want_surprisals()
    gate.wait_until_entered()
    assert session.status.state == "busy"
    gate.open()
    _ = session.surprisals
    assert session.status.state == "ready"


def test_a_failure_stands_with_them_and_passes(build, byte_tokenizer):
    with ModelSession(build("gpt2", n_positions=4), byte_tokenizer, text="far too long a text") as session:
        session.want_surprisals()
        session._worker.run(lambda: None)
        assert isinstance(session.scores.error, TextTooLong)
        session.text = "a"
        session._worker.run(lambda: None)
        assert session.scores.error is None


def test_a_closed_session_has_none(session):
    session.close()
    with pytest.raises(SessionClosed):
        _ = session.surprisals


def test_the_real_models(real):
    real.text = "The capital of France is Paris. むかしむかし、あるところに"
    np.testing.assert_allclose(real.surprisals, oracle(real.model, real.tokens.ids.tolist()), atol=2e-3)
