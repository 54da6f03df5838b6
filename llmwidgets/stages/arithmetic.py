"""Sums and differences of words: "king - man + woman"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from llmwidgets.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Sequence

PLUS = "+＋"
MINUS = "-－−–﹣"
QUOTES = {'"': '"', "＂": "＂", "“": "”"}
ESCAPE = "\\"
MOST_TERMS = 20
MOST_CHARACTERS = 2_000
HINT = 'Write words between + and -: king - man + woman. A word with such a sign goes in quotes: "x-ray" + city.'


@dataclass(frozen=True)
class Term:
    """A word that is added (`sign` 1) or taken away (-1)."""

    sign: Literal[1, -1]
    word: str


@dataclass(frozen=True)
class _Piece:
    """A part of an expression from `start` to `end`: an operator, a word in quotes, or text."""

    kind: Literal["operator", "quoted", "text"]
    text: str
    start: int
    end: int


def parse(expression: str) -> tuple[Term, ...]:
    """The terms of an expression; none for an empty one. Raises InvalidValue with the place of what cannot be read.

    + and - are also those of Japanese and typographic writing (＋ － − –). Where one of them has white space beside it, only such ones divide,
    so that words keep their hyphens; else all do. White space around a word is dropped, quotes keep it, and signs with it: a quote or a
    backslash in quotes has a backslash before it.

    >>> parse("co-op - shop")
    (Term(sign=1, word='co-op'), Term(sign=-1, word='shop'))
    >>> parse("王様－男性＋女性")
    (Term(sign=1, word='王様'), Term(sign=-1, word='男性'), Term(sign=1, word='女性'))
    """
    if not isinstance(expression, str):
        raise _refuse(f"An expression cannot be {type(expression).__name__}.", type(expression).__name__, None)
    if len(expression) > MOST_CHARACTERS:
        raise _refuse(
            f"The expression has {len(expression):,} characters; at most {MOST_CHARACTERS:,} can be read.",
            len(expression),
            None,
        )
    pieces = _divided(_pieces(expression))
    terms: list[Term] = []
    sign: Literal[1, -1] | None = 1
    operator: _Piece | None = None
    for piece in pieces:
        if piece.kind == "operator":
            if operator is not None:
                raise _missing(operator, piece.text)
            sign, operator = (1 if piece.text in PLUS else -1), piece
            continue
        if sign is None:
            raise _refuse(
                f"There is no + or - before {_short(piece.text)} (character {piece.start + 1}).",
                piece.text,
                piece.start,
            )
        terms.append(Term(sign, piece.text))
        sign, operator = None, None
        if len(terms) > MOST_TERMS:
            raise _refuse(
                f"The expression has more than {MOST_TERMS} words, from {_short(piece.text)} (character {piece.start + 1}) on.",
                piece.text,
                piece.start,
            )
    if operator is not None:
        raise _missing(operator, "the end")
    return tuple(terms)


def written(terms: Sequence[Term]) -> str:
    """The expression that `parse` reads as these terms.

    >>> written((Term(1, " king"), Term(-1, "man")))
    '" king" - man'
    """
    signs = {1: "+ ", -1: "- "}
    return " ".join(
        ("" if not place and term.sign == 1 else signs[term.sign]) + _quoted(term.word)
        for place, term in enumerate(terms)
    )


def evaluate(terms: Sequence[Term], vectors: np.ndarray) -> np.ndarray:
    """The sum after each term, (terms, d) float32; `vectors` (terms, d) are the words'."""
    signs = np.array([term.sign for term in terms], np.float64)
    return np.cumsum(signs[:, None] * np.asarray(vectors, np.float64), axis=0).astype(np.float32)


