"""ModelSession: the one object that a notebook shares: which model it is, where that runs, and how long.

Not here: the text itself (text.py), what is written into it token by token (generating.py), what the model says of it (answering.py), how a model is
run (engines/), how text becomes tokens (tokenizers/), what a view looks like (widgets/).
"""

from __future__ import annotations

import itertools
import weakref
from dataclasses import replace as changed
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from llmwidgets.answering import AnsweringSession
from llmwidgets.errors import InvalidValue, SessionClosed
from llmwidgets.language import listed, say
from llmwidgets.stages.continuations import check_candidates
from llmwidgets.stages.neighbours import Table
from llmwidgets.stages.sampling import Sampler
from llmwidgets.state import Attending, Hidden, Outcome, Scores, Stats
from llmwidgets.vectors import WordVectors
from llmwidgets.worker import until_told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from llmwidgets.engines.engine import Info
    from llmwidgets.engines.flow import FlowRecorder
    from llmwidgets.engines.loading import Loaded
    from llmwidgets.engines.opening import Opened
    from llmwidgets.painter import Painter
    from llmwidgets.stages.beams import Beams
    from llmwidgets.stages.capabilities import Capabilities
    from llmwidgets.stages.continuations import Continuations
    from llmwidgets.stages.flow import Flow
    from llmwidgets.watching.watched import WatchedSession


