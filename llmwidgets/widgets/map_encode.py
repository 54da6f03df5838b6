"""An EmbeddingMap's state as the page reads it: the payloads of map_payloads.py, filled."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import numpy as np

from llmwidgets.arrays import encode, encode_small
from llmwidgets.stages.neighbours import cosine_similarities, grouped, neighbors
from llmwidgets.widgets.encode import error_payload, piece_of
from llmwidgets.widgets.map_state import NEAREST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.errors import LLMWidgetsError
    from llmwidgets.stages.contexts import Contexts
    from llmwidgets.stages.tokens import Tokens
    from llmwidgets.widgets.map_ground import Class, Ground
    from llmwidgets.widgets.map_look import Near
    from llmwidgets.widgets.map_payloads import (
        ArithmeticPayload,
        ClassPayload,
        ContextsPayload,
        GroundPayload,
        MapPayload,
        NamePayload,
        NearPayload,
    )
    from llmwidgets.widgets.map_space import Name
    from llmwidgets.widgets.map_state import Drawn, Sum

MOST_INT16 = 32_767


def name_payload(name: Name) -> NamePayload:
    """A point's label, for the page."""
    piece, part = piece_of(name.data)
    return {"id": name.id, "piece": piece, "bytes": part, "special": name.special}


def near_payload(near: Near) -> NearPayload:
    """A neighbour, for the page."""
    return {
        "on": near.on,
        "index": near.index,
        "name": name_payload(near.name),
        "value": round(near.value, 6),
        "own": near.own,
    }


def map_payload(drawn: Drawn) -> MapPayload:
    """The words and tokens, for the page."""
    points = drawn.points
    cosines = cosine_similarities(points.vectors[: points.words])
    projection = drawn.projection
    return {
        "labels": [name.text for name in points.names],
        "kinds": list(points.kinds),
        "ids": [[part.id for part in parts] for parts in points.parts],
        "pieces": [[part.text for part in parts] for parts in points.parts],
        "norms": [round(float(norm), 4) for norm in np.linalg.norm(points.vectors, axis=1)],
        "coordinates": encode(drawn.coordinates),
        "similarities": encode(cosines),
        "order": list(grouped(cosines)),
        "nearest": [
            [(other, round(value, 4)) for other, value in neighbors(drawn.scores, index, NEAREST)]
            for index in range(len(points))
        ],
        "lost": drawn.lost.tolist(),
        "counted": drawn.counted,
        "variance": [round(float(share), 4) for share in projection.variance],
        "fitted": "points" if drawn.ground is None else "ground",
        "about": drawn.about,
        "error": error_payload(drawn.error),
    }


def ground_payload(ground: Ground, kind: str) -> GroundPayload:
    """What there is to know of the ground but its points."""
    projection, loss = ground.projection, ground.loss
    return {
        "number": ground.number,
        "kind": "vocabulary" if kind == "vocabulary" else "vectors",
        "count": len(ground),
        "axes": int(projection.coordinates.shape[1]),
        "low": ground.low.tolist(),
        "high": ground.high.tolist(),
        "classes": [_class_payload(each) for each in ground.classes],
        "color_by": ground.color_by,
        "scale": any(each.low is not None for each in ground.classes),
        "lost": loss.mean,
        "spread": loss.spread,
        "sampled": loss.sampled,
        "counted": loss.counted,
        "variance": [round(float(share), 4) for share in projection.variance],
        "method": projection.method,
        "error": None,
    }


def _class_payload(each: Class) -> ClassPayload:
    return {"key": each.key, "count": each.count, "low": each.low, "high": each.high}


def contexts_payload(
    found: Contexts, lost: np.ndarray, counted: int, names: Sequence[Name], tokens: Tokens, revision: int
) -> ContextsPayload:
    """The text's tokens layer by layer, for the page."""
    layers, count, axes = found.coordinates.shape
    most = float(np.abs(found.coordinates).max(initial=0.0))
    unit = most / MOST_INT16 if most > 0 else 1.0
    return {
        "revision": revision,
        "layers": layers,
        "tokens": len(tokens),
        "axes": axes,
        "names": [name_payload(name) for name in names[:count]],
        "coordinates": encode_small(np.rint(found.coordinates / unit).astype(np.int32)),
        "unit": unit,
        "norms": encode(found.norms),
        "lost": encode_small(lost),
        "counted": counted,
        "variance": [round(float(share), 4) for share in found.variance],
        "layer_variance": encode(found.layer_variance),
        "dimensions": len(found.projector.mean),
        "error": None,
    }


def no_contexts_payload(revision: int, axes: int, error: LLMWidgetsError | None) -> ContextsPayload:
    """Why there are none, for the page."""
    return {
        "revision": revision,
        "layers": 0,
        "tokens": 0,
        "axes": axes,
        "names": [],
        "coordinates": encode(np.zeros((0, 0, axes), np.float32)),
        "unit": 1.0,
        "norms": encode(np.zeros((0, 0), np.float32)),
        "lost": encode_small(np.zeros((0, 0), np.int8)),
        "counted": 0,
        "variance": [],
        "layer_variance": encode(np.zeros((0, axes), np.float32)),
        "dimensions": 0,
        "error": error_payload(error),
    }


def arithmetic_payload(found: Sum, nearest: Sequence[Near]) -> ArithmeticPayload:
    """An expression worked out, for the page."""
    return {
        "expression": found.expression,
        "terms": [{"sign": "+" if term.sign > 0 else "-", "label": term.word} for term in found.terms],
        "places": encode(found.places),
        "sums": encode(found.sums),
        "norm": round(float(np.linalg.norm(found.vector)), 4),
        "nearest": [near_payload(near) for near in nearest],
        "error": None,
    }


def bits_of(mask: np.ndarray) -> str:
    """A mask as base64, one bit a point, lowest bit first; "" where no point is in it."""
    return base64.b64encode(np.packbits(mask, bitorder="little").tobytes()).decode("ascii") if mask.any() else ""
