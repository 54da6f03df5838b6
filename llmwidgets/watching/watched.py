"""WatchedSession: a session whose text is what the user's own code does with a model.

Not here: how a call is seen (hooks.py), how often views are repainted (painter.py).
"""

from __future__ import annotations

import logging
import threading
import time
import weakref
from dataclasses import replace as changed
from typing import TYPE_CHECKING, Any

import numpy as np

from llmwidgets.engines.engine import Prediction
from llmwidgets.engines.opening import Opened
from llmwidgets.errors import Generating, InvalidValue, NoTokenizer, in_words
from llmwidgets.numbers import whole
from llmwidgets.painter import Painter
from llmwidgets.session import ModelSession
from llmwidgets.stages.choices import Ending
from llmwidgets.stages.distribution import FRAME_HEAD
from llmwidgets.state import Attending, Hidden, Outcome, State, Status
from llmwidgets.tokenizers.face import as_tokenizer, describe
from llmwidgets.tokenizers.fitting import check_fit
from llmwidgets.tokenizers.names import short_name
from llmwidgets.watching.engine import WatchedEngine, model_gone
from llmwidgets.watching.hooks import ModelHooks, unwrapped

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from llmwidgets.stages.beams import Beams
    from llmwidgets.stages.sampling import Sampler
    from llmwidgets.stages.tokens import Tokens
    from llmwidgets.watching.call import Call, Seen, Tail

log = logging.getLogger("llmwidgets")


