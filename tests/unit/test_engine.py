"""The engine: what it computes equals a full forward pass, and it computes only what changed."""

from __future__ import annotations

import copy
import gc
import random
import weakref

import numpy as np
import pytest
import torch

from llmwidgets import ModelSession
from llmwidgets.engines.engine import Work
from llmwidgets.engines.local import LocalEngine
from llmwidgets.errors import (
    BadLogits,
    EmptyText,
    InvalidValue,
    ModelFailed,
    NotACausalModel,
    NoTokenizer,
    OutOfMemory,
    SessionClosed,
    TextTooLong,
)

KINDS = ["llama", "gpt2", "mistral", "lfm2", "mamba", "bamba", "recurrent_gemma", "minimax"]
REWINDABLE = ["llama", "gpt2", "mistral"]
IDS = [7, 301, 22, 22, 150, 9, 88, 312, 4, 200, 61, 5]


def full(model, ids):
    """Logits after `ids` by one forward pass without any cache."""
    with torch.inference_mode():
        return model(torch.tensor([ids]), use_cache=False).logits[0, -1].float()


def assert_right(model, engine, ids):
    found, expected = engine.logits(ids), full(model, ids)
    assert found.dtype == torch.float32
    assert found.shape == (engine.info.vocabulary,)
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=0)
    torch.testing.assert_close(found.softmax(-1), expected.softmax(-1), atol=1e-5, rtol=0)


def cost(engine, ids):
    """(forwards, tokens computed, tokens reused) of one call."""
    before = engine.work
    engine.logits(ids)
    after = engine.work
    return (
        after.forwards - before.forwards,
        after.tokens_computed - before.tokens_computed,
        after.tokens_reused - before.tokens_reused,
    )


@pytest.fixture(params=KINDS)
def any_model(request, build):
    return build(request.param)


@pytest.fixture(params=REWINDABLE)
def rewindable(request, build):
    return build(request.param)


# right


def test_what_is_computed_on_a_cache_is_right(any_model):
    engine = LocalEngine(any_model)
    changes = [
        IDS[:4],
        IDS[:5],  # append
        IDS[:9],  # append several
        IDS[:9],  # the same again
        IDS[:3],  # a position inside
        IDS[:1],  # the first
        IDS[:9],  # the end again
        [*IDS[:4], 99, *IDS[5:9]],  # one in the middle
        [*IDS[:4], *IDS[5:9]],  # one taken out
        IDS[:6],  # the end cut off
        [3, *IDS],  # one put in front
        IDS[1:],  # the first taken out
        [42],  # quite another
        IDS,
    ]
    for ids in changes:
        assert_right(any_model, engine, ids)


def test_any_sequence_of_changes_is_right(any_model):
    engine = LocalEngine(any_model)
    chance = random.Random(5)
    ids = list(IDS)
    for _ in range(25):
        start, end = sorted(chance.choices(range(len(ids) + 1), k=2))
        ids[start:end] = [chance.randrange(420) for _ in range(chance.randrange(4))]
        ids = ids[:40] or [1]
        assert_right(any_model, engine, ids)
        assert_right(any_model, engine, ids[: chance.randrange(1, len(ids) + 1)])


def test_a_model_in_lower_precision_gives_float32(build):
    engine = LocalEngine(build("llama").to(torch.bfloat16))
    assert engine.logits(IDS).dtype == torch.float32
    assert engine.embeddings([1, 2]).dtype == np.float32


# what it costs


def test_appending_costs_one_token(rewindable):
    engine = LocalEngine(rewindable)
    assert cost(engine, IDS[:8]) == (1, 8, 0)
    assert cost(engine, IDS[:9]) == (1, 1, 8)
    assert cost(engine, IDS[:12]) == (1, 3, 9)


def test_editing_the_end_costs_the_end(rewindable):
    engine = LocalEngine(rewindable)
    engine.logits(IDS)
    assert cost(engine, [*IDS[:10], 99, 98]) == (1, 2, 10)
    assert cost(engine, [*IDS[:2], 99, 98]) == (1, 2, 2)
    assert cost(engine, [99, *IDS[:2]]) == (1, 3, 0)


def test_a_position_inside_costs_one_token_and_keeps_what_follows(rewindable):
    engine = LocalEngine(rewindable)
    engine.logits(IDS)
    assert cost(engine, IDS[:5]) == (1, 1, 4)
    assert cost(engine, IDS[:1]) == (1, 1, 0)
    assert cost(engine, IDS) == (1, 1, 11)
    assert cost(engine, [*IDS, 99]) == (1, 1, 12)
    assert_right(rewindable, engine, [*IDS, 99, 98])


