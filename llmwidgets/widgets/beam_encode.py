"""A beam search as the page reads it: the payloads of beam_payloads.py, filled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from llmwidgets.arrays import encode, encode_small
from llmwidgets.stages.choices import LEAST
from llmwidgets.stages.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from llmwidgets.stages.beam_fates import Node
    from llmwidgets.stages.beams import Beam, BeamRow, Beams
    from llmwidgets.widgets.beam_payloads import BeamKindPayload, BeamPayload, BeamTreePayload
    from llmwidgets.widgets.encode import Vocabulary
    from llmwidgets.widgets.payloads import ArrayPayload

MOST_COLUMNS = 40
MOST_NODES = 1_000
FEWEST_COLUMNS = 8
MOST_TEXT = 48
"""Tokens of a beam's text that the page shows."""


def tree_payload(
    beams: Beams, row: BeamRow, *, number: int, vocabulary: Vocabulary, token_bytes: Callable[[int], bytes]
) -> BeamTreePayload:
    """A row of a beam search, for the page."""
    first = max(0, row.step - _columns(row))
    columns = row.nodes(first)
    nodes = [node for column in columns for node in column]
    kind: dict[tuple[str, ...], int] = {}
    kinds = [kind.setdefault(_kind(node), len(kind)) for node in nodes]
    distinct = sorted({node.token for node in nodes})
    pieces = [vocabulary.piece(token) for token in distinct]
    search = row.search
    return {
        "number": number,
        "row": row.row,
        "rows": len(beams.rows),
        "step": row.step,
        "first": first,
        "num_beams": search.num_beams,
        "length_penalty": search.length_penalty,
        "early_stopping": _early(search.early_stopping),
        "do_sample": search.do_sample,
        "num_return_sequences": search.num_return_sequences,
        "state": "done" if row.over else "stopped" if beams.stopped else "running",
        "over": row.over,
        "counts": [len(column) for column in columns],
        "ids": _whole(node.token for node in nodes),
        "parents": _whole(node.parent for node in nodes),
        "indices": _whole(node.index for node in nodes),
        "log_probs": _finite(node.log_prob for node in nodes),
        "gained": _finite(node.gained for node in nodes),
        "kinds": _whole(kinds),
        "kind": [_kind_payload(nodes[kinds.index(place)]) for place in range(len(kind))],
        "decided": _whole(node.fate.step for node in nodes),
        "ranks": _whole(node.fate.rank for node in nodes),
        "scores": _finite(node.fate.score for node in nodes),
        "bars": _finite(node.fate.bar for node in nodes),
        "distinct": distinct,
        "pieces": [text for text, _ in pieces],
        "bytes": [part for _, part in pieces],
        "special": [place for place, token in enumerate(distinct) if vocabulary.is_special(token)],
        "running": [_beam_payload(beam, token_bytes) for beam in row.running],
        "finished": [_beam_payload(beam, token_bytes) for beam in row.finished],
    }


def text_of(ids: Sequence[int], token_bytes: Callable[[int], bytes]) -> str:
    """The text of new tokens, as far as its characters are whole."""
    return Tokens.from_bytes(ids, [token_bytes(token) for token in ids]).text


def _columns(row: BeamRow) -> int:
    """How many steps are shown: wide searches have more candidates in each."""
    wide = int(row.steps[0].tokens.shape[1])
    return max(FEWEST_COLUMNS, min(MOST_COLUMNS, MOST_NODES // wide))


def _early(early_stopping: bool | str) -> Literal["true", "false", "never"]:
    if early_stopping == "never":
        return "never"
    return "true" if early_stopping else "false"


def _kind(node: Node) -> tuple[str, ...]:
    return node.fate.state, node.fate.why, node.ended_by, node.leads_to


def _kind_payload(node: Node) -> BeamKindPayload:
    return {
        "state": node.fate.state,
        "why": node.fate.why,
        "ended_by": node.ended_by,
        "leads_to": node.leads_to,
    }


def _beam_payload(beam: Beam, token_bytes: Callable[[int], bytes]) -> BeamPayload:
    step, place = beam.spot
    return {
        "text": text_of(beam.ids[-MOST_TEXT:], token_bytes),
        "cut": len(beam.ids) > MOST_TEXT,
        "tokens": len(beam.ids),
        "log_prob": max(beam.log_prob, LEAST),
        "score": max(beam.score, LEAST),
        "step": step,
        "place": place,
        "index": beam.index,
        "ended_by": beam.ended_by,
    }


def _whole(values: Iterable[int]) -> ArrayPayload:
    return encode_small(np.fromiter(values, np.int64))


def _finite(values: Iterable[float]) -> ArrayPayload:
    """NaN stays NaN: nobody has the number."""
    return encode(np.maximum(np.fromiter(values, np.float32), LEAST))
