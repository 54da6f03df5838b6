"""What a session asks of whatever runs the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import torch


MOST_STATES = 1_000
"""Tokens of a text whose hidden states are kept."""


@dataclass(frozen=True)
class Info:
    """What is held. `source`: "hub", "cache", "registry package", "folder" or "memory"; `bytes` of the weights; `context` in tokens, 0 unknown.

    `layers`: how many hidden states a token has, the input embedding among them; `tied`: the input embeddings are the output's too, None
    where there is no output.
    """

    name: str
    source: str
    device: str
    dtype: str
    parameters: int
    bytes: int
    vocabulary: int
    dimensions: int
    context: int
    can_predict: bool
    can_embed: bool
    layers: int = 0
    tied: bool | None = None


@dataclass(frozen=True)
class Work:
    """What a call cost: `forwards` of the model, tokens run through it, tokens taken from the cache, seconds."""

    forwards: int = 0
    tokens_computed: int = 0
    tokens_reused: int = 0
    seconds: float = 0.0

    def __add__(self, other: Work) -> Work:
        return Work(
            self.forwards + other.forwards,
            self.tokens_computed + other.tokens_computed,
            self.tokens_reused + other.tokens_reused,
            self.seconds + other.seconds,
        )


class Engine(Protocol):
    """Runs one model for one session. Not thread-safe: the session calls it from its one worker."""

    info: Info
    work: Work

    @property
    def model(self) -> Any:
        """The model itself; None where there is none any more."""

    def logits(self, ids: Sequence[int]) -> torch.Tensor:
        """Logits of the token after `ids`, (vocabulary,) float32 on the model's device. Only what changed since the last call is computed."""

    def surprisals(self, ids: Sequence[int]) -> np.ndarray:
        """-log p of each token given those before it, (n,) float32 in nats; NaN for the first. Only what changed since the last call is computed."""

    def embeddings(self, ids: Sequence[int]) -> np.ndarray:
        """Input embeddings, (n,) to (n, dimensions) float32."""

    def table(self) -> torch.Tensor:
        """The input embeddings of the whole vocabulary, (rows, dimensions) in the model's dtype on its device: the weights themselves."""

    def record_states(self, on: bool) -> None:
        """Whether the passes to come keep the hidden states that they go through, so that `hidden_states` need not run again."""

    def hidden_states(self, ids: Sequence[int]) -> np.ndarray:
        """Hidden states of each token in its context, (layers, n, dimensions) float32: the input embeddings first, the last behind the model's last norm.

        Only what changed since the last call is computed. At most MOST_STATES tokens.
        """

    def last_states(self, texts: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """The last hidden states of texts each for itself: one (tokens, dimensions) float32 a text."""

    def stop_ids(self) -> frozenset[int]:
        """Ids that end a text."""

    def forget(self) -> None:
        """Drops the cache of the last text."""

    def close(self) -> None:
        """Lets go of the model and of all memory that this engine took."""
