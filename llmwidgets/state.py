"""What a session is at one moment: its text, the model's answer, what it is doing and what it has cost. Plain values."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from llmwidgets.errors import LLMWidgetsError
from llmwidgets.language import listed, say
from llmwidgets.stages.choices import Choice, Ending, Fork, Reason, shared, with_fork, without_beginnings
from llmwidgets.stages.distribution import HEAD, Distribution, Summary
from llmwidgets.stages.tokens import Tokens

Doing = Literal["ready", "busy", "generating", "error", "closed"]


@dataclass(frozen=True)
class Stats:
    """What the session has cost so far. `seconds` in the model; `bytes_sent` to the page, before transport."""

    forwards: int
    tokens_computed: int
    tokens_reused: int
    seconds: float
    bytes_sent: int


@dataclass(frozen=True)
class Generated:
    """What `generate` appended, and why it ended: "eos", "length", "stop_text", "stopped", "context" (the model's context is full) or "edited".

    `ended_by` is the end token or the stop text.
    """

    tokens: Tokens
    reason: Reason
    seconds: float
    ended_by: str = ""

    @property
    def text(self) -> str:
        """The new text."""
        return self.tokens.text

    def __repr__(self) -> str:
        by = f" {self.ended_by!r}" if self.ended_by else ""
        told = say(f"{len(self.tokens)} tokens in {self.seconds:.1f} s"), say(f"ended by {self.reason}{by}")
        return f"Generated({listed([repr(self.text), *told])})"


@dataclass(frozen=True)
class Status:
    """What the session is doing; `error` is what stands in the way of a distribution, if anything does.

    `reason` is why the last writing ended, `ended_by` the end token or the stop text that did it.
    """

    state: Doing
    revision: int
    generated: int = 0
    max_new_tokens: int = 0
    tokens_per_second: float = 0.0
    reason: Reason = ""
    ended_by: str = ""
    error: LLMWidgetsError | None = None


@dataclass(frozen=True)
class State:
    """The text at one moment. Every change gives a new one with the next revision.

    `add_special`: whether the tokenizer put its special tokens around the text. `template`: the characters, as (start, end), that a
    chat template put there. `choices`: how its generated tokens came, by place; `forks`: the ways that were left; `ending`: why
    the writing ended with which it became what it is. `mask`: the mask token of a model that predicts masked tokens and sees both
    sides of a place; None where the model predicts the next token.
    """

    revision: int
    tokens: Tokens
    position: int = -1
    add_special: bool = True
    template: tuple[tuple[int, int], ...] = ()
    choices: tuple[Choice, ...] = ()
    forks: tuple[Fork, ...] = ()
    ending: Ending = field(default_factory=Ending)
    mask: int | None = None

    def as_fork(self, at: int) -> Fork:
        """The way of now, left at place `at`."""
        return Fork(self.tokens, self.choices, self.ending, at)

    def replaced(self, tokens: Tokens, *, add_special: bool, template: tuple[tuple[int, int], ...] = ()) -> State:
        """Another text. What is the same at its beginning keeps its choices, and the forks that went on from there stay."""
        choices, forks = self.choices, self.forks
        if choices or forks:
            same = shared(self.tokens.ids, tokens.ids)
            choices = tuple(choice for choice in choices if choice.index < same)
            forks = tuple(fork for fork in forks if 0 < fork.at <= shared(fork.tokens.ids, tokens.ids))
        return State(
            self.revision + 1,
            tokens,
            add_special=add_special,
            template=template,
            choices=choices,
            forks=forks,
            mask=self.mask,
        )

    def appended(self, token_bytes: bytes, choice: Choice, *, special: bool) -> State:
        """The tokens up to the position and the one chosen; what is cut off becomes a fork."""
        at = self.index + 1
        kept = self.tokens.first(at)
        tokens = kept.extended([choice.token], [token_bytes], [special])
        forks = with_fork(self.forks, self.as_fork(at)) if at < len(self.tokens) else self.forks
        return State(
            self.revision + 1,
            tokens,
            add_special=self.add_special,
            template=tuple(span for span in self.template if span[1] <= len(kept.text)),
            choices=(*self.choices[: bisect_left(self.choices, at, key=_place)], choice),
            forks=without_beginnings(forks, tokens.ids) if forks else forks,
        )

    def switched(self, number: int) -> State:
        """Fork `number` becomes the text, and this way takes its place among the forks."""
        fork = self.forks[number]
        at = shared(fork.tokens.ids, self.tokens.ids)
        forks = (*self.forks[:number], self.as_fork(at), *self.forks[number + 1 :])
        end = len(fork.tokens.first(at).text) if self.template else 0
        template = tuple(span for span in self.template if span[1] <= end)
        return State(
            self.revision + 1,
            fork.tokens,
            add_special=self.add_special,
            template=template,
            choices=fork.choices,
            forks=forks,
            ending=fork.ending,
            mask=self.mask,
        )

    @cached_property
    def home(self) -> int:
        """The index that a position of -1 stands for: the last; of an encoder the first mask token, else the last token that is not special."""
        last = len(self.tokens) - 1
        if self.mask is None:
            return last
        found = np.flatnonzero(self.tokens.ids == self.mask)
        if not found.size:
            found = np.flatnonzero(~self.tokens.special)[-1:]
        return int(found[0]) if found.size else last

    @property
    def index(self) -> int:
        """The position as an index from 0; -1 where there is no token."""
        return self.position if self.position >= 0 else self.home

    @property
    def seen(self) -> np.ndarray:
        """The ids that the model sees, (n,) int64: those up to the position; of an encoder all, with the mask token in the place looked at."""
        if self.mask is None:
            return self.tokens.ids[: self.index + 1]
        ids = self.tokens.ids.copy()
        if ids.size:
            ids[self.index] = self.mask
        return ids

    @property
    def prefix(self) -> list[int]:
        """See `seen`: the same ids as a list."""
        found: list[int] = self.seen.tolist()
        return found

    @property
    def reply(self) -> int | None:
        """The place from which on the text is what a model wrote or someone put in; None where it has no such part."""
        return self.choices[0].index if self.choices else None

    @property
    def came(self) -> int | None:
        """The token that stands where the distribution is of; None where none does, or a mask token."""
        place = self.index + 1 if self.mask is None else self.index
        if not 0 <= place < len(self.tokens):
            return None
        token = int(self.tokens.ids[place])
        return None if token == self.mask else token

    @property
    def before(self) -> str:
        """The text in front of where the distribution is of."""
        if self.index < 0:
            return ""
        return self.tokens.text[: int(self.tokens.spans[self.index, 1 if self.mask is None else 0])]


def _place(choice: Choice) -> int:
    return choice.index


@dataclass(frozen=True, eq=False)
class Scores:
    """The surprisals of a revision's tokens, (n,) float32 in nats, NaN for the first (of an encoder for special ones); or an error."""

    revision: int
    values: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    error: LLMWidgetsError | None = None


@dataclass(frozen=True, eq=False)
class Hidden:
    """The hidden states of a revision's tokens in their context, (layers, n, dimensions) float32; or an error."""

    revision: int
    values: np.ndarray = field(default_factory=lambda: np.empty((0, 0, 0), np.float32))
    error: LLMWidgetsError | None = None


@dataclass(frozen=True, eq=False)
class Attending:
    """How much the token `query` of a revision attends to each token, (layers, heads, n) float32; or an error. Of the first n tokens of a long text."""

    revision: int
    query: int = -1
    values: np.ndarray = field(default_factory=lambda: np.empty((0, 0, 0), np.float32))
    error: LLMWidgetsError | None = None


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the model said of a revision: a distribution after the tokens of `prefix`, or an error. `head`: how many tokens the page gets by name."""

    revision: int
    prefix: tuple[int, ...] = ()
    distribution: Distribution | None = None
    error: LLMWidgetsError | None = None
    head: int = HEAD

    @cached_property
    def summary(self) -> Summary | None:
        """The distribution's short form for the page, made when a view first asks."""
        found = self.distribution
        return None if found is None else found.short(self.prefix, self.head)
