"""What a tokenizer can take: texts and ids, checked before they reach one."""

from __future__ import annotations

from typing import Any

import numpy as np

from llmwidgets.errors import InvalidValue, TooManyCharacters, UnknownToken, UnusedToken

MOST_CHARACTERS = 1_000_000


def check_text(text: Any) -> str:
    """The text, if it is one that a tokenizer can take: a str without lone surrogates, of at most a million characters. Else InvalidValue."""
    if not isinstance(text, str):
        msg = f"The text must be a str, not {type(text).__name__}."
        raise InvalidValue(msg, hint="Give a string.", name="text", value=type(text).__name__, allowed="str")
    if len(text) > MOST_CHARACTERS:
        msg = f"The text has {len(text):,} characters, more than the {MOST_CHARACTERS:,} that a view takes."
        raise too_many(msg, len(text), MOST_CHARACTERS, hint="Shorten it; what was there is still there.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        msg = f"Character {error.start} of the text is a lone surrogate (U+{ord(text[error.start]):04X}), which no tokenizer can encode."
        raise InvalidValue(
            msg, hint="Remove it.", name="text", value=f"U+{ord(text[error.start]):04X}", allowed="Unicode text"
        ) from error
    return text


def as_text(source: str | bytes) -> str:
    """A text that a tokenizer can take; bytes are read as UTF-8. Raises InvalidValue, which names the first byte that is none and its offset."""
    if not isinstance(source, (bytes, bytearray, memoryview)):
        return check_text(source)
    try:
        return check_text(bytes(source).decode("utf-8"))
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise InvalidValue(
            f"Byte {error.start} of the text is 0x{byte:02X}, which is no UTF-8 there ({error.reason}).",
            hint="Decode it by the encoding that it has: data.decode('shift_jis'), say.",
            name="text",
            value=f"0x{byte:02X}",
            allowed="UTF-8",
        ) from error


def too_many(message: str, characters: int, most: int, *, hint: str) -> TooManyCharacters:
    """A text that is too long, in words."""
    known = {"name": "text", "value": characters, "allowed": f"at most {most:,} characters"}
    return TooManyCharacters(message, hint=hint, characters=f"{characters:,}", most=f"{most:,}", **known)


def check_ids(ids: Any, size: int, name: str) -> list[int]:
    """Ids as a list of int: from a list, tuple, array or tensor of whole numbers, (n,) or one row of (1, n).

    Raises InvalidValue, which names the first id that is none of 0 to `size` - 1 and its place.
    """
    values = ids.tolist() if hasattr(ids, "tolist") else ids
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        raise _no_list(ids)
    row = list(values)
    if len(row) == 1 and isinstance(row[0], (list, tuple, np.ndarray)):
        row = list(row[0])
    for place, value in enumerate(row):
        token = value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value
        if not isinstance(token, int) or isinstance(token, bool) or not 0 <= token < size:
            raise unknown_id(token, place, size, name)
        row[place] = token
    return row


def unknown_id(token: Any, place: int | None, size: int, name: str) -> InvalidValue:
    """An id that the vocabulary does not have, in words; `place` is its index in a list."""
    shown = repr(token) if len(repr(token)) <= 40 else f"a {type(token).__name__}"
    where = "" if place is None else f" (place {place} of the ids)"
    known = {"name": "id", "value": shown, "tokenizer": name, "last": size - 1, "allowed": f"0 to {size - 1}"}
    if isinstance(token, (int, np.integer)) and not isinstance(token, bool) and 0 <= token < size:
        message = f"No token of {name} has the id {shown}{where}: the vocabulary leaves it out."
        return UnusedToken(message, hint="Search the vocabulary for ids that are used.", **known)
    message = f"There is no token {shown} in {name}, whose ids are 0 to {size - 1:,}{where}."
    return UnknownToken(message, hint="Give ids of this vocabulary, whole numbers.", **known)


def _no_list(ids: Any) -> InvalidValue:
    kind = type(ids).__name__
    return InvalidValue(
        f"Ids must be a list, array or tensor of whole numbers, not {kind}.",
        hint="Give a list such as [1, 2, 3].",
        name="ids",
        value=kind,
        allowed="a list of ids",
    )
