"""The face of a vocabulary of which only what a class saw was recorded."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from llmwidgets.errors import NotRecorded
from llmwidgets.stages.tokens import Tokens
from llmwidgets.tokenizers.base import BaseTokenizer

if TYPE_CHECKING:
    from collections.abc import Mapping


class RecordedTokenizer(BaseTokenizer):
    """See Tokenizer. It knows the tokens that were recorded, by id with their bytes, and cannot encode any text but the empty one: that raises NotRecorded."""

    def __init__(
        self,
        name: str,
        size: int,
        tokens: Mapping[int, bytes],
        special: frozenset[int],
        *,
        adds_special: bool,
        mask: int | None,
    ) -> None:
        self.name, self.size, self.adds_special = name, size, adds_special
        self.tokenizer: Any = None
        self._tokens, self._special, self._mask = tokens, special, mask

    @property
    def mask(self) -> int | None:
        """See Tokenizer."""
        return self._mask

    def encode(self, text: str, *, special: bool = True) -> Tokens:
        """Raises NotRecorded."""
        del special
        if not text:
            return Tokens.from_bytes([], [])
        msg = "This is a recording: its tokenizer is not here, so no other text can be cut into tokens."
        raise NotRecorded(msg, hint="Make a session with the model: ModelSession(model, tokenizer).", what="tokenizer")

    @cached_property
    def table(self) -> list[bytes]:
        """See BaseTokenizer."""
        return [self._tokens.get(token, b"") for token in range(self.size)]

    @cached_property
    def holes(self) -> frozenset[int]:
        """See BaseTokenizer: what was not recorded."""
        return frozenset(range(self.size)) - frozenset(self._tokens)

    @cached_property
    def special_ids(self) -> frozenset[int]:
        """See BaseTokenizer."""
        return self._special

    def token_bytes(self, token: int) -> bytes:
        """See Tokenizer."""
        found = self._tokens.get(token)
        return super().token_bytes(token) if found is None else found

    def _decode(self, ids: list[int]) -> str:
        return b"".join(self._tokens[token] for token in ids).decode("utf-8", errors="replace")
