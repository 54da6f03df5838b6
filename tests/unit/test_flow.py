"""What a model's last call was, noted by hooks: against what its modules returned, and without a trace in the model or its results."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import threading
import weakref

import pytest
import torch
import transformers
from torch import nn

from llmwidgets.engines import flow_hooks
from llmwidgets.engines.flow import FlowRecorder
from llmwidgets.stages.flow import FlowCache, FlowStage, total

SIZES = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 60}
GROUPED = {"intermediate_size": 32, "num_key_value_heads": 2, "max_position_embeddings": 64}
NO_ENDS = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
DECODERS = {
    "llama": lambda: transformers.LlamaForCausalLM(transformers.LlamaConfig(**SIZES, **GROUPED, **NO_ENDS)),
    "gpt2": lambda: transformers.GPT2LMHeadModel(
        transformers.GPT2Config(vocab_size=60, n_embd=16, n_layer=2, n_head=4, n_positions=64, **NO_ENDS)
    ),
    "qwen2": lambda: transformers.Qwen2ForCausalLM(transformers.Qwen2Config(**SIZES, **GROUPED, **NO_ENDS)),
    "gemma2": lambda: transformers.Gemma2ForCausalLM(
        transformers.Gemma2Config(**SIZES, **GROUPED, **NO_ENDS, head_dim=4, sliding_window=4)
    ),
    "mistral": lambda: transformers.MistralForCausalLM(
        transformers.MistralConfig(**SIZES, **GROUPED, **NO_ENDS, sliding_window=4)
    ),
    "mixtral": lambda: transformers.MixtralForCausalLM(
        transformers.MixtralConfig(**SIZES, **GROUPED, **NO_ENDS, num_local_experts=2)
    ),
}
OTHERS = {
    "bert": lambda: transformers.BertModel(transformers.BertConfig(**SIZES, intermediate_size=32)),
    "t5": lambda: transformers.T5ForConditionalGeneration(
        transformers.T5Config(
            vocab_size=60, d_model=16, num_layers=2, num_heads=4, d_kv=4, d_ff=32, decoder_start_token_id=0
        )
    ),
}
IDS = torch.tensor([[5, 6, 7, 8, 9], [9, 8, 7, 6, 5]])


def made(kind):
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return {**DECODERS, **OTHERS}[kind]().eval()


@pytest.fixture(params=[*DECODERS, *OTHERS])
def any_model(request):
    return made(request.param)


@pytest.fixture(params=DECODERS)
def decoder(request):
    return made(request.param)


@pytest.fixture
def llama():
    return made("llama")


def recorded(model, tell=lambda: None):
    recorder = FlowRecorder(model, tell)
    recorder.start()
    return recorder


def hooks_of(model):
    """Every hook of every module, and which of them take keyword arguments or always run."""
    names = (
        "_forward_pre_hooks",
        "_forward_hooks",
        "_forward_hooks_with_kwargs",
        "_forward_pre_hooks_with_kwargs",
        "_forward_hooks_always_called",
        "_backward_hooks",
        "_backward_pre_hooks",
    )
    return {path: [list(getattr(module, name).items()) for name in names] for path, module in model.named_modules()}


def call(model, **more):
    """A call that every model here understands; its decoder's input is shorter than the encoder's."""
    if model.config.is_encoder_decoder:
        more = {"decoder_input_ids": IDS[:, :3], **more}
    with torch.inference_mode():
        return model(input_ids=IDS, **more)


def returned(model):
    """What the modules of a call returned, in order, by hooks of the test's own: (path, tensor)."""
    found, handles = [], []
    for path, module in model.named_modules():

        def keep(_module, _args, output, path=path):
            found.append((path, output[0] if isinstance(output, tuple) else output))

        handles.append(module.register_forward_hook(keep))
    call(model)
    for handle in handles:
        handle.remove()
    return found


# what is noted


