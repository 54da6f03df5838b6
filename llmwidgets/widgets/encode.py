"""The session's state as the page reads it: the payloads of payloads.py, filled."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from llmwidgets.arrays import encode, encode_small
from llmwidgets.stages.distribution import Distribution, Summary, summarize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from llmwidgets.errors import LLMWidgetsError
    from llmwidgets.stages.comparison import Language
    from llmwidgets.stages.sampling import Sampler
    from llmwidgets.stages.tokens import Tokens
    from llmwidgets.state import Scores, State, Status
    from llmwidgets.text import TextSession
    from llmwidgets.widgets.payloads import (
        ContentPayload,
        DistributionPayload,
        ErrorPayload,
        InfoPayload,
        LanguagePayload,
        PlacePayload,
        RowPayload,
        SamplerPayload,
        SamplerState,
        StatusPayload,
        SurprisalPayload,
        TokensPayload,
    )

    Piece = Callable[[int], tuple[str, str]]


def piece_of(part: bytes) -> tuple[str, str]:
    """How the page writes a token: its text, or "" and its bytes in hexadecimal where they are no whole characters."""
    try:
        return part.decode("utf-8"), ""
    except UnicodeDecodeError:
        return "", part.hex()


def error_payload(error: LLMWidgetsError | None) -> ErrorPayload | None:
    """An error for the page."""
    if error is None:
        return None
    values = {name: value if isinstance(value, (int, float)) else str(value) for name, value in error.values.items()}
    return {"code": error.code, "message": error.message, "hint": error.hint, "values": values}


def info_payload(session: TextSession) -> InfoPayload:
    """What the session holds, for the page."""
    info = session.info
    return {
        "name": info.name,
        "source": info.source,
        "device": info.device,
        "dtype": info.dtype,
        "parameters": info.parameters,
        "bytes": info.bytes,
        "vocabulary": info.vocabulary,
        "dimensions": info.dimensions,
        "context": info.context,
        "tokenizer": session.tokenizer_name,
        "can_predict": info.can_predict,
        "can_embed": info.can_embed,
        "can_edit": True,
        "rows": 1,
        "row": 0,
    }


def utf16_offsets(text: str, offsets: np.ndarray) -> np.ndarray:
    """Offsets in code points as offsets in UTF-16 units, which is how the page counts."""
    wide = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4") > 0xFFFF
    if not wide.any():
        return offsets
    extra = np.concatenate([[0], np.cumsum(wide)])
    return np.asarray(offsets + extra[offsets])


def tokens_payload(tokens: Tokens, padding: np.ndarray | None = None) -> TokensPayload:
    """A text with its tokens, for the page."""
    spans = utf16_offsets(tokens.text, tokens.spans)
    distinct, pieces = distinct_pieces(tokens, slice(None))
    return {
        "text": tokens.text,
        "ids": encode_small(tokens.ids),
        "steps": encode_small(np.diff(spans[:, 0], prepend=0)),
        "widths": encode_small(spans[:, 1] - spans[:, 0]),
        "distinct": distinct,
        "pieces": [text for text, _ in pieces],
        "bytes": [part for _, part in pieces],
        "special": np.flatnonzero(tokens.special).tolist(),
        "padding": [] if padding is None else np.flatnonzero(padding).tolist(),
        "exact": tokens.exact,
        "characters": tokens.characters,
        "utf8_bytes": tokens.utf8_bytes,
    }


def distinct_pieces(tokens: Tokens, part: slice) -> tuple[list[int], list[tuple[str, str]]]:
    """Each different id of a part of the tokens once, and how the page writes it."""
    ids, parts = tokens.ids[part], tokens.token_bytes[part]
    places = np.full(int(ids.max(initial=-1)) + 1, -1)
    places[ids] = np.arange(len(ids))
    distinct = np.flatnonzero(places >= 0)
    return distinct.tolist(), [piece_of(parts[place]) for place in places[distinct].tolist()]


def row_payload(
    name: str, tokens: Tokens, padding: np.ndarray | None = None, *, error: LLMWidgetsError | None = None
) -> RowPayload:
    """A row of a batch or of a comparison, for the page. Padding is no part of the text that is counted."""
    payload = tokens_payload(tokens, padding)
    if padding is not None and padding.any():
        data = b"".join(compress(tokens.token_bytes, (~padding).tolist()))
        payload = {**payload, "characters": len(data.decode("utf-8", errors="replace")), "utf8_bytes": len(data)}
    return {**payload, "name": name, "error": error_payload(error)}


def language_payload(language: Language) -> LanguagePayload:
    """A line of the comparison's table, for the page."""
    return {
        "label": language.label,
        "characters": language.characters,
        "utf8_bytes": language.utf8_bytes,
        "tokens": list(language.tokens),
    }