def test_a_recurrent_model_appends_cheaply_and_starts_anew_else(build):
    model = build("lfm2")
    engine = LocalEngine(model)
    assert cost(engine, IDS[:8]) == (1, 8, 0)
    assert cost(engine, IDS[:9]) == (1, 1, 8)
    assert cost(engine, IDS[:5]) == (1, 5, 0)
    assert cost(engine, [99, *IDS[:5]]) == (1, 6, 0)
    assert_right(model, engine, [99, *IDS[:6]])


def test_a_model_without_this_kind_of_cache_computes_all(build):
    """Mamba takes its state under another name; a call with past_key_values would see the new tokens alone."""
    engine = LocalEngine(build("mamba"))
    assert cost(engine, IDS[:8]) == (1, 8, 0)
    assert cost(engine, IDS[:9]) == (1, 9, 0)


@pytest.mark.parametrize("kind", ["bamba", "recurrent_gemma", "minimax"])
def test_a_model_that_goes_on_wrong_or_not_at_all_computes_all(build, kind, caplog):
    """Bamba's and RecurrentGemma's states take one token at a time, and MiniMax wants a cache of its own."""
    engine = LocalEngine(build(kind))
    assert cost(engine, IDS[:8]) == (1, 8, 0)
    assert cost(engine, IDS[:9]) == (1, 9, 0)
    assert [record.message for record in caplog.records if "from its start" in record.message]


def test_a_model_is_tried_once_and_one_with_keys_and_values_alone_never(build):
    for kind, passes in (("lfm2", 4), ("llama", 0)):
        model, seen = build(kind), []
        model.register_forward_hook(lambda *_, seen=seen: seen.append(1))
        engine = LocalEngine(model)
        for count in range(3, 8):
            engine.logits(IDS[:count])
        assert len(seen) == 5 + passes


def test_full_memory_says_nothing_of_how_a_model_goes_on(build):
    model = build("lfm2")

    def full_memory(*_):
        raise MemoryError

    hook = model.register_forward_pre_hook(full_memory)
    engine = LocalEngine(model)
    with pytest.raises(OutOfMemory):
        engine.logits(IDS[:8])
    hook.remove()
    engine.logits(IDS[:8])
    assert cost(engine, IDS[:9]) == (1, 1, 8)


def test_forgetting_starts_anew(rewindable):
    engine = LocalEngine(rewindable)
    engine.logits(IDS)
    engine.forget()
    assert cost(engine, IDS) == (1, 12, 0)


def test_logits_are_made_for_one_position_alone(model):
    shapes = []
    model.lm_head.register_forward_hook(lambda _module, _inputs, output: shapes.append(tuple(output.shape)))
    LocalEngine(model).logits(IDS)
    assert shapes == [(1, 1, 420)]


def test_seconds_are_counted(model):
    engine = LocalEngine(model)
    assert engine.work == Work()
    engine.logits(IDS)
    assert engine.work.seconds > 0


# the user's model stays as it is


def test_the_mode_stays_and_dropout_is_off_meanwhile(build, monkeypatch):
    model = build("gpt2", resid_pdrop=0.5, embd_pdrop=0.5, attn_pdrop=0.5)
    expected = full(model, IDS)
    model.train()
    model.transformer.h[1].eval()
    modes = {name: module.training for name, module in model.named_modules()}
    engine = LocalEngine(model)
    torch.testing.assert_close(engine.logits(IDS), expected, atol=1e-3, rtol=0)
    assert {name: module.training for name, module in model.named_modules()} == modes

    def fail(*_arguments, **_options):
        raise RuntimeError

    monkeypatch.setattr(model.transformer.h[1], "forward", fail)
    with pytest.raises(RuntimeError):
        engine.logits([1, 2])
    assert {name: module.training for name, module in model.named_modules()} == modes


def test_the_configuration_and_the_weights_stay(any_model):
    config, generation = copy.deepcopy(any_model.config.to_dict()), copy.deepcopy(any_model.generation_config.to_dict())
    weights = {name: weight.clone() for name, weight in any_model.named_parameters()}
    engine = LocalEngine(any_model)
    engine.logits(IDS)
    engine.logits(IDS[:4])
    assert any_model.config.to_dict() == config
    assert any_model.generation_config.to_dict() == generation
    for name, weight in any_model.named_parameters():
        assert torch.equal(weight, weights[name])
        assert weight.requires_grad
        assert weight.grad is None


