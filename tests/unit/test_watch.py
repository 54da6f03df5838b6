"""A watched model: what the user's own code does with it is shown, and nothing of it is changed."""

from __future__ import annotations

import copy
import gc
import inspect
import io
import pickle
import threading
import weakref

import numpy as np
import pytest
import torch
import transformers

from llmwidgets import ModelSession, NextTokenBar, SamplerSlider, TokenView
from llmwidgets.errors import Generating, InvalidValue, ModelGone, ModelInTraining, NotACausalModel, NoTokenizer
from llmwidgets.stages.distribution import FRAME_HEAD

DECODERS = ["llama", "gpt2", "qwen2", "gemma2", "mistral", "mixtral"]
IDS = torch.tensor([[7, 301, 22, 150, 9, 88, 312, 4]])
BATCH = {
    "input_ids": torch.tensor([[0, 0, 0, 150, 9, 88], [7, 301, 22, 150, 9, 88]]),
    "attention_mask": torch.tensor([[0, 0, 0, 1, 1, 1], [1, 1, 1, 1, 1, 1]]),
}
PATIENCE = 60


@pytest.fixture(params=DECODERS)
def decoder(request, build):
    return build(request.param)


class Watching:
    """A watched session that a view looks at."""

    def __init__(self, model, tokenizer):
        self.session = ModelSession.watch(model, tokenizer)
        self.session.want_distribution(True)

    def __enter__(self):
        return self.session

    def __exit__(self, *_):
        self.session.close()


@pytest.fixture
def watched(model, byte_tokenizer):
    with Watching(model, byte_tokenizer) as session:
        yield session


def shown(session):
    return torch.as_tensor(session.distribution.logits)


def ids_of(session):
    return session.tokens.ids.tolist()


def bit_equal(left, right):
    """Whether two outputs are the same to the bit, whatever they consist of."""
    if isinstance(left, torch.Tensor):
        return left.dtype == right.dtype and torch.equal(left, right)
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(bit_equal(left[name], right[name]) for name in left)
    if isinstance(left, (tuple, list)):
        return len(left) == len(right) and all(map(bit_equal, left, right))
    if isinstance(left, transformers.Cache):
        return all(
            bit_equal((a.keys, a.values), (b.keys, b.values)) for a, b in zip(left.layers, right.layers, strict=True)
        )
    return left == right


def traces(model):
    """Everything that hangs on the modules of a model."""
    return {
        name: (
            {key: id(value) for key, value in vars(module).items()},
            {key: len(value) for key, value in vars(module).items() if key.endswith(("_hooks", "_kwargs", "_called"))},
            module.training,
        )
        for name, module in model.named_modules()
    }


# the same to the bit

MODES = {
    "greedy": {"do_sample": False},
    "sampling": {"do_sample": True, "temperature": 0.8, "top_k": 20, "top_p": 0.9},
    "several": {"do_sample": True, "num_return_sequences": 3},
    "beams": {"num_beams": 3, "num_return_sequences": 2},
    "sampled beams": {"num_beams": 2, "do_sample": True},
    "lookup": {"prompt_lookup_num_tokens": 3},
    "static": {"cache_implementation": "static"},
    "no cache": {"use_cache": False},
    "penalty": {"repetition_penalty": 1.4, "no_repeat_ngram_size": 2},
    "chunks": {"prefill_chunk_size": 3},
}


def generated(model, mode, **more):
    torch.manual_seed(11)
    output = model.generate(
        **{"input_ids": IDS, "max_new_tokens": 6, "pad_token_id": 0, **more, **MODES[mode]},
        return_dict_in_generate=True,
        output_logits=True,
        output_scores=True,
    )
    return output, torch.get_rng_state()


@pytest.mark.parametrize("mode", MODES)
def test_generate_is_the_same_to_the_bit(decoder, byte_tokenizer, mode):
    expected = generated(decoder, mode)
    with Watching(decoder, byte_tokenizer):
        found = generated(decoder, mode)
    assert bit_equal(dict(found[0]), dict(expected[0]))
    assert torch.equal(found[1], expected[1])


def test_a_batch_is_the_same_to_the_bit(decoder, byte_tokenizer):
    expected = decoder.generate(**BATCH, max_new_tokens=5, pad_token_id=0)
    with Watching(decoder, byte_tokenizer):
        assert torch.equal(decoder.generate(**BATCH, max_new_tokens=5, pad_token_id=0), expected)


