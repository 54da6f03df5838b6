"""PredictionSession: a text whose next token has a distribution, and the sampler that draws from it.

Not here: where the distribution comes from: a model (answering.py), or logits that someone has (logits.py).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from dataclasses import replace as changed
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.draws import Draws, seeded
from llmwidgets.errors import InvalidValue, NotReturned
from llmwidgets.numbers import whole
from llmwidgets.stages.drawn import Drawn
from llmwidgets.stages.sampling import Sampler, draw
from llmwidgets.stages.tokens import UNKNOWN
from llmwidgets.text import TextSession

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from llmwidgets.preparing import Moment
    from llmwidgets.stages.distribution import Distribution
    from llmwidgets.stages.sampling import Filtered, Order, Origin
    from llmwidgets.state import Outcome

MOST_DRAWS = 1_000_000
MOST_DRAWS_SHOWN = 100_000
"""Draws that travel to the page, which shows them one by one."""


@dataclass(frozen=True, eq=False)
class Chain:
    """What a sampler makes of a distribution, kept for further draws: `probs` of each token, or of those of `ids` and of no other."""

    outcome: Outcome
    sampler: Sampler
    filtered: Filtered
    probs: torch.Tensor
    ids: np.ndarray | None


class PredictionSession(TextSession, ABC):
    """A session with a next-token distribution. See ModelSession and LogitsSession, which say where it comes from."""

    def __init__(self, tokenizer: Any, **options: Any) -> None:
        super().__init__(tokenizer, **options)
        self._sampler = Sampler()
        self._own_sampler = Sampler()
        self._origins: dict[str, Origin] = {}
        self._draws = Draws()
        self._chain: Chain | None = None
        self._drawn: Drawn | None = None

    @property
    @abstractmethod
    def distribution(self) -> Distribution:
        """The next-token distribution after the position: logits (vocabulary,) float32."""

    @property
    def device(self) -> str:
        """Where the distribution is computed and drawn from."""
        return self.info.device or "cpu"

    # the sampler

    @property
    def sampler(self) -> Sampler:
        """How the next token is drawn. Set it to change it: `session.sampler = session.sampler.replace(temperature=0.7)`.

        A new seed starts the draws anew.
        """
        return self._sampler

    @sampler.setter
    def sampler(self, sampler: Sampler) -> None:
        self._set_sampler(sampler)

    def _set_sampler(self, sampler: Sampler) -> None:
        if not isinstance(sampler, Sampler):
            msg = f"The sampler must be a Sampler, not {type(sampler).__name__}."  # type: ignore[unreachable]  # a user assigns anything
            hint = "session.sampler = Sampler(temperature=0.7)"
            raise InvalidValue(msg, hint=hint, name="sampler", value=type(sampler).__name__, allowed="a Sampler")
        with self._lock:
            self._take_sampler(sampler)
        self._notify()

    def _take_sampler(self, sampler: Sampler) -> None:
        if sampler.seed != self._sampler.seed:
            self._draws.restart()
            self._history = [(state, None) for state, _ in self._history]
        self._sampler = sampler

    @property
    def own_sampler(self) -> Sampler:
        """What `model.generate(do_sample=True)` would do by itself."""
        return self._own_sampler

    @property
    def sampler_origins(self) -> dict[str, Origin]:
        """Where each setting of `own_sampler` that is not neutral comes from: "generation_config" or "transformers"."""
        return dict(self._origins)

    # draws

    @property
    def filtered(self) -> Filtered:
        """The distribution after the sampler: what each stage removed. Waits for the distribution."""
        return self._filter().filtered

    def sample(self, n: int = 1) -> Drawn:
        """N draws of the next token, counted, most frequent first; the text stays, and views show the draws.

        With a seed they are those of `torch.manual_seed(seed)` and one `torch.multinomial(probs, n, replacement=n > 1)` on
        `device`; `probability` of each candidate is the one that it was drawn with. 1 to 1,000,000, else InvalidValue.

        Of a partial distribution `probs` are those of the tokens returned, most probable first, and then of all others together,
        which count as one candidate with the id -1. Raises NotReturned where the sampler asks for more than was returned.
        """
        n = whole("n", n, 1, MOST_DRAWS)
        chain = self._filter()
        if not chain.filtered.exact:
            raise _not_returned(chain)
        places = draw(chain.probs, n, seeded(chain.sampler.seed, chain.probs.device)).cpu().numpy()
        ids = places if chain.ids is None else chain.ids[places]
        outcome = chain.outcome
        assert outcome.distribution is not None  # noqa: S101 (a chain is of one)
        drawn = Drawn(
            ids,
            chain.filtered.probs,
            outcome.distribution,
            chain.sampler,
            self.device if chain.ids is None else "cpu",
            outcome.revision,
            chain.filtered.rest,
        )
        self._drawn = drawn
        self._notify()
        return drawn

    @property
    def drawn(self) -> Drawn | None:
        """The last draws, as long as the text, the position and the sampler are those that they were drawn with. Does not wait."""
        drawn = self._drawn
        if drawn is None or drawn.revision != self._state.revision or drawn.sampler != self._sampler:
            return None
        return drawn

    def show_draws(self, drawn: Drawn) -> None:
        """Draws that were made elsewhere from this session's distribution, shown as its own, with the sampler that made them."""
        self.sampler = drawn.sampler
        self._drawn = changed(drawn, revision=self._state.revision)
        self._notify()

    def request_sample(self, n: int) -> None:
        """`sample` for the page."""
        check_shown(n)
        self.sample(n)

    def want_distribution(self, wanted: bool = True, *, by: str = "views") -> None:
        """Whether someone, the views or a recording, shows the distribution, so that each change of the text has to be followed."""

    def actions(self) -> dict[str, Callable[..., object]]:
        """See TextSession."""
        return {**super().actions(), "draw": self.request_sample}

    def chain(self, sampler: Sampler, outcome: Outcome, order: Order = "transformers") -> Filtered:
        """A sampler over an outcome's distribution, on the session's device."""
        import torch

        distribution = outcome.distribution
        assert distribution is not None  # noqa: S101 (whoever asks has looked)
        prefix = [token for token in outcome.prefix if token >= 0]
        if distribution.is_partial:
            return sampler.apply(distribution, prefix, order=order)
        return sampler.apply(torch.as_tensor(distribution.logits, device=self.device), prefix, order=order)

    def _filter(self) -> Chain:
        import torch

        distribution, sampler = self.distribution, self._sampler
        chain = self._chain
        if chain is not None and chain.outcome.distribution is distribution and chain.sampler == sampler:
            return chain
        outcome = self.outcome
        if outcome.distribution is not distribution:  # the text was changed meanwhile
            return self._filter()
        filtered, returned = self.chain(sampler, outcome), distribution.returned
        if returned is None:
            ids, probs = None, torch.as_tensor(filtered.probs, device=self.device)
        else:
            ids = np.append(returned, UNKNOWN)
            probs = torch.as_tensor(np.append(filtered.probs[returned], np.float32(filtered.rest)))
        chain = self._chain = Chain(outcome, sampler, filtered, probs, ids)
        return chain

    def _let_go(self) -> None:
        """Lets go of what was computed for draws."""
        self._chain, self._drawn, self._draws = None, None, Draws()

    def _place(self) -> torch.Tensor | None:
        return self._draws.place()

    def _come_back(self, moment: Moment) -> None:
        super()._come_back(moment)
        self._take_sampler(moment.sampler)

    def _restart(self) -> None:
        self._draws.restart()

    def _return_to(self, place: Any) -> None:
        if self._sampler.seed is not None:
            self._draws.go_to(place)


def _not_returned(chain: Chain) -> NotReturned:
    distribution = chain.outcome.distribution
    assert distribution is not None  # noqa: S101 (a chain is of one)
    assert distribution.returned is not None  # noqa: S101 (else it is exact)
    count = len(distribution.returned)
    return NotReturned(
        f"Only {count:,} of {len(distribution.logits):,} tokens were returned, so that the probabilities after this sampler are "
        "not known well enough to draw by them.",
        hint=f"Set top_k to at most {count}, or temperature and the others to neutral.",
        returned=count,
    )


def check_shown(n: int) -> None:
    """Raises InvalidValue for a number of draws that the page does not show; `session.sample(n)` in a cell takes more."""
    whole("n", n, 1, MOST_DRAWS_SHOWN)
