"""WritingSession: what changes a text token by token: putting one in, drawing one, generating, and the ways that were left.

Not here: how a distribution comes to be (answering.py), how a token is drawn (draws.py), what ends a generation (writing.py).
"""

from __future__ import annotations

import threading
import time
from abc import ABC
from contextlib import closing
from dataclasses import replace as changed
from typing import TYPE_CHECKING, Any

from llmwidgets.engines.engine import Prediction, Written
from llmwidgets.engines.heads import does_not_write
from llmwidgets.errors import InvalidValue, LLMWidgetsError, TextEnded, TextTooLong, in_words
from llmwidgets.numbers import whole
from llmwidgets.prediction import PredictionSession, check_shown
from llmwidgets.stages.choices import Choice, Ending, Fork, How, choice_of, forced_among, told_choice, unknown_choice
from llmwidgets.stages.distribution import FRAME_HEAD, Candidate
from llmwidgets.stages.sampling import Sampler
from llmwidgets.stages.tokens import spell
from llmwidgets.state import Generated, Outcome, State
from llmwidgets.tokenizers.face import describe
from llmwidgets.worker import Worker
from llmwidgets.writing import MOST_NEW_TOKENS, Run, completed, ending_of, stop_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    import torch

    from llmwidgets.engines.engine import Engine
    from llmwidgets.engines.opening import Opened
    from llmwidgets.stages.tokens import Tokens

FRAMES_PER_SECOND = 10
"""How often views are repainted while text is generated; the last state always arrives."""