def test_an_assistant_is_the_same_to_the_bit(model, build, byte_tokenizer):
    assistant = build("llama", num_hidden_layers=1)
    expected = model.generate(IDS, assistant_model=assistant, max_new_tokens=8)
    with Watching(model, byte_tokenizer) as session, Watching(assistant, byte_tokenizer) as other:
        assert torch.equal(model.generate(IDS, assistant_model=assistant, max_new_tokens=8), expected)
        assert ids_of(session) == expected[0].tolist()
        assert len(other.tokens) >= IDS.shape[1]


@pytest.mark.parametrize("kind", [*DECODERS, "bert", "t5", "mamba", "lfm2"])
def test_a_call_is_the_same_to_the_bit(build, byte_tokenizer, kind):
    model = build(kind)
    given = {"input_ids": IDS} if kind != "t5" else {"input_ids": IDS, "labels": IDS}
    with torch.no_grad():
        expected = model(**given)
        with Watching(model, byte_tokenizer):
            found = model(**given)
    plain = [name for name in expected if isinstance(expected[name], torch.Tensor)]
    assert plain
    assert all(torch.equal(found[name], expected[name]) for name in plain)


def trained(model):
    """Three steps of training, dropout included: the losses, and the weights that come of it."""
    torch.manual_seed(5)
    model = copy.deepcopy(model).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(3):
        loss = model(input_ids=IDS, labels=IDS).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses), [weight.detach() for weight in model.parameters()]


@pytest.mark.parametrize("kind", ["llama", "gpt2", "mixtral"])
def test_training_is_the_same_to_the_bit(build, byte_tokenizer, kind):
    model = build(kind, **({"attention_dropout": 0.2} if kind != "gpt2" else {"attn_pdrop": 0.2}))
    expected = trained(model)
    torch.manual_seed(5)
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    with Watching(model, byte_tokenizer) as session:
        for _ in range(3):
            output = model(input_ids=IDS, labels=IDS)
            optimizer.zero_grad()
            output.loss.backward()
            optimizer.step()
            losses.append(output.loss.detach())
            assert torch.equal(shown(session), output.logits[0, -1].detach())
        assert ids_of(session) == IDS[0].tolist()
    assert torch.equal(torch.stack(losses), expected[0])
    assert bit_equal([weight.detach() for weight in model.parameters()], expected[1])
    assert all(module.training for module in model.modules())


def test_autocast_and_inference_mode(model, byte_tokenizer, watched):
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        output = model(input_ids=IDS)
        assert output.logits.dtype == torch.bfloat16
    assert torch.equal(shown(watched), output.logits[0, -1].float())


# nothing stays


@pytest.mark.parametrize("kind", [*DECODERS, "bert", "t5"])
def test_the_end_of_a_watch_restores_everything(build, byte_tokenizer, kind):
    model = build(kind)
    before = traces(model)
    signature = inspect.signature(model.forward)
    session = ModelSession.watch(model, byte_tokenizer)
    model(input_ids=IDS, **({"labels": IDS} if kind == "t5" else {}))
    if kind != "bert":
        model.generate(IDS, max_new_tokens=3, num_beams=2)
    session.unwatch()
    assert traces(model) == before
    assert inspect.signature(model.forward) == signature
    session.unwatch()
    session.close()


def test_what_others_put_over_it_stays(model, byte_tokenizer):
    session = ModelSession.watch(model, byte_tokenizer)
    inner = model.generate

    def own(*args, **kwargs):
        return inner(*args, **kwargs)

    model.generate = own
    session.unwatch()
    assert model.generate is own
    assert model.generate(IDS, max_new_tokens=2).shape == (1, 10)
    session.close()


def test_a_hook_of_the_users_own_stays(model, byte_tokenizer):
    calls = []
    handle = model.register_forward_hook(lambda *_: calls.append(1))
    with ModelSession.watch(model, byte_tokenizer):
        model(input_ids=IDS)
    model(input_ids=IDS)
    assert len(calls) == 2
    handle.remove()


