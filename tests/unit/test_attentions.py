"""Attention weights: those of transformers' eager implementation, without a trace in the user's model."""

from __future__ import annotations

import copy
import functools

import numpy as np
import pytest
import torch
from transformers import AutoModelForMaskedLM

from llmwidgets import ModelSession, TokenView
from llmwidgets.engines import local
from llmwidgets.engines.engine import MOST_ATTENDING
from llmwidgets.engines.local import LocalEngine
from llmwidgets.errors import InvalidValue, NotOffered, SessionClosed, TextTooLong

IDS = [7, 301, 22, 22, 150, 9, 88, 312, 4, 200, 61, 5]
KINDS = ["llama", "gpt2", "qwen2", "gemma2", "mistral", "mixtral", "lfm2", "bert", "t5"]
BOTH_SIDES = ("bert", "t5")


def oracle(model, ids):
    """By a model of the same weights that was made with eager attention."""
    config = copy.deepcopy(model.config)
    config._attn_implementation = "eager"
    eager = type(model)(config).eval()
    eager.load_state_dict(model.state_dict())
    inner = eager.get_encoder() if config.is_encoder_decoder else eager
    with torch.inference_mode():
        found = inner(torch.tensor([ids]), output_attentions=True).attentions
    return torch.stack([layer[0] for layer in found if layer is not None]).numpy()


def traces(model):
    """What a pass could leave behind in a model."""
    return (
        model.config._attn_implementation,
        [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules()],
        [sorted(vars(module)) for module in model.modules()],
        [(id(each), each.data_ptr()) for each in model.parameters()],
        [module.training for module in model.modules()],
    )


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_transformers_own_and_leave_no_trace(kind, build):
    model = build(kind)
    ask = {"decoder_input_ids": torch.tensor([[0, 5]])} if kind == "t5" else {}
    with torch.inference_mode():
        said = model(torch.tensor([IDS]), **ask)[0]
    before, engine = traces(model), LocalEngine(model)
    assert engine.capabilities["attentions"].extent == "exact"
    found = engine.attentions(IDS)
    assert found.dtype == np.float32
    assert found.shape[1:] == (4, len(IDS), len(IDS))
    np.testing.assert_allclose(found, oracle(model, IDS), atol=1e-5)
    np.testing.assert_allclose(found.sum(-1), 1, atol=1e-5)
    behind = np.triu(np.ones((len(IDS), len(IDS)), bool), 1)
    assert (found[..., behind] == 0).all() == (kind not in BOTH_SIDES)
    assert traces(model) == before
    with torch.inference_mode():
        assert torch.equal(model(torch.tensor([IDS]), **ask)[0], said)


def test_a_window_is_looked_through(build):
    found = LocalEngine(build("mistral")).attentions(IDS)
    assert (found[..., 8, :3] == 0).all()
    assert (found[..., 8, 3:9] > 0).all()


def test_a_masked_language_model_sees_both_sides(build):
    bert = build("bert")
    config = copy.deepcopy(bert.config)
    model = AutoModelForMaskedLM.from_config(config, attn_implementation="sdpa").eval()
    found = LocalEngine(model).attentions(IDS)
    assert (found > 0).all()
    np.testing.assert_allclose(found, oracle(model, IDS), atol=1e-5)


def test_a_model_without_them_says_so(build):
    engine = LocalEngine(build("mamba"))
    assert engine.capabilities["attentions"].extent == "absent"
    with pytest.raises(NotOffered, match="hands out no attention weights"):
        engine.attentions(IDS)
    assert engine.work.forwards == 0


def test_a_row_is_the_same_and_costs_no_second_pass(build):
    engine = LocalEngine(build("llama"))
    whole = engine.attentions(IDS)
    np.testing.assert_array_equal(engine.attentions(IDS, 3, 5), whole[:, :, 3:5])
    assert (engine.work.forwards, engine.work.tokens_computed) == (1, len(IDS))
    with pytest.raises(ValueError, match="read-only"):
        whole[0] = 0
    engine.forget()
    assert engine._attended.values.size == 0


def test_a_long_text_is_seen_in_part(build, monkeypatch):
    monkeypatch.setattr(local, "MOST_ATTENDING", 6)
    model = build("llama")
    np.testing.assert_allclose(LocalEngine(model).attentions(IDS), oracle(model, IDS[:6]), atol=1e-5)
    assert MOST_ATTENDING == 256


