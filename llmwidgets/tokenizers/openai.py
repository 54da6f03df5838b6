"""OpenAI's tokenizers, by tiktoken. Loads neither torch nor transformers."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from llmwidgets.stages.tokens import Tokens, spans_by_starts
from llmwidgets.stages.trace import Merge, Symbol, Trace, Word
from llmwidgets.tokenizers.base import BaseTokenizer
from llmwidgets.tokenizers.bpe import Step, merge
from llmwidgets.tokenizers.checks import check_text
from llmwidgets.tokenizers.vocabulary import Origin

if TYPE_CHECKING:
    import tiktoken


def encoding_name(name: str) -> str | None:
    """The encoding that tiktoken gives an OpenAI model or encoding of this name, or None; "gpt-4o" has "o200k_base"."""
    import tiktoken

    if name in tiktoken.list_encoding_names():
        return name
    try:
        return tiktoken.encoding_name_for_model(name)
    except KeyError:
        return None


class OpenAITokenizer(BaseTokenizer):
    """A tiktoken Encoding. Names of special tokens in a text are read as plain text."""

    adds_special = False

    def __init__(self, encoding: tiktoken.Encoding) -> None:
        self.name = encoding.name
        self.size = encoding.n_vocab
        self.tokenizer: tiktoken.Encoding = encoding

    @classmethod
    @lru_cache(maxsize=8)
    def named(cls, name: str) -> OpenAITokenizer:
        """The tokenizer of an OpenAI model or encoding; its vocabulary is fetched on first use."""
        from llmwidgets.assets import ensure_tiktoken

        return cls(ensure_tiktoken(encoding_name(name) or name))

    def renewed(self) -> OpenAITokenizer:
        """The same face: an Encoding does not change."""
        return self

    def encode(self, text: str, *, special: bool = True) -> Tokens:
        """See Tokenizer. OpenAI's encodings put no special tokens around a text."""
        del special
        ids = np.asarray(self.tokenizer.encode_to_numpy(check_text(text), disallowed_special=()), np.int64)
        begun, inside = self._starts
        parts = self._parts(ids)
        return Tokens(text, ids, parts, spans_by_starts(begun[ids], inside[ids]), np.zeros(len(ids), bool), self.name)

    @cached_property
    def table(self) -> list[bytes]:
        """See BaseTokenizer."""
        table = [b""] * self.size
        for part, token in self._ranks.items():
            table[token] = part
        for name in self.tokenizer.special_tokens_set:
            table[self.tokenizer.encode_single_token(name)] = name.encode()
        return table

    @cached_property
    def holes(self) -> frozenset[int]:
        """See BaseTokenizer."""
        return frozenset(token for token, part in enumerate(self.table) if not part)

    @cached_property
    def special_ids(self) -> frozenset[int]:
        """See BaseTokenizer."""
        return frozenset(self.tokenizer.encode_single_token(token) for token in self.tokenizer.special_tokens_set)

    def _decode(self, ids: list[int]) -> str:
        return self.tokenizer.decode(ids)

    def _trace(self, text: str) -> Trace:
        import regex

        words = tuple(self._word(found[0]) for found in regex.finditer(self.tokenizer._pat_str, text))
        trace = Trace(text, "", text, "Split", words)
        own = tuple(self.tokenizer.encode(text, disallowed_special=()))
        if trace.ids == own:
            return trace
        return Trace(text, "", text, "Split", (Word(text, "unknown", (), (), tuple(map(self.symbol, own))),))

    def _word(self, text: str) -> Word:
        """A word by its merges. tiktoken looks the whole word up first: where the merges do not lead there, that is its way."""
        data = text.encode("utf-8")
        symbols, (made, steps) = self._bytes(data), self._merged(data)
        if (whole := self._ranks.get(data)) is not None and made != [data]:
            symbol = Symbol(data, whole)
            return Word(text, "vocabulary", (symbol,), (), (symbol,))
        merges = tuple(Merge(step.at, step.rank, self._part(step.made)) for step in steps)
        return Word(text, "bpe", tuple(map(self._part, symbols)), merges, tuple(map(self._part, made)))

    def _origin(self, token: int) -> Origin:
        if token in self.special_ids:
            return Origin()
        data = self.token_bytes(token)
        made, steps = self._merged(data)
        if made != [data] or not steps:
            return Origin()
        return Origin(steps[-1].rank, None, (self._part(steps[-1].left), self._part(steps[-1].right)))

    def _merged(self, data: bytes) -> tuple[list[bytes], list[Step[bytes]]]:
        return merge(self._bytes(data), self._rule)

    def _rule(self, left: bytes, right: bytes) -> tuple[int, bytes] | None:
        rank = self._ranks.get(left + right)
        return None if rank is None else (rank, left + right)

    @staticmethod
    def _bytes(data: bytes) -> list[bytes]:
        return [data[index : index + 1] for index in range(len(data))]

    def _part(self, data: bytes) -> Symbol:
        return Symbol(data, self._ranks.get(data))

    @cached_property
    def _ranks(self) -> dict[bytes, int]:
        """Ids by bytes: an id is the rank of the merge that makes it."""
        return self.tokenizer._mergeable_ranks
