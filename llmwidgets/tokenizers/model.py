"""The model inside a `tokenizers.Tokenizer`, read once from its JSON: how it makes tokens of a word, and where a token comes from.

`follow` tells the way of a word for each kind of model: BPE (Sennrich et al. 2016), WordPiece (longest match first), Unigram (Kudo
2018, https://arxiv.org/abs/1804.10959) and WordLevel. It answers None where it knows no way.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from llmwidgets.tokenizers.bpe import Step, merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmwidgets.stages.trace import Method

UNKNOWN_PENALTY = 10.0
"""What a character that is in no piece costs a Unigram below its least probable piece (SentencePiece's kUnkPenalty)."""


@dataclass(frozen=True)
class Way:
    """How a word became tokens: ids throughout."""

    method: Method
    pieces: tuple[int, ...]
    symbols: tuple[int, ...] = ()
    steps: tuple[Step[int], ...] = ()
    scores: tuple[float, ...] = ()


class Model:
    """A model that is not known: no way is told."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.state = state
        self.prefix = str(state.get("continuing_subword_prefix") or "")
        self.suffix = str(state.get("end_of_word_suffix") or "")

    @cached_property
    def vocabulary(self) -> dict[str, int]:
        """Ids by name."""
        return dict(self.state.get("vocab", {}))

    @cached_property
    def unknown(self) -> int | None:
        """The id that stands for what is not in the vocabulary."""
        return self.vocabulary.get(self.state.get("unk_token") or "")

    def follow(self, word: str, pieces: Sequence[int]) -> Way | None:
        """The way of a word, as the pre-tokenizer cuts it, to `pieces`; None where it is not known."""
        del word, pieces
        return None

    def last_merge(self, token: int) -> Step[int] | None:
        """The merge that makes a token, None where no merge does."""
        del token
        return None

    def score(self, token: int) -> float | None:
        """The log-probability of a token, None where the model has none."""
        del token
        return None


class BPE(Model):
    """Pairs are joined in the order in which they were learned."""

    @cached_property
    def rules(self) -> dict[tuple[int, int], tuple[int, int]]:
        """The rank of a pair of ids, and the id that it becomes."""
        rules = {}
        for rank, pair in enumerate(self.state["merges"]):
            left, right = pair.split(" ") if isinstance(pair, str) else pair
            made = left + right.removeprefix(self.prefix)
            rules[self.vocabulary[left], self.vocabulary[right]] = rank, self.vocabulary[made]
        return rules

    def follow(self, word: str, pieces: Sequence[int]) -> Way | None:
        """See Model."""
        del pieces
        if self.state.get("ignore_merges") and word in self.vocabulary:
            token = self.vocabulary[word]
            return Way("vocabulary", (token,), (token,))
        symbols = self._symbols(word)
        made, steps = merge(symbols, self._rule)
        return Way("bpe", tuple(made), tuple(symbols), tuple(steps))

    def last_merge(self, token: int) -> Step[int] | None:
        """See Model. The token is taken apart, and put together again as a word is."""
        made, steps = merge(self._taken_apart(token), self._rule)
        if steps and made == [token]:
            return steps[-1]
        found = self._made_by.get(token)
        return None if found is None else Step(0, found[0], found[1], found[2], token)

    def _rule(self, left: int, right: int) -> tuple[int, int] | None:
        return self.rules.get((left, right))

    @cached_property
    def _made_by(self) -> dict[int, tuple[int, int, int]]:
        """For each token the merge that was learned first among those that make it: rank, left, right."""
        made: dict[int, tuple[int, int, int]] = {}
        for (left, right), (rank, token) in self.rules.items():
            if token not in made or rank < made[token][0]:
                made[token] = rank, left, right
        return made

    def _taken_apart(self, token: int) -> list[int]:
        waiting, symbols = [token], []
        while waiting:
            part = waiting.pop()
            if (found := self._made_by.get(part)) is None:
                symbols.append(part)
            else:
                waiting += [found[2], found[1]]
        return symbols

    def _symbols(self, word: str) -> list[int]:
        """The characters of a word as ids: bytes where a character is in no vocabulary and bytes are, else the unknown token."""
        ids: list[int] = []
        fused = False
        for index, character in enumerate(word):
            name = (self.prefix if index else "") + character + (self.suffix if index == len(word) - 1 else "")
            found = self.vocabulary.get(name)
            numbers = self._numbers(character) if found is None else []
            if found is not None:
                ids.append(found)
            elif numbers:
                ids += numbers
            elif self.unknown is not None and not (fused and self.state.get("fuse_unk")):
                ids.append(self.unknown)
            fused = found is None and not numbers
        return ids

    def _numbers(self, character: str) -> list[int]:
        if not self.state.get("byte_fallback"):
            return []
        found = [self.vocabulary.get(f"<0x{byte:02X}>") for byte in character.encode()]
        return [token for token in found if token is not None] if None not in found else []


class WordPiece(Model):
    """The longest token that begins the rest of the word, again and again (Schuster and Nakajima 2012, as in BERT)."""

    def follow(self, word: str, pieces: Sequence[int]) -> Way | None:
        """See Model."""
        del pieces
        found: list[int] = []
        start = 0
        while start < len(word) <= int(self.state.get("max_input_chars_per_word", 100)):
            mark = self.prefix if start else ""
            for end in range(len(word), start, -1):
                token = self.vocabulary.get(mark + word[start:end])
                if token is not None:
                    found.append(token)
                    start = end
                    break
            else:
                break
        if start < len(word):
            return None if self.unknown is None else Way("wordpiece", (self.unknown,), tuple(found))
        return Way("wordpiece", tuple(found), tuple(found))


class WordLevel(Model):
    """Whole words only."""

    def follow(self, word: str, pieces: Sequence[int]) -> Way | None:
        """See Model."""
        del pieces
        token = self.vocabulary.get(word, self.unknown)
        return None if token is None else Way("vocabulary", (token,), (token,))


class Unigram(Model):
    """Of all ways to cut a word, the one whose pieces have the greatest product of probabilities.

    Bytes that stand for a character in no piece have the vocabulary's score, which played no part in the choice.
    """

    @cached_property
    def vocabulary(self) -> dict[str, int]:
        """Ids by name."""
        return {name: token for token, (name, _) in enumerate(self.state["vocab"])}

    @cached_property
    def unknown(self) -> int | None:
        """The id that stands for what is not in the vocabulary."""
        token = self.state.get("unk_id")
        return None if token is None else int(token)

    def follow(self, word: str, pieces: Sequence[int]) -> Way | None:
        """See Model."""
        names = [self.state["vocab"][token][0] for token in pieces]
        scores = [self.score(token) or 0.0 for token in pieces]
        if pieces.count(self.unknown) == 1:
            # characters in no piece that stand side by side are one token, and each of them costs
            rest = sum(len(name) for name, token in zip(names, pieces, strict=True) if token != self.unknown)
            place = pieces.index(self.unknown)
            scores[place] *= max(len(word) - rest, 1)
        return Way("unigram", tuple(pieces), tuple(pieces), scores=tuple(scores))

    def score(self, token: int) -> float | None:
        """See Model. Of the unknown token: that of one character that is in no piece."""
        if token == self.unknown:
            return self._least - UNKNOWN_PENALTY
        return float(self.state["vocab"][token][1]) if token < len(self.state["vocab"]) else None

    @cached_property
    def _least(self) -> float:
        return min((float(score) for _, score in self.state["vocab"]), default=0.0)


def model_of(backend: Any) -> Model:
    """The model of a `tokenizers.Tokenizer`, with its vocabulary and merges as they are now."""
    kinds = {kind.__name__: kind for kind in (BPE, WordPiece, WordLevel, Unigram)}
    try:
        state = json.loads(backend.model.__getstate__())
    except Exception:  # noqa: BLE001  # a model written in Python cannot be serialised: it raises a bare Exception
        return Model({})
    return kinds.get(type(backend.model).__name__, Model)(state)