def test_what_cannot_be_read(build):
    engine = LocalEngine(build("bert"))
    assert engine.attentions([]).size == 0
    with pytest.raises(TextTooLong):
        engine.attentions([1] * (engine.info.context + 1))
    with pytest.raises(InvalidValue, match="no token 9999"):
        engine.attentions([9999])
    engine.close()
    with pytest.raises(SessionClosed):
        engine.attentions(IDS)


def test_a_model_in_training_and_its_hooks_stay_as_they_are(build):
    model, seen = build("llama", attention_dropout=0.5), []

    class Steering:
        def __init__(self):
            # what cannot be copied
            self.lock = torch.multiprocessing.get_context("spawn").Lock

        def __call__(self, module, args, output):
            seen.append(module)
            return output * 0

        def __deepcopy__(self, memo):
            raise AssertionError

    handle = model.model.embed_tokens.register_forward_hook(Steering())
    model.train()
    before = traces(model)
    found = LocalEngine(model).attentions(IDS)
    np.testing.assert_allclose(found, LocalEngine(model).attentions(IDS))
    assert traces(model) == before
    assert len(seen) == 2
    # of vectors that are all the same, each attends to all alike
    np.testing.assert_allclose(found[0, :, 3, :4], 0.25, atol=1e-6)
    handle.remove()


def test_a_forward_that_stands_on_the_model_itself_runs_with_the_twin(build):
    """As accelerate puts one on models that lie on several devices."""
    model = build("llama")
    for module in model.modules():
        before = module.forward
        module.forward = functools.update_wrapper(
            functools.partial(lambda module, *args, **kwargs: module._before(*args, **kwargs), module), before
        )
        module._before = before
    found = LocalEngine(model).attentions(IDS)
    np.testing.assert_allclose(found, oracle(build("llama"), IDS), atol=1e-5)


# the session


def test_the_session_hands_them_out(session):
    found = session.attentions
    np.testing.assert_allclose(found, oracle(session.model, session.tokens.ids.tolist()), atol=1e-5)


def test_a_watched_model_is_not_touched(build, byte_tokenizer):
    model = build("llama")
    with ModelSession.watch(model, byte_tokenizer) as session:
        session.text = "The quick brown fox"
        view = TokenView(session)
        before = traces(model)
        found = session.attentions
        assert traces(model) == before
        np.testing.assert_allclose(found, oracle(build("llama"), session.tokens.ids.tolist()), atol=1e-5)
        view.close()


def test_without_a_view_that_wants_them_none_are_computed(session):
    session.want_distribution()
    session.text = "The king"
    session._worker.run(lambda: None)
    assert session._engine._attended.values.size == 0
    assert session.attending.revision == -1


def test_a_view_that_wants_them_has_the_positions_with_each_text(session):
    session.want_attentions()
    session.text = "The king and"
    session._worker.run(lambda: None)
    found, whole = session.attending, session.attentions
    assert (found.revision, found.query) == (session.state.revision, len(session.tokens) - 1)
    np.testing.assert_array_equal(found.values, whole[:, :, -1])
    passes = session.stats.forwards
    session.position = 1
    session._worker.run(lambda: None)
    assert session.attending.query == 1
    np.testing.assert_array_equal(session.attending.values, whole[:, :, 1])
    assert session.stats.forwards == passes
    session.text = ""
    session._worker.run(lambda: None)
    assert session.attending.error is None
    session.want_attentions(wanted=False)
    assert session.attending.revision == -1


def test_a_view_that_settles_has_them(session):
    view = TokenView(session, color_by="attention")
    session.position = 1
    view.settle()
    assert session.attending.revision == session.state.revision
    view.close()


def test_behind_the_bound_the_reason_is_said(session, monkeypatch):
    monkeypatch.setattr("llmwidgets.answering.MOST_ATTENDING", 3)
    session.want_attentions()
    session._worker.run(lambda: None)
    assert "the first 3 tokens" in session.attending.error.message
    session.position = 1
    session._worker.run(lambda: None)
    assert session.attending.values.shape[-1] == 3


def test_a_part_of_a_text_is_not_taken_for_the_text_where_each_token_sees_all(build, wordpiece_tokenizer, monkeypatch):
    with ModelSession(build("bert", len(wordpiece_tokenizer)), wordpiece_tokenizer, text="the quick fox") as session:
        count = len(session.tokens)
        session.want_attentions()
        session.settle()
        assert session.attending.values.shape[-1] == count
        monkeypatch.setattr("llmwidgets.answering.MOST_ATTENDING", count - 1)
        session.position = 0
        session.settle()
        assert f"at most {count - 1} tokens; this text has {count}" in session.attending.error.message
        with pytest.raises(NotOffered, match="sees all others"):
            _ = session.attentions
