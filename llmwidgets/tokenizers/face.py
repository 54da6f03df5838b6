"""What every tokenizer gives, and which adapter fits the object in hand."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from llmwidgets.errors import DamagedFile, InvalidValue, ModelNotFound, NoNetwork, NoTokenizer
from llmwidgets.stages.tokens import UNKNOWN, Tokens
from llmwidgets.tokenizers.checks import MOST_CHARACTERS, as_text, check_ids, check_text
from llmwidgets.tokenizers.names import is_there, short_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.stages.trace import Search, TokenEntry, Trace
    from llmwidgets.tokenizers.chat import Chat

__all__ = [
    "MOST_CHARACTERS",
    "Tokenizer",
    "as_text",
    "as_tokenizer",
    "check_ids",
    "check_text",
    "describe",
    "display_name",
    "is_tokenizer",
    "padded_bytes",
]

_HINT = "Give a Hugging Face tokenizer, a tokenizers.Tokenizer, a tiktoken Encoding, or a name such as 'gpt-4o'."


class Tokenizer(Protocol):
    """Text to tokens and back.

    `size` counts the ids, those of special tokens included; `adds_special` says whether encode puts any token around a
    text; `tokenizer` is the object that is wrapped; `mask` the id of the token that stands for a masked one, None where there is none.
    Whatever gets a text raises InvalidValue for one that `check_text` refuses.
    """

    name: str
    size: int
    adds_special: bool
    tokenizer: Any

    @property
    def mask(self) -> int | None:
        """The mask token's id."""

    def encode(self, text: str, *, special: bool = True) -> Tokens:
        """The tokens of a text; with `special`, those that the model expects in front of it or behind it too."""

    def decode(self, ids: Any) -> Tokens:
        """The text that the tokenizer itself makes of ids, special tokens by name, with spans into it.

        `ids` is a list, array or tensor of whole numbers. Where the tokenizer's text cannot be aligned with the tokens, the
        text is what their bytes spell. Raises InvalidValue, which names the id that is none and its place.
        """

    def token_bytes(self, token: int) -> bytes:
        """The exact bytes of a token; of a special token, its name. Raises InvalidValue for an id outside the vocabulary."""

    def is_special(self, token: int) -> bool:
        """Whether the tokenizer marks the token as special."""

    def trace(self, text: str) -> Trace:
        """How a text of at most 2,000 characters becomes tokens, without those put around it. Raises InvalidValue."""

    def search(self, query: str, limit: int = 100) -> Search:
        """The tokens whose id, text or bytes in hexadecimal match a query, at most `limit` of them. Raises InvalidValue."""

    def entry(self, token: int) -> TokenEntry:
        """One token: its bytes, what it is made of, and what it is a part of. Raises InvalidValue."""

    def chat(self, messages: Any, *, add_generation_prompt: bool = True, **options: Any) -> Chat:
        """The text of messages, dicts of `role` and `content`, by the tokenizer's chat template, which gets the options.

        Raises NoChatTemplate where it has none, InvalidValue for messages that are none or that the template refuses.
        """


def describe(tokenizer: Tokenizer, ids: Sequence[int]) -> Tokens:
    """Tokens from ids, those of a padded vocabulary included: the text is what their bytes spell. One that was not told is a "?"."""
    parts = [b"?" if token == UNKNOWN else padded_bytes(tokenizer, token) for token in ids]
    return Tokens.from_bytes(list(ids), parts, [token == UNKNOWN or tokenizer.is_special(token) for token in ids])


def padded_bytes(tokenizer: Tokenizer, token: int) -> bytes:
    """The bytes of a token; none for an id that the model has and its tokenizer has not."""
    try:
        return tokenizer.token_bytes(token)
    except InvalidValue:
        if token < 0:
            raise
        return b""


def as_tokenizer(source: Any) -> Tokenizer:
    """The face of a tokenizer: of transformers (fast or slow), of the tokenizers library, of tiktoken, or of a name.

    A name is an encoding of tiktoken, a model of OpenAI ("gpt-4o"), a folder or a tokenizer.json, or else a name on the hub. The
    same object has the same face as long as somebody holds it. Raises NoTokenizer where `source` is none of these, and
    ModelNotFound, NoNetwork, GatedModel or DamagedFile as loading does.
    """
    if isinstance(source, (str, Path)):
        return _named(str(source))
    if _has(source, _FACE):
        return source  # type: ignore[no-any-return] # it has the face already
    if (found := _faces.get(id(source))) is not None and found.tokenizer is source:
        return _remembered(found.renewed())
    return _remembered(_wrapped(source))


