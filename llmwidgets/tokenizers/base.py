"""What all faces share: a table of exact bytes, built on first use, and what can be read from it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.errors import NoChatTemplate
from llmwidgets.stages.tokens import starts_of
from llmwidgets.stages.trace import Symbol, Trace, Word
from llmwidgets.tokenizers.align import decoded
from llmwidgets.tokenizers.checks import check_ids, check_text, too_many, unknown_id
from llmwidgets.tokenizers.vocabulary import MOST_MATCHES, Origin, Vocabulary

if TYPE_CHECKING:
    from llmwidgets.stages.tokens import Tokens
    from llmwidgets.stages.trace import Search, TokenEntry
    from llmwidgets.tokenizers.chat import Chat

MOST_TRACED = 2_000
"""Characters of a text that is followed step by step."""


class BaseTokenizer(ABC):
    """The parts of a Tokenizer that follow from its table. `tokenizer` is the object that it wraps."""

    name: str
    size: int
    adds_special: bool
    tokenizer: Any

    @property
    def mask(self) -> int | None:
        """See Tokenizer."""
        found = getattr(self.tokenizer, "mask_token_id", None)
        return found if isinstance(found, int) else None

    @abstractmethod
    def encode(self, text: str, *, special: bool = True) -> Tokens:
        """See Tokenizer."""

    @cached_property
    @abstractmethod
    def table(self) -> list[bytes]:
        """The exact bytes of each id; none where there is no such token."""

    @cached_property
    @abstractmethod
    def holes(self) -> frozenset[int]:
        """The ids below `size` that are no token."""

    @cached_property
    @abstractmethod
    def special_ids(self) -> frozenset[int]:
        """The ids that the tokenizer marks as special."""

    @abstractmethod
    def _decode(self, ids: list[int]) -> str:
        """The tokenizer's own decode, special tokens by name."""

    def _trace(self, text: str) -> Trace:
        """The way of a checked text. Here: none is known."""
        tokens = self.encode(text, special=False)
        pieces = tuple(map(Symbol, tokens.token_bytes, tokens.ids.tolist()))
        return Trace(text, "", text, "", (Word(text, "unknown", (), (), pieces),) if pieces else ())

    def _origin(self, token: int) -> Origin:
        """Where a token comes from. Here: nothing is known."""
        del token
        return Origin()

    def decode(self, ids: Any) -> Tokens:
        """See Tokenizer."""
        checked = check_ids(ids, self.size, self.name)
        parts = [self._bytes_at(token, place) for place, token in enumerate(checked)]
        flags = np.fromiter(map(self.special_ids.__contains__, checked), bool, len(checked))
        return decoded(self._decode(checked), checked, parts, flags)

    def token_bytes(self, token: int) -> bytes:
        """See Tokenizer."""
        return self._bytes_at(token, None)

    def is_special(self, token: int) -> bool:
        """See Tokenizer."""
        return token in self.special_ids

    def trace(self, text: str) -> Trace:
        """See Tokenizer."""
        if len(check_text(text)) > MOST_TRACED:
            raise too_many(
                f"The text has {len(text):,} characters, more than the {MOST_TRACED:,} that are followed step by step.",
                len(text),
                MOST_TRACED,
                hint="Give a word or a few sentences.",
            )
        return self._trace(text)

    def search(self, query: str, limit: int = MOST_MATCHES) -> Search:
        """See Tokenizer."""
        return self._vocabulary.search(query, limit)

    def entry(self, token: int) -> TokenEntry:
        """See Tokenizer."""
        self.token_bytes(token)
        origin = self._origin(token)
        return self._vocabulary.entry(token, self.is_special(token), origin)

    def chat(self, messages: Any, *, add_generation_prompt: bool = True, **options: Any) -> Chat:
        """See Tokenizer."""
        del messages, add_generation_prompt, options
        raise NoChatTemplate(
            f"{self.name} has no chat template.",
            hint="Take the tokenizer of a chat model by transformers, such as HuggingFaceTB/SmolLM2-135M-Instruct.",
            name=self.name,
        )

    def _parts(self, ids: np.ndarray) -> tuple[bytes, ...]:
        """The bytes of each of the ids."""
        return tuple(self._objects.take(ids).tolist())

    @cached_property
    def _objects(self) -> np.ndarray:
        return np.array(self.table, object)

    @cached_property
    def _starts(self) -> tuple[np.ndarray, np.ndarray]:
        """`starts_of` every id."""
        return starts_of(self.table)

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary(self.table, self.holes)

    def _bytes_at(self, token: Any, place: int | None) -> bytes:
        if not isinstance(token, (int, np.integer)) or isinstance(token, bool) or not 0 <= token < self.size:
            raise unknown_id(token, place, self.size, self.name)
        if token in self.holes:
            raise unknown_id(token, place, self.size, self.name)
        return self.table[int(token)]

    def symbol(self, token: int) -> Symbol:
        """A token with its bytes."""
        return Symbol(self.token_bytes(token), int(token))