# embeddings and what is held


def test_embeddings_are_the_input_table(any_model):
    table = any_model.get_input_embeddings().weight.detach().numpy()
    assert np.array_equal(LocalEngine(any_model).embeddings([5, 0, 5]), table[[5, 0, 5]])


def test_what_is_held_is_told(build):
    model = build("llama")
    info = LocalEngine(model, name="tiny", source="folder").info
    assert (info.name, info.source, info.device, info.dtype) == ("tiny", "folder", "cpu", "float32")
    assert info.parameters == sum(weight.numel() for weight in model.parameters())
    assert info.bytes == 4 * info.parameters
    assert (info.vocabulary, info.dimensions, info.context) == (420, 16, 128)
    assert info.can_predict
    assert info.can_embed
    assert LocalEngine(build("gpt2", n_positions=99)).info.context == 99


@pytest.mark.parametrize(("given", "expected"), [(None, set()), (5, {5}), ([5, 7], {5, 7})])
def test_ends_of_text(given, expected, model):
    model.generation_config.eos_token_id = given
    assert LocalEngine(model).stop_ids() == expected


# what can go wrong: each with its error, and the session lives on


@pytest.fixture
def loud(build, byte_tokenizer):
    """A session whose model can be told to fail inside its second layer."""
    model = build("llama")
    state = {"raise": None, "held": None}

    def fail(_module, _inputs, output):
        if state["raise"] is not None:
            held = torch.zeros(10)
            state["held"] = weakref.ref(held)
            error, state["raise"] = state["raise"], None
            raise error
        return output

    model.model.layers[1].register_forward_hook(fail)
    with ModelSession(model, byte_tokenizer, text="The king") as session:
        yield session, state


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), OutOfMemory),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"), OutOfMemory),
        (MemoryError(), OutOfMemory),
        (RuntimeError("some kernel failed"), ModelFailed),
    ],
)
def test_a_failure_has_its_error_and_the_session_works_after_it(error, expected, loud):
    session, state = loud
    fresh = session.distribution.logits
    session.text = "The king and the queen"
    state["raise"] = error
    with pytest.raises(expected) as caught:
        _ = session.distribution
    assert caught.value.__cause__ is error
    assert caught.value.hint
    assert session.text == "The king and the queen"
    ids = session.tokens.ids.tolist()
    found = session.distribution.logits  # asked again, it is tried again
    np.testing.assert_allclose(found, full(session.model, ids), atol=1e-3)
    session.text = "The king"
    np.testing.assert_allclose(session.distribution.logits, fresh, atol=1e-3)


def test_out_of_memory_names_the_device_and_holds_nothing(loud):
    """The error kept its frames, and they kept every activation of the forward pass that had no room."""
    session, state = loud
    state["raise"] = torch.OutOfMemoryError("no room")
    session.want_distribution()
    with pytest.raises(OutOfMemory) as caught:
        raise_after(session)
    assert caught.value.values["device"] == "cpu"
    gc.collect()
    assert state["held"]() is None


def raise_after(session):
    error = session._worker.run(lambda: session.status.error)
    assert error is not None
    raise error.with_traceback(None)


@pytest.mark.parametrize("action", ["step", "generate"])
def test_a_failure_while_drawing_leaves_the_text(action, loud):
    session, state = loud
    session.position = 0
    before, tokens = session.text, len(session.tokens)
    state["raise"] = torch.OutOfMemoryError("no room")
    with pytest.raises(OutOfMemory):
        getattr(session, action)()
    assert session.text == before
    assert len(session.tokens) == tokens
    assert session.position == 0
    session.generate(3)
    assert len(session.tokens) == 4
    assert session.undo()
    assert (session.text, session.position) == (before, 0)
    assert not session.undo() or session.text == ""


def test_a_text_too_long(build, byte_tokenizer):
    with ModelSession(build("llama", max_position_embeddings=8), byte_tokenizer) as session:
        session.text = "abcdefghi" * 3
        with pytest.raises(TextTooLong, match="8") as caught:
            _ = session.distribution
        assert caught.value.values == {"tokens": len(session.tokens), "context": 8}
        assert session.text == "abcdefghi" * 3
        with pytest.raises(TextTooLong):
            session.generate(1)
        with pytest.raises(TextTooLong):
            session.step()
        assert session.text == "abcdefghi" * 3
        session.position = 3  # what stands before it has room
        assert session.distribution.position == 3
        session.text = "abc"
        assert session.distribution.logits.shape == (420,)


