"""The session's state as the page reads it: the payloads of payloads.py, filled."""

from __future__ import annotations

import math
from functools import cache
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from llmwidgets.arrays import encode, encode_small
from llmwidgets.catalogue import in_japanese
from llmwidgets.prediction import MOST_DRAWS_SHOWN
from llmwidgets.session import ModelSession
from llmwidgets.stages.choices import LEAST, ranks_of, shared
from llmwidgets.stages.tokens import UNKNOWN, spell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from llmwidgets.errors import LLMWidgetsError
    from llmwidgets.stages.capabilities import Capabilities
    from llmwidgets.stages.choices import Choice, Fork
    from llmwidgets.stages.comparison import Language
    from llmwidgets.stages.distribution import Distribution, Summary
    from llmwidgets.stages.drawn import Drawn
    from llmwidgets.stages.guessing import Guess, Score
    from llmwidgets.stages.sampling import Filtered, Origin, Sampler
    from llmwidgets.stages.tokens import Tokens
    from llmwidgets.state import Attending, Scores, State, Status
    from llmwidgets.text import TextSession
    from llmwidgets.widgets.payloads import (
        AbilityPayload,
        AlternativesPayload,
        AttentionPayload,
        CandidatePayload,
        CapabilitiesPayload,
        ContentPayload,
        DistributionPayload,
        DrawsPayload,
        ErrorPayload,
        ExactPayload,
        FindPayload,
        ForkPayload,
        GuessesPayload,
        GuessPayload,
        InfoPayload,
        LanguagePayload,
        PartialPayload,
        PathsPayload,
        PlacePayload,
        RowPayload,
        SamplerPayload,
        SamplerState,
        StatusPayload,
        SurprisalPayload,
        TokensPayload,
    )

    Piece = Callable[[int], tuple[str, str]]

MOST_FORK_PIECES = 40
MOST_GUESSES = 100


def _log(probability: float) -> float:
    return math.log(probability) if probability > 0 else -math.inf


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
    return {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "ja": {"message": _japanese(error.message), "hint": _japanese(error.hint)},
        "values": _plain(error.values),
    }


def _japanese(text: str) -> str:
    return in_japanese(text) or text


def _plain(values: Mapping[str, object]) -> dict[str, str | float]:
    """The values of an error as JSON."""
    return {name: value if isinstance(value, (int, float)) else str(value) for name, value in values.items()}


def capabilities_payload(capabilities: Capabilities | None) -> CapabilitiesPayload | None:
    """What a session gives, for the page."""
    if capabilities is None:
        return None
    abilities: list[AbilityPayload] = [
        {
            "name": ability.name,
            "extent": ability.extent,
            "code": ability.code,
            "detail": ability.detail,
            "detail_ja": _japanese(ability.detail),
            "values": _plain(ability.values),
            "views": list(ability.views),
        }
        for ability in capabilities.abilities
    ]
    return {
        "server": capabilities.server,
        "address": capabilities.address,
        "model": capabilities.model,
        "abilities": abilities,
    }


def info_payload(session: TextSession) -> InfoPayload:
    """What the session holds, for the page."""
    info, mask = session.info, session.state.mask
    return {
        "name": info.name,
        "source": info.source,
        "device": info.runs_on or info.device,
        "dtype": info.dtype,
        "parameters": info.parameters,
        "bytes": info.bytes,
        "vocabulary": info.vocabulary,
        "dimensions": info.dimensions,
        "context": info.context,
        "tokenizer": session.tokenizer_name,
        "can_predict": info.can_predict,
        "predicts": info.predicts,
        "mask": "" if mask is None else spell(session.token_bytes(mask)),
        "can_embed": info.can_embed,
        "can_edit": session.can_edit,
        "rows": session.rows,
        "row": session.row,
        "capabilities": capabilities_payload(session.capabilities if isinstance(session, ModelSession) else None),
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
    # an id of -1 is a token that was not told
    places = np.full(int(ids.max(initial=-1)) + 2, -1)
    places[ids + 1] = np.arange(len(ids))
    distinct = np.flatnonzero(places >= 0)
    return (distinct - 1).tolist(), [piece_of(parts[place]) for place in places[distinct].tolist()]


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
        "home": state.home,
        "can_undo": can_undo,
        "template": [(int(start), int(end)) for start, end in template],
        "add_special": add_special,
        "seen": dict(seen),
    }


