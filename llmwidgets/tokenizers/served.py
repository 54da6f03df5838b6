"""The tokenizer of a llama.cpp server, asked over the network: nothing of it need be on this machine."""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.errors import BadAnswer
from llmwidgets.stages.tokens import Tokens
from llmwidgets.tokenizers.align import spans_in_order
from llmwidgets.tokenizers.base import BaseTokenizer
from llmwidgets.tokenizers.checks import check_text

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[[str, dict[str, Any]], Any]

MOST_TEXTS = 200
"""Texts whose ids are kept."""


class ServedTokenizer(BaseTokenizer):
    """See Tokenizer. `ask(path, body)` asks the server, `tokens` are the bytes of each id that it told, none for special ones.

    Raises what a server's failure is, and BadAnswer.
    """

    def __init__(self, name: str, ask: Ask, tokens: dict[int, bytes], size: int) -> None:
        self.name, self.size = name, size
        self.tokenizer: Any = f"{name}, asked at its server"
        self._ask, self._tokens = ask, tokens
        self._known: OrderedDict[tuple[str, bool], list[int]] = OrderedDict()
        self.adds_special = bool(self._ids("", special=True)) or self._ids("a", special=True) != self._ids(
            "a", special=False
        )

    def renewed(self) -> ServedTokenizer:
        """The same face: a server's vocabulary does not change."""
        return self

    def encode(self, text: str, *, special: bool = True) -> Tokens:
        """See Tokenizer. Names of special tokens in the text are read as these."""
        ids = self._ids(check_text(text), special=special)
        parts = tuple(self.table[token] for token in ids)
        flags = np.fromiter(map(self.special_ids.__contains__, ids), bool, len(ids))
        inserted = flags & ~_named_in(text, parts, flags)
        spans, _ = spans_in_order(text, parts, inserted)
        return Tokens(text, np.asarray(ids, np.int64), parts, spans, flags, self.name)

    @cached_property
    def table(self) -> list[bytes]:
        """See BaseTokenizer. The server writes a special token's bytes as none, and is asked for its name."""
        return [self._tokens.get(token) or self._name_of(token) for token in range(self.size)]

    @cached_property
    def holes(self) -> frozenset[int]:
        """See BaseTokenizer."""
        return frozenset(range(self.size)) - frozenset(self._tokens)

    @cached_property
    def special_ids(self) -> frozenset[int]:
        """See BaseTokenizer."""
        return frozenset(token for token, raw in self._tokens.items() if not raw)

    def _decode(self, ids: list[int]) -> str:
        return b"".join(self.table[token] for token in ids).decode("utf-8", errors="replace")

    def _name_of(self, token: int) -> bytes:
        if token in self.holes:
            return b""
        return _text(self._ask("detokenize", {"tokens": [token]}), "content").encode("utf-8", errors="replace")

    def _ids(self, text: str, *, special: bool) -> list[int]:
        key = (text, special)
        if (known := self._known.get(key)) is not None:
            self._known.move_to_end(key)
            return known
        answer = self._ask("tokenize", {"content": text, "add_special": special, "parse_special": True})
        ids = answer.get("tokens") if isinstance(answer, dict) else None
        if not isinstance(ids, list) or not all(isinstance(each, int) and 0 <= each < self.size for each in ids):
            raise _bad("tokenize")
        self._known[key] = ids
        while len(self._known) > MOST_TEXTS:
            self._known.popitem(last=False)
        return ids


def _named_in(text: str, parts: tuple[bytes, ...], special: np.ndarray) -> np.ndarray:
    """Which special tokens stand in the text by their names, (n,) bool: the last of each name as often as it stands there."""
    named = np.zeros(len(parts), bool)
    left = {raw: text.count(raw.decode("utf-8", errors="replace")) for raw in set(parts) if raw}
    for index in reversed(np.flatnonzero(special).tolist()):
        raw = parts[index]
        if left.get(raw, 0) > 0:
            left[raw] -= 1
            named[index] = True
    return named


def _text(answer: Any, key: str) -> str:
    found = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(found, str):
        raise _bad(key)
    return found


def _bad(what: str) -> BadAnswer:
    msg = f"The server's answer cannot be read: its {what} is of another form."
    return BadAnswer(msg, hint="Give the model's tokenizer: connect(..., tokenizer=...).", why=what)