class WritingSession(PredictionSession, ABC):
    """A session whose text a model goes on with. See ModelSession."""

    def __init__(self, opened: Opened) -> None:
        self._engine: Engine = opened.engine
        super().__init__(opened.face)
        self._worker = Worker("llmwidgets")
        self._outcome = Outcome(-1)
        self._failure: LLMWidgetsError | None = None
        self._run = Run()

    # tokens put in

    def append(self, token: int) -> None:
        """Puts a token behind the position. What follows the position is cut off and stays among the `forks`.

        Where the text goes on with that very token, the position moves on and nothing is cut. Raises InvalidValue for an unknown id,
        DoesNotWrite for an encoder, which `fill` is for.
        """
        self._check_writes()
        token = whole("token", token, 0, self.info.vocabulary - 1)
        while True:
            state = self._state
            if state.index + 1 < len(state.tokens) and state.tokens.ids[state.index + 1] == token:
                self.position = state.index + 1
                return
            if self._put(self._forced(state, token), state, state):
                return

    def fork(self, index: int, token: int) -> None:
        """Another token at place `index`: what the text was from there on stays among the `forks`. Raises InvalidValue, DoesNotWrite."""
        self._check_writes()
        token = whole("token", token, 0, self.info.vocabulary - 1)
        while True:
            state = self._state
            if len(state.tokens) < 2:
                msg = f"The text has {len(state.tokens)} tokens, so there is none that another could take the place of."
                raise InvalidValue(
                    msg, hint="Generate some first.", name="index", value=repr(index), allowed="a longer text"
                )
            index = whole("index", index, 1, len(state.tokens) - 1)
            if state.tokens.ids[index] == token:
                return
            # as if one had looked at the token before
            seen = changed(state, position=index - 1)
            if self._put(self._forced(seen, token), seen, state):
                return

    def fill(self, token: int, index: int | None = None) -> None:
        """Puts a token at place `index` (None: where we look), as an encoder predicts it; all others stay, and `undo` takes it back.

        If a mask token is left, the first one is looked at; else this place. Raises InvalidValue for an unknown id or place, and for a
        model that predicts the next token, which `append` and `fork` are for.

        >>> session.text = "Paris is the [MASK] of France."              # doctest: +SKIP
        >>> session.fill(session.distribution.top(1)[0].id)              # doctest: +SKIP
        """
        self._check_open()
        token = whole("token", token, 0, self.info.vocabulary - 1)
        with self._lock:
            state = self._state
            if state.mask is None or not len(state.tokens):
                msg = f"{self.info.name} predicts what follows a text, so no place of one can be filled."
                if state.mask is not None:
                    msg = "The text is empty, so it has no place that could be filled."
                hint = "Use append(token) or fork(index, token)."
                raise InvalidValue(msg, hint=hint, name="fill", value=str(token), allowed="a text of an encoder")
            place = state.index if index is None else whole("index", index, 0, len(state.tokens) - 1)
            part, special = self.token_bytes(token), self._tokenizer.is_special(token)
            tokens = state.tokens.with_token(place, token, part, special=special)
            self._replace(tokens, special=state.add_special)
            if not (tokens.ids == state.mask).any() and place != self._state.home:
                self._state = changed(self._state, position=place)
        self._changed()

    @property
    def choices(self) -> tuple[Choice, ...]:
        """How each generated or put-in token of the text came, and what else could have come there, by place."""
        return self._now().choices

    @property
    def forks(self) -> tuple[Fork, ...]:
        """The ways that the text went before another token was put in, at most twenty; `switch` goes back to one."""
        return self._now().forks

    def switch(self, fork: int) -> None:
        """Fork number `fork` becomes the text, and the way of now takes its place. Raises InvalidValue where there is none."""
        self._check_open()
        with self._lock:
            if not self._state.forks:
                msg = "There is no fork yet."
                hint = "Put another token in: session.fork(index, token)."
                raise InvalidValue(msg, hint=hint, name="fork", value=repr(fork), allowed="none yet")
            fork = whole("fork", fork, 0, len(self._state.forks) - 1)
            self._interrupt()
            self._remember(self._draws.place())
            self._state = self._state.switched(fork)
        self._changed()

    # writing

    def step(self) -> Candidate:
        """Draws one token by the sampler and appends it behind the position. n steps are the same as generate(n).

        Raises TextTooLong where the text fills the model's context, DoesNotWrite for an encoder.
        """
        self._check_writes()
        return self._worker.run(self._step)

    def generate(self, max_new_tokens: int = 64, *, stop: str | Sequence[str] | None = ()) -> Generated:
        """Appends up to `max_new_tokens`, streaming into every view, until an end-of-text token, a stop text, `stop()` or the context's end.

        `stop` is a text or several: the token that completes one in the new text is the last. With a seed and a text just set,
        the tokens are those of `torch.manual_seed(seed); model.generate(...)` with `sampler.generate_kwargs()`. An interrupt
        stops it and keeps what is there. An encoder raises DoesNotWrite.
        """
        self._check_writes()
        run = self._new_run(max_new_tokens, stop)
        future = self._worker.submit(lambda: self._generate(run))
        try:
            return self._worker.wait(future)
        except KeyboardInterrupt:
            run.stop.set()
            self._worker.wait(future)
            raise

    def stop(self) -> None:
        """Ends a running `generate` after the token under way; what is there stays."""
        self._run.stop.set()

    def describe(self, ids: Sequence[int]) -> Tokens:
        """Tokens from ids: the text is what their bytes spell."""
        return describe(self._tokenizer, ids)

    # for the page

    def actions(self) -> dict[str, Callable[..., object]]:
        """See TextSession."""
        return {
            **super().actions(),
            "step": self.request_step,
            "generate": self.request_generate,
            "stop": self.stop,
            "append": self.append,
            "fill": self.fill,
            "fork": self.fork,
            "switch": self.switch,
        }

    def request_sample(self, n: int) -> None:
        """See PredictionSession. Does not wait; an error goes to `status`."""
        check_shown(n)
        self._submit(lambda: self.sample(n))

    def request_step(self) -> None:
        """`step` without waiting; an error goes to `status`."""
        self._check_writes()
        self._submit(self._step)

    def request_generate(self, max_new_tokens: int, stop: str | Sequence[str] | None = ()) -> None:
        """`generate` without waiting; an error goes to `status`."""
        self._check_writes()
        run = self._new_run(max_new_tokens, stop)
        self._submit(lambda: self._generate(run))

    # inside: what follows runs under the lock or on the worker

    def _interrupt(self) -> None:
        self._run.stop.set()

    def _check_writes(self) -> None:
        """Raises DoesNotWrite where the model fills places of a text."""
        self._check_open()
        if self.info.predicts == "masked":
            raise does_not_write(self.info.name)

    def _submit(self, job: Callable[[], Any]) -> None:
        self._check_open()

        def guarded() -> None:
            try:
                job()
            except Exception as error:  # noqa: BLE001 (whatever it is, the view says it)
                self._failure = in_words(error)
                self._notify()

        self._worker.submit(guarded)

    def _piece(self, token: int) -> str:
        return spell(self.token_bytes(token))

    def _outcome_of(self, state: State, prediction: Prediction) -> Outcome:
        return Outcome(state.revision, tuple(state.prefix), prediction.distribution(state.index, self.token_bytes))

    def _forced(self, state: State, token: int) -> Choice:
        """How a token comes that someone puts in behind the position: with what the model said there, if it has."""
        import torch

        known, place = self._outcome, state.index + 1
        if known.distribution is not None and list(known.prefix) == state.prefix:
            if known.distribution.is_partial:
                return told_choice(place, token, "forced", known.distribution)
            logits = torch.as_tensor(known.distribution.logits)
            neutral = self._sampler.replace(seed=None) == Sampler()
            probs = logits.softmax(-1) if neutral else torch.as_tensor(self._sampler.apply(logits, state.prefix).probs)
            return choice_of(place, token, "forced", logits, probs)
        made = (forced_among(choice, token) for choice in state.choices if choice.index == place)
        return next(made, None) or unknown_choice(place, token)

    def _put(self, choice: Choice, seen: State, state: State) -> bool:
        """Puts a token behind the position of `seen`, which is `state` looked at from there. False where the text has become another."""
        with self._lock:
            if self._state.revision != state.revision:
                return False
            self._interrupt()
            self._remember(self._draws.place())
            self._append(choice, seen)
        self._changed()
        return True

    def _append(self, choice: Choice, state: State | None = None) -> None:
        token = choice.token
        special = self._tokenizer.is_special(token)
        self._state = (state or self._state).appended(self.token_bytes(token), choice, special=special)

    def _step(self) -> Candidate:
        import torch

        while True:
            state = self._state
            self._check_room(state)
            if (asked := self._asked_to_write(state, 1, threading.Event())) is not None:
                with closing(asked) as coming:
                    if (candidate := self._step_told(state, next(coming, Written(-1)))) is not None:
                        return candidate
                    continue
            distribution = self.distribution
            logits = torch.as_tensor(distribution.logits, device=self.info.device)
            with self._lock:
                # what was computed may be of a text that came meanwhile
                if self._state is state and self._outcome.distribution is distribution:
                    before = self._draws.place()
                    choice = self._draws.next(logits, state.prefix, self._sampler)
                    self._remember(before)
                    self._append(choice)
                    break
        self._changed()
        token = choice.token
        return Candidate(token, self._piece(token), float(distribution.logits[token]), choice.probability)

    def _step_told(self, state: State, written: Written) -> Candidate | None:
        """A token that the server drew, put behind the text; None where the text has become another meanwhile."""
        if written.token < 0:
            msg = f"{self.info.name} ended its text here, so no token follows."
            raise TextEnded(msg, hint="Change the text, or put a token in.", name=self.info.name)
        choice = self._choice_told(state, written)
        with self._lock:
            if self._state is not state:
                return None
            self._remember(None)
            self._append(choice)
        self._changed()
        return Candidate(choice.token, self._piece(choice.token), written.log_prob, choice.probability)

    def _choice_told(self, state: State, written: Written) -> Choice:
        """How a token came that the server drew, as far as it told."""
        distribution = None
        if written.prediction is not None:
            distribution = written.prediction.distribution(state.index, self.token_bytes)
        how: How = "greedy" if self._sampler.greedy else "drawn"
        return told_choice(state.index + 1, written.token, how, distribution, written.log_prob)

    def _asked_to_write(self, state: State, most: int, stop: threading.Event) -> Generator[Written] | None:
        """What whoever runs the model writes behind a text; None where the session draws itself."""
        return self._engine.write(state.prefix, self._sampler, most, stop, state.reply)

    def _check_room(self, state: State) -> None:
        context = self.info.context
        if 0 < context == len(state.prefix):
            msg = f"The text fills the context of {self.info.name}, {context:,} tokens, so no token can be appended."
            raise TextTooLong(msg, hint="Shorten the text; it is still there.", tokens=context + 1, context=context)

    def _new_run(self, max_new_tokens: int, stop: str | Sequence[str] | None) -> Run:
        self._check_open()
        count, stops = whole("max_new_tokens", max_new_tokens, 1, MOST_NEW_TOKENS), stop_texts(stop)
        with self._lock:
            self._interrupt()
            self._run = Run(max_new_tokens=count, stop_texts=stops)
            return self._run

    def _generate(self, run: Run) -> Generated:
        with self._lock:
            run.active, run.started = True, time.perf_counter()
            self._failure = None
        ids: list[int] = []
        try:
            run.ending, last = self._stream(run, ids)
            with self._lock:
                if self._state is last:
                    self._state = changed(last, ending=run.ending)
                run.revision = self._state.revision
        finally:
            run.seconds = time.perf_counter() - run.started
            run.active = False
            self._changed()
        return Generated(self.describe(ids), run.ending.reason, run.seconds, run.ending.by)

    def _stream(self, run: Run, new: list[int]) -> tuple[Ending, State]:
        """Tokens one by one into `new` until something ends them. A frame for the views whenever one is due."""
        state = self._state
        asked = self._asked_to_write(state, run.max_new_tokens, run.stop)
        if asked is None:
            return self._draw_all(run, state, new)
        with closing(asked) as coming:
            return self._take_all(run, state, new, coming)

    def _take_all(self, run: Run, state: State, new: list[int], coming: Iterator[Written]) -> tuple[Ending, State]:
        """The tokens that the server draws."""
        due, text = 0.0, b""
        for written in coming:
            if written.token < 0:
                return ending_of(written.finish, run), state
            if written.prediction is not None and time.perf_counter() >= due:
                self._frame(run, state, written.prediction)
                due = time.perf_counter() + 1 / FRAMES_PER_SECOND
            choice = self._choice_told(state, written)
            with self._lock:
                if self._state is not state:
                    return Ending("edited"), state
                if run.generated == 0:
                    self._remember(None)
                self._append(choice)
                state = self._state
            new.append(choice.token)
            run.generated += 1
            if run.generated == run.max_new_tokens:
                return Ending("length"), state
            piece = self.token_bytes(choice.token)
            text += piece
            if found := completed(run.stop_texts, text, len(piece)):
                return Ending("stop_text", found), state
        return Ending("edited" if self._state is not state else "stopped"), state

    def _draw_all(self, run: Run, state: State, new: list[int]) -> tuple[Ending, State]:
        """Tokens drawn here, from the whole distribution."""
        ends, due, written = self._engine.stop_ids(), 0.0, b""
        ids = state.prefix
        while run.generated < run.max_new_tokens:
            if run.stop.is_set():
                return Ending("edited" if self._state is not state else "stopped"), state
            if 0 < self.info.context == len(ids):
                return Ending("context"), state
            logits = self._known_logits(state) if run.generated == 0 else self._engine.logits(ids)
            if time.perf_counter() >= due:
                self._frame(run, state, Prediction(logits))
                due = time.perf_counter() + 1 / FRAMES_PER_SECOND
            with self._lock:
                if self._state is not state:
                    return Ending("edited"), state
                before = self._draws.place()
                choice = self._draws.next(logits, ids, self._sampler)
                if run.generated == 0:
                    self._remember(before)
                self._append(choice)
                state = self._state
            token = choice.token
            ids = [*ids, token]
            new.append(token)
            run.generated += 1
            if token in ends:
                return Ending("eos", self._piece(token)), state
            written += self.token_bytes(token)
            if found := completed(run.stop_texts, written, len(self.token_bytes(token))):
                return Ending("stop_text", found), state
        return Ending("length"), state

    def _known_logits(self, state: State) -> torch.Tensor:
        """The logits after a text, taken from the last outcome where that is of the same tokens."""
        import torch

        known = self._outcome
        if known.distribution is not None and list(known.prefix) == state.prefix:
            return torch.as_tensor(known.distribution.logits, device=self.info.device)
        return self._engine.logits(state.prefix)

    def _frame(self, run: Run, state: State, prediction: Prediction) -> None:
        if not self._listeners:
            return
        run.seconds = time.perf_counter() - run.started
        outcome = changed(self._outcome_of(state, prediction), head=FRAME_HEAD)
        with self._lock:
            if self._state is state:
                self._outcome = outcome
        self._notify()