class Vocabulary:
    """How the page writes the tokens of a session's vocabulary, each looked up once."""

    def __init__(self, token_bytes: Callable[[int], bytes], is_special: Callable[[int], bool], size: int) -> None:
        self.piece: Piece = cache(lambda token: piece_of(token_bytes(token)))
        self.is_special = is_special
        self.size = size

    @classmethod
    def of(cls, session: TextSession) -> Vocabulary:
        """Of a session, which it does not keep alive."""
        face = session.face
        return cls(session.token_bytes, face.is_special, face.size)

    def ranked(self, token: int, logit: float, rank: int) -> CandidatePayload:
        """One token of a distribution, for the page."""
        text, part = self.piece(token)
        return {
            "id": token,
            "piece": text,
            "bytes": part,
            "special": self.is_special(token),
            "logit": logit if np.isfinite(logit) else None,
            "rank": rank,
        }


def distribution_payload(
    distribution: Distribution, vocabulary: Vocabulary, *, revision: int, summary: Summary, came: int | None
) -> DistributionPayload:
    """A distribution in its short form, for the page; `came` is the token that the text goes on with."""
    ids = summary.ids.tolist()
    pieces = [vocabulary.piece(token) for token in ids]
    size = int(distribution.logits.size)
    return {
        "revision": revision,
        "position": distribution.position,
        "vocabulary": size,
        "ids": encode(summary.ids),
        "logits": encode(summary.logits),
        "pieces": [text for text, _ in pieces],
        "bytes": [part for _, part in pieces],
        "special": [index for index, token in enumerate(ids) if vocabulary.is_special(token)],
        "context": summary.context.tolist(),
        "tail_counts": encode(summary.tail_counts),
        "tail_logits": encode(summary.tail_logits),
        "tail_variances": encode(summary.tail_variances),
        "masked": summary.masked,
        "log_sum": distribution.log_sum,
        "entropy": distribution.entropy_bounds[0],
        "came": None if came is None or not 0 <= came < size else _came_payload(distribution, vocabulary, came),
        "unnamed": max(0, size - vocabulary.size),
        "partial": partial_payload(distribution, summary.unseen),
    }


def partial_payload(distribution: Distribution, unseen: int) -> PartialPayload | None:
    """What was left out of a distribution, for the page."""
    if not distribution.is_partial or distribution.told_whole:
        return None
    unknown = distribution.unknown
    return {
        "tokens": unknown.tokens,
        "mass": unknown.mass,
        "ceiling": unknown.ceiling,
        "entropy": distribution.entropy_bounds,
        "unseen": unseen,
    }


def _came_payload(distribution: Distribution, vocabulary: Vocabulary, came: int) -> CandidatePayload:
    return vocabulary.ranked(came, *(distribution.place_of(came) or (-math.inf, 0)))


def draws_payload(drawn: Drawn, vocabulary: Vocabulary, number: int) -> DrawsPayload:
    """Draws, for the page: beyond a number that one can watch, the counts alone."""
    ids, counts = drawn.counted
    # an id of -1 is a token that was not returned
    places = np.empty(int(ids.max()) + 2, np.int64)
    places[ids + 1] = np.arange(len(ids))
    pieces = [vocabulary.piece(token) if token != UNKNOWN else ("", "") for token in ids.tolist()]
    return {
        "number": number,
        "revision": drawn.revision,
        "position": drawn.distribution.position,
        "sampler": sampler_payload(drawn.sampler),
        "n": len(drawn.ids),
        "seed": drawn.seed,
        "device": drawn.device,
        "ids": ids.tolist(),
        "pieces": [text for text, _ in pieces],
        "bytes": [part for _, part in pieces],
        "special": [i for i, token in enumerate(ids.tolist()) if token != UNKNOWN and vocabulary.is_special(token)],
        "counts": counts.tolist(),
        "probabilities": encode(np.asarray([drawn.probability(token) for token in ids.tolist()], np.float32)),
        "order": encode_small(places[drawn.ids + 1] if len(drawn.ids) <= MOST_DRAWS_SHOWN else places[:0]),
    }