def test_every_stage_has_the_form_of_what_its_module_returned(any_model):
    recorder = recorded(any_model)
    truth = returned(any_model)
    stages = [stage for stage in recorder.flow.stages if stage.kind != "tokens"]
    paths = [stage.detail.partition(":")[0] for stage in stages]
    assert paths == [path for path, _ in truth if path in paths]
    for stage, path in zip(stages, paths, strict=True):
        tensor = next(tensor for name, tensor in truth if name == path)
        assert (stage.shape, f"torch.{stage.dtype}", stage.device) == (
            tuple(tensor.shape),
            str(tensor.dtype),
            str(tensor.device),
        )


@pytest.mark.parametrize("kind", DECODERS)
def test_a_decoder_goes_from_tokens_to_logits(kind):
    model = made(kind)
    recorder = recorded(model)
    call(model)
    stages = recorder.flow.stages
    assert [stage.name for stage in stages] == ["tokens", "embeddings", "block 0", "block 1", "norm", "logits"]
    assert [stage.shape for stage in stages] == [(2, 5), *[(2, 5, 16)] * 4, (2, 5, 60)]
    assert [stage.dtype for stage in stages] == ["int64", *["float32"] * 5]


def test_the_blocks_are_the_hidden_states(decoder):
    recorder = recorded(decoder)
    output = call(decoder, output_hidden_states=True)
    shapes = [tuple(state.shape) for state in output.hidden_states[1:]]
    assert [block.shape for block in recorder.flow.blocks] == shapes


def test_an_encoder_has_neither_norm_nor_logits_behind_it():
    model = made("bert")
    recorder = recorded(model)
    call(model)
    assert [stage.name for stage in recorder.flow.stages] == ["tokens", "embeddings", "block 0", "block 1"]
    assert recorder.flow.cache is None


def test_a_model_of_two_halves_tells_them_apart():
    model = made("t5")
    recorder = recorded(model)
    call(model)
    flow = recorder.flow
    half = ["tokens", "embeddings", "block 0", "block 1", "norm"]
    assert [stage.name for stage in flow.stages] == [
        *(f"encoder {name}" for name in half),
        *(f"decoder {name}" for name in half),
        "logits",
    ]
    assert [stage.shape[:2] for stage in flow.stages] == [(2, 5)] * 5 + [(2, 3)] * 6
    assert (flow.batch, flow.tokens) == (2, 3)
    assert [len(fold) for fold in flow.folded()] == [1, 1, 2, 1, 1, 1, 2, 1, 1]
    # the keys and values of both attentions: 2 of 2 layers, (2 rows, 4 heads, 3 or 5 tokens, 4) each
    assert flow.cache == FlowCache("EncoderDecoderCache", 2 * 2 * 2 * 4 * 4 * (3 + 5) * 4, 3, 0)


def test_embeddings_that_are_given_have_no_tokens(llama):
    recorder = recorded(llama)
    llama(inputs_embeds=torch.zeros(1, 4, 16))
    assert [stage.kind for stage in recorder.flow.stages] == ["block", "block", "norm", "logits"]
    assert (recorder.flow.batch, recorder.flow.tokens) == (1, 4)


def test_logits_without_a_head_of_their_own_are_the_outputs():
    config = transformers.BertConfig(**SIZES, intermediate_size=32, num_labels=3)
    model = transformers.BertForSequenceClassification(config).eval()
    recorder = recorded(model)
    call(model)
    last = recorder.flow.stages[-1]
    assert last == FlowStage("logits", "logits", (2, 3), "float32", "cpu")


def test_only_the_logits_that_are_computed_are_shown(llama):
    recorder = recorded(llama)
    call(llama, logits_to_keep=1)
    assert recorder.flow.stages[-1].shape == (2, 1, 60)


def test_another_dtype_is_said(llama):
    recorder = recorded(llama.to(torch.bfloat16))
    call(llama)
    assert {stage.dtype for stage in recorder.flow.stages[1:]} == {"bfloat16"}