def content_payload(
    state: State, *, add_special: bool | None, can_undo: bool, seen: Mapping[str, int]
) -> ContentPayload:
    """The text of one moment, for the page."""
    return {
        **tokens_payload(state.tokens),
        **place_payload(state, add_special=add_special, can_undo=can_undo, seen=seen),
    }


def place_payload(state: State, *, add_special: bool | None, can_undo: bool, seen: Mapping[str, int]) -> PlacePayload:
    """What a content is besides its tokens."""
    template = utf16_offsets(state.tokens.text, np.asarray(state.template, np.int64).reshape(-1, 2))
    return {
        "revision": state.revision,
        "position": state.position,
        "can_undo": can_undo,
        "template": [(int(start), int(end)) for start, end in template],
        "add_special": add_special,
        "seen": dict(seen),
    }


def distribution_payload(
    distribution: Distribution,
    piece: Piece,
    is_special: Callable[[int], bool],
    *,
    revision: int,
    summary: Summary | None = None,
) -> DistributionPayload:
    """A distribution in its short form, for the page."""
    summary = summary or summarize(distribution.logits)
    ids = summary.ids.tolist()
    pieces = [piece(token) for token in ids]
    return {
        "revision": revision,
        "position": distribution.position,
        "vocabulary": int(distribution.logits.size),
        "ids": encode(summary.ids),
        "logits": encode(summary.logits),
        "pieces": [text for text, _ in pieces],
        "bytes": [part for _, part in pieces],
        "special": [index for index, token in enumerate(ids) if is_special(token)],
        "context": summary.context.tolist(),
        "tail_counts": encode(summary.tail_counts),
        "tail_logits": encode(summary.tail_logits),
        "tail_variances": encode(summary.tail_variances),
        "masked": summary.masked,
        "log_sum": distribution.log_sum,
        "entropy": distribution.entropy,
    }


def surprisal_payload(scores: Scores) -> SurprisalPayload:
    """The tokens' surprisals, for the page."""
    return {"revision": scores.revision, "values": encode(scores.values), "error": error_payload(scores.error)}


def sampler_payload(sampler: Sampler) -> SamplerPayload:
    """The sampler's settings, for the page."""
    return {
        "do_sample": sampler.do_sample,
        "temperature": sampler.temperature,
        "top_k": sampler.top_k,
        "top_p": sampler.top_p,
        "min_p": sampler.min_p,
        "typical_p": sampler.typical_p,
        "top_h": sampler.top_h,
        "epsilon_cutoff": sampler.epsilon_cutoff,
        "eta_cutoff": sampler.eta_cutoff,
        "repetition_penalty": sampler.repetition_penalty,
        "seed": sampler.seed,
    }


def sampler_state(sampler: Sampler, own: Sampler, origins: Mapping[str, Origin], seen: Mapping[str, int]) -> SamplerState:
    """The sampler with what the model's own `generate` would do."""
    return {
        "sampler": sampler_payload(sampler),
        "own": sampler_payload(own),
        "origins": dict(origins),
        "seen": dict(seen),
    }


def status_payload(status: Status) -> StatusPayload:
    """What the session is doing, for the page."""
    return {
        "state": status.state,
        "revision": status.revision,
        "generated": status.generated,
        "max_new_tokens": status.max_new_tokens,
        "tokens_per_second": round(status.tokens_per_second, 2),
        "reason": status.reason,
        "ended_by": status.ended_by,
        "error": error_payload(status.error),
    }
