"""How probable candidates are that a prompt goes on with: where each begins among the tokens, and the sums that rank them. Plain data."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from llmwidgets.errors import InvalidValue
from llmwidgets.language import listed, more
from llmwidgets.stages.prefix import common_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmwidgets.stages.tokens import Tokens

ContinuationMeasure = Literal["sum", "token", "character", "byte"]
CONTINUATION_MEASURES: tuple[ContinuationMeasure, ...] = get_args(ContinuationMeasure)
"""What ranks candidates: the log-probability of the whole, or its mean over tokens, characters or UTF-8 bytes."""

MOST_CANDIDATES = 50
MOST_CANDIDATE_CHARACTERS = 2_000


@dataclass(frozen=True, eq=False)
class Join:
    """A candidate behind its prompt, as the tokens of both as one text.

    `tokens` are without what a tokenizer puts around a text. The first `shared` of them are those of the prompt alone; what counts are
    the tokens behind these. `fused`: the prompt alone ends with other tokens, since its end and the candidate's beginning became one
    token, or were cut in another way: then what counts begins with that end of the prompt, `prompt_part`.
    """

    candidate: str
    tokens: Tokens
    shared: int
    fused: bool
    prompt_part: str

    @classmethod
    def of(cls, candidate: str, prompt: Tokens, whole: Tokens) -> Join:
        """The tokens of the prompt alone, and those of prompt and candidate as one text."""
        shared = common_prefix(prompt.ids, whole.ids)
        fused = shared < len(prompt)
        start = len(prompt.text)
        if fused and shared < len(whole):
            start = min(int(whole.spans[shared, 0]), start)
        return cls(candidate, whole, shared, fused, prompt.text[start:] if fused else "")

    def end(self, place: int) -> list[int]:
        """The ids from a place on."""
        return [int(token) for token in self.tokens.ids[place:]]

    def scored(self, surprisals: np.ndarray) -> Continuation:
        """With -log p of each token that counts, in nats; NaN for a first one that stands behind nothing."""
        first = self.shared + int(len(surprisals) > 0 and math.isnan(surprisals[0]))
        characters, size = len(self.candidate), len(self.candidate.encode("utf-8"))
        if self.fused or first > self.shared:
            begins = int(self.tokens.spans[first, 0]) if first < len(self.tokens) else len(self.tokens.text)
            text = self.tokens.text[begins:]
            characters, size = len(text), len(text.encode("utf-8"))
            if self.tokens.exact:
                size = sum(map(len, self.tokens.token_bytes[first:]))
        return Continuation(
            self.candidate,
            self.tokens.ids[self.shared :],
            self.tokens.token_bytes[self.shared :],
            np.asarray(surprisals, np.float64),
            self.fused,
            self.prompt_part,
            characters,
            size,
        )


@dataclass(frozen=True, eq=False)
class Continuation:
    """A candidate token by token: `ids` (n,), `token_bytes`, and `surprisals` (n,) float64, -log p in nats given all before it.

    A first token with nothing before it has no probability: its surprisal is NaN, and it counts in no sum. Where `fused`, the tokens
    that count begin with the end of the prompt, `prompt_part`. `characters` and `utf8_bytes` are those of what counts.
    """

    candidate: str
    ids: np.ndarray
    token_bytes: tuple[bytes, ...]
    surprisals: np.ndarray
    fused: bool
    prompt_part: str
    characters: int
    utf8_bytes: int

    @property
    def counted(self) -> int:
        """The tokens that have a probability."""
        return int(np.count_nonzero(~np.isnan(self.surprisals)))

    @property
    def bits(self) -> np.ndarray:
        """The surprisals in bits."""
        return self.surprisals / math.log(2)

    @property
    def log_prob(self) -> float:
        """The log-probability in nats: the sum over its tokens; NaN where none has a probability."""
        return -float(np.nansum(self.surprisals)) if self.counted else math.nan

    def per(self, measure: ContinuationMeasure) -> float:
        """The log-probability in nats by a measure: "sum", or the mean over "token", "character" or "byte"."""
        units = {"sum": 1, "token": self.counted, "character": self.characters, "byte": self.utf8_bytes}[measure]
        return self.log_prob / units if units else math.nan


@dataclass(frozen=True, eq=False)
class Continuations:
    """Candidates for how `prompt` goes on, in the order in which they were given. `beginning`: the ids in front of the prompt.

    >>> found = session.continuations(["おじいさんとおばあさんが", "にがい珈琲が"])   # doctest: +SKIP
    >>> found.ranked()[0].candidate, found.scores                               # doctest: +SKIP
    """

    prompt: str
    beginning: tuple[int, ...]
    each: tuple[Continuation, ...]

    @property
    def scores(self) -> dict[str, float]:
        """The log-probability of each candidate, in nats."""
        return {one.candidate: one.log_prob for one in self.each}

    def ranked(self, measure: ContinuationMeasure = "sum") -> tuple[Continuation, ...]:
        """Most probable first, by a measure; those without a probability last."""
        values = {id(one): one.per(measure) for one in self.each}
        return tuple(sorted(self.each, key=lambda one: (math.isnan(values[id(one)]), -values[id(one)])))

    def __iter__(self) -> Iterator[Continuation]:
        return iter(self.each)

    def __len__(self) -> int:
        return len(self.each)

    def __getitem__(self, candidate: str) -> Continuation:
        for one in self.each:
            if one.candidate == candidate:
                return one
        raise KeyError(candidate)

    def __repr__(self) -> str:
        shown = listed(f"{one.candidate!r}: {one.log_prob:.2f}" for one in self.ranked()[:8])
        return f"Continuations({shown}{more(len(self) - 8)})"


def check_candidates(candidates: Any) -> tuple[str, ...]:
    """The candidates without empty ones and repetitions, in their order; a str alone is one. Raises InvalidValue.

    White space stays: " Paris" has other tokens than "Paris".
    """
    if isinstance(candidates, str):
        candidates = [candidates]
    if isinstance(candidates, (bytes, dict)) or not isinstance(candidates, Iterable):
        raise _refuse(type(candidates).__name__, "strings")
    given = list(candidates)
    for candidate in given:
        if not isinstance(candidate, str):
            raise _refuse(f"a list that holds {candidate!r:.40}", "strings")
        if len(candidate) > MOST_CANDIDATE_CHARACTERS:
            allowed = f"at most {MOST_CANDIDATE_CHARACTERS:,} characters"
            raise _refuse(f"a text of {len(candidate):,} characters", allowed)
    kept = tuple(dict.fromkeys(candidate for candidate in given if candidate))
    if len(kept) > MOST_CANDIDATES:
        raise _refuse(f"{len(kept)} texts", f"at most {MOST_CANDIDATES}")
    return kept


def check_measure(measure: Any) -> ContinuationMeasure:
    """A measure. Raises InvalidValue."""
    if measure in CONTINUATION_MEASURES:
        return measure  # type: ignore[no-any-return] # it is one of them
    allowed = ", ".join(map(repr, CONTINUATION_MEASURES))
    msg = f"measure cannot be {measure!r:.60}."
    raise InvalidValue(msg, hint=f"It takes {allowed}.", name="measure", value=f"{measure!r:.60}", allowed=allowed)


def _refuse(value: str, allowed: str) -> InvalidValue:
    msg = f"candidates cannot be {value}."
    return InvalidValue(msg, hint=f"They are {allowed}.", name="candidates", value=value, allowed=allowed)
