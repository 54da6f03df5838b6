"""What an engine can give: each ability exact, cut or absent, and which views that concerns. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from llmwidgets.columns import aligned
from llmwidgets.language import say

Extent = Literal["exact", "cut", "absent"]
"""Whether what comes is all there is and right to the last digit, only a part of it, or nothing."""

AbilityName = Literal[
    "tokens",
    "distribution",
    "surprisals",
    "writing",
    "sampling",
    "embeddings",
    "word_vectors",
    "hidden_states",
    "attentions",
    "calls",
]

MARKS: dict[Extent, str] = {"exact": "✓ exact", "cut": "◐ cut", "absent": "✗ absent"}
"""A sign and a word: what colour says is said without it."""

VIEWS: dict[AbilityName, tuple[str, ...]] = {
    "tokens": ("TokenView",),
    "distribution": ("NextTokenBar", "SamplerSlider"),
    "surprisals": ("TokenView", "ContinuationView"),
    "writing": ("TokenView", "NextTokenBar", "ContinuationView"),
    "sampling": ("SamplerSlider",),
    "embeddings": ("EmbeddingMap",),
    "word_vectors": ("EmbeddingMap",),
    "hidden_states": ("EmbeddingMap",),
    "attentions": ("TokenView",),
    "calls": ("PipelineStrip", "BeamTree"),
}
"""The views that show an ability."""


@dataclass(frozen=True)
class Ability:
    """One thing that an engine gives, or does not. `detail` says how much or why not; `code` and `values` say the same to the page's catalogue."""

    name: AbilityName
    extent: Extent
    code: str
    detail: str
    values: dict[str, object] = field(default_factory=dict)

    @property
    def views(self) -> tuple[str, ...]:
        """The views that show it."""
        return VIEWS[self.name]


@dataclass(frozen=True)
class Capabilities:
    """What an engine can give, ability by ability, in the order of the pipeline. `server`: what runs the model; `address` of it, "" in this process.

    >>> capabilities["distribution"].extent      # doctest: +SKIP
    'cut'
    """

    server: str
    address: str
    model: str
    abilities: tuple[Ability, ...]

    def __getitem__(self, name: str) -> Ability:
        for ability in self.abilities:
            if ability.name == name:
                return ability
        raise KeyError(name)

    def __repr__(self) -> str:
        rows = [
            (say(each.name.replace("_", " ")), say(MARKS[each.extent]), say(each.detail)) for each in self.abilities
        ]
        return "\n".join([say(self.title), *aligned(rows)])

    @property
    def title(self) -> str:
        """The model, and what runs it where."""
        where = f" at {self.address}" if self.address else ""
        return f"{self.model} by {self.server}{where}"