def test_outputs_without_names_are_understood(any_model):
    recorder = recorded(any_model)
    call(any_model)
    named = recorder.flow
    call(any_model, return_dict=False)
    bare = recorder.flow

    def forms(flow):
        return [(stage.name, stage.shape, stage.dtype) for stage in flow.stages]

    assert forms(bare) == forms(named)
    assert bare.cache == named.cache


def test_times_are_those_of_the_stages_within_the_call(llama):
    recorder = recorded(llama)
    call(llama)
    flow = recorder.flow
    assert all(stage.seconds > 0 for stage in flow.stages[1:])
    assert 0 < total(flow.stages) <= flow.seconds
    assert flow.between == pytest.approx(flow.seconds - total(flow.stages))


def test_modes_are_said_and_left_alone(llama):
    recorder = recorded(llama)
    llama(input_ids=IDS)
    plain = recorder.flow
    assert (plain.training, plain.grad, plain.inference, plain.autocast) == (False, True, False, "")
    assert plain.attention == "sdpa"
    llama.train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        llama(input_ids=IDS)
    assert (recorder.flow.training, recorder.flow.autocast) == (True, "bfloat16")
    call(llama)
    assert (recorder.flow.grad, recorder.flow.inference) == (False, True)
    assert llama.training


def test_the_loss_of_a_training_step(llama):
    recorder = recorded(llama.train())
    output = llama(input_ids=IDS, labels=IDS)
    output.loss.backward()
    assert recorder.flow.loss == output.loss.item()
    call(llama)
    assert recorder.flow.loss is None


def test_a_recomputation_for_the_gradient_is_no_call(llama):
    llama.train()
    llama.activation_checkpointing_enable()
    recorder = recorded(llama)
    llama(input_ids=IDS, labels=IDS, use_cache=False).loss.backward()
    flow = recorder.flow
    assert (flow.number, len(flow.blocks)) == (1, 2)
    assert recorder._tape.thread.calls == []


# the cache


def test_generate_reuses_what_the_cache_holds(decoder):
    recorder, flows = FlowRecorder(decoder, lambda: flows.append(recorder.flow)), []
    recorder.start()
    decoder.generate(IDS, max_new_tokens=4, do_sample=False)
    assert [(flow.tokens, flow.cache.reused, flow.cache.length) for flow in flows] == [
        (5, 0, 5),
        (1, 5, 6),
        (1, 6, 7),
        (1, 7, 8),
    ]
    assert [flow.number for flow in flows] == [1, 2, 3, 4]
    assert flows[-1].batch == 2


@pytest.mark.parametrize("implementation", [None, "static"])
def test_bytes_are_those_of_the_keys_and_values(llama, implementation):
    recorder = recorded(llama)
    output = llama.generate(
        IDS, max_new_tokens=4, do_sample=False, return_dict_in_generate=True, cache_implementation=implementation
    )
    layers = output.past_key_values.layers
    assert recorder.flow.cache == FlowCache(
        type(output.past_key_values).__name__, sum(layer.keys.nbytes + layer.values.nbytes for layer in layers), 8, 7
    )


def test_a_window_has_seen_more_than_it_holds():
    model = made("mistral")
    recorder = recorded(model)
    model.generate(IDS, max_new_tokens=6, do_sample=False)
    # of 10 tokens the last 3: (2 rows, 2 heads, 3 tokens, 4) keys and values in 2 layers of float32
    assert recorder.flow.cache == FlowCache("DynamicCache", 2 * 2 * 2 * 2 * 3 * 4 * 4, 10, 9)


def test_a_cache_that_is_given_by_its_place_is_found(llama):
    recorder = recorded(llama)
    cache = call(llama).past_key_values
    ends = [recorder._tape.newest.host]
    for _ in range(3):
        llama(IDS[:, :1], None, None, cache)
        ends.append(recorder._tape.newest.host)
    flow = recorder.flow
    assert (flow.cache.reused, flow.cache.length) == (7, 8)
    assert flow.tokens_per_second == pytest.approx(2 * 3 / (ends[-1] - ends[0]))