class WatchedSession(ModelSession):
    """See ModelSession.watch. It holds the model weakly, and runs it only where it is asked for what no call has shown."""

    def __init__(self, model: Any, tokenizer: Any, **options: Any) -> None:
        self._hooks: ModelHooks | None = None
        self._seen: Seen | None = None
        self._shown: Seen | None = None
        self._beams: Beams | None = None
        self._call: Call | None = None
        self._calls: set[Call] = set()
        self._row = 0
        self._settling = threading.RLock()
        self._painter = Painter(_painting(weakref.ref(self)))
        super().__init__(model, tokenizer, **options)
        gone = weakref.finalize(self._engine.model, self._painter.due)
        gone.atexit = False
        weakref.finalize(self, self._painter.end).atexit = False

    # watching

    @property
    def watching(self) -> bool:
        """Whether the model's calls are shown."""
        return self._hooks is not None

    def watch_now(self) -> None:
        """Begins to show what is done with the model."""
        if self._hooks is None:
            self._hooks = ModelHooks(self._wrapper(), self)
            self._hooks.attach()
            self._begin_flow()

    def unwatch(self) -> None:
        """Ends the watch: the model is as it was. Views keep what they show, and the session goes on as any other, as long as the model lives."""
        hooks, self._hooks = self._hooks, None
        if hooks is None:
            return
        hooks.detach()
        self._end_flow()
        self._painter.due()

    def close(self) -> None:
        """See ModelSession."""
        self.unwatch()
        self._painter.close()
        self._seen = self._shown = None
        super().close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unwatch()

    def move_to(self, model: Any = None, tokenizer: Any = None, **options: Any) -> None:
        """What is watched is one model. Raises InvalidValue."""
        del tokenizer, options
        msg = f"This session watches {self.info.name}, so it cannot go on with another model."
        hint = "Watch the other one: ModelSession.watch(model, tokenizer); or make a session: ModelSession(...)."
        raise InvalidValue(msg, hint=hint, name="model", value=f"{type(model).__name__}", allowed=self.info.name)

    # what the hooks tell, on the thread of the user's call

    @property
    def wants_logits(self) -> bool:
        """Whether a view shows the distribution."""
        return self._wanted and (self.info.predicts != "masked" or self.mask is not None)

    @property
    def mask(self) -> int | None:
        """See Observer."""
        return self._state.mask

    def began(self, call: Call) -> None:
        """See Observer."""
        self._calls.add(call)

    def saw(self, seen: Seen) -> None:
        """See Observer. What was seen before and not read is dropped."""
        self._seen = seen
        if self._listeners:
            self._painter.due(at_once=seen.done and seen.call.generates)

    def ended(self, call: Call) -> None:
        """See Observer."""
        self._calls.discard(call)
        if self._call is call:
            # what has failed before its first token is not seen again
            self._run.active = False
        if self._listeners:
            self._painter.due(at_once=call.generates)

    # a session besides

    @property
    def beams(self) -> Beams | None:
        """See ModelSession."""
        self._settle()
        return self._beams

    @property
    def rows(self) -> int:
        """How many texts the last call had."""
        self._settle()
        return 1 if self._shown is None else len(self._shown.ids)

    @property
    def row(self) -> int:
        """Which of them is shown, from 0. Setting one that is not there raises InvalidValue."""
        return min(self._row, self.rows - 1)

    @row.setter
    def row(self, row: int) -> None:
        self._settle()
        with self._settling:
            self._row = whole("row", row, 0, self.rows - 1)
            if self._shown is not None:
                self._take(self._shown)
        self._changed()

    @property
    def sampler(self) -> Sampler:
        """See PredictionSession. A `generate` that begins sets it to what it uses; changing it changes nothing of that one."""
        self._settle()
        return self._sampler

    @sampler.setter
    def sampler(self, sampler: Sampler) -> None:
        self._settle()
        self._set_sampler(sampler)

    @property
    def outcome(self) -> Outcome:
        """See ModelSession."""
        self._settle()
        return super().outcome

    @property
    def status(self) -> Status:
        """See ModelSession. A model that is gone is said."""
        self._settle()
        found = super().status
        if self._closed or self._engine.model is not None:
            return found
        return Status("error", found.revision, error=model_gone(self.info.name))

    def stop(self) -> None:
        """Ends a running `generate`, the user's own too, after the token under way: what is there comes back as if its length had been reached."""
        for call in tuple(self._calls):
            call.stop.set()
        super().stop()

    def actions(self) -> dict[str, Callable[..., object]]:
        """See ModelSession."""
        return {**super().actions(), "row": self._choose}

    def __repr__(self) -> str:
        if self._engine.model is None and not self._closed:
            return f"ModelSession.watch({self.info.name!r}, deleted)"
        return super().__repr__().replace("ModelSession(", "ModelSession.watch(", 1)

    # inside

    def _opened(self, model: Any, tokenizer: Any, kwargs: dict[str, Any]) -> Opened:
        del kwargs
        inner = unwrapped(model)[-1]
        self._wrapper = weakref.ref(model)
        name = _name_of(inner)
        return Opened(WatchedEngine(inner, name), as_tokenizer(tokenizer))

    # the user's last call stays in sight when a view has the session compute something
    _notes_own_passes = False

    def _model_of_flow(self) -> Any:
        wrapper = self._wrapper()
        # what is compiled passes the modules within by
        return wrapper if hasattr(wrapper, "_orig_mod") else super()._model_of_flow()

    def _painter_of_flow(self) -> Painter:
        return self._painter

    def _choose(self, row: int) -> None:
        self.row = row

    def _now(self) -> State:
        self._settle()
        return super()._now()

    def _check_open(self) -> None:
        self._settle()
        super()._check_open()

    def _behind(self) -> bool:
        # what a call that runs has not shown yet may still come
        return not self._calls and super()._behind()

    def _interrupt(self) -> None:
        if self._calls:
            msg = "A cell is generating, and what it does with the model is shown here."
            raise Generating(msg, hint="Wait for its end, or stop it.")
        # what follows is the session's own text
        self._shown = None
        super()._interrupt()

    def _let_go_of_model(self) -> None:
        """The model is gone: nothing of it is kept but what the page shows."""
        self._engine.forget()
        self._table, self._hidden, self._attending = None, Hidden(-1), Attending(-1)
        self._shown = None

    def _paint(self) -> None:
        """On the painter's thread: what was seen, told to the views."""
        if self._engine.model is None:
            self._let_go_of_model()
        self._settle()
        if not self._closed:
            self._changed()

    def _settle(self) -> None:
        """Makes what was seen the session's text, on whichever thread asks first."""
        with self._settling:
            seen, self._seen = self._seen, None
            if seen is not None and not self._closed:
                self._take(seen)

    def _take(self, seen: Seen) -> None:
        self._engine.renew()  # type: ignore[attr-defined]  # its engine is a WatchedEngine
        fresh = seen.call is not self._call
        self._call, self._shown = seen.call, seen
        row, place = self._row_of(seen)
        state, outcome = self._read(seen, row, place)
        with self._lock:
            if fresh:
                self._remember(None)
                self._begin(seen.call)
            self._state, self._outcome = state, outcome
            self._follow_run(seen, state)
        self._beams = None if seen.call.beams is None else seen.call.beams.beams()

    def _begin(self, call: Call) -> None:
        """The settings of another call."""
        if call.sampler is not None:
            self._sampler = call.sampler

    def _follow_run(self, seen: Seen, state: State) -> None:
        """How far a `generate` is."""
        call, run = seen.call, self._run
        if not call.generates:
            run.active = False
            return
        run.max_new_tokens, run.active = call.most, call in self._calls
        run.generated = max(seen.ids.shape[1] - (call.prompt or 0), 0)
        run.seconds = call.seconds or time.perf_counter() - call.started
        run.ending, run.revision = self._ending(seen, state), state.revision

    def _ending(self, seen: Seen, state: State) -> Ending:
        if not seen.done or not len(state.tokens):
            return Ending()
        if seen.call.stop.is_set():
            return Ending("stopped")
        last = int(state.tokens.ids[-1])
        if seen.call.ends is not None and last in seen.call.ends.tolist():
            return Ending("eos", self._piece(last))
        full = 0 < seen.call.most <= seen.ids.shape[1] - (seen.call.prompt or 0)
        return Ending("length") if full else Ending()

    def _row_of(self, seen: Seen) -> tuple[np.ndarray, int]:
        """The ids of the row that is shown, without padding, and the place among them after which we look; -1 where none is given."""
        row = min(self._row, len(seen.ids) - 1)
        ids = seen.ids[row].cpu().numpy()
        kept = np.ones(len(ids), bool)
        if seen.mask is not None:
            known = seen.mask[row].cpu().numpy()
            kept[: len(known)] = known
        looked = self._looked(seen, row, len(ids))
        if seen.call.generates and seen.call.ends is not None:
            kept[self._end(ids, seen) :] = False
        return ids[kept], int(kept[: looked + 1].sum()) - 1 if looked >= 0 else -1

    @staticmethod
    def _end(ids: np.ndarray, seen: Seen) -> int:
        """Where a row has ended, the place behind its end: what follows is padding."""
        assert seen.call.ends is not None  # noqa: S101 (whoever calls has looked)
        start = seen.call.prompt or 0
        ends = np.flatnonzero(np.isin(ids[start:], seen.call.ends.numpy()))
        return start + int(ends[0]) + 1 if len(ends) else len(ids)

    @staticmethod
    def _looked(seen: Seen, row: int, columns: int) -> int:
        """The column after which there are logits, at most the one that the call looks at; -1 where there are none."""
        if seen.tail is None:
            return -1
        first = _first(seen.tail, row)
        last = first + seen.tail.logits.shape[1] - 1
        looked = min(last, columns - 1 if seen.place is None else seen.place)
        return looked if looked >= first else -1

    def _read(self, seen: Seen, ids: np.ndarray, place: int) -> tuple[State, Outcome]:
        """The state that a row of what was seen is, and the outcome after its place."""
        before = self._state
        tokens = self._tokens(before.tokens, ids)
        state = changed(before.replaced(tokens, add_special=False), forks=())
        if place < 0 or seen.tail is None:
            return state, Outcome(-1)
        state = changed(state, position=-1 if place == state.home else place)
        return state, self._outcome_at(seen, state)

    def _outcome_at(self, seen: Seen, state: State) -> Outcome:
        try:
            outcome = self._outcome_of(state, Prediction(self._logits(seen)))
            return outcome if seen.done or not seen.call.generates else changed(outcome, head=FRAME_HEAD)
        except Exception as error:  # noqa: BLE001 (NaN in the user's logits is said in the view)
            return Outcome(state.revision, error=in_words(error))

    def _logits(self, seen: Seen) -> Any:
        import torch

        assert seen.tail is not None  # noqa: S101 (whoever calls has looked)
        row = min(self._row, len(seen.ids) - 1)
        first = _first(seen.tail, row)
        looked = self._looked(seen, row, seen.ids.shape[1])
        with torch.inference_mode():
            return seen.tail.logits[row, looked - first].to(torch.float32)

    def _tokens(self, before: Tokens, ids: np.ndarray) -> Tokens:
        """Tokens from ids; what they share with those before is not made anew."""
        shared = min(len(before), len(ids))
        differ = np.flatnonzero(before.ids[:shared] != ids[:shared])
        shared = int(differ[0]) if len(differ) else shared
        kept = before.first(shared)
        rest = describe(self._tokenizer, ids[shared:].tolist())
        return kept.extended(rest.ids.tolist(), rest.token_bytes, rest.special.tolist())


