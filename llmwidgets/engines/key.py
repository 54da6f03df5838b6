"""The key of a server: where it is found, and that it is seen nowhere."""

from __future__ import annotations

import getpass
import os
import re
from typing import Any, NoReturn

from llmwidgets.errors import InvalidValue
from llmwidgets.language import say

ASK = "ask"
"""Given as the key, it is asked for in a field that hides it."""

HIDDEN = "…"

KEY_FOR_ANY = "LLMWIDGETS_API_KEY"
"""The variable of the environment whose key goes to whatever server is named."""


class Key:
    """A secret that no repr, traceback or pickle shows. `reveal` alone gives it, to whoever sends it."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The key itself."""
        return self.__value

    def scrubbed(self, text: str) -> str:
        """A text in which neither the key nor a part of it that some server quotes is left."""
        value = self.__value
        if not value:
            return text
        text = text.replace(value, HIDDEN)
        # servers quote a key by its ends, with stars between
        head = re.escape(value[:4])
        return re.sub(rf"{head}\S*[*…]\S*", HIDDEN, text) if len(value) > 8 else text

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __repr__(self) -> str:
        return "Key(hidden)"

    def __reduce__(self) -> NoReturn:
        msg = "A key is not written to disk."
        raise TypeError(msg)


def hidden(given: Any) -> Key | None:
    """A key as it was given, as what shows itself nowhere; None for none. "ask" asks for it. Raises InvalidValue for what is no text."""
    if given is None or isinstance(given, Key):
        return given
    if not isinstance(given, str):
        kind = type(given).__name__
        msg = f"api_key cannot be a {kind}."
        raise InvalidValue(
            msg, hint='Give a text, or "ask" to type it unseen.', name="api_key", value=kind, allowed="a text"
        )
    return Key(_sendable((getpass.getpass(say("API key:") + " ") if given == ASK else given).strip()))


def found_key(given: Key | None, variables: tuple[str, ...]) -> Key:
    """The key that was given, or that stands in the first of the environment's variables that has one; an empty one where there is none."""
    if given is not None:
        return given
    found = (os.environ.get(name, "").strip() for name in variables)
    return Key(_sendable(next(filter(None, found), "")))


def _sendable(value: str) -> str:
    """A key that can stand in a header. The value itself is not named: it is secret."""
    if value.isascii() and value.isprintable():
        return value
    msg = "The API key holds characters that no key has, such as full-width letters or a line break."
    raise InvalidValue(msg, hint="Copy it again.", name="api_key", value="(hidden)", allowed="printable ASCII")