class ModelSession(AnsweringSession):
    """One model and one text, which any number of views show in step.

    ModelSession("owner/name")           a hub name or folder, loaded by transformers; other arguments go to from_pretrained
    ModelSession(model, tokenizer)       objects already in hand: wrapped, never copied
    ModelSession()                       the small default model

    Reading `distribution` waits for the model; setting `text`, `position` or `sampler` returns at once and moves every view.
    Raises ModelNotFound, GatedModel, NoNetwork, DamagedFile, OutOfMemory while loading, NoTokenizer for a model without one,
    VocabulariesDiffer for one with another model's.

    >>> session = ModelSession()                        # doctest: +SKIP
    >>> session.text = "The capital of France is"       # doctest: +SKIP
    >>> session.distribution.top(1)[0].piece            # doctest: +SKIP
    ' Paris'
    """

    _current: ClassVar[ModelSession | None] = None
    _sessions: ClassVar[weakref.WeakValueDictionary[int, ModelSession]] = weakref.WeakValueDictionary()
    _numbers: ClassVar[Iterator[int]] = itertools.count()

    def __init__(
        self, model: Any = None, tokenizer: Any = None, *, text: str = "", _aside: bool = False, **kwargs: Any
    ) -> None:
        # held, so that loading it again finds it
        opened = self._opened(model, tokenizer, kwargs)
        self._loaded: Loaded | None = opened.loaded
        super().__init__(opened)
        self._see_both_sides()
        self._flowing = False
        self._recorder: FlowRecorder | None = None
        self._flow_painter: Painter | None = None
        self._table: Table | None = None
        self._vectors = WordVectors(self._engine, opened.face, self._worker.run)
        self._sampler = Sampler.from_model(self._engine, defaults=False)
        self._take_settings()
        self._besides: tuple[ModelSession, ...] = ()
        self._aside = _aside
        if not _aside:
            ModelSession._sessions[next(ModelSession._numbers)] = self
            ModelSession._current = self
        if text:
            self.text = text

    @classmethod
    def current(cls) -> ModelSession:
        """The newest open session, which a view uses when it is given none. Raises SessionClosed where there is none."""
        if cls._current is None:
            msg = "There is no session yet."
            raise SessionClosed(msg, hint="Make one first: session = ModelSession().")
        return cls._current

    @classmethod
    def watch(cls, model: Any, tokenizer: Any) -> WatchedSession:
        """A session that shows what any cell does with this model: `model(**inputs)`, `model.generate(...)`, a pipeline, a training step.

        The model's results stay the same to the bit, and it is not kept alive. `session.unwatch()` ends it, and the end of a `with`
        block does. Watching the same pair again returns the same session. Raises InvalidValue for what is no model, NoTokenizer, VocabulariesDiffer.

        >>> session = ModelSession.watch(model, tokenizer)      # doctest: +SKIP
        >>> TokenView(session)                                  # doctest: +SKIP
        >>> model.generate(**inputs, max_new_tokens=20)         # doctest: +SKIP
        """
        from llmwidgets.watching.watched import watch

        return watch(model, tokenizer)

    @classmethod
    def connect(
        cls,
        base_url: str,
        model: str | None = None,
        *,
        api_key: Any = None,
        tokenizer: Any = None,
        text: str = "",
        **options: Any,
    ) -> ModelSession:
        """A session on a model behind an API, of any server that speaks as OpenAI's does: OpenAI, Azure OpenAI, Hugging Face, vLLM, llama.cpp, Ollama and others.

        `model`: its name there, which may be left out where the server has one only. `api_key`: a text, "ask" to type it unseen, or
        None for the environment's OPENAI_API_KEY, AZURE_OPENAI_API_KEY, HF_TOKEN, OLLAMA_API_KEY or LLMWIDGETS_API_KEY. `tokenizer`: as
        `as_tokenizer` takes it; None for the server's own, tiktoken's by the model's name, or the hub's.

        Options: `endpoint` "completions" or "chat"; `top_logprobs` of each place; `system`, what a chat begins with; `api_version` of Azure;
        `timeout` in seconds; `retries`; `cache=False` to ask an identical question again; `most_requests`; `most_spent` with
        `prices`, (in, out) a million tokens; `embedding_model`, by which `embed` and EmbeddingMap have vectors of words (a server that
        makes them by its one model needs none named). `session.capabilities` tells what the server gives. Raises KeyRefused,
        ServerUnreachable, ModelNotFound, Ambiguous, VocabulariesDiffer, InvalidValue.

        >>> session = ModelSession.connect("http://localhost:8080")      # doctest: +SKIP
        """
        from llmwidgets.engines.connecting import connect
        from llmwidgets.engines.key import hidden

        # a traceback that shows variables shows this one
        api_key = hidden(api_key)
        return cls(connect(base_url, model, api_key, tokenizer, options), text=text)

    def beside(self, text: str = "") -> ModelSession:
        """Another text on the same model, in a session that ends with this one and that `current` never returns.

        Nothing is loaded or copied; it keeps keys and values of its own.
        """
        self._check_open()
        from llmwidgets.engines.opening import Opened

        other = ModelSession(Opened(self._engine.beside(), self.face), text=text, _aside=True)
        self._besides = (*(known for known in self._besides if not known.closed), other)
        return other

    def move_to(self, model: Any = None, tokenizer: Any = None, **options: Any) -> None:
        """Goes on with another model, here or elsewhere: text, sampler and open views stay. What each view then lacks it says itself.

        Takes what ModelSession takes, or an address and what `connect` takes: `session.move_to("http://localhost:8080")`. A text whose
        tokenizer changes is tokenised anew, and looked at from its end. Raises as these do, and the session stays where it was.
        """
        self._check_open()
        if isinstance(model, str) and model.startswith(("http://", "https://")):
            from llmwidgets.engines.connecting import connect
            from llmwidgets.engines.key import hidden

            key = hidden(options.pop("api_key", None))
            opened = connect(model, options.pop("model", None), key, tokenizer, options)
        else:
            opened = self._opened(model, tokenizer, options)
        self._leave_for(opened)

    # what is held

    @property
    def model(self) -> Any:
        """The transformers model itself; None after `close`."""
        return self._engine.model

    @property
    def info(self) -> Info:
        """Name, source, device, dtype, sizes and abilities of the model."""
        return self._engine.info

    @property
    def capabilities(self) -> Capabilities:
        """What the session gives exactly, in part or not at all, with the views that it concerns: `session.capabilities["distribution"].extent`."""
        return self._engine.capabilities

    @property
    def beams(self) -> Beams | None:
        """The beams of the watched `model.generate(num_beams=...)`, while it runs and after it; None where the last call had none. Does not wait."""
        return None

    @property
    def stats(self) -> Stats:
        """What it has cost so far."""
        work = self._engine.work
        return Stats(work.forwards, work.tokens_computed, work.tokens_reused, work.seconds, self._bytes_sent)

    # continuations

    def continuations(
        self, candidates: Sequence[str], *, prompt: str | None = None, begin_of_text: bool | None = None
    ) -> Continuations:
        """How probable each candidate is behind `prompt`, token by token; behind the session's text where none is given. Waits for the model.

        Prompt and candidate are tokenised as one text. Where that fuses them into one token, the score is of what follows the last
        token that the prompt alone has as well. `begin_of_text`: whether begin-of-text tokens stand in front; None as the tokenizer does by
        itself, and as the session has it for its own text. At most 50 candidates. Raises as `surprisals`, and InvalidValue.

        >>> session.continuations(["おじいさんとおばあさんが", "にがい珈琲が"], prompt="むかしむかし、あるところに").scores    # doctest: +SKIP
        """
        from llmwidgets.continuing import answer, question_of

        self._check_open()
        given, state = check_candidates(candidates), self._now()
        if prompt is None:
            prompt = state.tokens.text
            begin_of_text = False if begin_of_text is None and not state.add_special else begin_of_text
        asked = question_of(self.face, prompt, given, begin=begin_of_text)
        return until_told(lambda: self._worker.run(lambda: answer(self._engine, asked)))

    # vectors

    def embed(self, words: Sequence[str], *, pooling: str | None = None, layer: str | None = None) -> np.ndarray:
        """Each word as one vector: (words, dimensions) float32.

        `layer="input"`, which is meant where none is named: the mean of the input embeddings of the word's own tokens, without padding or begin-of-text; with
        `pooling="lesson"` those are counted in, as `model.get_input_embeddings()(batch.input_ids).mean(1)` does. `layer="last"`: each
        word is a text for the model, and its last hidden states are averaged: an encoder's with its special tokens
        (`pooling="cls"` takes the first alone), a decoder's without. A word that gives no token raises InvalidValue.

        Behind an API the server makes them, by its /embeddings and its own pooling, which is `layer="served"` and has no choices; see
        `embedding_model` of `connect`. Raises NotOffered where it makes none, BadAnswer, and what a server's failure is.
        """
        self._check_open()
        return self._vectors.embed(words, pooling=pooling, layer=layer)

    def embed_tokens(self, ids: Sequence[int]) -> np.ndarray:
        """Input embeddings of tokens, (n,) to (n, dimensions) float32. Raises InvalidValue for an id that the model has not."""
        self._check_open()
        whole = np.asarray(list(ids))
        if whole.size == 0:
            whole = whole.astype(np.int64)
        if whole.ndim != 1 or not np.issubdtype(whole.dtype, np.integer):
            msg = f"ids cannot be {ids!r:.60}."
            raise InvalidValue(
                msg, hint="Give a list of token ids.", name="ids", value=f"{ids!r:.60}", allowed="whole numbers"
            )
        return self._engine.embeddings(whole.tolist())

    @property
    def word_vectors(self) -> WordVectors:
        """How words become vectors: the layers and poolings that this model has."""
        return self._vectors

    @property
    def embeddings(self) -> Table:
        """The input embeddings of the whole vocabulary on the model's device, for similarities and neighbours: the weights themselves, not copied.

        >>> session.embeddings.nearest(session.embed("king")[0], k=3)    # doctest: +SKIP
        """
        self._check_open()
        weights = self._engine.table()
        # a model whose vocabulary was resized has another matrix
        if self._table is None or self._table.tensor.data_ptr() != weights.data_ptr():
            self._table = Table(weights)
        return self._table

    # calls

    @property
    def flow(self) -> Flow | None:
        """The newest call of the model since a view began to show them, stage by stage: the session's own or the user's. Does not wait."""
        return None if self._recorder is None else self._recorder.flow

    def want_flow(self, wanted: bool = True) -> None:
        """Whether each call of the model is noted, since a view shows it. Without one the model has no hooks for it."""
        if wanted == self._flowing:
            return
        self._flowing = wanted
        if wanted:
            self._begin_flow()
        else:
            self._end_flow()

    # life

    def close(self) -> None:
        """Ends the work under way and frees the memory. Views keep what they show and say that the session is closed."""
        if self._closed:
            return
        self._run.stop.set()
        self._closed = True
        try:
            self._returning.end()
            self._end_flow()
            # nobody waits for the answer of a server any more
            self._engine.outdated()
            self._worker.close()
        finally:
            # one who interrupts the wait for a pass under way wants the memory all the same
            self._free()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._closed:
            return f"ModelSession({listed([repr(self.info.name), say('closed')])})"
        if address := self.capabilities.address:
            told = f"{self.info.name!r} by {self.capabilities.server} at {address}"
        else:
            size = f"{self.info.parameters / 1e6:,.0f}"
            told = f"{self.info.name!r} from {self.info.source}, {size} M parameters in {self.info.dtype} on {self.info.device}"
        return f"ModelSession({say(told)}; {say(f'{len(self.tokens)} tokens')})"

    # inside: what follows runs under the lock or on the worker

    def _opened(self, model: Any, tokenizer: Any, kwargs: dict[str, Any]) -> Opened:
        """An engine on the model, its tokenizer's face, and what is kept of the model."""
        from llmwidgets.engines.opening import open_model

        return open_model(model, tokenizer, kwargs)

    def _leave_for(self, opened: Opened) -> None:
        """Goes on with another engine; what the one before was doing ends."""
        self.stop()
        self._engine.outdated()
        self._worker.run(lambda: self._go_on_with(opened))

    def _go_on_with(self, opened: Opened) -> None:
        """On the worker: another engine in the place of the one before, which ends, told to the views. Where its tokenizer fails, nothing changes."""
        before = self._engine
        with self._lock:
            self._take_tokenizer(opened.face)
            self._end_flow()
            self._engine, self._loaded = opened.engine, opened.loaded
            self._vectors = WordVectors(opened.engine, opened.face, self._worker.run)
            self._see_both_sides()
            self._take_settings()
            self._let_go()
            self._table, self._hidden, self._scores = None, Hidden(-1), Scores(-1)
            self._attending = Attending(-1)
            self._outcome = Outcome(-1)
        self._besides = tuple(known for known in self._besides if not known.closed)
        try:
            for other in self._besides:
                other._follow_to(opened)
        finally:
            before.close()
            self._engine.record_states(self._stating)
            self._begin_flow()
            self._changed()

    def _free(self) -> None:
        """Lets go of the model and of all that was computed with it, and says so."""
        for other in self._besides:
            other.close()
        self._loaded = None
        self._engine.close()
        self._let_go()
        self._outcome = changed(self._outcome, distribution=None)
        self._table, self._hidden, self._attending = None, Hidden(-1), Attending(-1)
        if self._flow_painter is not None:
            self._flow_painter.end()
        if ModelSession._current is self:
            still_open = {number: other for number, other in ModelSession._sessions.items() if not other.closed}
            ModelSession._current = still_open[max(still_open)] if still_open else None
        self._notify()

    def _see_both_sides(self) -> None:
        """Whether the text is one of a model that predicts masked tokens; then a position is the token looked at."""
        mask = self._tokenizer.mask if self.info.predicts == "masked" else None
        if mask != self._state.mask:
            self._state = changed(self._state, mask=mask, position=-1)

    def _take_settings(self) -> None:
        """What the model's own `generate` would do; an encoder has none."""
        self._own_sampler, self._origins = Sampler(), {}
        if self.info.predicts != "masked":
            self._own_sampler, self._origins = Sampler.from_model(self._engine), Sampler.origins(self._engine)

    def _follow_to(self, opened: Opened) -> None:
        """Goes where the session beside which this one is has gone."""
        from llmwidgets.engines.opening import Opened

        self._leave_for(Opened(opened.engine.beside(), opened.face))

    def _begin_flow(self) -> None:
        """Notes the calls from now on, where a view shows them and there is a model."""
        model = self._model_of_flow()
        if not self._flowing or self._closed or model is None:
            return
        from llmwidgets.engines.flow import FlowRecorder

        self._recorder = FlowRecorder(model, self._painter_of_flow().due, own=self._notes_own_passes)
        self._recorder.start()

    def _end_flow(self) -> None:
        """Takes what notes them off the model. What was noted last stays."""
        if self._recorder is not None:
            self._recorder.stop()

    _notes_own_passes: ClassVar[bool] = True

    def _model_of_flow(self) -> Any:
        """The module whose calls are those of the model."""
        return self._engine.model

    def _painter_of_flow(self) -> Painter:
        """What tells the views of the newest call, apart from the thread that makes it."""
        if self._flow_painter is None:
            from llmwidgets.painter import Painter

            self._flow_painter = Painter(_telling(weakref.ref(self)))
            weakref.finalize(self, self._flow_painter.end).atexit = False
        return self._flow_painter


def _telling(found: weakref.ref[ModelSession]) -> Callable[[], bool]:
    """Tells the views as long as the session is there and open."""

    def tell() -> bool:
        session = found()
        if session is None or session.closed:
            return False
        session._notify()
        return True

    return tell
