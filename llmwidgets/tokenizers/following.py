"""The way of a text through a `tokenizers.Tokenizer`: added tokens, normaliser, pre-tokenizer, model.

What is told ends in the tokens that the tokenizer itself gives: a word whose computed way ends elsewhere is told as unknown.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from llmwidgets.stages.tokens import spell
from llmwidgets.stages.trace import Merge, Symbol, Trace, Word
from llmwidgets.tokenizers.spelling import names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from llmwidgets.tokenizers.model import Model, Way
    from llmwidgets.tokenizers.spelling import Spelling


class _Own(NamedTuple):
    """What an Encoding holds; each of its attributes makes a new list whenever it is read."""

    ids: list[int]
    tokens: list[str]
    offsets: list[tuple[int, int]]


class Follower:
    """Follows texts through one tokenizer. `symbol(id)` gives a token with its bytes, `added` the names of its added tokens."""

    def __init__(
        self,
        backend: Any,
        model: Model,
        spelling: Spelling,
        added: Mapping[int, str],
        symbol: Callable[[int], Symbol],
    ) -> None:
        self._backend = backend
        self._model = model
        self._spelling = spelling
        self._added = added
        self._symbol = symbol

    def trace(self, text: str, encoding: Any) -> Trace:
        """The way of a text to `encoding`, what the tokenizer gave for it without tokens around it."""
        own = _Own(encoding.ids, encoding.tokens, encoding.offsets)
        groups = [
            [index for index, _ in group]
            for key, group in groupby(enumerate(encoding.word_ids), key=lambda pair: pair[1])
            if key is not None
        ]
        is_added = [self._is_added(text, own, group) for group in groups]
        cut = self._cut(text, own, groups, is_added)
        words = []
        for place, group in enumerate(groups):
            pieces = tuple(own.ids[index] for index in group)
            if is_added[place]:
                symbol = self._symbol(pieces[0])
                words.append(Word(spell(symbol.data), "added", (symbol,), (), (symbol,)))
            else:
                words.append(self._word(text, own, group, pieces, cut[place] if cut else None))
        return Trace(
            text,
            names_of(self._backend.normalizer),
            self._normalized(text),
            names_of(self._backend.pre_tokenizer),
            tuple(words),
        )

    def _word(self, text: str, own: _Own, group: Sequence[int], pieces: tuple[int, ...], cut: str | None) -> Word:
        symbols = tuple(map(self._symbol, pieces))
        joined = self._spelling.joined([own.tokens[index] for index in group])
        for candidate in (cut, joined) if self._model.unknown in pieces else (joined, cut):
            way = self._model.follow(candidate, pieces) if candidate else None
            if candidate and way is not None and way.pieces == pieces:
                return self._told(self._spelling.readable(candidate), way)
        start, end = own.offsets[group[0]][0], own.offsets[group[-1]][1]
        return Word(text[start:end], "unknown", (), (), symbols)

    def _told(self, text: str, way: Way) -> Word:
        return Word(
            text,
            way.method,
            tuple(map(self._symbol, way.symbols)),
            tuple(Merge(step.at, step.rank, self._symbol(step.made)) for step in way.steps),
            tuple(map(self._symbol, way.pieces)),
            way.scores,
        )

    def _is_added(self, text: str, own: _Own, group: Sequence[int]) -> bool:
        token = own.ids[group[0]]
        if len(group) != 1 or token not in self._added:
            return False
        start, end = own.offsets[group[0]]
        # the model itself gives the unknown token as well, for characters that are not its name
        return (
            token != self._model.unknown or text[start:end].strip().casefold() == self._added[token].strip().casefold()
        )

    def _cut(self, text: str, own: _Own, groups: Sequence[Sequence[int]], is_added: Sequence[bool]) -> list[str] | None:
        """The words as normaliser and pre-tokenizer give them, one a group; None where they are not as many."""
        words: list[str] = []
        at = 0
        for group, added in zip(groups, is_added, strict=True):
            if added:
                start, end = own.offsets[group[0]]
                words += [*self._words(text[at:start]), text[start:end]]
                at = end
        words += self._words(text[at:])
        return words if len(words) == len(groups) else None

    def _words(self, text: str) -> list[str]:
        normalized = self._normalized(text) if text else ""
        if self._backend.pre_tokenizer is None:
            return [normalized] if normalized else []
        return [word for word, _ in self._backend.pre_tokenizer.pre_tokenize_str(normalized) if word]

    def _normalized(self, text: str) -> str:
        return text if self._backend.normalizer is None else str(self._backend.normalizer.normalize_str(text))
