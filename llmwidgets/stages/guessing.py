"""Guesses at the next token: which token a typed guess means, and what the model thinks of it."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmwidgets.errors import InvalidValue
from llmwidgets.language import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llmwidgets.stages.comparison import Encodes
    from llmwidgets.stages.distribution import Distribution

TOP = 10
_CONTEXT = 32
"""Characters of the text before a guess that decide how it is cut: its last words."""
_SIGNS = str.maketrans({"⏎": "\n", "␣": " ", "⇥": "\t"})


@dataclass(frozen=True)
class Guess:
    """A guess at the token after `position` of revision `revision`, and what the model says.

    `text` is what was typed, or the token's own; `whole` False where that goes on behind the token `token`, which counts for
    it. `open`: that token ends inside a character, so that other characters have it as well, and nothing is settled yet. `rank` from 1, ties by id; `best` is the model's first choice. Of a token that a server did not return (`known` False)
    `rank` is the best and `probability` the most that it can be.
    """

    revision: int
    position: int
    text: str
    token: int
    whole: bool
    rank: int
    probability: float
    best: int
    best_probability: float
    known: bool = True
    open: bool = False

    @property
    def surprisal(self) -> float:
        """-log p of the guess, in nats; infinite where the model rules it out, the least that it can be where p is not known."""
        return -math.log(self.probability) if self.probability > 0 else math.inf


@dataclass(frozen=True)
class Score:
    """How guesses went: `right` were the model's first choice, `in_top_ten` among its ten; `mean_surprisal` in nats, 0 without any.

    Guesses that are open are neither. `known` False: some were open or not among what a server returned, and the mean is the least that it can be.
    """

    total: int = 0
    right: int = 0
    in_top_ten: int = 0
    mean_surprisal: float = 0.0
    known: bool = True

    @classmethod
    def of(cls, guesses: Iterable[Guess]) -> Score:
        """The score of guesses.

        >>> Score.of([Guess(1, 0, "a", 5, True, 1, 0.5, 5, 0.5), Guess(1, 1, "b", 6, True, 30, 0.5, 5, 0.5)])
        Score(total=2, right=1, in_top_ten=1, mean_surprisal=0.6931471805599453, known=True)
        """
        made = list(guesses)
        if not made:
            return cls()
        ranks = [guess.rank for guess in made if guess.known and not guess.open]
        right, near = sum(rank == 1 for rank in ranks), sum(rank <= TOP for rank in ranks)
        mean = math.fsum(guess.surprisal for guess in made) / len(made)
        return cls(len(made), right, near, mean, all(guess.known and not guess.open for guess in made))

    def __str__(self) -> str:
        if not self.total:
            return say("no guesses yet")
        told = f"{self.right} of {self.total} were the model's first choice, {self.in_top_ten} in its top ten"
        least = "" if self.known else "at least "
        return f"{say(told)}; {say(f'mean surprisal {least}{self.mean_surprisal:.2f} nats')}"


def judge(
    distribution: Distribution, token: int, text: str, *, revision: int = 0, whole: bool = True, open_: bool = False
) -> Guess:
    """What the model thinks of a guess, of which the fields have the same names. Raises InvalidValue for a token outside the vocabulary."""
    logits = distribution.logits
    if not 0 <= token < logits.size:
        last = logits.size - 1
        raise InvalidValue(
            f"No token has the id {token}.",
            hint=f"Ids go from 0 to {last}.",
            name="token",
            value=token,
            allowed=f"0 to {last}",
        )
    logit, best = logits[token], int(logits.argmax())
    rank = 1 + int((logits > logit).sum()) + int((logits[:token] == logit).sum())
    probability, known = _probability(distribution, token), distribution.knows(token)
    if not known:
        # behind all that were returned
        rank, probability = len(logits) - distribution.unknown.tokens + 1, distribution.unknown.ceiling
    return Guess(
        revision,
        distribution.position,
        text,
        int(token),
        whole,
        rank,
        probability,
        best,
        _probability(distribution, best),
        known,
        open_,
    )


def ends_inside(data: bytes) -> bool:
    """Whether bytes end before a character does.

    >>> ends_inside("お".encode()[:2])
    True
    """
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def first_token(face: Encodes, text: str, before: str, distribution: Distribution) -> tuple[int, bool]:
    """The token that a typed guess means after the text `before`, and whether it is the whole guess.

    Nobody types the space in front of a word: the guess is tried as typed, with a space and without, with full-width letters as
    plain ones, and with the signs that stand for white space (⏎) as what they stand for. Of the first tokens of these the most probable counts. Raises
    InvalidValue for an empty guess, and for one that no token of the distribution begins.
    """
    if text == "":
        raise InvalidValue(
            "The guess is empty.", hint="Type a word or a sign.", name="guess", value="", allowed="a text"
        )
    found = dict(_first_tokens(face, text, before[-_CONTEXT:]))
    known = [token for token in found if 0 <= token < distribution.logits.size]
    if not known:
        raise InvalidValue(
            f"No token begins {text!r}.", hint="Type another guess.", name="guess", value=repr(text), allowed="a text"
        )
    token = max(known, key=lambda token: (distribution.logits[token], -token))
    return token, found[token]


def _first_tokens(face: Encodes, text: str, before: str) -> Iterator[tuple[int, bool]]:
    """The tokens that each way to write the guess begins with, and whether it also ends there."""
    blank: list[tuple[int, bool]] = []
    nothing = True
    for written in _ways(text):
        # in its place: a tokenizer may put a space in front of a text that it gets alone
        for context in (before, ""):
            for token, part, whole in _at(face, context, written):
                if part.strip() or not written.strip():
                    nothing = False
                    yield token, whole
                else:
                    blank.append((token, whole))
    if nothing:
        yield from blank


def _at(face: Encodes, before: str, written: str) -> Iterator[tuple[int, bytes, bool]]:
    """The token that begins where `before` ends, with its bytes and whether it ends the text; none where one goes across."""
    tokens = face.encode(before + written, special=False)
    for place, (start, end) in enumerate(tokens.spans.tolist()):
        if start == len(before) < end and (place == 0 or tokens.spans[place - 1, 1] <= start):
            last = place == len(tokens) - 1
            yield int(tokens.ids[place]), tokens.token_bytes[place], last
            return


def _ways(text: str) -> list[str]:
    # a Japanese keyboard types a wide space
    bare = text.lstrip(" \u3000")
    meant = text.translate(_SIGNS)
    narrow = unicodedata.normalize("NFKC", bare)
    ways = dict.fromkeys([text, f" {bare}", bare, meant, f" {narrow}", narrow])
    return [way for way in ways if way]


def _probability(distribution: Distribution, token: int) -> float:
    return math.exp(float(distribution.logits[token]) - distribution.log_sum)
