"""How many tokens different tokenizers need for the same text, writing system by writing system.

Not for probabilities: what a model makes of a text is no part of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from llmwidgets.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmwidgets.stages.tokens import Tokens

SPACE = "White space"
SIGNS = "Digits and signs"
OTHER = "Other writing"
EMOJI = "Emoji"
JAPANESE = "Japanese"
HAN = "Han"

_SCRIPTS = {
    "Latin": "Latin",
    "Hiragana": JAPANESE,
    "Katakana": JAPANESE,
    "Han": HAN,
    "Bopomofo": "Bopomofo",
    "Hangul": "Korean",
    **{
        script: script
        for script in (
            *(
                "Cyrillic",
                "Greek",
                "Arabic",
                "Hebrew",
                "Devanagari",
                "Bengali",
                "Gurmukhi",
                "Gujarati",
                "Tamil",
                "Telugu",
            ),
            *("Kannada", "Malayalam", "Sinhala", "Thai", "Lao", "Khmer", "Myanmar", "Tibetan", "Georgian", "Armenian"),
            *("Ethiopic", "Mongolian"),
        )
    },
}
_LABELS = (SPACE, SIGNS, *dict.fromkeys([OTHER, EMOJI, *_SCRIPTS.values()]))
_NUMBER = {label: index for index, label in enumerate(_LABELS)}
_UNSEEN = 255
_MADE_BY_NEIGHBOURS = 2  # white space and signs have the numbers 0 and 1

# the label of each code point, found when it is first met
_label_of = np.full(0x110000, _UNSEEN, np.uint8)


@dataclass(frozen=True)
class Language:
    """A part of a text, and how many tokens each tokenizer needs for it, in the order in which they were given."""

    label: str
    characters: int
    utf8_bytes: int
    tokens: tuple[float, ...]


class Encodes(Protocol):
    """What has tokens for a text."""

    def encode(self, text: str, *, special: bool = True) -> Tokens:
        """The tokens of a text."""


def by_language(text: str, rows: Sequence[Tokens]) -> tuple[Language, ...]:
    """A line for each writing system of the text, that with most characters first; `rows` are the text's tokens by each tokenizer.

    Letters belong to their script; Han is Japanese where the text has kana. What many scripts share belongs to
    its neighbours in the same line: white space to what follows it, as in tokens; signs, digits and marks to what they
    follow; each to the other side where the line has nothing on the first. Lines with neither letter nor emoji are
    "White space" and "Digits and signs".

    A token counts for the characters that it covers, in equal shares; one that covers none, for the character where it
    stands. Special tokens do not count. So the sum over all lines is the number of the others. Raises InvalidValue where
    a row is another text's.
    """
    for place, row in enumerate(rows):
        if row.text != text:
            raise InvalidValue(
                f"Row {place} holds the tokens of another text.",
                hint="Give the same text to every tokenizer.",
                name="rows",
                value=place,
                allowed="tokens of this text",
            )
    codes = np.frombuffer(text.encode("utf-32-le", errors="surrogatepass"), np.uint32)
    labels = _settled(codes)
    widths = 1 + (codes > 0x7F) + (codes > 0x7FF) + (codes > 0xFFFF)
    present = np.unique(labels).tolist()
    counts = [_shares(row, labels, present or [_NUMBER[SPACE]]) for row in rows]
    lines = [
        Language(
            _LABELS[number],
            int((labels == number).sum()),
            int(widths[labels == number].sum()),
            tuple(float(count[place]) for count in counts),
        )
        for place, number in enumerate(present or [_NUMBER[SPACE]])
    ]
    return tuple(sorted((line for line in lines if line.characters or any(line.tokens)), key=lambda x: -x.characters))


def comparison(texts: Mapping[str, str], tokenizers: Sequence[Encodes]) -> tuple[Language, ...]:
    """A line for each of the labelled texts (`{"English": "...", "日本語": "..."}`), in their order; special tokens do not count."""
    lines = []
    for label, text in texts.items():
        rows = [tokenizer.encode(text, special=False) for tokenizer in tokenizers]
        counts = tuple(float((~row.special).sum()) for row in rows)
        lines.append(Language(label, len(text), len(text.encode("utf-8")), counts))
    return tuple(lines)


def boundaries(tokens: Tokens) -> np.ndarray:
    """(n,) int64, ascending: the offsets in characters where a token ends and none is open."""
    filled = tokens.spans[tokens.spans[:, 0] < tokens.spans[:, 1]]
    size = len(tokens.text) + 1
    starts = np.bincount(filled[:, 0], minlength=size)
    ends = np.bincount(filled[:, 1], minlength=size)
    # begun before the offset, and not ended at it or before
    still_open = np.cumsum(starts) - starts - np.cumsum(ends)
    return np.flatnonzero((ends > 0) & (still_open == 0)).astype(np.int64)


def differing(rows: Sequence[Tokens]) -> np.ndarray:
    """(n,) int64, ascending: the offsets in characters where some of the rows have a boundary and others have none."""
    if not rows:
        return np.zeros(0, np.int64)
    places, counts = np.unique(np.concatenate([boundaries(row) for row in rows]), return_counts=True)
    return np.asarray(places[counts < len(rows)], np.int64)


def writing(texts: Sequence[str]) -> list[str]:
    """The writing system of each text: that of most of its letters, the earlier in the list of these where two have as many; Han beside kana is Japanese. "none" without letters, "other" for what has no name here."""
    codes = np.frombuffer("".join(texts).encode("utf-32-le", errors="surrogatepass"), np.uint32)
    place = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    numbers = _numbers(codes)
    letters = (numbers >= _MADE_BY_NEIGHBOURS) & (numbers != _NUMBER[EMOJI])
    counts = np.bincount(place[letters] * len(_LABELS) + numbers[letters], minlength=len(texts) * len(_LABELS))
    counts = counts.reshape(len(texts), len(_LABELS))
    counts[:, _NUMBER[JAPANESE]] += np.where(counts[:, _NUMBER[JAPANESE]] > 0, counts[:, _NUMBER[HAN]], 0)
    names = [{OTHER: "other"}.get(label, label) for label in _LABELS]
    return [names[best] if most else "none" for best, most in zip(counts.argmax(1), counts.max(1), strict=True)]


def _shares(row: Tokens, labels: np.ndarray, present: Sequence[int]) -> list[float]:
    """How many tokens fall to each label that is present."""
    starts, ends = row.spans[~row.special].T
    if not len(labels):
        return [float(len(starts))] * len(present)
    empty = starts == ends
    starts = np.where(empty, np.minimum(starts, len(labels) - 1), starts)
    ends = np.where(empty, starts + 1, ends)
    shares = []
    for number in present:
        before = np.concatenate([[0], np.cumsum(labels == number)])
        shares.append(float(((before[ends] - before[starts]) / (ends - starts)).sum()))
    return shares


def _settled(codes: np.ndarray) -> np.ndarray:
    """The label of each character, what many scripts share given to its neighbours."""
    labels = _numbers(codes)
    if (labels == _NUMBER[JAPANESE]).any():
        labels[labels == _NUMBER[HAN]] = _NUMBER[JAPANESE]
    own = labels >= _MADE_BY_NEIGHBOURS
    if not own.any() or own.all():
        return labels
    newline = codes == ord("\n")
    line = np.cumsum(newline) - newline
    space = labels == _NUMBER[SPACE]
    before, behind = _neighbours(own, line, labels)
    settled = np.where(own | space, labels, _either(before, behind, labels))
    # a sign has settled by now: white space goes with what follows it, sign or letter
    before, behind = _neighbours(~space & (settled >= _MADE_BY_NEIGHBOURS), line, settled)
    return np.asarray(np.where(space, _either(behind, before, labels), settled))


def _either(first: np.ndarray, second: np.ndarray, else_: np.ndarray) -> np.ndarray:
    """The first label that there is."""
    found = np.where(first != _UNSEEN, first, second)
    return np.where(found != _UNSEEN, found, else_)


def _neighbours(marked: np.ndarray, line: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each character the label of the nearest marked one before it in its line, and of the nearest behind it."""
    places = np.arange(len(labels))
    before = np.maximum.accumulate(np.where(marked, places, -1))
    behind = np.minimum.accumulate(np.where(marked, places, len(labels))[::-1])[::-1]
    return _in_line(before, line, labels), _in_line(behind, line, labels)


def _in_line(places: np.ndarray, line: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The labels at places, where these are in the same line."""
    inside = (places >= 0) & (places < len(labels))
    at = np.where(inside, places, 0)
    return np.asarray(np.where(inside & (line[at] == line), labels[at], _UNSEEN))


def _numbers(codes: np.ndarray) -> np.ndarray:
    """The label of each character by itself."""
    for code in np.unique(codes[_label_of[codes] == _UNSEEN]).tolist():
        _label_of[code] = _NUMBER[_look_up(chr(code))]
    return np.asarray(_label_of[codes])


def _look_up(character: str) -> str:
    import regex

    if character.isspace():
        return SPACE
    if regex.match(
        r"[\p{Emoji_Presentation}\p{Extended_Pictographic}\p{Regional_Indicator}--[©®™‼⁉]]", character, regex.V1
    ):
        return EMOJI
    if regex.match(r"[\p{Script=Common}\p{Script=Inherited}\p{Script=Unknown}]", character):
        return SIGNS
    for script, label in _SCRIPTS.items():
        if regex.match(rf"\p{{Script={script}}}", character):
            return label
    return OTHER