def test_a_cache_that_is_given_and_not_handed_out_is_found(llama):
    recorder = recorded(llama)
    cache = call(llama).past_key_values
    call(llama, past_key_values=cache)
    handle = llama.register_forward_hook(
        lambda _module, _args, output: type(output)(logits=output.logits), prepend=True
    )
    assert call(llama, past_key_values=cache).past_key_values is None
    handle.remove()
    assert (recorder.flow.cache.reused, recorder.flow.cache.length) == (10, 15)


def test_without_a_cache_there_is_none(llama):
    recorder = recorded(llama)
    call(llama, use_cache=False)
    assert recorder.flow.cache is None


def test_a_run_is_as_fast_as_its_calls_together(llama):
    """Tokens of all rows, over the time from the end of the first call to the end of the last."""
    ends = []
    recorder = recorded(llama, lambda: ends.append(recorder._tape.newest.host))
    llama.generate(IDS, max_new_tokens=6, do_sample=False)
    assert recorder.flow.tokens_per_second == pytest.approx(2 * 5 / (ends[-1] - ends[0]))
    call(llama)
    flow = recorder.flow
    assert flow.tokens_per_second == pytest.approx(2 * 5 / flow.seconds)


def test_a_step_after_a_pause_stands_alone(llama, monkeypatch):
    monkeypatch.setattr(flow_hooks, "LONGEST_PAUSE", -1.0)
    recorder = recorded(llama)
    cache = call(llama).past_key_values
    recorder._tape.thread.last.call.host = recorder._tape.thread.last.host  # a call that took no time
    call(llama, past_key_values=cache)
    flow = recorder.flow
    assert flow.cache.reused == 5
    assert flow.tokens_per_second == pytest.approx(2 * 5 / flow.seconds)


# nothing of the model changes


def test_the_hooks_go_without_a_trace(any_model):
    call(any_model, output_hidden_states=True)  # transformers' own hooks come with the first such call, and stay
    before = hooks_of(any_model)
    state = {path: set(vars(module)) for path, module in any_model.named_modules()}
    recorder = recorded(any_model)
    assert hooks_of(any_model) != before
    call(any_model)
    recorder.stop()
    assert hooks_of(any_model) == before
    assert {path: set(vars(module)) for path, module in any_model.named_modules()} == state
    recorder.stop()
    known = recorder.flow
    call(any_model)
    assert recorder.flow is known


def test_who_lets_go_of_the_recorder_lets_go_of_the_hooks(llama):
    before = hooks_of(llama)
    recorder = recorded(llama)
    call(llama)
    del recorder
    gc.collect()
    assert hooks_of(llama) == before


def test_started_twice_it_notes_each_call_once(llama):
    recorder = recorded(llama)
    recorder.start()
    call(llama)
    assert recorder.flow.number == 1


def test_two_recorders_of_one_model_do_not_disturb_each_other(llama):
    before = hooks_of(llama)
    one, other = recorded(llama), recorded(llama)
    call(llama)
    one.stop()
    call(llama)
    assert (one.flow.number, other.flow.number) == (1, 2)
    other.stop()
    assert hooks_of(llama) == before


def test_results_are_the_same_to_the_bit(any_model):
    plain = call(any_model, output_hidden_states=True)
    recorder = recorded(any_model)
    watched = call(any_model, output_hidden_states=True)
    assert recorder.flow.number == 1
    for name, value in plain.items():
        if isinstance(value, torch.Tensor):
            assert torch.equal(value, watched[name]), name
    assert type(watched) is type(plain)
    assert list(watched) == list(plain)


def test_a_seed_draws_the_same(decoder):
    def drawn():
        torch.manual_seed(4)
        return decoder.generate(IDS, max_new_tokens=6, do_sample=True)

    plain = drawn()
    recorded(decoder)
    assert torch.equal(plain, drawn())


