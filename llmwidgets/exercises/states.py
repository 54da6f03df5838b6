"""Answers that are a session or a view of one, and texts that must be the student's own."""

from __future__ import annotations

import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from llmwidgets.errors import LLMWidgetsError
from llmwidgets.exercises.saying import Wrong
from llmwidgets.exercises.words import Words, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmwidgets.prediction import PredictionSession

SHORTEST = 10
"""Characters of a text of one's own."""

KNOWN = (
    "The capital of France is",
    "むかしむかし、あるところに",
    "You are a pirate chatbot",
    "The quick brown fox",
    "My cat likes to sleep",
    "今日の東京の天気はとても",
    "Once upon a time, in a certain place",
    "Once upon a time, there lived",
    "Once upon a time, an old man and an old woman",
    "The capital of Japan is",
    "My mother cooks breakfast in the",
    "The capital of Turkey is",
    "The bank raised its interest rates",
    "The bank was covered with grass",
    "She sat on the bank of the river",
    'He said, "Replaying the video',
    "She smiled and replied",
    "Tokenization of unbelievable chatbots",
    "def double(x)",
)
"""Texts of the lesson and of the exercises, which are nobody's own."""


def session_of(answer: Any) -> PredictionSession:
    """The session itself, or that of a view."""
    from llmwidgets.prediction import PredictionSession

    try:
        found = getattr(answer, "session", answer)
    except Exception:  # noqa: BLE001 (a student's object may raise anything)
        found = None
    if not isinstance(found, PredictionSession):
        raise Wrong(
            Words(
                f"A session or a view of one is read here; this is {type(answer).__name__}.",
                f"ここでは session か、そのビューを調べます。渡されたのは {type(answer).__name__} です。",
            )
        )
    return found


@contextmanager
def reading() -> Iterator[None]:
    """What a session cannot give, it says in its own words; raises Wrong."""
    try:
        yield
    except LLMWidgetsError as error:
        raise Wrong(same(str(error))) from None


def _plain(text: str) -> str:
    """Letters alone, of one width and case: what was copied stays the same with other signs in front or between."""
    return "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum())


def own_text(text: str) -> Words:
    """That a text is long enough and not the lesson's; raises Wrong."""
    if len(text.strip()) < SHORTEST:
        raise Wrong(
            Words(
                f"The text should have at least {SHORTEST} characters; it has {len(text.strip())}.",
                f"文は {SHORTEST} 文字以上にしてください。今は {len(text.strip())} 文字です。",
            )
        )
    if any(_plain(text).startswith(_plain(known)) for known in KNOWN):
        raise Wrong(
            Words(
                "This text is an example of the lesson: take one of your own.",
                "これは授業の例文です。自分で考えた文にしましょう。",
            )
        )
    return Words("The text is your own.", "自分で考えた文です。")
