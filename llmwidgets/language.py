"""The language of what is said: English or Japanese; of a view, the page's own where none was chosen."""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from llmwidgets.catalogue import in_japanese
from llmwidgets.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Method = TypeVar("Method", bound=Callable[..., Any])


class Speaker(Protocol):
    """What shows itself in a language."""

    @property
    def language(self) -> str:
        """Which one, "en" or "ja"; "" for that of the page."""

    def speak(self, language: str) -> None:
        """Goes on in this language."""


_chosen = ""
_of_page = ""
_spoken: ContextVar[str] = ContextVar("llmwidgets_language", default="")
_followers: weakref.WeakSet[Any] = weakref.WeakSet()


def set_language(language: str | None) -> None:
    """The language of views, pictures, errors and what values print, also of the views that are open: "en", "ja", or None for the page's own. Raises InvalidValue for others.

    A view that was given a `language=` of its own keeps it.
    """
    global _chosen  # noqa: PLW0603 (one setting of the whole notebook)
    if language not in (None, "", "en", "ja"):
        msg = f"language cannot be {language!r}."
        raise InvalidValue(
            msg, hint="It takes 'en', 'ja' or None.", name="language", value=repr(language), allowed="'en', 'ja', None"
        )
    _chosen = language or ""
    for follower in list(_followers):
        follower.speak(_chosen)


def default_language() -> str:
    """What `set_language` chose; "" is the page's own."""
    return _chosen


def follow(speaker: Speaker) -> None:
    """From now on it hears of `set_language`. It is not kept alive."""
    _followers.add(speaker)


def unfollow(speaker: Speaker) -> None:
    """It hears of it no more."""
    _followers.discard(speaker)


def heard_from_page(language: str) -> None:
    """A page told its own language."""
    global _of_page  # noqa: PLW0603 (as above)
    _of_page = language


def language_now() -> str:
    """Which one is spoken, "en" or "ja": that of the view that is drawn, else of `set_language`, else of the page that was heard last, else English."""
    return _spoken.get() or _chosen or _of_page or "en"


def say(text: str) -> str:
    """A sentence or word of this package in the language of now; what has no Japanese stays English.

    >>> say("Type a text.")
    'Type a text.'
    """
    return (in_japanese(text) or text) if language_now() == "ja" else text


def listed(parts: Iterable[str]) -> str:
    """Parts one after the other, with the comma of the language of now.

    >>> listed(["one", "two"])
    'one, two'
    """
    return ("、" if language_now() == "ja" else ", ").join(parts)


def more(count: int) -> str:
    """That a list goes on: " … 3 more"; "" where it does not."""
    return f" {say(f'… {count:,} more')}" if count > 0 else ""


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """What is said within it is in this language; "" changes nothing."""
    token = _spoken.set(language or _spoken.get())
    try:
        yield
    finally:
        _spoken.reset(token)


def in_own_language(method: Method) -> Method:
    """A speaker's method that says what it says in the speaker's language."""

    @wraps(method)
    def spoken(self: Speaker, *args: Any, **options: Any) -> Any:
        with speaking(self.language):
            return method(self, *args, **options)

    return cast("Method", spoken)