def test_with_ends_the_watch_and_the_session_goes_on(model, byte_tokenizer):
    with ModelSession.watch(model, byte_tokenizer) as session:
        model(input_ids=IDS)
    assert not session.watching
    model(input_ids=IDS[:, :3])
    assert ids_of(session) == IDS[0].tolist()
    session.text = "The king"
    assert session.distribution.top(1)
    session.close()


def test_a_signature_and_a_name_are_those_of_generate(model, watched):
    assert inspect.signature(model.generate) == inspect.signature(type(model).generate.__get__(model))
    assert model.generate.__name__ == "generate"
    assert model.generate.__self__ is model


def test_a_copy_of_a_watched_model_is_a_model_of_its_own(model, watched):
    copied = copy.deepcopy(model)
    before = ids_of(watched)
    assert copied.generate.__self__ is copied
    assert copied.generate(IDS, max_new_tokens=2, do_sample=False).shape == (1, 10)
    assert ids_of(watched) == before
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=False)
    assert loaded.generate.__self__ is loaded
    assert torch.equal(loaded(input_ids=IDS).logits, model(input_ids=IDS).logits)
    assert pickle.loads(pickle.dumps(model)).config.vocab_size == model.config.vocab_size


# what is shown


def test_a_call_is_shown(decoder, byte_tokenizer):
    with Watching(decoder, byte_tokenizer) as session:
        output = decoder(input_ids=IDS)
        assert ids_of(session) == IDS[0].tolist()
        assert session.position == -1
        assert torch.equal(shown(session), output.logits[0, -1].float())
        assert session.stats.forwards == 0


@pytest.mark.parametrize("how", ["tuple", "positional", "one row"])
def test_other_ways_to_call(model, watched, how):
    if how == "tuple":
        logits = model(input_ids=IDS, return_dict=False)[0]
    elif how == "positional":
        logits = model(IDS).logits
    else:
        logits = model(IDS[:1], torch.ones_like(IDS)).logits
    assert ids_of(watched) == IDS[0].tolist()
    assert torch.equal(shown(watched), logits[0, -1])


def test_generate_is_shown_with_the_last_distribution_and_the_token_that_came(decoder, byte_tokenizer):
    with Watching(decoder, byte_tokenizer) as session:
        output, _ = generated(decoder, "sampling")
        assert ids_of(session) == output.sequences[0].tolist()
        assert session.position == len(session.tokens) - 2
        assert torch.equal(shown(session), output.logits[-1][0])
        sampler = session.sampler
        assert (sampler.do_sample, sampler.temperature, sampler.top_k, sampler.top_p) == (True, 0.8, 20, 0.9)
        assert (session.status.reason, session.status.generated) == ("length", 6)
        assert session.stats.forwards == 0


@pytest.mark.parametrize("mode", ["greedy", "lookup", "static", "no cache", "chunks", "penalty"])
def test_the_last_distribution_of_each_mode(model, watched, mode):
    output, _ = generated(model, mode)
    assert ids_of(watched) == output.sequences[0].tolist()
    assert torch.equal(shown(watched), output.logits[-1][0])
    assert watched.stats.forwards == 0


def test_the_settings_are_those_that_generate_uses(model, watched):
    model.generation_config.temperature = 0.6
    model.generation_config.do_sample = True
    model.generate(IDS, max_new_tokens=2)
    assert (watched.sampler.temperature, watched.sampler.top_k, watched.sampler.do_sample) == (0.6, 50, True)
    model.generate(IDS, max_new_tokens=2, do_sample=False, repetition_penalty=1.2)
    assert (watched.sampler.do_sample, watched.sampler.repetition_penalty) == (False, 1.2)


def test_a_batch_has_rows_without_their_padding(model, watched):
    output = model(**BATCH)
    assert (watched.rows, watched.row) == (2, 0)
    assert ids_of(watched) == [150, 9, 88]
    assert torch.equal(shown(watched), output.logits[0, -1])
    watched.row = 1
    assert ids_of(watched) == BATCH["input_ids"][1].tolist()
    assert torch.equal(shown(watched), output.logits[1, -1])
    with pytest.raises(InvalidValue, match="row"):
        watched.row = 2
    assert watched.stats.forwards == 0


