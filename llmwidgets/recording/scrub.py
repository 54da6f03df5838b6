"""What an error says without what is nobody else's: paths, addresses, keys and the user's name."""

from __future__ import annotations

import getpass
import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from llmwidgets.errors import LLMWidgetsError

if TYPE_CHECKING:
    from collections.abc import Iterator

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^\s'\"<>]+", re.IGNORECASE)
_PATH = re.compile(r"(?<![\w/.])(?:~|[A-Za-z]:)?[\\/](?:[^\s\\/'\"<>:,;]+[\\/])*[^\s\\/'\"<>:,;]+")
_KEY = re.compile(r"\b(?:sk|hf|pk|key)[-_][A-Za-z0-9_-]{8,}|\bBearer\s+\S+")


def scrubbed(text: str) -> str:
    """The text with "…" in the place of each address, path, key and of the user's name."""
    for pattern in (_ADDRESS, _KEY, _PATH):
        text = pattern.sub("…", text)
    for name in _names():
        text = re.sub(rf"\b{re.escape(name)}\b", "…", text)
    return text


def scrubbed_error(error: LLMWidgetsError) -> LLMWidgetsError:
    """The same error, scrubbed."""
    values = {name: scrubbed(value) if isinstance(value, str) else value for name, value in error.values.items()}
    return type(error)(scrubbed(error.message), hint=scrubbed(error.hint), **values)


def plain_name(name: str) -> str:
    """A model's or tokenizer's name: of a path the last part, and a name on the hub as it is."""
    if "://" in name:
        return ""
    owner_and_name = re.fullmatch(r"[\w.-]+/[\w.-]+", name)
    return name if owner_and_name and not name.startswith(".") else PurePath(name.replace("\\", "/")).name


def _names() -> Iterator[str]:
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):  # nobody has a name here
        return
    # a short one is a word of many sentences
    if len(name) > 3:
        yield name
