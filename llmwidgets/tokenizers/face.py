"""What every tokenizer gives, and which adapter fits the object in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from llmwidgets.errors import InvalidValue, NoTokenizer
from llmwidgets.stages.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_CHARACTERS = 1_000_000


class Tokenizer(Protocol):
    """Text to tokens and back. `size` counts the ids, those of special tokens included."""

    name: str
    size: int

    def encode(self, text: str, *, special: bool = True) -> Tokens:
        """The tokens of a text; with `special`, those that the model expects in front of it or behind it too."""

    def token_bytes(self, token: int) -> bytes:
        """The exact bytes of a token; of a special token, its name. Raises InvalidValue for an id outside the vocabulary."""

    def is_special(self, token: int) -> bool:
        """Whether the tokenizer marks the token as special."""


def describe(tokenizer: Tokenizer, ids: Sequence[int]) -> Tokens:
    """Tokens from ids: the text is what their bytes spell."""
    parts = [padded_bytes(tokenizer, token) for token in ids]
    return Tokens.from_bytes(list(ids), parts, [tokenizer.is_special(token) for token in ids])


def padded_bytes(tokenizer: Tokenizer, token: int) -> bytes:
    """The bytes of a token; none for an id of a model whose vocabulary is padded beyond its tokenizer's."""
    return tokenizer.token_bytes(token) if token < tokenizer.size else b""


def as_tokenizer(source: Any) -> Tokenizer:
    """The face of a Hugging Face tokenizer, a tiktoken Encoding, or the name of one ("gpt-4o"; else a hub name or folder).

    Raises NoTokenizer where `source` is none of these.
    """
    if isinstance(source, str):
        return _named(source)
    if all(hasattr(source, name) for name in ("encode", "token_bytes", "is_special")):
        return source  # type: ignore[no-any-return] # it has the face already
    if hasattr(source, "decode_single_token_bytes"):
        from llmwidgets.tokenizers.openai import OpenAITokenizer

        return OpenAITokenizer(source)
    if hasattr(source, "convert_ids_to_tokens"):
        from llmwidgets.tokenizers.huggingface import HuggingFaceTokenizer

        return HuggingFaceTokenizer(source)
    msg = f"A {type(source).__name__} is no tokenizer."
    raise NoTokenizer(msg, hint="Give a Hugging Face tokenizer, a tiktoken Encoding, or a name such as 'gpt-4o'.")


def _named(name: str) -> Tokenizer:
    from llmwidgets.tokenizers.openai import OpenAITokenizer, encoding_name

    if encoding_name(name) is not None:
        return OpenAITokenizer.named(name)
    from llmwidgets.engines.loading import load_tokenizer
    from llmwidgets.tokenizers.huggingface import HuggingFaceTokenizer

    return HuggingFaceTokenizer(load_tokenizer(name))


def check_text(text: Any) -> str:
    """The text, if it is one that a tokenizer can take: a str without lone surrogates, of at most a million characters. Else InvalidValue."""
    if not isinstance(text, str):
        msg = f"The text must be a str, not {type(text).__name__}."
        raise InvalidValue(msg, hint="Give a string.", name="text", value=type(text).__name__, allowed="str")
    if len(text) > MOST_CHARACTERS:
        msg = f"The text has {len(text):,} characters, more than the {MOST_CHARACTERS:,} that a view takes."
        raise InvalidValue(msg, hint="Shorten it.", name="text", value=len(text), allowed=f"<= {MOST_CHARACTERS}")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        msg = f"Character {error.start} of the text is a lone surrogate (U+{ord(text[error.start]):04X}), which no tokenizer can encode."
        raise InvalidValue(
            msg, hint="Remove it.", name="text", value=f"U+{ord(text[error.start]):04X}", allowed="Unicode text"
        ) from error
    return text
