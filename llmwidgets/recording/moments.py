"""What a recording consists of. Plain values; the same ones are recorded, written down, read and shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from llmwidgets.stages.drawn import Drawn
from llmwidgets.stages.kept import Kept

if TYPE_CHECKING:
    from llmwidgets.engines.engine import Info
    from llmwidgets.errors import LLMWidgetsError
    from llmwidgets.stages.distribution import Distribution
    from llmwidgets.stages.sampling import Origin, Sampler
    from llmwidgets.state import Outcome, State, Status
    from llmwidgets.tokenizers.face import Tokenizer

Kind = Literal["model", "logits", "text"]


@dataclass(frozen=True, eq=False)
class Held:
    """What a session held besides the text: the model by name and size, the tokenizer's `face`, and what the model's own `generate` would do."""

    kind: Kind
    info: Info
    tokenizer: str
    face: Tokenizer
    own: Sampler
    origins: dict[str, Origin]

    def same(self, other: Held) -> bool:
        """Whether another is of the same model and tokenizer."""
        return self is other or (self.face is other.face and self.info == other.info and self.own == other.own)


@dataclass(frozen=True)
class Note:
    """A remark, `seconds` after the begin."""

    seconds: float
    text: str


@dataclass(frozen=True, eq=False)
class KeptDraws:
    """Draws, counted: `ids` (distinct,) most frequent first, `counts`, and `probabilities` float32 with which each was drawn.

    `order` (n,) lists the draws one by one as indices into `ids`; empty where they are too many to be watched. `rest`: the probability of all tokens that were
    not returned (-1).
    """

    ids: np.ndarray
    counts: np.ndarray
    probabilities: np.ndarray
    order: np.ndarray
    sampler: Sampler
    device: str
    rest: float

    @classmethod
    def of(cls, drawn: Drawn, most: int) -> KeptDraws:
        """From draws, one by one where they are no more than `most`."""
        ids, counts = drawn.counted
        probabilities = np.asarray([drawn.probability(token) for token in ids.tolist()], np.float32)
        order = np.empty(0, np.int64)
        if len(drawn.ids) <= most:
            by_id = np.argsort(ids)
            order = by_id[np.searchsorted(ids[by_id], drawn.ids)]
        return cls(ids, counts, probabilities, order, drawn.sampler, drawn.device, drawn.rest)

    def drawn(self, distribution: Distribution, revision: int) -> Drawn:
        """The draws from this distribution. Where their order was not kept, equal ones stand together."""
        probs = np.full(distribution.logits.size, np.nan, np.float32)
        named = self.ids >= 0
        probs[self.ids[named]] = self.probabilities[named]
        ids = self.ids[self.order] if self.order.size else np.repeat(self.ids, self.counts)
        return Drawn(ids, probs, distribution, self.sampler, self.device, revision, self.rest)


@dataclass(frozen=True, eq=False)
class Step:
    """A moment of a class: what the session held and showed, `seconds` after the begin.

    `kept`: the distribution at its position; None where there was none, or it was not awaited. `scores` (n,) float32: the tokens' surprisals in nats,
    where they were computed. `error`: what stood in the way. `row`: which text of a batch it is.
    """

    seconds: float
    held: Held
    state: State
    sampler: Sampler
    status: Status
    kept: Kept | None = None
    draws: KeptDraws | None = None
    scores: np.ndarray | None = None
    error: LLMWidgetsError | None = None
    row: int = 0
    notes: tuple[Note, ...] = ()

    def with_note(self, note: Note) -> Step:
        """The step with one more remark."""
        return replace(self, notes=(*self.notes, note))


@dataclass(frozen=True, eq=False)
class Recording:
    """The steps of a class in order, at least one. `writer`: the version of llmwidgets that wrote it."""

    steps: tuple[Step, ...]
    writer: str = ""

    def __len__(self) -> int:
        return len(self.steps)


@dataclass
class Shortening:
    """Makes values short, each once: what several steps share stays one value."""

    most_draws: int
    _kept: tuple[Outcome | None, Kept | None] = (None, None)
    _draws: tuple[Drawn | None, KeptDraws | None] = (None, None)

    def kept(self, outcome: Outcome, state: State) -> Kept | None:
        """A distribution, short."""
        known, kept = self._kept
        if known is not outcome:
            distribution, summary = outcome.distribution, outcome.summary
            kept = None
            if distribution is not None and summary is not None:
                kept = Kept.of(distribution, summary, outcome.head, state.came)
            self._kept = (outcome, kept)
        return kept

    def draws(self, drawn: Drawn | None) -> KeptDraws | None:
        """Draws, short."""
        known, kept = self._draws
        if drawn is not known:
            kept = None if drawn is None else KeptDraws.of(drawn, self.most_draws)
            self._draws = (drawn, kept)
        return kept