def _pieces(expression: str) -> list[_Piece]:
    """Every sign that could divide, every word in quotes, and the text between them."""
    pieces: list[_Piece] = []
    start = place = 0

    def flush() -> None:
        if start < place:
            pieces.append(_Piece("text", expression[start:place], start, place))

    while place < len(expression):
        letter = expression[place]
        before = expression[place - 1] if place else " "
        if letter in PLUS + MINUS:
            flush()
            pieces.append(_Piece("operator", letter, place, place + 1))
            start = place = place + 1
        elif letter in QUOTES and (before.isspace() or before in PLUS + MINUS):
            flush()
            piece = _in_quotes(expression, place)
            pieces.append(piece)
            start = place = piece.end
        else:
            place += 1
    flush()
    return pieces


def _in_quotes(expression: str, start: int) -> _Piece:
    closing = QUOTES[expression[start]]
    word, place = "", start + 1
    while place < len(expression):
        letter = expression[place]
        if letter == closing:
            if not word:
                raise _refuse(f"There is no word between the quotes at character {start + 1}.", '""', start)
            return _Piece("quoted", word, start, place + 1)
        if letter == ESCAPE and place + 1 < len(expression):
            place += 1
        word += expression[place]
        place += 1
    rest = expression[start:]
    raise _refuse(f"The quote before {_short(rest[1:])} (character {start + 1}) is not closed.", rest, start)


def _divided(pieces: list[_Piece]) -> list[_Piece]:
    """The pieces with the signs that do not divide given back to their words, and white space around words dropped."""
    spaced = [_spaced(pieces, place) for place in range(len(pieces))]
    some = any(spaced)
    found: list[_Piece] = []
    joins = False
    for place, piece in enumerate(pieces):
        divides = piece.kind == "operator" and (not some or spaced[place] or _beside_quotes(pieces, place))
        if divides or piece.kind == "quoted":
            found.append(piece)
            joins = False
        elif joins:
            found[-1] = _Piece("text", found[-1].text + piece.text, found[-1].start, piece.end)
        else:
            found.append(_Piece("text", piece.text, piece.start, piece.end))
            joins = True
    return [
        piece if piece.kind != "text" else _Piece("text", piece.text.strip(), _first(piece), piece.end)
        for piece in found
        if piece.kind != "text" or piece.text.strip()
    ]


def _first(piece: _Piece) -> int:
    return piece.start + len(piece.text) - len(piece.text.lstrip())


def _spaced(pieces: list[_Piece], place: int) -> bool:
    """Whether a sign, or the row of signs in which it stands, has white space beside it."""
    if pieces[place].kind != "operator":
        return False
    first = last = place
    while first and pieces[first - 1].kind == "operator":
        first -= 1
    while last + 1 < len(pieces) and pieces[last + 1].kind == "operator":
        last += 1
    before = "".join(piece.text for piece in pieces[:first][-1:] if piece.kind == "text")
    behind = "".join(piece.text for piece in pieces[last + 1 :][:1] if piece.kind == "text")
    return before[-1:].isspace() or behind[:1].isspace()


def _beside_quotes(pieces: list[_Piece], place: int) -> bool:
    """Whether a sign begins the expression, or stands at a word in quotes."""
    beside = pieces[max(place - 1, 0) : place + 2]
    return place == 0 or any(piece.kind == "quoted" for piece in beside)


def _quoted(word: str) -> str:
    plain = word and word == word.strip() and not any(letter in word for letter in (*PLUS, *MINUS, *QUOTES))
    if plain:
        return word
    escaped = "".join(ESCAPE + letter if letter in (ESCAPE, '"') else letter for letter in word)
    return f'"{escaped}"'


def _missing(operator: _Piece, behind: str) -> InvalidValue:
    return _refuse(
        f"There is no word between {operator.text} (character {operator.start + 1}) and {behind}.",
        operator.text,
        operator.start,
    )


def _short(text: str) -> str:
    return f"{text!r:.40}"


def _refuse(message: str, value: Any, place: int | None) -> InvalidValue:
    return InvalidValue(
        message,
        hint=HINT,
        name="expression",
        value=_short(value) if isinstance(value, str) else value,
        allowed="words with + and - between them",
        place=place,
    )
