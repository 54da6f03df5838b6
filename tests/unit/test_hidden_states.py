"""Hidden states of a text's tokens, layer by layer: those of transformers, computed once, kept from passes that were made anyway."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from llmwidgets import ModelSession
from llmwidgets.engines import local
from llmwidgets.engines.engine import MOST_STATES
from llmwidgets.engines.local import LocalEngine
from llmwidgets.errors import InvalidValue, SessionClosed, TextTooLong

KINDS = ["llama", "gpt2", "mistral", "lfm2", "mamba", "bert"]
IDS = [7, 301, 22, 22, 150, 9, 88, 312, 4, 200, 61, 5]


def oracle(model, ids):
    """By transformers itself, without a cache."""
    with torch.inference_mode():
        found = model(torch.tensor([ids]), output_hidden_states=True).hidden_states
    return torch.stack([state[0] for state in found]).float().numpy()


@pytest.fixture(params=KINDS)
def any_model(request, build):
    return build(request.param)


def assert_right(model, engine, ids):
    found = engine.hidden_states(ids)
    assert found.dtype == np.float32
    assert len(found) == engine.info.layers
    np.testing.assert_allclose(found, oracle(model, ids), atol=1e-3)


def test_they_are_transformers_own(any_model):
    engine = LocalEngine(any_model)
    for ids in (IDS[:5], IDS, IDS[:3], [*IDS[:6], 99, *IDS[7:]], [3, *IDS], [42], IDS, IDS):
        assert_right(any_model, engine, ids)


def test_with_other_passes_in_any_order(any_model):
    """What is kept from passes for the distribution and the surprisals is the same as what a pass of its own gives."""
    engine, chance, ids = LocalEngine(any_model), random.Random(5), list(IDS)
    for _ in range(40):
        engine.record_states(chance.random() < 0.6)
        start, end = sorted(chance.choices(range(len(ids) + 1), k=2))
        ids[start:end] = [chance.randrange(420) for _ in range(chance.randrange(4))]
        ids = ids[:40] or [1]
        place = chance.randrange(1, len(ids) + 1)
        for ask in chance.sample(["logits", "surprisals", "states"], 3):
            if ask == "states":
                assert_right(any_model, engine, ids[: chance.choice([place, len(ids)])])
            elif engine.info.can_predict and ask == "logits":
                engine.logits(ids[:place])
            elif engine.info.can_predict:
                engine.surprisals(ids)


def test_recorded_states_cost_no_pass(build):
    engine = LocalEngine(build("llama"))
    engine.record_states(on=True)
    engine.logits(IDS)
    assert_right(engine._open(), engine, IDS)
    assert (engine.work.forwards, engine.work.tokens_computed) == (1, len(IDS))
    engine.logits([*IDS, 8])
    assert engine.hidden_states([*IDS, 8]).shape[1] == len(IDS) + 1
    assert (engine.work.forwards, engine.work.tokens_computed) == (2, len(IDS) + 1)


def test_without_a_view_nothing_is_kept(build):
    engine = LocalEngine(build("llama"))
    engine.logits(IDS)
    assert engine._states.values.size == 0
    engine.record_states(on=True)
    engine.logits([*IDS, 3])
    engine.hidden_states([*IDS, 3])
    assert engine._states.values.size > 0
    engine.record_states(on=False)
    assert engine._states.values.size == 0


def test_an_appended_token_is_the_only_one_computed(build):
    engine = LocalEngine(build("llama"))
    engine.hidden_states(IDS)
    engine.hidden_states([*IDS, 8])
    assert engine.work.tokens_computed == len(IDS) + 1


def test_a_long_text_is_seen_in_part(build, monkeypatch):
    monkeypatch.setattr(local, "MOST_STATES", 6)
    model = build("llama")
    engine = LocalEngine(model)
    engine.record_states(on=True)
    engine.logits(IDS)
    found = engine.hidden_states(IDS)
    assert found.shape[1] == 6
    np.testing.assert_allclose(found, oracle(model, IDS)[:, :6], atol=1e-3)
    assert MOST_STATES == 1_000


def test_none_for_no_tokens(build):
    engine = LocalEngine(build("llama"))
    assert engine.hidden_states([]).shape == (engine.info.layers, 0, engine.info.dimensions)


def test_they_are_read_only(build):
    with pytest.raises(ValueError, match="read-only"):
        LocalEngine(build("llama")).hidden_states(IDS)[0] = 0


def test_what_cannot_be_read(build):
    engine = LocalEngine(build("bert"))
    with pytest.raises(TextTooLong):
        engine.hidden_states([1] * (engine.info.context + 1))
    with pytest.raises(InvalidValue, match="no token 9999"):
        engine.hidden_states([9999])
    engine.close()
    with pytest.raises(SessionClosed):
        engine.hidden_states(IDS)


def test_texts_each_for_itself_know_nothing_of_each_other(any_model):
    engine = LocalEngine(any_model)
    texts = [IDS[:3], IDS, [5], IDS[4:9]]
    for ids, found in zip(texts, engine.last_states(texts), strict=True):
        np.testing.assert_allclose(found, oracle(any_model, ids)[-1], atol=1e-3)


# the session


def test_the_session_hands_them_out(session):
    session.text = "The king and the queen"
    found = session.hidden_states
    np.testing.assert_allclose(found, oracle(session.model, session.tokens.ids.tolist()), atol=1e-3)
    np.testing.assert_allclose(found[0], session.embed_tokens(session.tokens.ids), atol=1e-6)


def test_a_view_that_wants_them_has_them_with_each_text(session):
    session.want_hidden_states()
    session.text = "The king"
    session._worker.run(lambda: None)
    assert session.hidden.revision == session.state.revision
    assert session.hidden.values.shape[1] == len(session.tokens)
    session.want_hidden_states(wanted=False)
    assert session.hidden.revision == -1


def test_with_a_distribution_wanted_as_well_each_token_is_computed_once(session):
    session.want_distribution()
    session.want_surprisals()
    session.want_hidden_states()
    session._worker.run(lambda: None)
    before = session.stats.tokens_computed
    session.text = "A man and a woman saw the king"
    session._worker.run(lambda: None)
    assert session.hidden.revision == session.outcome.revision == session.scores.revision
    assert session.stats.tokens_computed - before == len(session.tokens)


def test_what_fails_is_said_and_the_session_lives_on(session):
    session.text = "x" * 2000
    with pytest.raises(TextTooLong):
        _ = session.hidden_states
    session.text = "The king"
    assert session.hidden_states.shape[1] == len(session.tokens)


def test_an_encoder_has_them_too(build, wordpiece_tokenizer):
    model = build("bert", len(wordpiece_tokenizer))
    with ModelSession(model, wordpiece_tokenizer, text="The king and the queen") as session:
        ids = session.tokens.ids.tolist()
        np.testing.assert_allclose(session.hidden_states, oracle(model, ids), atol=1e-4)


def test_closed(session):
    session.want_hidden_states()
    session.close()
    with pytest.raises(SessionClosed):
        _ = session.hidden_states
    assert session.hidden.values.size == 0
    session.want_hidden_states(wanted=False)


def test_a_look_at_an_earlier_place_forgets_no_states(build):
    engine = LocalEngine(build("llama"))
    engine.record_states(on=True)
    engine.logits(IDS)
    engine.logits(IDS[:4])
    before = engine.work.forwards
    assert_right(engine._open(), engine, IDS)
    assert engine.work.forwards == before
