"""What a NextTokenBar is made from: a session, or logits that someone has; and what it is held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmwidgets.errors import InvalidValue, SessionClosed
from llmwidgets.finding import tokenizer_for_size
from llmwidgets.logits import LogitsSession
from llmwidgets.prediction import PredictionSession
from llmwidgets.session import ModelSession
from llmwidgets.text import TextSession

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Other:
    """The session on the other side; `made`: for this view."""

    session: PredictionSession
    made: bool = False


def open_source(source: Any, given: Mapping[str, Any]) -> PredictionSession:
    """The session behind `source`: see NextTokenBar. `given` are the arguments that concern logits, None where they were not given.

    Raises InvalidValue for what is no such thing, and what LogitsSession raises.
    """
    named = {name: value for name, value in given.items() if value is not None}
    if source is None or isinstance(source, TextSession):
        if named:
            name = min(named)
            msg = f"{name}= belongs to logits, and a session has its own."
            hint = f"Leave it away, or give logits: NextTokenBar(logits, {name}=...)."
            raise InvalidValue(msg, hint=hint, name=name, value=f"{named[name]!r:.60}", allowed="none")
        session = ModelSession.current() if source is None else source
        if not isinstance(session, PredictionSession):
            msg = (
                f"This view needs a ModelSession, not {type(session).__name__}: without a model there is no next token."
            )
            hint = "session = ModelSession(model, tokenizer)"
            value = type(session).__name__
            raise InvalidValue(msg, hint=hint, name="session", value=value, allowed="a ModelSession, or logits")
        return session
    if hasattr(source, "get_input_embeddings"):
        msg = f"A NextTokenBar cannot be made from a {type(source).__name__} alone."
        hint = "Make a session of it: NextTokenBar(ModelSession(model, tokenizer))."
        raise InvalidValue(
            msg, hint=hint, name="source", value=type(source).__name__, allowed="a ModelSession, or logits"
        )
    if isinstance(source, (str, bytes)):
        shown = f"{type(source).__name__} {source!r:.60}"
        msg = f"A NextTokenBar cannot be made from {shown}."
        hint = "Give a ModelSession, whose text this would be, or logits."
        raise InvalidValue(msg, hint=hint, name="source", value=shown, allowed="a ModelSession, or logits")
    return _of_logits(source, named)


def open_other(session: PredictionSession, other: Any) -> Other:
    """What is held against `session`: another session, a text for its model, or logits over its vocabulary."""
    if isinstance(other, PredictionSession):
        if other.closed:
            msg = "The session on the other side is closed."
            raise SessionClosed(msg, hint="Make a new one: ModelSession(...).")
        return Other(other)
    if isinstance(other, str):
        if not isinstance(session, ModelSession):
            msg = "These logits have no model that could say what follows another text."
            raise InvalidValue(msg, hint="Give other logits.", name="against", value=repr(other)[:60], allowed="logits")
        return Other(session.beside(other), made=True)
    if isinstance(other, TextSession):
        raise InvalidValue(
            "against= needs a model or logits, and this session has a tokenizer alone.",
            hint="Give a ModelSession, a text or logits.",
            name="against",
            value="a text session",
            allowed="a ModelSession, a text or logits",
        )
    return Other(LogitsSession(other, session.face))


def _of_logits(source: Any, named: Mapping[str, Any]) -> LogitsSession:
    made = LogitsSession(source, **named)
    if "tokenizer" in named:
        return made
    found = tokenizer_for_size(made.info.vocabulary, f"Logits of {made.info.vocabulary:,} tokens")
    return made if found is None else LogitsSession(source, found, **named)