def test_padding_behind(model, watched):
    ids = BATCH["input_ids"].flip(1)
    mask = BATCH["attention_mask"].flip(1)
    output = model(input_ids=ids, attention_mask=mask)
    assert ids_of(watched) == [88, 9, 150]
    assert torch.equal(shown(watched), output.logits[0, 2])
    watched.row = 1
    assert torch.equal(shown(watched), output.logits[1, 5])


def test_a_generated_batch_ends_each_row_at_its_end(build, byte_tokenizer):
    """A row that ends early is padded by generate until the others have ended: its last distribution is the one that drew its end."""
    model = build("llama")
    free = model.generate(**BATCH, max_new_tokens=6, pad_token_id=0, do_sample=False)
    end = int(free[0, 8])
    assert end not in free[0, 6:8]
    assert end not in free[1, 6:]
    with Watching(model, byte_tokenizer) as session:
        output = model.generate(
            **BATCH,
            max_new_tokens=6,
            pad_token_id=0,
            eos_token_id=end,
            do_sample=False,
            return_dict_in_generate=True,
            output_logits=True,
        )
        assert ids_of(session) == [150, 9, 88, *free[0, 6:9].tolist()]
        assert torch.equal(shown(session), output.logits[2][0])
        assert session.status.reason == "eos"
        session.row = 1
        assert ids_of(session) == output.sequences[1].tolist()
        assert torch.equal(shown(session), output.logits[-1][1])


def test_a_loop_of_ones_own_over_a_cache(model, watched):
    ids, past, seen = IDS, None, []
    for _ in range(4):
        output = model(input_ids=ids, past_key_values=past, use_cache=True)
        past = output.past_key_values
        seen = [*seen, *ids[0].tolist()]
        assert ids_of(watched) == seen
        assert torch.equal(shown(watched), output.logits[0, -1])
        ids = output.logits[:, -1:].argmax(-1)


def test_a_cache_that_was_filled_before_is_not_known(model, byte_tokenizer):
    output = model(input_ids=IDS, use_cache=True)
    with Watching(model, byte_tokenizer) as session:
        model(input_ids=IDS[:, :2], past_key_values=output.past_key_values)
        assert session.text.startswith("?" * 8)
        assert ids_of(session) == [-1] * 8 + IDS[0, :2].tolist()


def test_tuples_one_after_the_other(model, watched):
    """The logits of a tuple are nobody's once the call is over: the next call must not be taken for the same."""
    for count in (3, 5, 4):
        model(input_ids=IDS[:, :count], return_dict=False)
        assert ids_of(watched) == IDS[0, :count].tolist()


def test_going_on_from_the_cache_that_generate_returned(model, watched):
    output = model.generate(IDS, max_new_tokens=4, do_sample=False, return_dict_in_generate=True)
    model(input_ids=output.sequences[:, -1:], past_key_values=output.past_key_values)
    assert ids_of(watched) == output.sequences[0].tolist()


def test_a_cache_that_was_wound_back(model, watched):
    output = model(input_ids=IDS, use_cache=True)
    output.past_key_values.crop(-5)
    model(input_ids=IDS[:, :2], past_key_values=output.past_key_values)
    assert ids_of(watched) == [*IDS[0, :3].tolist(), *IDS[0, :2].tolist()]


def test_embeddings_instead_of_ids_have_no_text(model, watched):
    model(input_ids=IDS)
    model(inputs_embeds=model.get_input_embeddings()(IDS[:, :2]))
    assert ids_of(watched) == IDS[0].tolist()
    model.generate(inputs_embeds=model.get_input_embeddings()(IDS), max_new_tokens=3)
    assert len(watched.tokens) == 3


def test_an_encoder_and_a_decoder(build, byte_tokenizer):
    model = build("t5")
    with Watching(model, byte_tokenizer) as session:
        output = model.generate(
            IDS, max_new_tokens=5, do_sample=False, return_dict_in_generate=True, output_logits=True
        )
        assert ids_of(session) == output.sequences[0].tolist()
        assert torch.equal(shown(session), output.logits[-1][0])
        output = model(input_ids=IDS, labels=IDS)
        assert ids_of(session) == [0, *IDS[0, :-1].tolist()]
        assert torch.equal(shown(session), output.logits[0, -1])
        assert session.stats.forwards == 0


