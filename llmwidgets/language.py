"""The language of the views: English or Japanese, else the page's own."""

from __future__ import annotations

from llmwidgets.errors import InvalidValue

_chosen = ""


def set_language(language: str | None) -> None:
    """The language of the views made from now on: "en", "ja", or None for the page's own. Raises InvalidValue for others."""
    global _chosen  # noqa: PLW0603 (one setting of the whole notebook)
    if language not in (None, "", "en", "ja"):
        msg = f"language cannot be {language!r}."
        raise InvalidValue(
            msg, hint="It takes 'en', 'ja' or None.", name="language", value=repr(language), allowed="'en', 'ja', None"
        )
    _chosen = language or ""


def default_language() -> str:
    """What `set_language` chose; "" is the page's own."""
    return _chosen