def is_tokenizer(source: Any) -> bool:
    """Whether `as_tokenizer` takes this object, by its class alone: nothing is called. A name is none."""
    return any(_has(type(source), names) for names in (_FACE, _TIKTOKEN, _TRANSFORMERS_OWN, _BACKEND))


def display_name(source: Any, face: Tokenizer) -> str:
    """What a reader calls a tokenizer: by the name that it was asked for, or that it has."""
    return short_name(source) if isinstance(source, str) else face.name


# what a tokenizer of each kind has
_FACE = ("encode", "token_bytes", "is_special", "trace")
_TIKTOKEN = ("decode_single_token_bytes",)
_TRANSFORMERS_OWN = ("convert_ids_to_tokens",)
_BACKEND = ("id_to_token", "pre_tokenizer")

_faces: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
_by_name: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()


def _has(thing: Any, names: Sequence[str]) -> bool:
    return all(hasattr(thing, name) for name in names)


def _remembered(face: Any) -> Tokenizer:
    _faces[id(face.tokenizer)] = face
    return face  # type: ignore[no-any-return] # one of the adapters


def _wrapped(source: Any, name: str = "") -> Any:
    if _has(source, _TIKTOKEN):
        from llmwidgets.tokenizers.openai import OpenAITokenizer

        return OpenAITokenizer(source)
    if _has(source, _TRANSFORMERS_OWN):
        if getattr(source, "backend_tokenizer", None) is not None:
            from llmwidgets.tokenizers.huggingface import HuggingFaceTokenizer

            return HuggingFaceTokenizer(source, name)
        from llmwidgets.tokenizers.slow import SlowTokenizer

        return SlowTokenizer(source, name)
    if _has(source, _BACKEND):
        from llmwidgets.tokenizers.backend import BackendTokenizer

        return BackendTokenizer(source, name)
    shown = repr(source) if source is None or isinstance(source, (int, float)) else f"A {type(source).__name__}"
    raise NoTokenizer(f"{shown} is no tokenizer.", hint=_HINT, value=shown)


def _named(name: str) -> Tokenizer:
    if not name.strip():
        raise NoTokenizer(f"{name!r} names no tokenizer.", hint=_HINT, value=repr(name))
    if (found := _by_name.get(name)) is not None:
        return found.renewed()  # type: ignore[no-any-return] # one of the adapters
    if (openai := _from_openai(name)) is not None:
        return _remembered(openai)
    if is_there(name):  # read again each time: what is on disk may change
        return _remembered(_from_disk(Path(name)) or _from_hub(name))
    _by_name[name] = face = _from_hub(name)
    return _remembered(face)


def _from_disk(path: Path) -> Any:
    """The tokenizer in a tokenizer.json, or in a folder that holds nothing else of a tokenizer; else None."""
    folder = path.is_dir()
    file = path / "tokenizer.json" if folder else path
    if file.suffix != ".json" or not file.is_file():
        return None
    if folder and any((path / other).exists() for other in _TRANSFORMERS):
        return None
    import tokenizers

    try:
        made = tokenizers.Tokenizer.from_file(str(file))
    except Exception as error:
        # the library raises a bare Exception
        raise DamagedFile(
            f"{file} holds no tokenizer: {str(error).splitlines()[0]}.",
            hint="Give a tokenizer.json as tokenizers.Tokenizer.save writes it.",
            path=str(file),
        ) from error
    return _wrapped(made, file.parent.name if file.name == "tokenizer.json" else file.stem)


_TRANSFORMERS = ("tokenizer_config.json", "config.json")


def _from_openai(name: str) -> Any:
    from llmwidgets.tokenizers.openai import OpenAITokenizer, encoding_name

    return None if encoding_name(name) is None else OpenAITokenizer.named(name)


def _from_hub(name: str) -> Any:
    from llmwidgets.engines.loading import load_tokenizer

    try:
        return _wrapped(load_tokenizer(name))
    except (ModelNotFound, NoNetwork) as error:
        if not (meant := _likely(name)):
            raise
        raise type(error)(error.message, hint=f"Did you mean {meant!r}? {error.hint}", **error.values) from error


def _likely(name: str) -> str:
    """The OpenAI model or encoding whose name is nearly this; "" where none is."""
    from difflib import get_close_matches

    from tiktoken import list_encoding_names
    from tiktoken.model import MODEL_TO_ENCODING

    return next(iter(get_close_matches(name, [*MODEL_TO_ENCODING, *list_encoding_names()], n=1, cutoff=0.75)), "")
