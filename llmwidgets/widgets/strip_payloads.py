"""What a PipelineStrip shows to the page, field by field, and how a call becomes that. Small, for it is sent many times a second."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypedDict

from llmwidgets.stages.flow import StageKind, total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.stages.flow import Flow, FlowStage


class FormPayload(TypedDict):
    """What `count` stages that follow each other have in common."""

    count: int
    shape: list[int]
    dtype: str
    device: str


class CellPayload(TypedDict):
    """A stage of a call, or all blocks of a stack as one: then `indices` and `times` have one value a block, and `forms` tell their forms.

    Times are seconds, null where none is known. `part`: "encoder" or "decoder" where a model has both. `detail`: where the (first)
    module stands, and its class.
    """

    kind: StageKind
    part: str
    detail: str
    forms: list[FormPayload]
    seconds: float | None
    indices: list[int]
    times: list[float | None]


class CachePayload(TypedDict):
    """The keys and values after a call; null for what is not known. See FlowCache."""

    kind: str
    bytes: int | None
    length: int | None
    reused: int | None


class CallPayload(TypedDict):
    """A call of the model, as it flowed. See Flow. `between`: seconds outside the stages; a `loss` that is no number is named."""

    number: int
    model: str
    cells: list[CellPayload]
    batch: int
    tokens: int
    seconds: float | None
    between: float | None
    tokens_per_second: float | None
    cache: CachePayload | None
    loss: float | Literal["nan", "inf", "-inf"] | None
    training: bool
    grad: bool
    inference: bool
    autocast: str
    attention: str
    complete: bool


def call_payload(flow: Flow) -> CallPayload:
    """A call, for the page."""
    cache = flow.cache
    return {
        "number": flow.number,
        "model": flow.model,
        "cells": [_cell(fold) for fold in flow.folded()],
        "batch": flow.batch,
        "tokens": flow.tokens,
        "seconds": _time(flow.seconds),
        "between": _time(flow.between),
        "tokens_per_second": None if flow.tokens_per_second is None else float(f"{flow.tokens_per_second:.4g}"),
        "cache": None
        if cache is None
        else {"kind": cache.kind, "bytes": cache.bytes, "length": cache.length, "reused": cache.reused},
        "loss": _loss(flow.loss),
        "training": flow.training,
        "grad": flow.grad,
        "inference": flow.inference,
        "autocast": flow.autocast,
        "attention": flow.attention,
        "complete": flow.complete,
    }


def _cell(fold: Sequence[FlowStage]) -> CellPayload:
    first = fold[0]
    blocks = fold if first.kind == "block" else ()
    return {
        "kind": first.kind,
        "part": first.part,
        "detail": first.detail,
        "forms": _forms(fold),
        "seconds": _time(total(tuple(fold))),
        "indices": [stage.index for stage in blocks],
        "times": [_time(stage.seconds) for stage in blocks],
    }


def _forms(fold: Sequence[FlowStage]) -> list[FormPayload]:
    forms: list[FormPayload] = []
    for stage in fold:
        form: FormPayload = {"count": 1, "shape": list(stage.shape), "dtype": stage.dtype, "device": stage.device}
        if forms and {**forms[-1], "count": 1} == form:
            forms[-1]["count"] += 1
        else:
            forms.append(form)
    return forms


def _time(seconds: float | None) -> float | None:
    """To a tenth of a microsecond."""
    return None if seconds is None else round(seconds, 7)


def _loss(loss: float | None) -> float | Literal["nan", "inf", "-inf"] | None:
    """JSON has no word for what is no number."""
    if loss is None or math.isfinite(loss):
        return loss
    return "nan" if math.isnan(loss) else "inf" if loss > 0 else "-inf"
