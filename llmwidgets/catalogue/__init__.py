"""What llmwidgets says, in Japanese: errors, notices, the words in pictures.

The code says everything in English, where it happens. Files in `ja/` hold the Japanese sentence for each English one, with the
same names in braces for what is filled in:

    "{model} is gated: its owner must let your account in.": "モデル「{model}」の利用には、提供者の許可が必要です。"

A sentence is found by its English form, so that an error that came from a server, or out of a saved file, is found as well. What was
filled in is looked up in turn; it stays as it is where it is no words of ours. `{#count}` stands for a number alone.

Terms: トークン, トークナイザー, 語彙, 確率, 確率分布, ロジット, 埋め込み, 隠れ状態, サンプラー, サプライザル, 温度, 重み, 層, 次元, 形状, セル, カーネル,
セッション, ビュー, 受講者. Sentences are polite (です・ます) and end with 。; words in a table or a chart do not. Katakana keeps its long
vowel mark (サーバー); a half-width letter or number has a space beside a full-width one, signs have none.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "ja"

_PLACE = re.compile(r"\{(#?)(\w+)\}")
_GAP = re.compile(r"( ?)\{(#?)(\w+)\}( ?)")
_LATIN = "\u2e7f"
_NUMBER = r"([-+−]?[\d.,]+(?:e[-+]?\d+)?)"


class Phrase(NamedTuple):
    """A sentence in both languages, with names in braces."""

    english: str
    japanese: str

    @property
    def letters(self) -> int:
        """How much of the English is fixed: of several phrases that fit, the one with the most is meant."""
        return len(_PLACE.sub("", self.english))

    @property
    def names(self) -> list[str]:
        """What is filled in, in the order of the English."""
        return [name for _, name in _PLACE.findall(self.english)]

    @property
    def fixed(self) -> str:
        """The longest part that is always there."""
        return max(re.split(r"\{#?\w+\}", self.english), key=len)


@cache
def phrases() -> tuple[Phrase, ...]:
    """Every phrase, the most specific first."""
    files = (json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.json")))
    found = [Phrase(*pair) for file in files for pair in file.items()]
    return tuple(sorted(found, key=lambda phrase: -phrase.letters))


@cache
def _index() -> tuple[tuple[str, Phrase], ...]:
    return tuple((phrase.fixed, phrase) for phrase in phrases())


@cache
def _pattern(english: str) -> re.Pattern[str]:
    parts, last = [], 0
    for place in _PLACE.finditer(english):
        parts += [re.escape(english[last : place.start()]), _NUMBER if place[1] else "(.*?)"]
        last = place.end()
    return re.compile("".join([*parts, re.escape(english[last:])]), re.DOTALL)


def in_japanese(text: str) -> str | None:
    """The Japanese for an English sentence or word of this package; None for what is none.

    >>> in_japanese("Type a text.")
    'テキストを入力してください。'
    """
    for fixed, phrase in _index():
        if fixed in text and (found := _pattern(phrase.english).fullmatch(text)):
            return _fill(phrase.japanese, dict(zip(phrase.names, found.groups(), strict=True)))
    return None


def _fill(japanese: str, parts: dict[str, str]) -> str:
    return _GAP.sub(lambda place: _filled(place, parts[place[3]]), japanese)


def _filled(place: re.Match[str], part: str) -> str:
    """What is filled in, a sentence or word of ours in Japanese. Then it needs no space between itself and what stands beside it."""
    said = in_japanese(part.strip()) if part.strip() else None
    if said is None:
        return f"{place[1]}{part}{place[4]}"
    left, right = place.string[: place.start()][-1:], place.string[place.end() :][:1]
    before = "" if said[0] > _LATIN and left > _LATIN else place[1]
    after = "" if said[-1] > _LATIN and right > _LATIN else place[4]
    return f"{before}{said}{after}"