@pytest.mark.parametrize("ids", [[10**9], [-1], [1, 420], [1.5], "ab", [[1, 2]], [True, "a"]])
def test_ids_that_the_model_has_not(session, ids):
    with pytest.raises(InvalidValue):
        session.embed_tokens(ids)
    assert session.embed_tokens(np.array([0, 419])).shape == (2, session.info.dimensions)
    assert session.embed_tokens([]).shape == (0, session.info.dimensions)


def test_a_token_that_was_added_and_has_no_row_is_said_to_have_none(build, byte_tokenizer):
    tokenizer, rows = copy.deepcopy(byte_tokenizer), len(byte_tokenizer)
    tokenizer.add_tokens(["zzz"])
    with ModelSession(build("llama", vocabulary=rows), tokenizer, text="zzz") as session:
        assert session.tokens.ids.tolist() == [rows]
        with pytest.raises(InvalidValue, match=f"its table has {rows} rows"):
            _ = session.distribution
        assert session.text == "zzz"


def test_an_empty_text(session):
    session.text = ""
    for ask in (lambda: session.distribution, session.step, session.sample, lambda: session.generate(2)):
        with pytest.raises(EmptyText):
            ask()
    assert session.status.error is None
    assert session.status.state == "ready"
    assert len(session.tokens) == 0
    session.text = "The"
    session.step()


def test_a_begin_of_text_token_is_enough_to_begin(build, bos_tokenizer):
    with ModelSession(build("llama", len(bos_tokenizer)), bos_tokenizer) as session:
        assert session.text == ""
        assert session.distribution.position == 0
        assert len(session.generate(3).tokens) == 3


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_broken_weights(value, build, byte_tokenizer):
    model = build("llama")
    with torch.no_grad():
        model.lm_head.weight[3:5, 2] = torch.tensor([value, -value])
    with ModelSession(model, byte_tokenizer, text="The") as session:
        for ask in (lambda: session.distribution, session.step, lambda: session.generate(2), session.sample):
            with pytest.raises(BadLogits, match=r"NaN|inf"):
                ask()
        assert session.text == "The"
        with torch.no_grad():
            model.lm_head.weight[3:5, 2] = 0.0
        session.text = "The king"
        assert np.isfinite(session.distribution.logits).all()


def test_an_encoder_shows_tokens_and_vectors_and_predicts_nothing(build, wordpiece_tokenizer):
    with ModelSession(build("bert", len(wordpiece_tokenizer)), wordpiece_tokenizer, text="The king") as session:
        assert not session.info.can_predict
        assert session.tokens.pieces[0] == "[CLS]"
        assert session.embed(["king", "queen"]).shape == (2, 16)
        for ask in (lambda: session.distribution, session.step, session.sample, lambda: session.generate(2)):
            with pytest.raises(NotACausalModel, match="encoder"):
                ask()
        assert session.text == "The king"


def test_a_closed_engine(model):
    engine = LocalEngine(model)
    engine.logits(IDS)
    engine.close()
    for ask in (lambda: engine.logits(IDS), lambda: engine.embeddings([1]), engine.stop_ids):
        with pytest.raises(SessionClosed):
            ask()


def test_what_is_no_model_is_refused(model, byte_tokenizer):
    with pytest.raises(InvalidValue, match="int"):
        ModelSession(3, byte_tokenizer)
    with pytest.raises(NoTokenizer):
        ModelSession(model)
    with pytest.raises(InvalidValue, match="device_map"):
        ModelSession(model, byte_tokenizer, device_map="auto")


# the real one


def test_the_default_model_is_right(real):
    real.text = "You are a pirate chatbot who always responds in pirate speak!\nUser: Who are you?\nAssistant:"
    texts = [real.text, real.text + " I", real.text[:-20], "むかしむかし、あるところに"]
    for text in texts:
        real.text = text
        expected = full(real.model, real.tokens.ids.tolist())
        np.testing.assert_allclose(real.distribution.logits, expected, atol=1e-3)
        # in double precision: torch's float32 softmax is off by 8e-6 on some processors
        np.testing.assert_allclose(real.distribution.probs(), expected.double().softmax(-1), atol=1e-5)
    assert real.stats.tokens_reused > 0