def test_an_encoder(build, byte_tokenizer):
    model = build("bert")
    with Watching(model, byte_tokenizer) as session:
        model(input_ids=IDS)
        assert ids_of(session) == IDS[0].tolist()
        with pytest.raises(NotACausalModel):
            _ = session.distribution


def test_beams_are_shown_as_the_best_of_them(model, watched):
    output, _ = generated(model, "beams")
    assert ids_of(watched) == output.sequences[0].tolist()
    assert watched.rows == 2
    beams = watched.beams
    assert [beam.score for beam in beams.rows[0].finished[:2]] == output.sequences_scores.tolist()
    model(input_ids=IDS)
    assert watched.beams is None


def test_a_pipeline(model, byte_tokenizer):
    pipeline = transformers.pipeline("text-generation", model=model, tokenizer=byte_tokenizer)
    with Watching(model, byte_tokenizer) as session:
        found = pipeline("The king", max_new_tokens=4, do_sample=False)[0]["generated_text"]
        assert session.text == found


# compiled


def test_a_graph_keeps_no_trace(model, byte_tokenizer):
    torch._dynamo.reset()
    expected = model(input_ids=IDS).logits
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    with Watching(compiled, byte_tokenizer) as session:
        output = compiled(input_ids=IDS)
        assert torch.equal(output.logits, expected)
        assert ids_of(session) == IDS[0].tolist()
        assert torch.equal(shown(session), expected[0, -1])
        # the model within, called by itself
        model(input_ids=IDS[:, :3])
        assert ids_of(session) == IDS[0, :3].tolist()
    torch._dynamo.reset()


def test_a_compiled_generate(model, byte_tokenizer):
    torch._dynamo.reset()
    config = transformers.CompileConfig(backend="eager", fullgraph=True)
    config._compile_all_devices = True
    settings = {"cache_implementation": "static", "compile_config": config, "max_new_tokens": 5, "do_sample": False}
    settings |= {"return_dict_in_generate": True, "output_logits": True}
    expected = model.generate(IDS, **settings)
    del model._compiled_call
    torch._dynamo.reset()
    with Watching(model, byte_tokenizer) as session:
        output = model.generate(IDS, **settings)
        assert torch.equal(output.sequences, expected.sequences)
        assert bit_equal(output.logits, expected.logits)
        assert ids_of(session) == output.sequences[0].tolist()
        assert torch.equal(shown(session), output.logits[-1][0])
    torch._dynamo.reset()


# while it runs


def test_stop_ends_a_generate_as_its_length_does(model, watched):
    """The stop comes from another thread while a pass runs: that pass's token is the last, in every mode."""
    for mode in ("greedy", "sampling", "beams", "lookup"):
        passes = []

        def count(*_, passes=passes):
            passes.append(1)
            if len(passes) == 2:
                stopper = threading.Thread(target=watched.stop)
                stopper.start()
                stopper.join(PATIENCE)

        handle = model.register_forward_pre_hook(count)
        output, _ = generated(model, mode, max_new_tokens=40)
        handle.remove()
        assert len(passes) == 2
        expected, _ = generated(model, mode, max_new_tokens=output.sequences.shape[1] - IDS.shape[1])
        assert torch.equal(output.sequences, expected.sequences)
        assert bit_equal(output.logits, expected.logits)
    # a new one runs to its end
    assert model.generate(IDS, max_new_tokens=7, do_sample=False).shape == (1, 15)


def test_the_status_says_that_it_writes(model, watched):
    found = []
    handle = model.register_forward_pre_hook(lambda *_: found.append(watched.status))
    model.generate(IDS, max_new_tokens=3, do_sample=False)
    handle.remove()
    assert found[2].tokens_per_second > 0
    # before the second pass the first has been seen
    assert [(status.state, status.max_new_tokens) for status in found[1:]] == [("generating", 3)] * 2
    assert watched.status.state == "ready"


def test_the_text_cannot_be_changed_while_a_cell_writes_it(model, watched):
    refused = []

    def change(*_):
        with pytest.raises(Generating):
            watched.text = "another"
        refused.append(1)

    handle = model.register_forward_hook(change)
    output = model.generate(IDS, max_new_tokens=3, do_sample=False)
    handle.remove()
    assert len(refused) == 3
    assert ids_of(watched) == output[0].tolist()
    watched.text = "another"
    assert watched.text == "another"
    assert watched.rows == 1


