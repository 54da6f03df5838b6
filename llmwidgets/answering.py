"""AnsweringSession: what a model says of the text: distribution, surprisals, hidden states, attention.

Each is computed once a revision for all who ask, on the session's worker: a cell that waits for it, and views that want it with every
change. The newest revision goes first, and what was asked of an older one is skipped.

Not here: how a model is run (engines/), what is written behind the text (generating.py), whose model it is (session.py).
"""

from __future__ import annotations

import weakref
from abc import ABC
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from llmwidgets.engines.engine import MOST_ATTENDING, MOST_STATES
from llmwidgets.errors import (
    EmptyText,
    LLMWidgetsError,
    NoMaskToken,
    NotOffered,
    ServerUnreachable,
    SessionClosed,
    in_words,
)
from llmwidgets.generating import WritingSession
from llmwidgets.returning import Returning
from llmwidgets.stages.choices import Ending
from llmwidgets.state import Attending, Doing, Hidden, Outcome, Scores, State, Status
from llmwidgets.worker import until_told

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmwidgets.engines.engine import Info, Prediction
    from llmwidgets.engines.opening import Opened
    from llmwidgets.stages.distribution import Distribution
    from llmwidgets.writing import Run

Found = TypeVar("Found", Scores, Hidden)


class AnsweringSession(WritingSession, ABC):
    """A session whose text a model has answers to. See ModelSession."""

    def __init__(self, opened: Opened) -> None:
        super().__init__(opened)
        # the revision that the engine was asked about last
        self._asked_of = -1
        self._wanting: frozenset[str] = frozenset()
        self._scoring = self._stating = self._attending_wanted = False
        self._scores = Scores(-1)
        self._hidden = Hidden(-1)
        self._attending = Attending(-1)
        self._queued = False
        self._closed = False
        self._returning = Returning(_looking(weakref.ref(self)))
        weakref.finalize(self, self._returning.end).atexit = False

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def status(self) -> Status:
        """What the session is doing now. Does not wait."""
        run, revision = self._run, self._state.revision
        error = self._failure or (self._outcome.error if self._outcome.revision == revision else None)
        shown = None if isinstance(error, EmptyText) else error
        # why it ended is said as long as the text is the one that was written
        written = self._state.ending is run.ending or run.revision == revision
        ending = run.ending if written else Ending()
        return Status(
            self._doing(run, shown),
            revision,
            run.generated,
            run.max_new_tokens,
            run.generated / run.seconds if run.seconds > 0 else 0.0,
            ending.reason,
            ending.by,
            None if self._closed or run.active else shown,
        )

    def settle(self) -> None:
        """See TextSession."""
        # what views want of a text is asked for with its change, and done in turn
        self._worker.run(lambda: None)

    # the distribution

    @property
    def distribution(self) -> Distribution:
        """The next-token distribution after the position: logits (vocabulary,) float32. Waits for the model.

        Of an encoder it is that of the token at the position, which is masked for the model; it sees both sides. Raises EmptyText,
        TextTooLong, BadLogits, NotACausalModel, NoMaskToken, OutOfMemory, SessionClosed.
        """
        tried = -1
        while True:
            self._check_open()
            outcome = self._outcome
            revision = outcome.revision if outcome.revision == self._state.revision else -1
            if revision >= 0 and outcome.distribution is not None:
                return outcome.distribution
            if outcome.error is not None and revision >= 0 and (revision == tried or not outcome.error.passing):
                raise outcome.error.with_traceback(None)
            tried = self._state.revision
            self._worker.run(lambda: self._compute(again=True))

    @property
    def outcome(self) -> Outcome:
        """The newest result that there is, which may belong to an older revision. Does not wait."""
        return self._outcome

    def want_distribution(self, wanted: bool = True, *, by: str = "views") -> None:
        """Whether each change of text or position is followed by a forward pass, since someone, the views or a recording, shows its result."""
        with self._lock:
            before = self._wanted
            self._wanting = self._wanting | {by} if wanted else self._wanting - {by}
        if before != self._wanted:
            self._changed()

    # surprisals

    @property
    def surprisals(self) -> np.ndarray:
        """-log p of each token of the text given those before it, (n,) float32 in nats; NaN for the first. Waits for the model.

        Of an encoder, given all others: each token is masked in turn, the first one too (their sum is the pseudo-log-likelihood, less its
        sign); NaN for special tokens. That is a forward pass of the whole text for each token. Raises as `distribution` does, but for an empty text, which has none.
        """
        return self._newest(lambda: self._score(again=True)).values

    @property
    def scores(self) -> Scores:
        """The newest surprisals that there are, which may belong to an older revision. Does not wait."""
        return self._scores

    def want_surprisals(self, wanted: bool = True) -> None:
        """Whether each change of the text is followed by its tokens' surprisals, since a view shows them."""
        if wanted != self._scoring:
            self._scoring = wanted
            self._changed()

    # hidden states

    @property
    def hidden_states(self) -> np.ndarray:
        """The text's tokens in their context, (layers, n, dimensions) float32: 0 the input embeddings, the last behind the model's last norm. Waits for the model.

        At most the first 1,000 tokens. Raises TextTooLong, OutOfMemory, SessionClosed, ModelFailed.
        """
        return self._newest(lambda: self._state_layers(again=True)).values

    @property
    def hidden(self) -> Hidden:
        """The newest hidden states that there are, which may belong to an older revision. Does not wait."""
        return self._hidden

    def want_hidden_states(self, wanted: bool = True) -> None:
        """Whether each change of the text is followed by its tokens' hidden states, since a view shows them."""
        if wanted == self._stating:
            return
        self._stating = wanted
        if self._closed:
            return
        self._worker.submit(lambda: self._engine.record_states(wanted))
        if wanted:
            self._changed()
        else:
            self._hidden = Hidden(-1)

    # attention

    @property
    def attentions(self) -> np.ndarray:
        """How much each token of the text attends to each, (layers, heads, n, n) float32: row = query, every row sums to 1. Waits for the model.

        Computed by transformers' eager attention. Of a decoder, what stands after a token has 0; of an encoder-decoder it is the encoder's.
        Of the layers that attend, where a model has others between them. A model may have a sink of its own beside its tokens (gpt-oss), to
        which a row's missing rest goes. At most the first 256 tokens. Raises NotOffered for a model or a server that gives none, and for a longer
        text of which each token sees all others; TextTooLong, OutOfMemory, SessionClosed.

        >>> session.attentions[:, :, -1].mean((0, 1))     # of the last token, over all layers and heads      # doctest: +SKIP
        """
        self._check_open()
        # what is known of a text is known of one that is tokenised alike
        ask = lambda: self._engine.attentions(_attending_ids(self._state, self.info))  # noqa: E731
        return until_told(lambda: self._worker.run(ask))

    @property
    def attending(self) -> Attending:
        """How much the token at the position attends to each, as the newest that there is, which may belong to an older revision. Does not wait."""
        return self._attending

    def want_attentions(self, wanted: bool = True) -> None:
        """Whether each change of text or position is followed by what its token attends to, since a view shows it."""
        if wanted == self._attending_wanted:
            return
        self._attending_wanted = wanted
        if wanted and not self._closed:
            self._changed()
        elif not wanted:
            self._attending = Attending(-1)

    # inside: what follows runs under the lock or on the worker

    def _check_open(self) -> None:
        if self._closed:
            msg = "This session is closed."
            raise SessionClosed(msg, hint="Make a new one: ModelSession(...).")

    def _doing(self, run: Run, error: LLMWidgetsError | None) -> Doing:
        if self._closed:
            return "closed"
        if run.active:
            return "generating"
        if error is not None:
            return "error"
        return "busy" if self._behind() else "ready"

    @property
    def _wanted(self) -> bool:
        return bool(self._wanting)

    def _wants(self) -> tuple[tuple[bool, Outcome | Scores | Hidden | Attending], ...]:
        """What views can want of a revision: whether one does, and the newest answer."""
        return (
            (self._wanted, self._outcome),
            (self._scoring, self._scores),
            (self._stating, self._hidden),
            (self._attending_wanted, self._attending),
        )

    def _behind(self) -> bool:
        """Whether a view waits for what the model has not said yet."""
        revision = self._state.revision
        return any(wanted and found.revision != revision for wanted, found in self._wants())

    def _newest(self, ask: Callable[[], Found]) -> Found:
        """What the worker finds of the newest revision, asked again where the text has moved on meanwhile. Raises what stands in its way."""
        while True:
            self._check_open()
            found = self._worker.run(ask)
            if found.revision == self._state.revision:
                break
        if found.error is not None:
            raise found.error.with_traceback(None)
        return found

    def _is_known(self, found: Outcome | Scores | Hidden | Attending, state: State, *, again: bool) -> bool:
        """Whether nothing is to be asked of a state: it is answered (`again` retries what failed), or the session is closed."""
        return self._closed or (found.revision == state.revision and not (again and found.error))

    def _changed(self) -> None:
        """Tells the views, and lets the worker compute if one of them shows a distribution. At most one such job waits."""
        with self._lock:
            self._failure = None
            moved_on = self._asked_of != self._state.revision
            queue = self._behind() and not self._queued and not self._closed
            self._queued = self._queued or queue
        if moved_on:
            self._engine.outdated()
        if queue:
            # first, so that the model works while the views are told
            self._worker.submit(self._follow)
        self._notify()

    def _follow(self, *, again: bool = False) -> None:
        """On the worker: what views want of the newest revision; `again` retries what failed. What was asked for before it is skipped."""
        with self._lock:
            self._queued = False
        causal = self.info.causal
        # first, for its pass leaves behind the keys and values from which the distribution needs one token more
        if self._scoring and causal:
            self._score(again=again)
        if self._wanted:
            self._compute(again=again)
        # an encoder's takes a pass for each token
        if self._scoring and not causal:
            self._score(again=again)
        # last, for the passes before it have kept the states that they went through
        if self._stating:
            self._state_layers(again=again)
        if self._attending_wanted:
            self._attend(again=again)
        if self._is_lost():
            self._returning.begin()

    def _is_lost(self) -> bool:
        """Whether a view waits for a server that could not be reached."""
        revision = self._state.revision
        return not self._closed and any(
            wanted and found.revision == revision and isinstance(found.error, ServerUnreachable)
            for wanted, found in self._wants()
        )

    def _go_on(self) -> bool:
        """On the thread that looks for a lost server: asks anew once it is back. Whether there is nothing more to look for."""
        if not self._is_lost():
            return True
        if not self._engine.reachable():
            return False
        self._worker.submit(lambda: self._follow(again=True))
        return True

    def _compute(self, *, again: bool = False) -> None:
        """On the worker: the newest revision's distribution; `again` retries what failed."""
        state = self._state
        if self._is_known(self._outcome, state, again=again):
            return
        try:
            self._asked_of = state.revision
            outcome = self._outcome_of(state, self._predicted(state))
        except Exception as error:  # noqa: BLE001 (whatever it is, the view and the cell say it)
            outcome = Outcome(state.revision, error=in_words(error))
        with self._lock:
            if state.revision == self._state.revision:
                self._outcome = outcome
        self._notify()

    def _predicted(self, state: State) -> Prediction:
        """On the worker: what the model says where we look."""
        if self.info.predicts != "masked":
            return self._engine.predict(state.prefix, state.reply)
        mask = self._mask_of(state)
        if not (~state.tokens.special | (state.tokens.ids == mask)).any():
            msg = "The text is empty, so no token of it can be predicted."
            raise EmptyText(msg, hint="Type a text, with the mask token where one shall be predicted.")
        return self._engine.predict_at(state.prefix, state.index)

    def _mask_of(self, state: State) -> int:
        if state.mask is None:
            msg = f"{self.info.name} predicts masked tokens, and {self._tokenizer_name} has no mask token."
            hint = "Give the model its own tokenizer."
            raise NoMaskToken(msg, hint=hint, name=self.info.name, tokenizer=self._tokenizer_name)
        return state.mask

    def _score(self, *, again: bool = False) -> Scores:
        """On the worker: the newest revision's surprisals; `again` retries what failed."""
        state = self._state
        if self._is_known(self._scores, state, again=again):
            return self._scores
        try:
            self._asked_of = state.revision
            values = self._surprisals(state)
            if values is None:
                return self._scores
            scores = Scores(state.revision, values)
        except Exception as error:  # noqa: BLE001 (whatever it is, the view and the cell say it)
            scores = Scores(state.revision, error=in_words(error))
        self._scores = scores
        self._notify()
        return scores

    def _surprisals(self, state: State) -> np.ndarray | None:
        """On the worker: the surprisals of a text; None where it has become another meanwhile."""
        ids = state.tokens.ids.tolist()
        if self.info.predicts != "masked":
            return self._engine.surprisals(ids)
        places = np.flatnonzero(~state.tokens.special)
        values = np.full(len(ids), np.nan, np.float32)
        found = self._engine.surprisals_at(
            ids, places.tolist(), self._mask_of(state), lambda: self._state.revision == state.revision
        )
        if found is None:
            return None
        values[places] = found
        values.setflags(write=False)
        return values

    def _state_layers(self, *, again: bool = False) -> Hidden:
        """On the worker: the newest revision's hidden states; `again` retries what failed."""
        state = self._state
        if self._is_known(self._hidden, state, again=again):
            return self._hidden
        try:
            hidden = Hidden(state.revision, self._engine.hidden_states(state.tokens.ids[:MOST_STATES].tolist()))
        except Exception as error:  # noqa: BLE001 (whatever it is, the view and the cell say it)
            hidden = Hidden(state.revision, error=in_words(error))
        self._hidden = hidden
        self._notify()
        return hidden

    def _attend(self, *, again: bool = False) -> None:
        """On the worker: what the token at the newest revision's position attends to; `again` retries what failed."""
        state = self._state
        if self._is_known(self._attending, state, again=again):
            return
        try:
            attending = Attending(state.revision, state.index, self._attended_from(state))
        except Exception as error:  # noqa: BLE001 (whatever it is, the view and the cell say it)
            attending = Attending(state.revision, state.index, error=in_words(error))
        self._attending = attending
        self._notify()

    def _attended_from(self, state: State) -> np.ndarray:
        """On the worker: what the token at the position of a text attends to."""
        ids, query = _attending_ids(state, self.info), state.index
        if not ids:
            return np.empty((0, 0, 0), np.float32)
        if query >= MOST_ATTENDING:
            msg = f"Attention is computed for the first {MOST_ATTENDING} tokens; this is token {query + 1}."
            hint = "Choose a token further in front, or shorten the text."
            raise NotOffered(msg, hint=hint, what="attentions", server="", known=MOST_ATTENDING, place=query + 1)
        return self._engine.attentions(ids, query, query + 1)[:, :, 0]


def _attending_ids(state: State, info: Info) -> list[int]:
    """The first tokens of a long text. Where each sees all others, their attention would be that of another text: raises NotOffered."""
    count = len(state.tokens)
    if count > MOST_ATTENDING and not info.causal:
        msg = f"Where each token sees all others, attention is computed for at most {MOST_ATTENDING} tokens; this text has {count}."
        raise NotOffered(msg, hint="Shorten the text.", what="attentions", server="", known=MOST_ATTENDING, place=count)
    found: list[int] = state.tokens.ids[:MOST_ATTENDING].tolist()
    return found


def _looking(found: weakref.ref[AnsweringSession]) -> Callable[[], bool]:
    """Looks for a lost server as long as the session is there."""

    def look() -> bool:
        session = found()
        return session is None or session._go_on()

    return look
