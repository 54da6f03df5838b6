"""A ContinuationView's answers as the page gets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmwidgets.arrays import encode
from llmwidgets.widgets.encode import error_payload, piece_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.stages.continuations import Continuation
    from llmwidgets.widgets.continuation_payloads import ContinuationPayload, ScoredPayload, WrittenPayload
    from llmwidgets.widgets.continuation_work import Scored, Written
    from llmwidgets.widgets.encode import Vocabulary
    from llmwidgets.widgets.payloads import SymbolPayload


def scored_payload(scored: Scored) -> ScoredPayload | None:
    """The answer; None before the first."""
    if scored.found is None and scored.error is None:
        return None
    found = () if scored.found is None else scored.found.each
    return {
        "number": scored.number,
        "candidates": [_candidate(one) for one in found],
        "error": error_payload(scored.error),
    }


def written_payload(written: Written) -> WrittenPayload:
    """What the model writes, as far as it is there."""
    tokens = written.tokens
    # the token that ends a text is no part of it
    shown = tokens.first(len(tokens) - 1) if tokens is not None and written.ending.reason == "eos" else tokens
    return {
        "how": written.how,
        "number": written.number,
        "state": written.state,
        "text": "" if shown is None else shown.text,
        "tokens": 0 if tokens is None else len(tokens),
        "seed": written.seed,
        "reason": written.ending.reason,
        "ended_by": written.ending.by,
        "error": error_payload(written.error),
    }


def symbols(ids: Sequence[int], vocabulary: Vocabulary) -> list[SymbolPayload]:
    """Tokens by id, as the page writes them."""
    found: list[SymbolPayload] = []
    for token in ids:
        piece, part = vocabulary.piece(token)
        found.append({"id": token, "piece": piece, "bytes": part})
    return found


def _candidate(one: Continuation) -> ContinuationPayload:
    pieces = [piece_of(part) for part in one.token_bytes]
    return {
        "text": one.candidate,
        "ids": [int(token) for token in one.ids],
        "pieces": [piece for piece, _ in pieces],
        "bytes": [part for _, part in pieces],
        "surprisals": encode(one.surprisals),
        "fused": one.fused,
        "prompt_part": one.prompt_part,
        "characters": one.characters,
        "utf8_bytes": one.utf8_bytes,
    }
