"""How much a recording holds. Who records stops where who reads would refuse: what was written down can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmwidgets.stages.distribution import BINS, HEAD

if TYPE_CHECKING:
    from llmwidgets.recording.moments import Step

MOST_STEPS = 10_000
MOST_MODELS = 100
MOST_TEXTS = 2 * MOST_STEPS
"""Those of the steps, and those of the ways that were left."""
MOST_TOKENS = 10_000_000
"""Tokens of all texts together; as many places of choices in all steps together."""
MOST_CHARACTERS_TOLD = 100_000_000
"""Characters of all texts together."""
MOST_CHOICES = 1_000_000
MOST_NUMBERS = 200_000_000
"""Numbers of all packed arrays together."""
MOST_NOTE = 2_000
MOST_NAME = 300
MOST_SAID = 4_000
"""Characters of a note, of a name, and of what an error says."""


class Room:
    """What the steps of a recording that grows take; `left_for` tells whether others find room. What several steps share counts once."""

    def __init__(self) -> None:
        self._models: set[int] = set()
        self._texts: set[tuple[int, int]] = set()
        self._forks: set[int] = set()
        self._choices: set[int] = set()
        self._tokens = self._characters = self._places = self._numbers = 0

    def take(self, step: Step) -> None:
        """A step that stays. It is to be kept alive, for what it consists of is known by its place in memory."""
        state = step.state
        forks = [fork for fork in state.forks if id(fork) not in self._forks]
        self._models.add(id(step.held))
        self._forks |= set(map(id, forks))
        for tokens in (state.tokens, *(fork.tokens for fork in forks)):
            if (key := (id(step.held), id(tokens))) not in self._texts:
                self._texts.add(key)
                self._tokens += len(tokens)
                self._characters += len(tokens.text)
        for choices in (state.choices, *(fork.choices for fork in forks)):
            self._choices |= set(map(id, choices))
            self._places += len(choices)
        self._numbers += _numbers(step)

    def left_for(self, *steps: Step) -> bool:
        """Whether further steps find room, counted as if they shared nothing."""
        forks = [fork for step in steps for fork in step.state.forks]
        texts = [step.state.tokens for step in steps] + [fork.tokens for fork in forks]
        places = sum(len(step.state.choices) for step in steps) + sum(len(fork.choices) for fork in forks)
        return (
            len(self._models) + len(steps) <= MOST_MODELS
            and len(self._texts) + len(texts) <= MOST_TEXTS
            and len(self._forks) + len(forks) <= MOST_STEPS
            and self._tokens + sum(map(len, texts)) <= MOST_TOKENS
            and self._characters + sum(len(tokens.text) for tokens in texts) <= MOST_CHARACTERS_TOLD
            and len(self._choices) + places <= MOST_CHOICES
            and self._places + places <= MOST_TOKENS
            and self._numbers + sum(map(_numbers, steps)) <= MOST_NUMBERS
        )


def _numbers(step: Step) -> int:
    """At most so many: its distribution may come later."""
    count = len(step.state.tokens)
    drawn = 0 if step.draws is None else 3 * step.draws.ids.size + step.draws.order.size
    return 3 * (HEAD + count + BINS) + count + drawn
