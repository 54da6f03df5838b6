"""Which tokenizer is meant where something came without one: a session's that fits, else one of the notebook's own variables.

The newest session comes first, as everywhere; then the other open ones, then the variables. Where several fit, or none, an error
names them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets import namespace
from llmwidgets.errors import Ambiguous, NoTokenizer
from llmwidgets.session import ModelSession
from llmwidgets.tokenizers.face import as_tokenizer, padded_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from llmwidgets.stages.tokens import Tokens
    from llmwidgets.tokenizers.face import Tokenizer

PADDING = 0.02
"""By how much a model's vocabulary may exceed its tokenizer's: many are padded to a round number, those of Phi by 1.8 %."""


@dataclass(frozen=True, eq=False)
class Known:
    """A tokenizer at hand. `name` is what gives it in a cell; `vocabulary` counts the tokens of its session's model, else its own."""

    name: str
    face: Tokenizer
    vocabulary: int

    def __str__(self) -> str:
        return f"{self.name} ({self.vocabulary:,} tokens)"

    def fits(self, size: int) -> bool:
        """Whether a model with so many tokens can be this tokenizer's: it has as many, or is padded."""
        return self.vocabulary <= size <= self.vocabulary * (1 + PADDING)

    def has_ids(self, ids: np.ndarray) -> bool:
        """Whether all of them are within the vocabulary. One below 0 is in none, and whoever shows it says so."""
        return ids.size == 0 or bool(ids.max() < self.face.size)

    def has_names(self, ids: Sequence[int], names: Sequence[str]) -> bool:
        """Whether its tokens of these ids have these names, where it names any."""
        convert = getattr(self.face.tokenizer, "convert_ids_to_tokens", None)
        return convert is None or list(convert(list(ids))) == list(names)

    def has_tokens(self, tokens: Tokens) -> bool:
        """Whether it has these very tokens: the same bytes for the same ids."""
        distinct = dict(zip(tokens.ids.tolist(), tokens.token_bytes, strict=True))
        return min(distinct, default=0) >= 0 and all(
            padded_bytes(self.face, token) == part for token, part in distinct.items()
        )


def tokenizer_for_text(what: str) -> Tokenizer:
    """The tokenizer that a text is meant for. Raises NoTokenizer, Ambiguous."""
    return _needed(what, lambda _: True)


def tokenizer_for_ids(ids: np.ndarray, what: str, named: tuple[Sequence[int], Sequence[str]] = ((), ())) -> Tokenizer:
    """The tokenizer that has all of these ids, and calls some of them by these names. Raises NoTokenizer, Ambiguous."""
    return _needed(what, lambda each: each.has_ids(ids) and each.has_names(*named))


def tokenizer_for_size(size: int, what: str, *, padded: bool = True) -> Tokenizer | None:
    """The tokenizer of a model with so many tokens; None where none fits. Raises Ambiguous."""
    found = _choose(what, lambda each: each.vocabulary == size)
    if found is None and padded:
        found = _choose(what, lambda each: each.fits(size))
    return None if found is None else found.face


def tokenizer_for_tokens(tokens: Tokens) -> Tokenizer | None:
    """A tokenizer with these very tokens; None where there is none. Of several the first: they show the same."""
    return next((each.face for each in known() if each.has_tokens(tokens)), None)


def tokenizer_behind(token_bytes: Any) -> Tokenizer | None:
    """The tokenizer by which a session's distribution spells its tokens; None for another distribution."""
    if not (isinstance(token_bytes, partial) and token_bytes.func is padded_bytes):
        return None
    face: Tokenizer = token_bytes.args[0]
    return face


def missing(what: str) -> NoTokenizer:
    """What is said where no tokenizer fits: it names those at hand."""
    at_hand = ", ".join(map(str, known()))
    if not at_hand:
        msg = f"{what} needs a tokenizer, and neither a session nor a variable has one."
        return NoTokenizer(msg, hint='Give it: tokenizer=tokenizer, or tokenizer="gpt-4o".')
    msg = f"{what} needs a tokenizer, and none at hand fits: {at_hand}."
    return NoTokenizer(msg, hint="Give the one that is meant: tokenizer=tokenizer.", value=at_hand)


def known() -> list[Known]:
    """Every tokenizer at hand, in the order in which they are tried."""
    return [each for group in _groups() for each in group]


def variables_with_tokenizers() -> list[Known]:
    """The tokenizers of the notebook's variables, each once."""
    found = [each for name, value in namespace.tokenizers().items() if (each := _of_variable(name, value)) is not None]
    return _distinct(found)


def open_sessions() -> list[ModelSession]:
    """The sessions that are not closed, newest first."""
    numbered = sorted(ModelSession._sessions.items(), reverse=True)
    return [session for _, session in numbered if not session.closed]


def _needed(what: str, fits: Callable[[Known], bool]) -> Tokenizer:
    found = _choose(what, fits)
    if found is None:
        raise missing(what)
    return found.face


def _choose(what: str, fits: Callable[[Known], bool]) -> Known | None:
    """The one that fits, of the first group in which any does."""
    for group in _groups():
        fitting = _distinct([each for each in group if fits(each)])
        if len(fitting) > 1:
            raise _ambiguous(what, fitting)
        if fitting:
            return fitting[0]
    return None


def _distinct(found: Sequence[Known]) -> list[Known]:
    """One tokenizer under two names is one, under its first."""
    first = {id(each.face.tokenizer): each for each in reversed(found)}
    return list(reversed(first.values()))


def _ambiguous(what: str, fitting: Sequence[Known]) -> Ambiguous:
    listed = ", ".join(map(str, fitting))
    msg = f"{what} could be meant for {len(fitting)} tokenizers: {listed}."
    hint = "Say which: " + " or ".join(f"tokenizer={each.name}" for each in fitting) + "."
    return Ambiguous(msg, hint=hint, name="tokenizer", value=what, allowed=listed)


def _groups() -> Iterator[list[Known]]:
    newest = ModelSession._current
    if newest is not None:
        yield [_of_session(newest)]
    yield [_of_session(session) for session in open_sessions() if session is not newest]
    yield variables_with_tokenizers()


def _of_session(session: ModelSession) -> Known:
    variable = namespace.name_of(session, default="")
    name = f"{variable}.tokenizer" if variable else f"that of {session!r:.60}"
    return Known(name, session.face, session.info.vocabulary)


def _of_variable(name: str, tokenizer: Any) -> Known | None:
    try:
        face = as_tokenizer(tokenizer)
    except Exception:  # noqa: BLE001 (a variable that nobody asked for may hold anything)
        return None
    return Known(name, face, face.size)