def test_views_are_repainted_and_the_last_frame_arrives(model, byte_tokenizer):
    with Watching(model, byte_tokenizer) as session:
        told = threading.Event()
        frames = []

        def listen():
            frames.append(session.state.tokens.ids.tolist())
            if len(frames[-1]) == 28:
                told.set()

        session.attach(listen)
        output = model.generate(IDS, max_new_tokens=20, do_sample=False)
        assert told.wait(PATIENCE)
        assert frames[-1] == output[0].tolist()
        assert len(frames) < 20


def test_a_frame_brings_fewer_tokens_by_name_and_the_last_state_all(model, byte_tokenizer):
    with Watching(model, byte_tokenizer) as session:
        heads = []

        def criterion(input_ids, scores, **_):
            heads.append(len(session.outcome.summary.ids))
            return torch.zeros(len(input_ids), dtype=torch.bool)

        model.generate(IDS, max_new_tokens=4, do_sample=False, stopping_criteria=[criterion])
        vocabulary = session.info.vocabulary
        assert vocabulary > FRAME_HEAD + 20
        # the tokens of the text are among them too
        assert all(FRAME_HEAD <= head < FRAME_HEAD + 20 for head in heads[1:])
        assert len(session.outcome.summary.ids) == vocabulary


def test_a_watched_session_does_not_move(model, byte_tokenizer, watched):
    output = model.generate(IDS, max_new_tokens=2, do_sample=False)
    with pytest.raises(InvalidValue, match="watches"):
        watched.move_to("http://127.0.0.1:9")
    assert ids_of(watched) == output[0].tolist()
    assert watched.watching


def test_no_view_no_logits(model, byte_tokenizer, monkeypatch):
    """Without a view nothing is kept but the ids; what is asked afterwards is computed."""
    with ModelSession.watch(model, byte_tokenizer) as session:
        output = model.generate(IDS, max_new_tokens=3, do_sample=False)
        assert session._seen.tail is None
        assert ids_of(session) == output[0].tolist()
        expected = model(input_ids=output, use_cache=False).logits[0, -1]
        torch.testing.assert_close(shown(session), expected, atol=1e-4, rtol=0)
    session.close()


def test_the_views_of_a_batch_and_of_a_run(model, byte_tokenizer):
    with Watching(model, byte_tokenizer) as session:
        views = [TokenView(session), NextTokenBar(session), SamplerSlider(session)]
        store = views[0].store
        told = threading.Event()
        session.attach(lambda: told.set() if session.rows == 2 else None)
        model(**BATCH)
        assert told.wait(PATIENCE)
        store.publish()
        assert (store.info["rows"], store.info["row"]) == (2, 0)
        assert store.distribution["revision"] == session.state.revision
        for view in views:
            view.close()


# bad cases


def test_a_deleted_model_is_let_go(build, byte_tokenizer):
    model = build("llama")
    weight = weakref.ref(model.lm_head.weight)
    session = ModelSession.watch(model, byte_tokenizer)
    view = NextTokenBar(session)
    told = threading.Event()
    session.attach(lambda: told.set() if session.status.error is not None else None)
    output = model(input_ids=IDS)
    assert session.distribution.top(1)
    _ = session.embeddings
    del output, model
    assert weight() is None
    assert told.wait(PATIENCE)
    assert isinstance(session.status.error, ModelGone)
    assert ids_of(session) == IDS[0].tolist()
    assert session.model is None
    session.position = 2
    with pytest.raises(ModelGone):
        _ = session.distribution
    assert "deleted" in repr(session)
    view.close()
    session.close()


def test_generate_of_a_model_that_nobody_else_holds(build, byte_tokenizer):
    model = build("llama")
    ModelSession.watch(model, byte_tokenizer)
    generate = model.generate
    assert generate(IDS, max_new_tokens=2).shape == (1, 10)
    del model
    with pytest.raises(ModelGone):
        generate(IDS, max_new_tokens=2)
    ModelSession.current().close()


def test_watched_twice_is_one_session(model, byte_tokenizer):
    session = ModelSession.watch(model, byte_tokenizer)
    hooks = len(model._forward_hooks)
    assert ModelSession.watch(model, byte_tokenizer) is session
    assert len(model._forward_hooks) == hooks
    session.close()
    other = ModelSession.watch(model, byte_tokenizer)
    assert other is not session
    assert len(model._forward_hooks) == hooks
    other.close()


