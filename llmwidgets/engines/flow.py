"""What flowed through a model in its last call, noted by hooks that stand there only while somebody looks."""

from __future__ import annotations

import threading
import weakref
from dataclasses import replace as changed
from functools import partial
from typing import TYPE_CHECKING, Any

from llmwidgets.engines.flow_facts import name_of, seconds_between
from llmwidgets.engines.flow_hooks import CallBegins, CallEnds, InputArrives, StageBegins, StageEnds, Tape
from llmwidgets.engines.flow_parts import parts_of
from llmwidgets.stages.flow import Flow, FlowStage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmwidgets.engines.flow_facts import Form
    from llmwidgets.engines.flow_hooks import Ended
    from llmwidgets.engines.flow_parts import Part


class FlowRecorder:
    """Notes each call of a model between `start` and `stop`. `tell()` is called after each, on the caller's thread, within the call.

    `own=False` passes over those that sessions make for themselves.

    The model is held weakly. Its results, modules and modes stay as they are; nothing of a tensor is kept but shape, dtype and device.
    A compiled model is left alone: where its stages do not pass through its modules, the call is noted without them.
    """

    def __init__(self, model: Any, tell: Callable[[], None], *, own: bool = True) -> None:
        self._model = weakref.ref(model)
        self._tape = Tape(tell, own=own)
        self._handles: list[Any] = []
        self._changing = threading.Lock()
        self._known: tuple[Ended | None, Flow | None] = (None, None)
        # who lets go of the recorder lets go of the hooks
        weakref.finalize(self, _remove, self._handles).atexit = False

    def start(self) -> None:
        """Puts the hooks there. A model that is gone has none."""
        model = self._model()
        with self._changing:
            if self._handles or model is None:
                return
            add, tape = self._handles.append, self._tape
            for module, part in parts_of(model):
                if part.kind == "embeddings":
                    ids = changed(part, kind="tokens")
                    add(module.register_forward_pre_hook(InputArrives(tape, ids)))
                add(module.register_forward_pre_hook(StageBegins(tape)))
                # before the hooks of others, whose time is not the stage's
                add(module.register_forward_hook(StageEnds(tape, part), prepend=True))
            add(model.register_forward_pre_hook(CallBegins(tape), prepend=True, with_kwargs=True))
            add(model.register_forward_hook(CallEnds(tape), with_kwargs=True, always_call=True))

    def stop(self) -> None:
        """Takes the hooks away."""
        with self._changing:
            _remove(self._handles)

    @property
    def flow(self) -> Flow | None:
        """The newest call, None before the first. Does not wait: on a GPU, times that are still to come are None."""
        newest, (known, flow) = self._tape.newest, self._known
        if newest is known:
            return flow
        flow = None if newest is None else _flow_of(newest)
        if flow is None or flow.seconds is not None:
            self._known = (newest, flow)
        return flow


def _remove(handles: list[Any]) -> None:
    while handles:
        handles.pop().remove()


def _flow_of(ended: Ended) -> Flow:
    call, facts = ended.call, ended.after
    found = call.found
    stages = _stages(call.marks)
    seconds = seconds_between(call.started, ended.ended)
    rows, tokens = _input_of(stages) or (found.rows, found.tokens)
    inside = any(stage.kind == "block" for stage in stages)
    if facts.logits is not None and not any(stage.kind == "logits" for stage in stages):
        stages = (*stages, _stage("logits", "logits", facts.logits))
    return Flow(
        ended.number,
        facts.model,
        stages,
        rows,
        tokens,
        seconds,
        _rate(ended, rows * tokens, seconds),
        facts.cache,
        facts.loss,
        found.training,
        found.grad,
        found.inference,
        found.autocast,
        facts.attention,
        inside,
    )


def _input_of(stages: Sequence[FlowStage]) -> tuple[int, int] | None:
    """Rows and tokens that went in, of a decoder's own where there are two inputs: it may make them itself."""
    shapes = [stage.shape for stage in stages if stage.kind == "tokens" and len(stage.shape) == 2]
    return (shapes[-1][0], shapes[-1][1]) if shapes else None


def _rate(ended: Ended, tokens: int, seconds: float | None) -> float | None:
    """See Flow.tokens_per_second."""
    if ended.run and ended.host > ended.since:
        return ended.run / (ended.host - ended.since)
    return tokens / seconds if seconds and tokens else None


def _stages(marks: Sequence[tuple[Part, Any, Any, Form]]) -> tuple[FlowStage, ...]:
    """The stages in order. Of the norms beside the blocks, the one behind them; embeddings belong to the blocks that follow."""
    last = {part.stack: place for place, (part, *_) in enumerate(marks) if part.kind == "block"}
    stages = []
    for place, (part, began, ended, form) in enumerate(marks):
        if part.kind == "norm" and place < last.get(part.stack, len(marks)):
            continue
        name = f"block {part.index}" if part.kind == "block" else part.kind
        side = part.part
        if part.kind in ("tokens", "embeddings"):
            side = next((later.part for later, *_ in marks[place:] if later.kind == "block"), "")
        make = partial(_stage, detail="" if part.kind == "tokens" else part.detail, part=side, index=part.index)
        stages.append(make(f"{side} {name}".strip(), part.kind, form, seconds_between(began, ended)))
    return tuple(stages)


def _stage(name: str, kind: Any, form: Form, seconds: float | None = None, **where: Any) -> FlowStage:
    shape, dtype, device = form
    return FlowStage(name, kind, tuple(shape), name_of(dtype), str(device), seconds, **where)
