"""What a ContinuationView asks of the model, done on a thread of its own and on a session beside: the text of the session itself stays."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass, field
from dataclasses import replace as changed
from typing import TYPE_CHECKING, Literal

from llmwidgets.continuing import question_of
from llmwidgets.errors import LLMWidgetsError, SessionClosed, in_words
from llmwidgets.stages.choices import Ending
from llmwidgets.stages.continuations import Continuations
from llmwidgets.stages.sampling import Sampler
from llmwidgets.stages.tokens import Tokens
from llmwidgets.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from llmwidgets.session import ModelSession

How = Literal["greedy", "sampled"]
Stage = Literal["waiting", "writing", "done", "idle", "same"]


@dataclass(frozen=True)
class Asked:
    """A question: `number` is another for every one. `begin`: whether begin-of-text tokens stand in front."""

    number: int = 0
    prompt: str = ""
    candidates: tuple[str, ...] = ()
    begin: bool = False


@dataclass(frozen=True, eq=False)
class Scored:
    """The answer to question `number`; or why there is none."""

    number: int
    found: Continuations | None = None
    error: LLMWidgetsError | None = None


@dataclass(frozen=True, eq=False)
class Written:
    """How the model goes on from the prompt of question `number`, as far as it has been written. See WrittenPayload."""

    how: How
    number: int = 0
    state: Stage = "waiting"
    tokens: Tokens | None = None
    seed: int | None = None
    ending: Ending = field(default_factory=Ending)
    error: LLMWidgetsError | None = None


@dataclass(frozen=True)
class Writing:
    """What is to be written: `sampler` draws, at most `most` tokens."""

    sampler: Sampler
    most: int


class ContinuationWork:
    """Answers the newest question: first the candidates, then what the model itself writes. `tell` hears of each step, on the work's thread.

    It holds the session beside weakly: whoever shows a model does not keep it alive.
    """

    def __init__(self, session: ModelSession, tell: Callable[[], None]) -> None:
        self._beside = weakref.ref(session.beside())
        self._tell = tell
        self._guard = threading.RLock()
        self._worker = Worker("llmwidgets continuations")
        self._asked = Asked()
        self._writing = Writing(Sampler(do_sample=False), 0)
        self._turn = 0
        self._done: Future[None] | None = None
        self._wrote: Future[None] | None = None
        self._context = 0
        self.scored = Scored(0)
        self.written: tuple[Written, ...] = ()
        self._session().attach(self._grow)

    def ask(self, asked: Asked, writing: Writing, *, write: bool) -> None:
        """A question, in the place of the one before it. Returns at once."""
        with self._guard:
            self._asked = asked
        self._interrupt(writing, write=write)
        with self._guard:
            if self._is_newest(asked):
                self._done = self._worker.submit(lambda: self._score(asked))
        self._submit_writing()

    def write(self, writing: Writing) -> None:
        """Writes the continuations of the newest question anew. Returns at once."""
        self._interrupt(writing, write=True)
        self._submit_writing()

    def wait(self) -> Scored:
        """The answer to the newest question."""
        while True:
            with self._guard:
                asked, done = self._asked, self._done
            if done is not None:
                self._worker.wait(done)
            with self._guard:
                if self.scored.number == asked.number == self._asked.number:
                    return self.scored

    def wait_written(self) -> None:
        """Until the model has written what it is asked to write."""
        while any(each.state in ("waiting", "writing") for each in self.written):
            with self._guard:
                wrote = self._wrote
            if wrote is None:
                return
            self._worker.wait(wrote)
            with self._guard:
                if wrote is self._wrote:
                    return

    def close(self) -> None:
        """Ends the work and the session beside."""
        if (beside := self._beside()) is not None:
            beside.detach(self._grow)
            beside.close()
        self._worker.close()

    # inside

    def _interrupt(self, writing: Writing, *, write: bool) -> None:
        """Ends what is being written, and lets go of a request under way."""
        with self._guard:
            self._writing = writing
            self._turn += 1
            self.written = _begun(self._asked, writing, "waiting" if write else "idle")
        if (beside := self._beside()) is not None and not beside.closed:
            beside.restart(self._asked.prompt)

    def _submit_writing(self) -> None:
        with self._guard:
            asked, writing, turn = self._asked, self._writing, self._turn
            if any(each.state == "waiting" for each in self.written):
                self._wrote = self._worker.submit(lambda: self._write(asked, writing, turn))

    def _session(self) -> ModelSession:
        """The session beside. Raises SessionClosed where it is gone."""
        beside = self._beside()
        if beside is None:
            raise SessionClosed("The session of this view is gone.", hint="Run the cell of the view again.")
        return beside

    def _is_newest(self, asked: Asked, turn: int | None = None) -> bool:
        return asked is self._asked and (turn is None or turn == self._turn)

    def _score(self, asked: Asked) -> None:
        while self._is_newest(asked):
            try:
                found = self._session().continuations(asked.candidates, prompt=asked.prompt, begin_of_text=asked.begin)
                scored = Scored(asked.number, found)
            except Exception as error:  # noqa: BLE001 (whatever it is, the view and the cell say it)
                scored = Scored(asked.number, error=in_words(error))
            with self._guard:
                # a request that was let go for another question is that one's
                if self._is_newest(asked) and getattr(scored.error, "code", "") != "outdated":
                    self.scored = scored
                    break
        self._tell()

    def _write(self, asked: Asked, writing: Writing, turn: int) -> None:
        for how in ("greedy", "sampled"):
            if not self._is_newest(asked, turn):
                return
            if how == "sampled" and writing.sampler.greedy:
                self._keep(asked, turn, Written("sampled", asked.number, "same"))
                continue
            sampler = Sampler(do_sample=False) if how == "greedy" else writing.sampler
            begun = Written(how, asked.number, "writing", seed=sampler.seed)
            self._keep(asked, turn, begun)
            try:
                ended = self._written(asked, sampler, writing.most, begun)
            except Exception as error:  # noqa: BLE001 (whatever it is, the view says it)
                ended = changed(begun, state="done", error=in_words(error))
            self._keep(asked, turn, ended)

    def _written(self, asked: Asked, sampler: Sampler, most: int, begun: Written) -> Written:
        beside = self._session()
        context = question_of(beside.face, asked.prompt, (), begin=asked.begin).context
        self._context = len(context)
        beside.restart(beside.describe(context))
        beside.sampler = sampler
        made = beside.generate(most)
        return changed(begun, state="done", tokens=made.tokens, ending=Ending(made.reason, made.ended_by))

    def _keep(self, asked: Asked, turn: int, written: Written) -> None:
        with self._guard:
            if not self._is_newest(asked, turn):
                return
            self.written = tuple(written if each.how == written.how else each for each in self.written)
        self._tell()

    def _grow(self) -> None:
        """After every change of the session beside: what it has written so far."""
        beside = self._beside()
        if beside is None or beside.status.state != "generating":
            return
        with self._guard:
            writing = next((each for each in self.written if each.state == "writing"), None)
            if writing is None:
                # another question came before the writing had begun
                beside.stop()
                return
            ids = beside.state.tokens.ids[self._context :]
            grown = changed(writing, tokens=beside.describe(ids.tolist()))
            self.written = tuple(grown if each is writing else each for each in self.written)
        self._tell()


def _begun(asked: Asked, writing: Writing, state: Stage) -> tuple[Written, ...]:
    if writing.most == 0:
        return ()
    seeds: dict[How, int | None] = {"greedy": None, "sampled": writing.sampler.seed}
    return tuple(Written(how, asked.number, state, seed=seed) for how, seed in seeds.items())