def test_another_tokenizer_takes_the_place_of_the_first(model, byte_tokenizer):
    first = ModelSession.watch(model, byte_tokenizer)
    second = ModelSession.watch(model, copy.deepcopy(byte_tokenizer))
    assert not first.watching
    assert second.watching
    second.close()
    first.close()


def test_a_model_that_is_cast(model, watched):
    model(input_ids=IDS)
    assert watched.info.dtype == "float32"
    model.to(torch.bfloat16)
    output = model(input_ids=IDS)
    assert torch.equal(shown(watched), output.logits[0, -1].float())
    assert watched.info.dtype == "bfloat16"
    watched.position = 2
    assert watched.distribution.top(1)


def test_a_vocabulary_that_has_grown(model, watched):
    model.resize_token_embeddings(430)
    output = model(input_ids=IDS)
    assert torch.equal(shown(watched), output.logits[0, -1].detach())
    assert watched.stats.forwards == 0
    assert watched.info.vocabulary == 430


def test_trainer_and_a_streamer(model, byte_tokenizer, watched, tmp_path):
    row = {"input_ids": IDS[0].tolist(), "labels": IDS[0].tolist()}
    settings = {"max_steps": 2, "per_device_train_batch_size": 2, "report_to": [], "save_strategy": "no"}
    arguments = transformers.TrainingArguments(
        str(tmp_path), disable_tqdm=True, use_cpu=True, dataloader_pin_memory=False, **settings
    )
    transformers.Trainer(model=model, args=arguments, train_dataset=[row] * 4).train()
    assert watched.rows == 2
    assert ids_of(watched) == IDS[0].tolist()
    model.eval()
    output = model.generate(IDS, max_new_tokens=4, streamer=transformers.TextStreamer(byte_tokenizer))
    assert ids_of(watched) == output[0].tolist()


def test_a_model_that_assists_itself(model, watched):
    output = model.generate(IDS, assistant_model=model, max_new_tokens=6, do_sample=False)
    assert ids_of(watched) == output[0].tolist()


def test_transforms_and_exports_pass_by(model, watched):
    torch.func.grad(lambda given: torch.func.functional_call(model, given, (IDS,), {"labels": IDS}).loss)(
        dict(model.named_parameters())
    )
    torch.export.export(model, (), {"input_ids": IDS, "use_cache": False}, strict=False)
    output = model(input_ids=IDS)
    assert torch.equal(shown(watched), output.logits[0, -1].detach())


def test_a_model_in_training_mode_is_not_switched(model, watched):
    model.train()
    output = model(input_ids=IDS)
    assert torch.equal(shown(watched), output.logits[0, -1].detach())
    watched.position = 3
    with pytest.raises(ModelInTraining, match="eval"):
        _ = watched.distribution
    assert all(module.training for module in model.modules())
    model.eval()
    assert watched.distribution.top(1)


def test_an_exception_is_the_users_and_the_views_recover(model, watched):
    class Own(Exception):
        pass

    def fail(*_):
        raise Own

    handle = model.model.layers[1].register_forward_pre_hook(fail)
    with pytest.raises(Own) as caught:
        model(input_ids=IDS)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    with pytest.raises(Own):
        model.generate(IDS, max_new_tokens=2)
    handle.remove()
    assert watched.status.state != "generating"
    output = model(input_ids=IDS[:, :4])
    assert torch.equal(shown(watched), output.logits[0, -1])


def test_a_generate_that_fails_before_its_first_token_has_ended(model, watched):
    class Failing(transformers.LogitsProcessor):
        def __call__(self, ids, scores):
            assert watched.status.state == "generating"
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        model.generate(IDS, max_new_tokens=3, logits_processor=[Failing()])
    assert watched.status.state == "ready"
    watched.text = "another"


