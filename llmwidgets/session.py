"""ModelSession: the one object that a notebook shares. What is asked of the model, in what order, on which thread.

Not here: the text itself (text.py), what is written into it token by token (generating.py), how a model is run (engines/), how text becomes tokens (tokenizers/), what a view looks like (widgets/).
"""

from __future__ import annotations

import itertools
import weakref
from dataclasses import replace as changed
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from llmwidgets.engines.engine import MOST_ATTENDING, MOST_STATES, Prediction
from llmwidgets.errors import (
    EmptyText,
    InvalidValue,
    LLMWidgetsError,
    NoMaskToken,
    NotOffered,
    ServerUnreachable,
    SessionClosed,
    in_words,
)
from llmwidgets.generating import WritingSession
from llmwidgets.language import listed, say
from llmwidgets.returning import Returning
from llmwidgets.stages.choices import Ending
from llmwidgets.stages.continuations import check_candidates
from llmwidgets.stages.distribution import Distribution
from llmwidgets.stages.neighbours import Table
from llmwidgets.stages.sampling import Sampler
from llmwidgets.state import Attending, Doing, Hidden, Outcome, Scores, State, Stats, Status
from llmwidgets.vectors import WordVectors
from llmwidgets.writing import Run

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


class ModelSession(WritingSession):
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
        # the revision that the engine was asked about last
        self._asked_of = -1
        self._wanting: frozenset[str] = frozenset()
        self._scoring = False
        self._stating = False
        self._attending_wanted = False
        self._flowing = False
        self._recorder: FlowRecorder | None = None
        self._flow_painter: Painter | None = None
        self._table: Table | None = None
        self._vectors = WordVectors(self._engine, opened.face, self._worker.run)
        self._hidden = Hidden(-1)
        self._attending = Attending(-1)
        self._scores = Scores(-1)
        self._queued = False
        self._sampler = Sampler.from_model(self._engine, defaults=False)
        self._take_settings()
        self._closed = False
        self._returning = Returning(_looking(weakref.ref(self)))
        weakref.finalize(self, self._returning.end).atexit = False
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
        None for the environment's OPENAI_API_KEY, AZURE_OPENAI_API_KEY, HF_TOKEN or LLMWIDGETS_API_KEY. `tokenizer`: as
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
        self.stop()
        self._engine.outdated()
        self._worker.run(lambda: self._go_on_with(opened))
        self._changed()

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

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

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
        return self._worker.run(lambda: answer(self._engine, asked))

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

    @property
    def hidden_states(self) -> np.ndarray:
        """The text's tokens in their context, (layers, n, dimensions) float32: 0 the input embeddings, the last behind the model's last norm. Waits for the model.

        At most the first 1,000 tokens. Raises TextTooLong, OutOfMemory, SessionClosed, ModelFailed.
        """
        while True:
            self._check_open()
            hidden = self._worker.run(lambda: self._state_layers(again=True))
            if hidden.revision == self._state.revision:
                break
        if hidden.error is not None:
            raise hidden.error.with_traceback(None)
        return hidden.values

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

    @property
    def attentions(self) -> np.ndarray:
        """How much each token of the text attends to each, (layers, heads, n, n) float32: row = query, every row sums to 1. Waits for the model.

        Computed by transformers' eager attention. Of a decoder, what stands after a token has 0; of an encoder-decoder it is the encoder's.
        Of the layers that attend, where a model has others between them. A model may have a sink of its own beside its tokens (gpt-oss), to
        which a row's missing rest goes. At most the first 256 tokens. Raises NotOffered for a model or a server that gives none,
        TextTooLong, OutOfMemory, SessionClosed.

        >>> session.attentions[:, :, -1].mean((0, 1))     # of the last token, over all layers and heads      # doctest: +SKIP
        """
        self._check_open()
        # what is known of a text is known of one that is tokenised alike
        return self._worker.run(lambda: self._engine.attentions(self._state.tokens.ids[:MOST_ATTENDING].tolist()))

    @property
    def attending(self) -> Attending:
        """How much the token at the position attends to each, as the newest that there is, which may belong to an older revision. Does not wait."""
        return self._attending

    def settle(self) -> None:
        """See TextSession."""
        # what views want of a text is asked for with its change, and done in turn
        self._worker.run(lambda: None)

    def want_attentions(self, wanted: bool = True) -> None:
        """Whether each change of text or position is followed by what its token attends to, since a view shows it."""
        if wanted == self._attending_wanted:
            return
        self._attending_wanted = wanted
        if wanted and not self._closed:
            self._changed()
        elif not wanted:
            self._attending = Attending(-1)

    # views

    def want_distribution(self, wanted: bool = True, *, by: str = "views") -> None:
        """Whether each change of text or position is followed by a forward pass, since someone, the views or a recording, shows its result."""
        with self._lock:
            before = self._wanted
            self._wanting = self._wanting | {by} if wanted else self._wanting - {by}
        if before != self._wanted:
            self._changed()

    @property
    def _wanted(self) -> bool:
        return bool(self._wanting)

    @property
    def surprisals(self) -> np.ndarray:
        """-log p of each token of the text given those before it, (n,) float32 in nats; NaN for the first. Waits for the model.

        Of an encoder, given all others: each token is masked in turn, the first one too (their sum is the pseudo-log-likelihood, less its
        sign); NaN for special tokens. That is a forward pass of the whole text for each token. Raises as `distribution` does, but for an empty text, which has none.
        """
        while True:
            self._check_open()
            scores = self._worker.run(lambda: self._score(again=True))
            if scores.revision == self._state.revision:
                break
        if scores.error is not None:
            raise scores.error.with_traceback(None)
        return scores.values

    @property
    def scores(self) -> Scores:
        """The newest surprisals that there are, which may belong to an older revision. Does not wait."""
        return self._scores

    def want_surprisals(self, wanted: bool = True) -> None:
        """Whether each change of the text is followed by its tokens' surprisals, since a view shows them."""
        if wanted != self._scoring:
            self._scoring = wanted
            self._changed()

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
        self._returning.end()
        self._end_flow()
        self._worker.close()
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

    def _go_on_with(self, opened: Opened) -> None:
        """On the worker: another engine in the place of the one before, which ends."""
        self._end_flow()
        before = self._engine
        with self._lock:
            self._engine, self._loaded = opened.engine, opened.loaded
            self._take_tokenizer(opened.face)
            self._vectors = WordVectors(opened.engine, opened.face, self._worker.run)
            self._see_both_sides()
            self._take_settings()
            self._let_go()
            self._table, self._hidden, self._scores = None, Hidden(-1), Scores(-1)
            self._attending = Attending(-1)
            self._outcome = Outcome(-1)
        self._besides = tuple(known for known in self._besides if not known.closed)
        for other in self._besides:
            other._follow_to(opened)
        before.close()
        self._engine.record_states(self._stating)
        self._begin_flow()

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

        own = Opened(opened.engine.beside(), opened.face)
        self.stop()
        self._engine.outdated()
        self._worker.run(lambda: self._go_on_with(own))
        self._changed()

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

    def _behind(self) -> bool:
        """Whether a view waits for what the model has not said yet."""
        revision = self._state.revision
        return (
            (self._wanted and self._outcome.revision != revision)
            or (self._scoring and self._scores.revision != revision)
            or (self._stating and self._hidden.revision != revision)
            or (self._attending_wanted and self._attending.revision != revision)
        )

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
        told = (
            (self._wanted, self._outcome),
            (self._scoring, self._scores),
            (self._stating, self._hidden),
            (self._attending_wanted, self._attending),
        )
        revision = self._state.revision
        return not self._closed and any(
            wanted and found.revision == revision and isinstance(found.error, ServerUnreachable)
            for wanted, found in told
        )

    def _go_on(self) -> bool:
        """On the thread that looks for a lost server: asks anew once it is back. Whether there is nothing more to look for."""
        if not self._is_lost():
            return True
        if not self._engine.reachable():
            return False
        self._worker.submit(lambda: self._follow(again=True))
        return True

    def _state_layers(self, *, again: bool = False) -> Hidden:
        """On the worker: the newest revision's hidden states; `again` retries what failed."""
        state = self._state
        known = self._hidden.revision == state.revision and not (again and self._hidden.error)
        if known or self._closed:
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
        known = self._attending.revision == state.revision and not (again and self._attending.error)
        if known or self._closed:
            return
        try:
            attending = Attending(state.revision, state.index, self._attended_from(state))
        except Exception as error:  # noqa: BLE001 (whatever it is, the view and the cell say it)
            attending = Attending(state.revision, state.index, error=in_words(error))
        self._attending = attending
        self._notify()

    def _attended_from(self, state: State) -> np.ndarray:
        """On the worker: what the token at the position of a text attends to."""
        ids, query = state.tokens.ids[:MOST_ATTENDING].tolist(), state.index
        if not ids:
            return np.empty((0, 0, 0), np.float32)
        if query >= MOST_ATTENDING:
            msg = f"Attention is computed for the first {MOST_ATTENDING} tokens; this is token {query + 1}."
            hint = "Choose a token further in front, or shorten the text."
            raise NotOffered(msg, hint=hint, what="attentions", server="", known=MOST_ATTENDING, place=query + 1)
        return self._engine.attentions(ids, query, query + 1)[:, :, 0]

    def _score(self, *, again: bool = False) -> Scores:
        """On the worker: the newest revision's surprisals; `again` retries what failed."""
        state = self._state
        known = self._scores.revision == state.revision and not (again and self._scores.error)
        if known or self._closed:
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

    def _mask_of(self, state: State) -> int:
        if state.mask is None:
            msg = f"{self.info.name} predicts masked tokens, and {self._tokenizer_name} has no mask token."
            hint = "Give the model its own tokenizer."
            raise NoMaskToken(msg, hint=hint, name=self.info.name, tokenizer=self._tokenizer_name)
        return state.mask

    def _compute(self, *, again: bool = False) -> None:
        """On the worker: the newest revision's distribution; `again` retries what failed."""
        state = self._state
        known = self._outcome.revision == state.revision and not (again and self._outcome.error)
        if known or self._closed:
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
            return self._engine.predict(state.prefix, _reply_in(state))
        mask = self._mask_of(state)
        if not (~state.tokens.special | (state.tokens.ids == mask)).any():
            msg = "The text is empty, so no token of it can be predicted."
            raise EmptyText(msg, hint="Type a text, with the mask token where one shall be predicted.")
        return self._engine.predict_at(state.prefix, state.index)


def _reply_in(state: State) -> int | None:
    """The place from which on a text is what a model wrote or someone put in; None where it has no such part."""
    return state.choices[0].index if state.choices else None


def _telling(found: weakref.ref[ModelSession]) -> Callable[[], bool]:
    """Tells the views as long as the session is there and open."""

    def tell() -> bool:
        session = found()
        if session is None or session.closed:
            return False
        session._notify()
        return True

    return tell


def _looking(found: weakref.ref[ModelSession]) -> Callable[[], bool]:
    """Looks for a lost server as long as the session is there."""

    def look() -> bool:
        session = found()
        return session is None or session._go_on()

    return look
