"""A moment to which a session comes back: what a class begins with, however far it went from there."""

from __future__ import annotations

from dataclasses import dataclass

from llmwidgets.stages.sampling import Sampler
from llmwidgets.state import State
from llmwidgets.tokenizers.face import Tokenizer


@dataclass(frozen=True, eq=False)
class Moment:
    """Text, position, ways and sampler, with the tokenizer whose tokens they are, and the row of a batch.

    `chosen`: whether someone asked for it, so that a presentation that begins does not take another.
    """

    state: State
    sampler: Sampler
    face: Tokenizer
    row: int
    chosen: bool