def test_gradients_are_the_same_to_the_bit(llama):
    def gradients():
        llama.zero_grad()
        llama.train()(input_ids=IDS, labels=IDS).loss.backward()
        return [weight.grad.clone() for weight in llama.parameters()]

    plain = gradients()
    recorder = recorded(llama)
    assert all(torch.equal(one, other) for one, other in zip(plain, gradients(), strict=True))
    assert recorder.flow.number == 1


def test_the_model_is_not_kept_alive(llama):
    model = copy.deepcopy(llama)  # the test's fixture holds the other
    recorder = recorded(model)
    output = call(model)
    logits, gone = weakref.ref(output.logits), weakref.ref(model)
    del model, output
    gc.collect()
    assert gone() is None
    assert logits() is None
    assert recorder.flow.number == 1
    recorder.stop()
    recorder.start()


def test_a_copy_of_the_model_is_not_noted(llama):
    recorder = recorded(llama)
    call(llama)
    for other in (copy.deepcopy(llama), pickle.loads(pickle.dumps(llama))):
        assert torch.equal(call(other).logits, call(llama).logits)
        number = recorder.flow.number
        call(other)
        assert recorder.flow.number == number
    assert b"llmwidgets" not in pickle.dumps(llama)


def test_the_whole_model_can_be_saved(llama):
    recorded(llama)
    file = io.BytesIO()
    torch.save(llama, file)
    file.seek(0)
    assert torch.equal(call(torch.load(file, weights_only=False)).logits, call(llama).logits)


def test_a_replica_for_another_device_is_a_call_of_its_own(llama):
    """What DataParallel makes of a model for each device shares its hooks."""
    recorder = recorded(llama)
    replica = llama._replicate_for_data_parallel()
    assert torch.equal(call(replica).logits, call(llama).logits)
    assert recorder.flow.number == 2
    assert len(recorder.flow.blocks) == 2


def test_a_data_parallel_model_is_noted(llama):
    model = nn.DataParallel(llama)
    recorder = recorded(llama)
    model(input_ids=IDS)
    assert [stage.kind for stage in recorder.flow.stages][-1] == "logits"


# what goes wrong in the middle


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt()], ids=["exception", "interrupt"])
def test_an_error_in_the_middle_passes_untouched_and_is_forgotten(llama, error):
    recorder = recorded(llama)
    call(llama)
    known = recorder.flow

    def fail(*_):
        raise error

    handle = llama.model.layers[1].register_forward_pre_hook(fail)
    for _ in range(6):
        with pytest.raises(type(error)) as caught:
            call(llama)
        assert caught.value is error
    assert recorder.flow is known
    handle.remove()
    call(llama)
    flow = recorder.flow
    assert flow.number == 2
    assert [stage.name for stage in flow.stages] == ["tokens", "embeddings", "block 0", "block 1", "norm", "logits"]
    assert len(recorder._tape.thread.calls) <= flow_hooks.MOST_OPEN


def test_what_cannot_be_read_is_no_error_of_the_users(llama, monkeypatch):
    recorder = recorded(llama)

    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr(flow_hooks, "after", fail)
    plain = call(llama)
    assert recorder.flow is None
    monkeypatch.undo()
    assert torch.equal(call(llama).logits, plain.logits)
    assert len(recorder.flow.stages) == 6


def test_a_tell_that_fails_is_no_error_of_the_users(llama):
    def fail():
        raise RuntimeError

    recorder = recorded(llama, fail)
    call(llama)
    assert recorder.flow.number == 1


def test_a_call_within_a_call_is_one_of_its_own(llama):
    recorder, shapes = recorded(llama, lambda: shapes.append(recorder.flow.stages[0].shape)), []
    inner = []

    def again(*_):
        if not inner:
            inner.append(True)
            llama(input_ids=IDS[:1, :2])

    handle = llama.model.layers[0].register_forward_hook(again)
    call(llama)
    handle.remove()
    assert shapes == [(1, 2), (2, 5)]
    assert len(recorder.flow.blocks) == 2