def paths_payload(state: State) -> PathsPayload:
    """How the text's tokens came and the ways that were left, for the page."""
    choices = state.choices
    forks = [_fork_payload(fork, shared(fork.tokens.ids, state.tokens.ids)) for fork in state.forks]
    now = _fork_payload(state.as_fork(0), min(fork["at"] for fork in forks)) if forks else None
    return {
        "places": encode_small(np.asarray([choice.index for choice in choices], np.int64)),
        "probabilities": encode(np.asarray([choice.probability for choice in choices], np.float32)),
        "drawn_with": encode(np.asarray([choice.drawn_with for choice in choices], np.float32)),
        "forced": [place for place, choice in enumerate(choices) if choice.how == "forced"],
        "now": now,
        "forks": forks,
    }


def _fork_payload(fork: Fork, at: int) -> ForkPayload:
    parts = fork.tokens.token_bytes[at : at + MOST_FORK_PIECES]
    pieces = [piece_of(part) for part in parts]
    log_prob, known = fork.log_prob(at)
    return {
        "at": at,
        "tokens": len(fork.tokens) - at,
        "pieces": [text for text, _ in pieces],
        "bytes": [part for _, part in pieces],
        "log_prob": max(log_prob, LEAST),
        "known": known,
        "reason": fork.ending.reason,
    }


def alternatives_payload(choice: Choice, vocabulary: Vocabulary) -> AlternativesPayload:
    """What else could have come at a place, for the page."""
    rows = zip(choice.ids.tolist(), choice.logits.tolist(), choice.ranks.tolist(), strict=True)
    candidates = [vocabulary.ranked(token, logit, int(rank)) for token, logit, rank in rows]
    return {
        "kind": "alternatives",
        "index": choice.index,
        "how": choice.how,
        "candidates": candidates,
        "probabilities": encode(choice.probabilities),
        "drawn_with": encode(choice.after_sampler),
    }


def exact_payload(filtered: Filtered, summary: Summary, revision: int) -> ExactPayload:
    """The chain over the whole vocabulary, for the head that the page has."""
    return {
        "kind": "exact",
        "revision": revision,
        "stages": [
            {"name": stage.name, "left": stage.left, "mass_removed": stage.mass_removed} for stage in filtered.stages
        ],
        "kept": len(filtered.kept),
        "sampled": encode(filtered.probs[summary.ids]),
        "removed_by": encode_small(np.maximum(filtered.removed_by[summary.ids], -1)),
    }


def guesses_payload(guesses: Sequence[Guess], score: Score, vocabulary: Vocabulary) -> GuessesPayload:
    """Guesses and their score, for the page."""
    return {
        "guesses": [_guess_payload(guess, vocabulary) for guess in guesses[-MOST_GUESSES:]],
        "total": score.total,
        "right": score.right,
        "in_top_ten": score.in_top_ten,
        "mean_surprisal": min(score.mean_surprisal, -LEAST),
        "known": score.known,
    }


def _guess_payload(guess: Guess, vocabulary: Vocabulary) -> GuessPayload:
    return {
        "revision": guess.revision,
        "position": guess.position,
        "text": guess.text,
        "token": vocabulary.ranked(guess.token, _log(guess.probability), guess.rank),
        "probability": guess.probability,
        "best": vocabulary.ranked(guess.best, _log(guess.best_probability), 1),
        "best_probability": guess.best_probability,
        "known": guess.known,
    }


def find_payload(
    query: str, logits: np.ndarray, ids: Sequence[int], total: int, vocabulary: Vocabulary, revision: int
) -> FindPayload:
    """Tokens that were found, for the page."""
    ranks = ranks_of(logits, ids)
    candidates = [vocabulary.ranked(token, float(logits[token]), rank) for token, rank in zip(ids, ranks, strict=True)]
    return {"kind": "find", "revision": revision, "query": query, "total": total, "candidates": candidates}


def surprisal_payload(scores: Scores) -> SurprisalPayload:
    """The tokens' surprisals, for the page."""
    return {"revision": scores.revision, "values": encode(scores.values), "error": error_payload(scores.error)}


WHOLE = 32_767
"""What stands for a weight of 1 in an AttentionPayload."""


def attention_payload(attending: Attending) -> AttentionPayload:
    """What the token looked at attends to, for the page: half the bytes of float32, exact to 0.002%."""
    return {
        "revision": attending.revision,
        "query": attending.query,
        "values": encode_small(np.rint(attending.values * WHOLE).astype(np.int16)),
        "error": error_payload(attending.error),
    }


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


def sampler_state(
    sampler: Sampler, own: Sampler, origins: Mapping[str, Origin], seen: Mapping[str, int]
) -> SamplerState:
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