def watch(model: Any, tokenizer: Any) -> WatchedSession:
    """See ModelSession.watch."""
    _check(model, tokenizer)
    inner = unwrapped(model)[-1]
    for session in list(ModelSession._sessions.values()):
        if isinstance(session, WatchedSession) and session.watching and session.model is inner:
            if session.face is as_tokenizer(tokenizer) and session._wrapper() is model:
                ModelSession._current = session
                return session
            session.unwatch()
    made = WatchedSession(model, tokenizer)
    made.watch_now()
    return made


def _check(model: Any, tokenizer: Any) -> None:
    inner = unwrapped(model)[-1] if hasattr(model, "__dict__") else model
    if not hasattr(inner, "get_input_embeddings") or not hasattr(inner, "config"):
        shown = (
            f"{type(model).__name__} {model!r:.60}" if isinstance(model, (str, int, float)) else type(model).__name__
        )
        msg = f"{shown} is no transformers model that could be watched."
        hint = "session = ModelSession.watch(model, tokenizer)"
        raise InvalidValue(msg, hint=hint, name="model", value=shown, allowed="a model")
    if tokenizer is None:
        msg = f"{type(inner).__name__} came without its tokenizer."
        raise NoTokenizer(msg, hint="ModelSession.watch(model, tokenizer)")
    check_fit(as_tokenizer(tokenizer), inner, _name_of(inner))


def _name_of(model: Any) -> str:
    return short_name(str(getattr(model.config, "name_or_path", "") or type(model).__name__))


def _first(tail: Tail, row: int) -> int:
    return int(tail.first if isinstance(tail.first, int) else tail.first[row])


def _painting(found: weakref.ref[WatchedSession]) -> Callable[[], bool]:
    """Paints as long as the session lives."""

    def paint() -> bool:
        session = found()
        if session is None:
            return False
        try:
            session._paint()
        except Exception:
            log.exception("what the model did could not be shown")
        return True

    return paint