def test_an_interrupt_in_the_middle(model, watched):
    passes = []

    def interrupt(*_):
        passes.append(1)
        if len(passes) == 3:
            raise KeyboardInterrupt

    handle = model.register_forward_pre_hook(interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.generate(IDS, max_new_tokens=9, do_sample=False)
    handle.remove()
    # what was written so far stays, and nothing says that it goes on
    assert len(watched.tokens) == IDS.shape[1] + 2
    assert watched.status.state == "ready"
    output = model.generate(IDS, max_new_tokens=2, do_sample=False)
    assert ids_of(watched) == output[0].tolist()


def test_several_threads_at_once(model, watched, background):
    texts = [IDS[:, : 3 + place] for place in range(4)]
    expected = [model.generate(ids, max_new_tokens=5, do_sample=False) for ids in texts]
    gate = threading.Barrier(4)

    def run(ids):
        gate.wait(PATIENCE)
        return model.generate(ids, max_new_tokens=5, do_sample=False)

    found = [future.result(PATIENCE) for future in [background(run, ids) for ids in texts]]
    assert bit_equal(found, expected)
    assert ids_of(watched) in [sequence[0].tolist() for sequence in expected]
    assert watched.status.state == "ready"


def test_data_parallel(model, byte_tokenizer):
    wrapped = torch.nn.DataParallel(model)
    with Watching(wrapped, byte_tokenizer) as session:
        output = wrapped(input_ids=IDS)
        assert torch.equal(shown(session), output.logits[0, -1])
        before = session.state.revision
        # on several devices each has a copy that lives for one call
        replica = model._replicate_for_data_parallel()
        replica(input_ids=IDS[:, :2])
        assert session.state.revision == before


def test_a_sessions_own_passes_are_not_the_users(model, watched, byte_tokenizer):
    model(input_ids=IDS)
    with ModelSession(model, byte_tokenizer, text="another text") as other:
        assert other.distribution.top(1)
        other.generate(2)
    assert ids_of(watched) == IDS[0].tolist()
    watched.text = "The king"
    watched.generate(2)
    assert watched.text.startswith("The king")


def test_a_failure_of_the_watch_is_said_once_and_is_not_the_users(model, watched, monkeypatch, caplog):
    def fail(*_):
        raise RuntimeError("broken")

    monkeypatch.setattr(watched, "saw", fail)
    for _ in range(3):
        model(input_ids=IDS)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "broken" in caplog.text


def test_logits_that_are_no_numbers_are_said(model, watched):
    with torch.no_grad():
        model.lm_head.weight[3] = float("nan")
    model(input_ids=IDS)
    assert ids_of(watched) == IDS[0].tolist()
    assert watched.status.error.code == "bad_logits"


@pytest.mark.parametrize("given", ["smol", 7, object(), torch.nn.Linear(2, 2)])
def test_what_is_no_model(given, byte_tokenizer):
    with pytest.raises(InvalidValue, match="no transformers model"):
        ModelSession.watch(given, byte_tokenizer)


def test_no_tokenizer(model):
    with pytest.raises(NoTokenizer):
        ModelSession.watch(model, None)
    assert not model._forward_hooks


def test_a_session_that_nobody_holds_lives_with_its_model(build, byte_tokenizer):
    model = build("llama")
    found = weakref.ref(ModelSession.watch(model, byte_tokenizer))
    with ModelSession(build("gpt2"), byte_tokenizer):
        gc.collect()
        assert found() is not None
    del model
    gc.collect()
    ModelSession._current = None
    gc.collect()
    assert found() is None


def test_tokens_are_made_anew_only_where_they_differ(model, watched, byte_tokenizer):
    model.generate(IDS, max_new_tokens=12, do_sample=False)
    expected = byte_tokenizer.decode(ids_of(watched))
    assert watched.text == expected
    assert np.array_equal(watched.tokens.ids, watched.face.decode(ids_of(watched)).ids)


def test_the_flow_is_that_of_the_users_last_call(model, watched):
    watched.want_flow(True)
    model(input_ids=IDS)
    number = watched.flow.number
    watched.position = 2
    assert watched.distribution.top(1)
    assert watched.flow.number == number
    model(input_ids=IDS[:, :2])
    assert watched.flow.number == number + 1


def test_a_folder_is_called_by_its_name(model, byte_tokenizer, tmp_path):
    folder = tmp_path / "tiny"
    model.save_pretrained(folder)
    loaded = transformers.AutoModelForCausalLM.from_pretrained(folder)
    session = ModelSession.watch(loaded, byte_tokenizer)
    assert session.info.name == "tiny"
    session.close()