def test_a_call_within_a_call_that_fails_leaves_the_outer_one_whole(llama):
    recorder = recorded(llama)
    inner = []

    def again(*_):
        if not inner:
            inner.append(True)
            with pytest.raises(IndexError):
                llama(input_ids=IDS[:1, :2] + 1000)

    handle = llama.model.layers[0].register_forward_hook(again)
    call(llama)
    handle.remove()
    flow = recorder.flow
    assert (flow.number, flow.batch, flow.tokens) == (1, 2, 5)
    assert [stage.shape[:2] for stage in flow.stages] == [(2, 5)] * 6
    assert recorder._tape.thread.calls == []


def test_threads_do_not_mix(llama):
    """Two calls at once, each of which waits in its first block until the other is there as well."""
    flows = {}
    recorder = recorded(llama, lambda: flows.setdefault(threading.get_ident(), recorder.flow))
    both = threading.Barrier(2, timeout=60)

    def meet(*_):
        both.wait()

    handle = llama.model.layers[0].register_forward_hook(meet)

    def run(size):
        with torch.inference_mode():
            llama(input_ids=IDS[:, :size])

    threads = [threading.Thread(target=run, args=(size,)) for size in (2, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    handle.remove()
    assert all({stage.shape[1] for stage in flow.stages} == {flow.tokens} for flow in flows.values())
    assert sorted(flow.tokens for flow in flows.values()) == [2, 4]
    assert all(len(flow.stages) == 6 for flow in flows.values())


# compiled and traced


def test_a_model_is_compiled_as_a_whole_with_the_hooks_on_it(llama):
    plain = call(llama)
    recorder = recorded(llama)
    compiled = torch.compile(llama, fullgraph=True, backend="eager")
    with torch.inference_mode():
        assert torch.equal(compiled(input_ids=IDS).logits, plain.logits)
        assert torch.equal(compiled(input_ids=IDS).logits, plain.logits)
    assert recorder.flow is None  # what is compiled passes no module by
    recorder.stop()
    with torch.inference_mode():
        assert torch.equal(compiled(input_ids=IDS).logits, plain.logits)
    torch._dynamo.reset()


def test_a_compiled_model_as_a_module_of_its_own_is_noted_without_its_stages(llama):
    compiled = torch.compile(llama, fullgraph=True, backend="eager")
    recorder = recorded(compiled)
    with torch.inference_mode():
        compiled(input_ids=IDS)
        compiled(input_ids=IDS)
    flow = recorder.flow
    assert (flow.number, flow.complete, flow.batch, flow.tokens) == (2, False, 2, 5)
    assert flow.seconds > 0
    assert [stage.kind for stage in flow.stages] == ["logits"]
    torch._dynamo.reset()


@pytest.mark.filterwarnings("ignore:.*torch.jit.trace:DeprecationWarning")
def test_a_trace_records_none_of_it():
    class Tiny(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

    def operations():
        return [node.kind() for node in torch.jit.trace(model, x, check_trace=False).inlined_graph.nodes()]

    model, x = Tiny().eval(), torch.ones(1, 4)
    plain = operations()
    recorder = recorded(model)
    assert operations() == plain
    assert recorder.flow is None
    model(x)
    assert len(recorder.flow.blocks) == 2


# on a GPU


class Moment:
    """Stands in for an event on a GPU's stream, which this machine does not have."""

    def __init__(self, at, *, there=True):
        self.at, self.there = at, there

    def query(self):
        return self.there

    def elapsed_time(self, other):
        return 1000 * (other.at - self.at)


def test_a_time_that_a_gpu_has_not_come_to_is_none_and_comes_later(llama):
    recorder = recorded(llama)
    call(llama)
    newest = recorder._tape.newest
    end = Moment(3.5, there=False)
    newest.call.started, newest.ended = Moment(1.0), end
    assert recorder.flow.seconds is None
    assert recorder.flow.tokens_per_second is None
    end.there = True
    assert recorder.flow.seconds == pytest.approx(2.5)
