"""What a session is at one moment: its text, the model's answer, what it is doing and what it has cost. Plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from llmwidgets.errors import LLMWidgetsError
from llmwidgets.stages.distribution import Distribution, Summary, summarize
from llmwidgets.stages.tokens import Tokens

Reason = Literal["", "eos", "length", "stop_text", "stopped", "context", "edited"]
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
    """What `generate` appended, and why it ended: "eos", "length", "stopped", "context" (the model's context is full) or "edited"."""

    tokens: Tokens
    reason: Reason
    seconds: float

    @property
    def text(self) -> str:
        """The new text."""
        return self.tokens.text

    def __repr__(self) -> str:
        return f"Generated({self.text!r}, {len(self.tokens)} tokens in {self.seconds:.1f} s, ended by {self.reason})"


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
    chat template put there.
    """

    revision: int
    tokens: Tokens
    position: int = -1
    add_special: bool = True
    template: tuple[tuple[int, int], ...] = ()

    @property
    def index(self) -> int:
        """The position as an index from 0; -1 where there is no token."""
        return self.position if self.position >= 0 else len(self.tokens) - 1

    @property
    def prefix(self) -> list[int]:
        """The ids up to the position, which is what the model sees."""
        return [int(token) for token in self.tokens.ids[: self.index + 1]]


@dataclass(frozen=True, eq=False)
class Scores:
    """The surprisals of a revision's tokens, (n,) float32 in nats, NaN for the first; or an error."""

    revision: int
    values: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    error: LLMWidgetsError | None = None


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the model said of a revision: a distribution after the tokens of `prefix`, or an error."""

    revision: int
    prefix: tuple[int, ...] = ()
    distribution: Distribution | None = None
    error: LLMWidgetsError | None = None

    @cached_property
    def summary(self) -> Summary | None:
        """The distribution's short form for the page, made when a view first asks."""
        return None if self.distribution is None else summarize(self.distribution.logits, self.prefix)
