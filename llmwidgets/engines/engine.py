"""What a session asks of whatever runs the model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from llmwidgets.stages.distribution import Distribution

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Generator, Sequence

    import numpy as np
    import torch

    from llmwidgets.stages.capabilities import Capabilities
    from llmwidgets.stages.sampling import Sampler


MOST_STATES = 1_000
"""Tokens of a text whose hidden states are kept."""

MOST_ATTENDING = 256
"""Tokens of a text whose attention is computed: the weights are layers × heads × tokens² numbers, 71 MB for 256 tokens of SmolLM2-135M."""


Predicts = Literal["next", "masked", ""]
"""What a model predicts: the token after a text (a decoder), the token at a masked place of a text (an encoder), or none."""


@dataclass(frozen=True)
class Info:
    """What is held. `source`: "hub", "cache", "registry package", "folder" or "memory"; `bytes` of the weights; `context` in tokens, 0 unknown.

    `attends`: whether it has attention weights to give. `device`: where its arrays are; `runs_on`: where the model runs, "" where that is the same.
    `predicts`: "next", the token after those that the model sees; "masked", the token at a place that it sees from both sides; "" none. `layers`: how many hidden states a token has, the input embedding among them; `tied`: the input embeddings are the output's too, None
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
    predicts: Predicts
    can_embed: bool
    layers: int = 0
    tied: bool | None = None
    runs_on: str = ""
    attends: bool = True

    @property
    def can_predict(self) -> bool:
        """Whether there is a distribution."""
        return self.predicts != ""

    @property
    def causal(self) -> bool:
        """Whether each token sees only those before it, so that a text can be written on and its beginning be kept."""
        return self.predicts == "next"


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


@dataclass(frozen=True, eq=False)
class Prediction:
    """What comes after a text: `logits` (vocabulary,) float32 on the model's device; or, where a server returned only some tokens, None.

    Then `ids` (k,) int64 are the most probable of `vocabulary` tokens and `log_probs` (k,) float64 their natural log-probabilities.
    """

    logits: torch.Tensor | None
    ids: np.ndarray | None = None
    log_probs: np.ndarray | None = None
    vocabulary: int = 0

    @classmethod
    def partial(cls, ids: np.ndarray, log_probs: np.ndarray, vocabulary: int) -> Prediction:
        """What a server returned: its most probable tokens."""
        return cls(None, ids, log_probs, vocabulary)

    def log_prob_of(self, token: int) -> float:
        """What a server returned of a token, in nats; NaN where it is not among what was returned."""
        if self.ids is None or self.log_probs is None:
            return math.nan
        return next(
            (float(value) for each, value in zip(self.ids, self.log_probs, strict=True) if each == token), math.nan
        )

    def distribution(self, position: int, token_bytes: Callable[[int], bytes]) -> Distribution:
        """As a distribution after token `position`. Raises BadLogits, InvalidValue."""
        if self.ids is None:
            return Distribution.of(self.logits, position, token_bytes)
        return Distribution.partial(self.ids, self.log_probs, self.vocabulary, position, token_bytes)


@dataclass(frozen=True, eq=False)
class Written:
    """A token that a server drew: its log-probability by the model, NaN where that is not told, and what could have come there.

    The last one has no token (-1) and says in `finish` why the server ended: "stop" (the model ended its text), "length", or in its own words.
    """

    token: int
    log_prob: float = math.nan
    prediction: Prediction | None = None
    finish: str = ""


@dataclass(frozen=True)
class ServedVectors:
    """How whoever runs the model makes vectors of words itself: by which `model`, of how many `dimensions`; 0 where it makes none.

    `own`: that model is the session's, so that the session's tokens are those of the words.
    """

    model: str = ""
    dimensions: int = 0
    own: bool = True


