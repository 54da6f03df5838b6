"""How a text became tokens, step by step, and what a vocabulary holds: plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from llmwidgets.language import listed, more, say
from llmwidgets.stages.tokens import spell

Method = Literal["bpe", "wordpiece", "unigram", "vocabulary", "added", "unknown"]


@dataclass(frozen=True)
class Symbol:
    """A token or a part of one: its exact bytes, and its id where the vocabulary has it."""

    data: bytes
    id: int | None

    def __repr__(self) -> str:
        return f"{spell(self.data)!r}:{'-' if self.id is None else self.id}"


@dataclass(frozen=True)
class Merge:
    """A merge of BPE: symbols `at` and `at` + 1 of what is there by then become `symbol`. The smallest rank goes first."""

    at: int
    rank: int
    symbol: Symbol

    def __repr__(self) -> str:
        return f"{self.at}→{self.symbol!r} ({say(f'rank {self.rank:,}')})"


@dataclass(frozen=True)
class Word:
    """A word as the pre-tokenizer cuts it, and how it became tokens (`pieces`).

    `method` "bpe": `symbols` and the `merges` in the order in which they are applied. "wordpiece": `symbols` are the longest
    matches in the order found. "unigram": `scores` are the log-probabilities of the pieces. "vocabulary": the whole word is
    looked up. "added": a token that is looked for before all else. "unknown": no way is known, the pieces alone.
    """

    text: str
    method: Method
    symbols: tuple[Symbol, ...]
    merges: tuple[Merge, ...]
    pieces: tuple[Symbol, ...]
    scores: tuple[float, ...] = ()

    def __repr__(self) -> str:
        how = [say(f"by {self.method}"), *([say(f"{len(self.merges)} merges")] if self.merges else [])]
        return f"Word({self.text!r} {listed(how)} -> {' '.join(map(repr, self.pieces))})"


@dataclass(frozen=True)
class Trace:
    """From a text to its tokens. `normalizer` and `pre_tokenizer` name what the tokenizer uses, "" where there is none."""

    text: str
    normalizer: str
    normalized: str
    pre_tokenizer: str
    words: tuple[Word, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        """The tokens of all words."""
        return tuple(piece.id for word in self.words for piece in word.pieces if piece.id is not None)

    def __repr__(self) -> str:
        shown = "".join(f"\n  {word!r}" for word in self.words[:8])
        rest = more(len(self.words) - 8)
        told = say(f"{len(self.words)} words, {len(self.ids)} tokens")
        return f"Trace({told}){shown}" + (f"\n {rest}" if rest else "")


@dataclass(frozen=True)
class Search:
    """Tokens of a vocabulary that match `query`: the first of `total`, best first."""

    query: str
    total: int
    matches: tuple[Symbol, ...]

    def __repr__(self) -> str:
        shown = " ".join(map(repr, self.matches[:8]))
        return f"Search({self.query!r}: {say(f'{self.total:,} tokens')}: {shown}{' …' if self.total > 8 else ''})"


@dataclass(frozen=True)
class TokenEntry:
    """One token of a vocabulary.

    `rank` of the merge that makes it and `parts`, the two tokens that this merge joins, where BPE makes it; `score`, its
    log-probability, where the model is a Unigram. `containing`: the shortest of the `containing_total` tokens that have its
    bytes inside theirs.
    """

    id: int
    data: bytes
    special: bool
    rank: int | None
    score: float | None
    parts: tuple[Symbol, ...]
    containing: tuple[Symbol, ...]
    containing_total: int

    def __repr__(self) -> str:
        made = "" if self.rank is None else f" = {' + '.join(map(repr, self.parts))} ({say(f'rank {self.rank:,}')})"
        others = say(f"in {self.containing_total:,} others")
        return f"TokenEntry({listed([f'{self.id}: {spell(self.data)!r}{made}', others])})"
