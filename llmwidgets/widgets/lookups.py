"""What a page asks about a tokenizer, answered: the way of a word, a search in the vocabulary, one of its tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmwidgets.errors import InvalidValue
from llmwidgets.widgets.encode import piece_of

if TYPE_CHECKING:
    from llmwidgets.stages.trace import Search, Symbol, TokenEntry, Trace, Word
    from llmwidgets.tokenizers.face import Tokenizer
    from llmwidgets.widgets.payloads import SearchPayload, SymbolPayload, TokenPayload, TracePayload, WordPayload


def answer(tokenizer: Tokenizer, message: dict[str, Any]) -> TracePayload | SearchPayload | TokenPayload:
    """What a `lookup` request asks for. Raises InvalidValue for a request that is none, a text too long and an unknown id."""
    what, text, token = message.get("what"), message.get("text", ""), message.get("id")
    if what == "token":
        if not isinstance(token, int) or isinstance(token, bool):
            raise _refuse("id", repr(token)[:40], "a whole number")
        return token_payload(tokenizer.entry(token))
    if what not in ("trace", "search"):
        raise _refuse("what", repr(what)[:40], "trace, search, token")
    if not isinstance(text, str):
        raise _refuse("text", type(text).__name__, "a string")
    return trace_payload(tokenizer.trace(text)) if what == "trace" else search_payload(tokenizer.search(text))


def trace_payload(trace: Trace) -> TracePayload:
    """The way of a text, for the page."""
    return {
        "kind": "trace",
        "text": trace.text,
        "normalizer": trace.normalizer,
        "normalized": trace.normalized,
        "pre_tokenizer": trace.pre_tokenizer,
        "words": [_word_payload(word) for word in trace.words],
    }


def search_payload(search: Search) -> SearchPayload:
    """Tokens found, for the page."""
    return {
        "kind": "search",
        "query": search.query,
        "total": search.total,
        "matches": [symbol_payload(symbol) for symbol in search.matches],
    }


def token_payload(entry: TokenEntry) -> TokenPayload:
    """One token, for the page."""
    piece, _ = piece_of(entry.data)
    return {
        "kind": "token",
        "id": entry.id,
        "piece": piece,
        "bytes": entry.data.hex(),
        "special": entry.special,
        "rank": entry.rank,
        "score": entry.score,
        "parts": [symbol_payload(symbol) for symbol in entry.parts],
        "containing": [symbol_payload(symbol) for symbol in entry.containing],
        "containing_total": entry.containing_total,
    }


def symbol_payload(symbol: Symbol) -> SymbolPayload:
    """A token or a part of one, for the page."""
    piece, part = piece_of(symbol.data)
    return {"id": -1 if symbol.id is None else symbol.id, "piece": piece, "bytes": part}


def _word_payload(word: Word) -> WordPayload:
    return {
        "text": word.text,
        "method": word.method,
        "symbols": [symbol_payload(symbol) for symbol in word.symbols],
        "merges": [{"at": step.at, "rank": step.rank, "symbol": symbol_payload(step.symbol)} for step in word.merges],
        "pieces": [symbol_payload(symbol) for symbol in word.pieces],
        "scores": list(word.scores),
    }


def _refuse(name: str, value: str, allowed: str) -> InvalidValue:
    return InvalidValue(
        f"{name} cannot be {value}.", hint=f"It takes {allowed}.", name=name, value=value, allowed=allowed
    )
