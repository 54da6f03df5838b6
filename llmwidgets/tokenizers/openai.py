"""OpenAI's tokenizers, by tiktoken."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from llmwidgets.errors import InvalidValue
from llmwidgets.stages.tokens import Tokens

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


class OpenAITokenizer:
    """A tiktoken Encoding. Names of special tokens in a text are read as plain text."""

    def __init__(self, encoding: tiktoken.Encoding) -> None:
        self.name = encoding.name
        self.size = encoding.n_vocab
        self.tokenizer = encoding
        self._special = frozenset(encoding.encode_single_token(token) for token in encoding.special_tokens_set)

    @classmethod
    @lru_cache(maxsize=8)
    def named(cls, name: str) -> OpenAITokenizer:
        """The tokenizer of an OpenAI model or encoding; its vocabulary is fetched on first use."""
        import tiktoken

        from llmwidgets.assets import ensure_tiktoken

        encoding = encoding_name(name) or name
        ensure_tiktoken(encoding)
        return cls(tiktoken.get_encoding(encoding))

    def encode(self, text: str, *, special: bool = True) -> Tokens:
        """See Tokenizer. OpenAI's encodings put no special tokens around a text."""
        del special
        ids = self.tokenizer.encode(text, disallowed_special=())
        return Tokens.from_bytes(ids, [self.tokenizer.decode_single_token_bytes(token) for token in ids])

    def token_bytes(self, token: int) -> bytes:
        """See Tokenizer."""
        try:
            return self.tokenizer.decode_single_token_bytes(token)
        except (KeyError, OverflowError) as error:
            msg = f"There is no token {token} in {self.name}, which has {self.size:,}."
            raise InvalidValue(
                msg, hint="Give ids of this vocabulary.", name="id", value=token, allowed=f"0 to {self.size - 1}"
            ) from error

    def is_special(self, token: int) -> bool:
        """See Tokenizer."""
        return token in self._special
