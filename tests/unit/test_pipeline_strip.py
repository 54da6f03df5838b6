"""PipelineStrip's Python side: it follows every call of a session's model, and leaves the model as it was."""

from __future__ import annotations

import gc
import json
import math
import threading
import weakref
from dataclasses import replace as changed

import pytest
import torch
from kernel_page import matches
from plotly.graph_objects import Figure

from llmwidgets import ModelSession, PipelineStrip
from llmwidgets.errors import InvalidValue, ModelNotCalled
from llmwidgets.stages.flow import FlowStage
from llmwidgets.widgets import strip_payloads
from llmwidgets.widgets.pipeline_strip import facts_of
from llmwidgets.widgets.strip_payloads import call_payload

pytestmark = pytest.mark.usefixtures("page")
PATIENCE = 60
IDS = torch.tensor([[5, 6, 7, 8, 9]])


@pytest.fixture
def watched(model, byte_tokenizer):
    made = ModelSession.watch(model, byte_tokenizer)
    yield made
    made.close()


@pytest.fixture
def strip(session):
    made = PipelineStrip(session)
    yield made
    made.close()


class Follower:
    """Waits for what a strip is to show, which comes on another thread."""

    def __init__(self, strip):
        self.numbers = []
        self._moved = threading.Condition()
        strip.observe(self._note, "call")

    def _note(self, change):
        with self._moved:
            self.numbers.append(change["new"]["number"])
            self._moved.notify_all()

    def until(self, number):
        with self._moved:
            assert self._moved.wait_for(lambda: number in self.numbers, PATIENCE)


def hooks_of(model):
    return {
        path: (list(module._forward_hooks.items()), list(module._forward_pre_hooks.items()))
        for path, module in model.named_modules()
    }


# what is shown


def test_before_a_call_there_is_nothing(strip):
    assert strip.flow is None
    assert strip.call is None
    assert repr(strip) == "PipelineStrip(no call yet)"
    assert "has not been called yet" in strip._repr_mimebundle_()[0]["text/html"]
    with pytest.raises(ModelNotCalled, match="has not been called yet"):
        strip.figure()


def test_the_sessions_own_passes_are_shown(session, strip):
    follower = Follower(strip)
    session.step()
    follower.until(1)
    tokens = len(session.tokens) - 1
    assert (strip.flow.tokens, strip.flow.cache.reused) == (tokens, 0)
    session.step()
    follower.until(2)
    assert (strip.flow.tokens, strip.flow.cache.reused, strip.flow.cache.length) == (1, tokens, tokens + 1)
    assert strip.flow is session.flow
    assert strip.flow.inference
    assert not strip.flow.training


def test_the_last_pass_of_a_long_writing_arrives(session, strip):
    follower = Follower(strip)
    session.generate(40)
    follower.until(40)
    assert follower.numbers == sorted(follower.numbers)


def test_the_users_own_calls_are_shown(model, watched):
    strip = PipelineStrip(watched)
    follower = Follower(strip)
    model(input_ids=IDS)
    follower.until(1)
    model.generate(IDS, max_new_tokens=30, do_sample=False)
    follower.until(31)
    assert (strip.flow.cache.reused, strip.flow.cache.length) == (33, 34)
    assert strip.call["number"] == 31


def test_calls_of_a_model_that_a_session_only_wraps_are_shown_too(model, session, strip):
    follower = Follower(strip)
    model(input_ids=IDS)
    follower.until(1)
    assert strip.flow.tokens == 5


def test_a_training_step_is_shown_and_its_mode_is_left(model, watched):
    strip = PipelineStrip(watched)
    follower = Follower(strip)
    loss = model.train()(input_ids=IDS, labels=IDS).loss
    loss.backward()
    follower.until(1)
    assert strip.flow.loss == loss.item()
    assert strip.flow.training
    assert strip.flow.grad
    assert model.training


def test_a_compiled_model_that_is_watched_is_shown_without_its_stages(model, byte_tokenizer):
    compiled = torch.compile(model, backend="eager")
    with ModelSession.watch(compiled, byte_tokenizer) as session, torch.inference_mode():
        strip = PipelineStrip(session)
        follower = Follower(strip)
        compiled(input_ids=IDS)
        follower.until(1)
    assert not strip.flow.complete
    assert strip.flow.seconds > 0
    torch._dynamo.reset()


def test_it_needs_a_session_with_a_model():
    with pytest.raises(InvalidValue, match="ModelSession"):
        PipelineStrip("a text")


# what travels


def test_what_travels_has_the_types_that_the_page_reads(model, watched):
    strip = PipelineStrip(watched)
    follower = Follower(strip)
    model(input_ids=IDS, labels=IDS)
    follower.until(1)
    sent = json.loads(json.dumps(strip.get_state()["call"], allow_nan=False))
    assert matches(sent, strip_payloads.CallPayload)
    assert [cell["kind"] for cell in sent["cells"]] == ["tokens", "embeddings", "block", "norm", "logits"]
    blocks = sent["cells"][2]
    assert blocks["indices"] == [0, 1]
    assert blocks["forms"] == [{"count": 2, "shape": [1, 5, 16], "dtype": "float32", "device": "cpu"}]
    assert blocks["seconds"] == pytest.approx(sum(blocks["times"]), abs=1e-6)


