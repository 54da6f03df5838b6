"""NextTokenBar: the most probable next tokens."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import traitlets

from llmwidgets.errors import InvalidValue, Outdated
from llmwidgets.language import in_own_language, say
from llmwidgets.numbers import whole
from llmwidgets.session import ModelSession
from llmwidgets.stages.distribution import largest
from llmwidgets.stages.guessing import Guess, Score, ends_inside, first_token, judge
from llmwidgets.stages.tokens import spell
from llmwidgets.widgets import requests
from llmwidgets.widgets.bar_comparison import MOST_TYPED, Comparer
from llmwidgets.widgets.bar_figure import figure_of, in_nats, mirrored_figure_of
from llmwidgets.widgets.bar_source import open_other, open_source
from llmwidgets.widgets.base import PredictionView, check_language, held, weakly
from llmwidgets.widgets.encode import find_payload, guesses_payload
from llmwidgets.widgets.fallback import bars, visible
from llmwidgets.widgets.store import SessionStore, store_for

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from llmwidgets.prediction import PredictionSession
    from llmwidgets.stages.distribution import Distribution
    from llmwidgets.stages.divergence import Comparison
    from llmwidgets.widgets.payloads import BarSettings, FindPayload

MOST_FOUND = 200


class NextTokenBar(PredictionView):
    """The `k` most probable next tokens at the session's position, with what the sampler makes of them; a click on one appends it.

    NextTokenBar(session)                            follows a session; without one, the newest
    NextTokenBar(logits, tokenizer=tok)              (vocabulary,), (tokens, vocabulary) or (batch, tokens, vocabulary): a tensor of any
                                                     dtype, on any device, an array, lists
    NextTokenBar(model(**inputs), tokenizer=tok, input_ids=inputs)       a model's output, with the text that it is of
    NextTokenBar(probs, tokenizer=tok, values="probs")                   or values="log_probs"; `row` chooses a text of a batch
    NextTokenBar(Distribution.partial(...), tokenizer=tok)               of which a server returned only some tokens
    NextTokenBar(session, against="another text")    two at once: another text, another session or other logits, as mirrored bars
    NextTokenBar(session, predict=True)              the bars hide until someone has guessed

    `k` from 1 to 200; `measure` "probability", "log_probability", "logit" or "rank"; `scale` "linear" or "log": all three can be set
    here and in the page. The rest of the vocabulary is one more bar. Raises InvalidValue, and BadLogits for NaN.

    >>> NextTokenBar([2.0, 1.0, 0.0]).distribution.top(1)[0].id     # doctest: +SKIP
    0
    """

    name = "next_token_bar"
    needs_distribution = True
    # `close` runs for a view that was refused, too
    _other: SessionStore | None = None

    settings: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    guessed: Any = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    compared: Any = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)

    def __init__(
        self,
        source: Any = None,
        *,
        k: int = 10,
        measure: str = "probability",
        scale: str = "linear",
        predict: bool = False,
        against: Any = None,
        tokenizer: Any = None,
        input_ids: Any = None,
        values: str | None = None,
        row: int | None = None,
        language: str | None = None,
    ) -> None:
        given = {"tokenizer": tokenizer, "input_ids": input_ids, "values": values, "row": row}
        opened = open_source(source, given)
        self._chosen: dict[str, Any] = _checked({"k": k, "measure": measure, "scale": scale})
        self._predict = _switch("predict", predict)
        check_language(language)
        self._drawing = threading.RLock()
        self._seen: dict[str, int] = {}
        self._guesses: tuple[Guess, ...] = ()
        other = None if against is None else open_other(opened, against)
        self._held_other = None if other is None else held(other.session)
        self._made = other is not None and other.made
        self._comparer: Comparer | None = None
        self._follow = weakly(self._compare_both)
        super().__init__(opened, language=language)
        self._redraw()
        if other is not None:
            self._hold_against(opened, other.session)

    # what is shown

    @property
    def distribution(self) -> Distribution:
        """The distribution shown; waits for the model."""
        return self.session.distribution

    @property
    def k(self) -> int:
        """How many tokens have a bar, 1 to 200. Setting another value raises InvalidValue."""
        k: int = self._chosen["k"]
        return k

    @k.setter
    def k(self, k: int) -> None:
        self._choose(k=k)

    @property
    def measure(self) -> str:
        """What the bars measure: "probability", "log_probability", "logit" or "rank"."""
        return str(self._chosen["measure"])

    @measure.setter
    def measure(self, measure: str) -> None:
        self._choose(measure=measure)

    @property
    def scale(self) -> str:
        """The scale of probabilities: "linear" or "log"."""
        return str(self._chosen["scale"])

    @scale.setter
    def scale(self, scale: str) -> None:
        self._choose(scale=scale)

    # predict first

    @property
    def predict(self) -> bool:
        """Whether the bars hide until someone has guessed."""
        return self._predict

    @predict.setter
    def predict(self, predict: bool) -> None:
        self._predict = _switch("predict", predict)
        self._redraw()

    @property
    def guesses(self) -> tuple[Guess, ...]:
        """The guesses so far, newest last."""
        return self._guesses

    @property
    def guess(self) -> Guess | None:
        """The newest guess."""
        return self._guesses[-1] if self._guesses else None

    @property
    def score(self) -> Score:
        """How the guesses went: `right` of `total` were the model's first choice."""
        return Score.of(self._guesses)

    # two at once

    @property
    def against(self) -> PredictionSession | None:
        """The session on the other side; None without one."""
        return None if self._other is None else cast("PredictionSession", self._other.session)

    @property
    def comparison(self) -> Comparison | None:
        """How the two distributions differ: `kl` and `kl_back` in nats, the tokens that differ most. Waits for both; None without another side."""
        other = self.against
        if other is None or self._comparer is None:
            return None
        while True:
            _ = self.session.distribution, other.distribution
            if self._compare_both():
                return self._comparer.comparison

    # pictures

    @in_own_language
    def figure(self) -> Figure:
        """The bars as a plotly Figure, most probable on top: raw and sampled, with the last draws if there are any; or both sides mirrored."""
        other = self.against
        if other is not None:
            return mirrored_figure_of(self.comparison, self.session, other, self.k)
        return figure_of(self.session, self.k)

    def close(self) -> None:
        """See View. A session that was made for the other side ends."""
        if self._other is not None and self.comm is not None:
            self._other.need_distribution(-1)
            for session in (self._store.session_or_none, self._other.session_or_none):
                if session is not None:
                    session.detach(self._follow)
            made = self._other.session_or_none
            if self._made and isinstance(made, ModelSession):
                made.close()
        self._held_other = None
        super().close()

    def handle(self, message: dict[str, Any], client: str, rid: int) -> object:
        """See PageWidget."""
        kind = message.get("kind")
        if kind == "bar":
            self._set(requests.bar_settings(message), client, rid)
        elif kind == "guess":
            self._guess(requests.guess(message), requests.revision(message))
        elif kind == "forget":
            self._guesses = ()
            self._redraw()
        elif kind == "find":
            return self._find(requests.typed(message))
        elif kind == "against":
            self._retype(requests.typed(message, MOST_TYPED))
        else:
            return super().handle(message, client, rid)
        return None

    # inside

    def _choose(self, **chosen: Any) -> None:
        with self._drawing:
            self._chosen = {**self._chosen, **_checked(chosen)}
            self._redraw()

    def _set(self, asked: dict[str, Any], client: str, rid: int) -> None:
        with self._taking(client, rid):
            self._choose(**asked)

    def _redraw(self) -> None:
        """Assigns the traits that may have changed."""
        with self._drawing, self.hold_sync():
            settings: BarSettings = {
                "k": self.k,
                "measure": self._chosen["measure"],
                "scale": self._chosen["scale"],
                "predict": self._predict,
                "seen": self._seen,
            }
            self.settings = dict(settings)
            guessed = guesses_payload(self._guesses, self.score, self._store.vocabulary)
            self.guessed = dict(guessed) if self._predict else None

    def _guess(self, guess: str | int, revision: int) -> None:
        session = self.session
        state, outcome = session.state, session.outcome
        distribution = outcome.distribution
        if distribution is None or not revision == outcome.revision == state.revision:
            msg = "The text has changed, so a guess at what follows cannot be judged."
            raise Outdated(msg, hint="Guess again.", base=revision, revision=state.revision)
        if any(made.revision == revision for made in self._guesses):
            msg = "This token was guessed already."
            raise InvalidValue(msg, hint="Go on to the next.", name="guess", value=str(guess), allowed="one guess")
        if isinstance(guess, int):
            text, token, alone = spell(session.token_bytes(guess)), guess, True
        else:
            text = guess
            token, alone = first_token(session.face, guess, state.before, distribution)
        begun = not alone and ends_inside(session.token_bytes(token))
        judged = judge(distribution, token, text, revision=revision, whole=alone, open_=begun)
        with self._drawing:
            self._guesses = (*self._guesses, judged)
            self._redraw()

    def _find(self, query: str) -> FindPayload:
        """Tokens by text, most probable first."""
        session = self.session
        outcome = session.outcome
        if outcome.distribution is None:
            msg = "There is no distribution yet."
            raise Outdated(msg, hint="Search again.", base=outcome.revision, revision=session.state.revision)
        logits, returned = outcome.distribution.logits, outcome.distribution.returned
        found = session.face.search(query, limit=logits.size).matches
        ids = np.asarray([symbol.id for symbol in found if symbol.id is not None and symbol.id < logits.size], np.int64)
        if returned is not None:
            ids = ids[np.isin(ids, returned)]
        ids.sort()  # equal logits in id order
        top = ids[largest(logits[ids], MOST_FOUND)]
        return find_payload(query, logits, top.tolist(), len(ids), self._store.vocabulary, outcome.revision)

    def _hold_against(self, session: PredictionSession, other: PredictionSession) -> None:
        self._other = store_for(other)
        self._comparer = Comparer(session, other, can_type=self._made)
        for each in {session, other}:
            each.attach(self._follow)
        self._other.need_distribution(1)
        self._compare_both()

    def _compare_both(self) -> bool:
        """After every change of either session, on the thread that made it. Whether both have said what they think of their newest text."""
        if self._comparer is None:
            return False
        with self._drawing:
            payload = self._comparer.payload()
            if payload is not None:
                self.compared = dict(payload)
        return payload is not None

    def _retype(self, text: str) -> None:
        other = self.against
        if other is None or not self._made:
            msg = "The other side has no text that could be changed."
            raise InvalidValue(msg, hint="Give a text: against='...'.", name="against", value="none", allowed="a text")
        other.edit(text)

    def _picture(self) -> str:
        distribution = self.distribution
        masked = self.session.info.predicts == "masked"
        if self._predict:
            return bars("Token at this place: guess first" if masked else "Next token: guess first", [])
        top = distribution.top(self.k)
        rest = max(0.0, 1 - sum(candidate.probability for candidate in top))
        rows = [
            (f"{visible(candidate.piece) or say('no token')} ({candidate.id})", candidate.probability)
            for candidate in top
        ]
        others = len(distribution.logits) - distribution.unknown.tokens - len(top)
        if others:
            rows.append((say(f"{others:,} other tokens"), max(0.0, rest - distribution.rest)))
        if distribution.is_partial:
            rows.append((say(f"{distribution.unknown.tokens:,} not returned"), distribution.rest))
        entropy = in_nats(distribution.entropy_bounds)
        return bars(f"Token at this place, entropy {entropy}" if masked else f"Next token, entropy {entropy}", rows)

    def _in_words(self) -> str:
        if self._predict:
            return f"NextTokenBar(predict=True, {self.score!r})"
        return f"NextTokenBar(k={self.k}, {self.distribution!r})"


def _checked(chosen: dict[str, Any]) -> dict[str, Any]:
    """Settings that a bar can have. Raises InvalidValue for others."""
    for name, value in chosen.items():
        if name == "k":
            chosen = {**chosen, "k": whole("k", value, 1, requests.MOST_BARS)}
        elif value not in (allowed := _CHOICES[name]):
            listed = ", ".join(map(repr, allowed))
            msg = f"{name} cannot be {value!r:.60}."
            raise InvalidValue(msg, hint=f"It takes {listed}.", name=name, value=f"{value!r:.60}", allowed=listed)
    return chosen


_CHOICES = {"measure": requests.MEASURES, "scale": requests.SCALES}


def _switch(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise InvalidValue(
        f"{name} cannot be {value!r:.60}.",
        hint="It takes True or False.",
        name=name,
        value=f"{value!r:.60}",
        allowed="True, False",
    )