class Engine(Protocol):
    """Runs one model for one session. Not thread-safe, `outdated` aside: the session calls it from its one worker."""

    info: Info

    @property
    def work(self) -> Work:
        """What it has cost so far."""

    @property
    def served_vectors(self) -> ServedVectors | None:
        """How whoever runs the model makes vectors of words itself; None where they are made here, or not at all."""

    @property
    def capabilities(self) -> Capabilities:
        """What it gives, exactly, in part or not at all."""

    @property
    def model(self) -> Any:
        """The model itself; None where there is none any more."""

    @property
    def generation_config(self) -> Any:
        """The model's own settings for `generate`; None where nobody tells them."""

    def predict(self, ids: Sequence[int], reply: int | None = None) -> Prediction:
        """What comes after `ids`; from place `reply` on they are what a model wrote, which only a chat tells apart."""

    def predict_at(self, ids: Sequence[int], place: int) -> Prediction:
        """What an encoder expects at `place` of `ids`, which have the mask token there."""

    def write(
        self, ids: Sequence[int], sampler: Sampler, most: int, stop: threading.Event, reply: int | None = None
    ) -> Generator[Written] | None:
        """Up to `most` tokens behind `ids` that whoever runs the model draws, as they come, until `stop` is set; None where the session draws from `predict`."""

    def outdated(self) -> None:
        """On any thread: the text has moved on, so a question under way need not be answered any more."""

    def reachable(self) -> bool:
        """On any thread: whether whoever runs the model can be asked. Costs nothing, and runs no model."""

    def beside(self) -> Engine:
        """Another engine on the same model, for another text, with a cache of its own. It ends with this one."""

    def logits(self, ids: Sequence[int]) -> torch.Tensor:
        """Logits of the token after `ids`, (vocabulary,) float32 on the model's device. Only what changed since the last call is computed."""

    def surprisals(self, ids: Sequence[int]) -> np.ndarray:
        """-log p of each token given those before it, (n,) float32 in nats; NaN for the first. Only what changed since the last call is computed."""

    def continuations(self, ids: Sequence[int], ends: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """-log p of each token of each of `ends` behind `ids`, (n,) float64 each in nats; NaN for a first token behind nothing.

        The beginning that they share is computed once.
        """

    def surprisals_at(
        self, ids: Sequence[int], places: Sequence[int], mask: int, wanted: Callable[[], bool]
    ) -> np.ndarray | None:
        """-log p of the tokens at `places`, each masked in turn and given all others, (places,) float32 in nats: an encoder's.

        None where `wanted` says no meanwhile; what was computed until then is kept for the next call.
        """

    def embeddings(self, ids: Sequence[int]) -> np.ndarray:
        """Input embeddings, (n,) to (n, dimensions) float32."""

    def embed_words(self, words: Sequence[str]) -> np.ndarray | None:
        """Vectors of words by whoever runs the model, (words, dimensions) float32; None where they are made here, of embeddings and states."""

    def table(self) -> torch.Tensor:
        """The input embeddings of the whole vocabulary, (rows, dimensions) in the model's dtype on its device: the weights themselves."""

    def record_states(self, on: bool) -> None:
        """Whether the passes to come keep the hidden states that they go through, so that `hidden_states` need not run again."""

    def hidden_states(self, ids: Sequence[int]) -> np.ndarray:
        """Hidden states of each token in its context, (layers, n, dimensions) float32: the input embeddings first, the last behind the model's last norm.

        Only what changed since the last call is computed. At most MOST_STATES tokens.
        """

    def attentions(self, ids: Sequence[int], first: int = 0, last: int | None = None) -> np.ndarray:
        """How much tokens `first` to `last` (exclusive; None: the end) attend to each token of `ids`, (layers, heads, last - first, n) float32.

        Of the layers that attend; grouped-query heads are as many as there are queries. At most MOST_ATTENDING tokens. Raises NotOffered.
        """

    def last_states(self, texts: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """The last hidden states of texts each for itself: one (tokens, dimensions) float32 a text."""

    def stop_ids(self) -> frozenset[int]:
        """Ids that end a text."""

    def forget(self) -> None:
        """Drops the cache of the last text."""

    def close(self) -> None:
        """Lets go of the model and of all memory that this engine took."""