def test_blocks_on_two_devices_are_one_cell_of_two_forms(session, strip):
    session.step()
    flow = strip.flow
    apart = [changed(stage, device="cuda:1") if stage.index == 1 else stage for stage in flow.stages]
    cells = call_payload(changed(flow, stages=tuple(apart)))["cells"]
    assert [(form["count"], form["device"]) for form in cells[2]["forms"]] == [(1, "cpu"), (1, "cuda:1")]


@pytest.mark.parametrize(("loss", "sent"), [(math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf"), (1.5, 1.5)])
def test_a_loss_that_is_no_number_has_a_name(session, strip, loss, sent):
    session.step()
    payload = call_payload(changed(strip.flow, loss=loss))
    assert payload["loss"] == sent
    assert matches(json.loads(json.dumps(payload, allow_nan=False)), strip_payloads.CallPayload)


def test_a_call_of_thirty_blocks_is_small():
    stages = [FlowStage(f"block {i}", "block", (1, 1, 576), "float32", "cpu", 0.0123456, "", "", i) for i in range(30)]
    cells = call_payload(_flow(stages=tuple(stages)))["cells"]
    assert len(cells) == 1
    assert len(json.dumps(cells)) < 700


def _flow(**changes):
    from llmwidgets.stages.flow import Flow

    empty = Flow(1, "Model", (), 1, 1, 0.5, 2.0, None, None, False, False, True, "", "sdpa")
    return changed(empty, **changes)


# the model


def test_there_are_hooks_only_while_a_strip_is_open(model, session):
    before = hooks_of(model)
    one, other = PipelineStrip(session), PipelineStrip(session)
    assert hooks_of(model) != before
    one.close()
    one.close()  # twice counts once
    assert hooks_of(model) != before
    other.close()
    assert hooks_of(model) == before
    again = PipelineStrip(session)
    assert again.flow is None
    session.step()
    assert again.flow.number == 1
    again.close()
    assert hooks_of(model) == before


def test_a_closed_session_leaves_no_hooks_and_the_strip_keeps_its_call(model, session):
    before = hooks_of(model)
    strip = PipelineStrip(session)
    session.step()
    shown = strip.flow
    session.close()
    assert hooks_of(model) == before
    assert strip.flow is shown
    assert "tokens through 2 blocks" in repr(strip)


def test_the_end_of_a_watch_leaves_no_hooks_and_another_begins_anew(model, byte_tokenizer):
    before = hooks_of(model)
    session = ModelSession.watch(model, byte_tokenizer)
    strip = PipelineStrip(session)
    model(input_ids=IDS)
    shown = strip.flow
    session.unwatch()
    assert hooks_of(model) == before
    model(input_ids=IDS)
    assert strip.flow is shown
    session.watch_now()
    model(input_ids=IDS[:, :2])
    assert (strip.flow.number, strip.flow.tokens) == (1, 2)
    session.close()
    assert hooks_of(model) == before


def test_a_session_that_is_dropped_leaves_no_hooks(model, byte_tokenizer):
    before = hooks_of(model)
    session = ModelSession(model, byte_tokenizer)
    strip = PipelineStrip(session)
    gone = weakref.ref(session)
    ModelSession._current = None
    del session
    gc.collect()
    assert gone() is None
    assert hooks_of(model) == before
    strip.close()


def test_a_deleted_model_is_not_kept_alive(build, byte_tokenizer):
    model = build("llama")
    session = ModelSession.watch(model, byte_tokenizer)
    strip = PipelineStrip(session)
    model.generate(IDS, max_new_tokens=3)
    shown, gone = strip.flow, weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None
    assert strip.flow is shown
    assert session.status.error.code == "model_gone"
    PipelineStrip(session).close()
    session.close()


# pictures


@pytest.fixture
def shown(session, strip):
    session.step()
    return strip


def test_the_figure_has_a_bar_for_each_timed_stage(shown):
    figure = shown.figure()
    assert isinstance(figure, Figure)
    (bars,) = figure.data
    assert list(bars.y) == ["embeddings", "block 0", "block 1", "norm", "logits"]
    assert list(bars.x) == pytest.approx([1e3 * stage.seconds for stage in shown.flow.stages[1:]])


def test_the_static_picture_is_a_table_and_the_facts(shown):
    html = shown._repr_mimebundle_()[0]["text/html"]
    for text in ("2 blocks", f"1 × {shown.flow.tokens} × 16", "float32", "eval", "sdpa"):
        assert text in html
    assert "<th>stage</th>" in html
    assert repr(shown).startswith("PipelineStrip(LlamaForCausalLM: 1 × ")


def test_the_facts_say_what_is_known_and_nothing_else():
    assert facts_of(_flow(tokens_per_second=None)) == ["eval", "inference_mode", "sdpa"]
    flow = _flow(loss=2.5, training=True, inference=False, grad=True, autocast="bfloat16", attention="")
    assert facts_of(flow) == ["2 tokens/s", "loss 2.5", "training", "grad", "autocast bfloat16"]
